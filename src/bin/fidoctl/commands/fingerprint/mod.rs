//! Fingerprints.

mod add;
mod choose;
mod done;
mod list;
mod remove;
mod rename;
mod sensor;

use super::Outcome;
use crate::context::Context;

/// List, enroll, rename and remove a key's fingerprints
///
/// For keys with a fingerprint sensor. Everything but 'sensor' wants the PIN or an enrolled finger,
/// so the PIN is set first.
#[derive(clap::Subcommand)]
#[command(after_help = "Example:\n  fidoctl fingerprint add --name 'right thumb'")]
pub enum Command {
    Sensor(sensor::Args),
    List(list::Args),
    Add(add::Args),
    Rename(rename::Args),
    Remove(remove::Args),
}

pub fn run(command: Command, context: &mut Context) -> Outcome {
    match command {
        Command::Sensor(args) => sensor::run(&args, context),
        Command::List(args) => list::run(&args, context),
        Command::Add(args) => add::run(&args, context),
        Command::Rename(args) => rename::run(&args, context),
        Command::Remove(args) => remove::run(&args, context),
    }
}
