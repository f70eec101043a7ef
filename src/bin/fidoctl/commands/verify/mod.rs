//! Checks of a relying party, offline.

mod assertion;
mod checks;
mod metadata;
mod registration;
mod require;
mod trust;

use super::Outcome;
use crate::context::Context;

/// Check registrations and assertions as a relying party does, offline
#[derive(clap::Subcommand)]
pub enum Command {
    Registration(registration::Args),
    Assertion(assertion::Args),
}

pub fn run(command: Command, _: &mut Context) -> Outcome {
    match command {
        Command::Registration(args) => registration::run(&args),
        Command::Assertion(args) => assertion::run(&args),
    }
}
