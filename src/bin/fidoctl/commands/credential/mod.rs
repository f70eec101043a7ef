//! What is stored on a key.

mod choose;
mod delete;
mod deletion;
mod list;
mod metadata;
mod prune;
mod read;
mod rename;
mod show;
mod shown;

use super::Outcome;
use crate::context::Context;

/// List, show, delete and rename the credentials stored on a key
///
/// Only discoverable credentials (passkeys) are stored on a key; the others leave no trace on it.
/// Keys let their credentials be seen with the PIN or the fingerprint only.
#[derive(clap::Subcommand)]
#[command(
    after_help = "Example:\n  fidoctl credential list\n  fidoctl credential delete --rp example.com"
)]
pub enum Command {
    List(list::Args),
    Show(show::Args),
    Delete(delete::Args),
    Rename(rename::Args),
    Prune(prune::Args),
    Metadata(metadata::Args),
}

pub fn run(command: Command, context: &mut Context) -> Outcome {
    match command {
        Command::List(args) => list::run(&args, context),
        Command::Show(args) => show::run(&args, context),
        Command::Delete(args) => delete::run(&args, context),
        Command::Rename(args) => rename::run(&args, context),
        Command::Prune(args) => prune::run(&args, context),
        Command::Metadata(args) => metadata::run(&args, context),
    }
}
