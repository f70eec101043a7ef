//! Personalities: what virtual keys can be like.

mod find;
mod from_info;
mod list;
mod show;

use crate::commands::Outcome;

pub use find::like;

/// List, show and make personalities: what 'virtual new --like' can be given
#[derive(clap::Subcommand)]
pub enum Command {
    List(list::Args),
    Show(show::Args),
    FromInfo(from_info::Args),
}

pub fn run(command: Command) -> Outcome {
    match command {
        Command::List(args) => list::run(&args),
        Command::Show(args) => show::run(&args),
        Command::FromInfo(args) => from_info::run(&args),
    }
}
