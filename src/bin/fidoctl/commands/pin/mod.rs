//! PINs.

mod change;
mod done;
mod set;
mod status;
mod verify;

use super::Outcome;
use crate::context::Context;

/// Set, change and check a key's PIN
#[derive(clap::Subcommand)]
pub enum Command {
    Set(set::Args),
    Change(change::Args),
    Verify(verify::Args),
    Status(status::Args),
}

pub fn run(command: Command, context: &mut Context) -> Outcome {
    match command {
        Command::Set(args) => set::run(&args, context),
        Command::Change(args) => change::run(&args, context),
        Command::Verify(args) => verify::run(&args, context),
        Command::Status(args) => status::run(&args, context),
    }
}
