use std::path::PathBuf;

use fidoctl::transcript::parse_fido_debug;

use super::Outcome;
use super::written::OutArgs;
use crate::failure::{Failure, Kind};
use crate::input::read_file;
use crate::output::boxed;

/// Make a transcript of what libfido2's programs print with FIDO_DEBUG=1
///
/// Secrets are left out, unless asked for. libfido2 prints no times.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  fidoctl trace import debug.txt run.jsonl")]
pub struct Args {
    /// The text; '-' is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// The transcript to write
    #[arg(value_name = "OUT")]
    out: PathBuf,

    /// Take the secrets over too
    #[arg(long)]
    with_secrets: bool,

    #[command(flatten)]
    write: OutArgs,
}

pub fn run(args: &Args) -> Outcome {
    let text = read_file(&args.file)?;
    let mut transcript = parse_fido_debug(&String::from_utf8_lossy(&text)).ok_or_else(|| {
        Failure::message(
            Kind::BAD_FILE,
            format!("{} holds no messages of libfido2's", args.file.display()),
        )
        .hint("run the other program with FIDO_DEBUG=1 and keep its standard error")
    })?;
    if !args.with_secrets {
        transcript.redact();
    }
    let content = transcript.to_json_lines();
    Ok(boxed(args.write.write(&args.out, "json-lines", &transcript, content.as_bytes())?))
}
