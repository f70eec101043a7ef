use std::path::PathBuf;

use fidoctl::transcript::to_pcapng;

use super::Outcome;
use super::written::OutArgs;
use crate::output::boxed;
use crate::tracing::read_transcript;

/// Write a transcript for other programs
///
/// Wireshark knows no CTAPHID by itself: docs/wireshark/ctaphid.lua teaches it.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  fidoctl trace export run.jsonl --pcapng run.pcapng")]
pub struct Args {
    /// The transcript
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// The file to write, for Wireshark and tshark
    #[arg(long, value_name = "OUT", required = true)]
    pcapng: PathBuf,

    #[command(flatten)]
    write: OutArgs,
}

pub fn run(args: &Args) -> Outcome {
    let transcript = read_transcript(&args.file)?;
    let content = to_pcapng(&transcript);
    Ok(boxed(args.write.write(&args.pcapng, "pcapng", &transcript, &content)?))
}
