//! PINs.

mod change;
mod done;
mod set;
mod status;
mod verify;

use super::Outcome;
use crate::context::Context;

/// Set, change and check a key's PIN
///
/// Without a command, shows whether a PIN is set, how many tries are left and what to do.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  fidoctl pin\n  fidoctl pin change")]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(clap::Subcommand)]
enum Command {
    Set(set::Args),
    Change(change::Args),
    Verify(verify::Args),
    Status(status::Args),
}

pub fn run(args: Args, context: &mut Context) -> Outcome {
    match args.command {
        Some(Command::Set(args)) => set::run(&args, context),
        Some(Command::Change(args)) => change::run(&args, context),
        Some(Command::Verify(args)) => verify::run(&args, context),
        Some(Command::Status(args)) => status::run(&args, context),
        None => status::run(&status::Args {}, context),
    }
}
