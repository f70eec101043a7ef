use std::path::PathBuf;

use super::Outcome;
use super::written::OutArgs;
use crate::output::boxed;
use crate::tracing::read_transcript;

/// Leave the secrets of a transcript out
#[derive(clap::Args)]
#[command(after_help = "Example:\n  fidoctl trace redact full.jsonl shareable.jsonl")]
pub struct Args {
    /// The transcript
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// The file to write
    #[arg(value_name = "OUT")]
    out: PathBuf,

    #[command(flatten)]
    write: OutArgs,
}

pub fn run(args: &Args) -> Outcome {
    let mut transcript = read_transcript(&args.file)?;
    transcript.redact();
    let content = transcript.to_json_lines();
    Ok(boxed(args.write.write(&args.out, "json-lines", &transcript, content.as_bytes())?))
}
