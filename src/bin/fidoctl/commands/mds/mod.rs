//! FIDO metadata: which models there are, and what became of them.

mod filters;
mod list;
mod model;
mod show;
mod verify;

pub use model::{source_json, warnings};

use super::Outcome;

/// Look into the FIDO Alliance's metadata: models, their features and their certification
///
/// The file is yours: fetch it from https://mds3.fidoalliance.org/. Nothing is fetched here, and
/// nothing of it is part of fidoctl.
#[derive(clap::Subcommand)]
pub enum Command {
    Verify(verify::Args),
    Show(show::Args),
    List(Box<list::Args>),
}

pub fn run(command: Command) -> Outcome {
    match command {
        Command::Verify(args) => verify::run(&args),
        Command::Show(args) => show::run(&args),
        Command::List(args) => list::run(&args),
    }
}
