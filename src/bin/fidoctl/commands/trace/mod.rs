//! Transcripts: shown, redacted, and turned into other forms.

mod decode;
mod export;
mod import;
mod redact;
mod show;
mod written;

use super::Outcome;
use crate::context::Context;

/// Look at what went over the wire
///
/// With --trace FILE any command writes a transcript: every message between fidoctl and the key.
/// Secrets are left out unless --trace-secrets is given. '--device replay:FILE' lets a transcript
/// play the key.
#[derive(clap::Subcommand)]
#[command(
    after_help = "Examples:\n  fidoctl --device virtual info --trace run.jsonl\n  fidoctl trace show run.jsonl\n  fidoctl --device replay:run.jsonl info"
)]
pub enum Command {
    Show(show::Args),
    Redact(redact::Args),
    Export(export::Args),
    Import(import::Args),
}

pub fn run(command: Command, _context: &mut Context) -> Outcome {
    match command {
        Command::Show(args) => show::run(&args),
        Command::Redact(args) => redact::run(&args),
        Command::Export(args) => export::run(&args),
        Command::Import(args) => import::run(&args),
    }
}
