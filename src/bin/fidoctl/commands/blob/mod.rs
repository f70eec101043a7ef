//! Large blobs.

mod consent;
mod delete;
mod done;
mod gc;
mod get;
mod list;
mod set;
mod whose;

use super::Outcome;
use crate::context::Context;

/// Read and write what keys store for a credential's owner
///
/// A large blob belongs to one credential, made with 'enroll --large-blob'; it is compressed, and
/// encrypted with a key that only that credential gives out.
#[derive(clap::Subcommand)]
pub enum Command {
    List(list::Args),
    Get(get::Args),
    Set(set::Args),
    Delete(delete::Args),
    Gc(gc::Args),
}

pub fn run(command: Command, context: &mut Context) -> Outcome {
    match command {
        Command::List(args) => list::run(&args, context),
        Command::Get(args) => get::run(&args, context),
        Command::Set(args) => set::run(&args, context),
        Command::Delete(args) => delete::run(&args, context),
        Command::Gc(args) => gc::run(&args, context),
    }
}
