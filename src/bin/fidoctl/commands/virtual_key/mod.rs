//! The virtual key.

mod control;
mod factory;
mod large_blobs;
mod new;
mod open;
mod personality;
mod plugged_in;
mod replug;
mod run;
mod serve;
mod show;
mod state_path;

use super::Outcome;
use crate::context::Context;

pub use open::{open_virtual, virtual_behaviour};
pub use replug::replug_virtual;
pub use state_path::virtual_state_path;

/// Make, show and serve virtual keys, for tests and CI
///
/// A virtual key keeps its private keys in clear in its state file: it is a test device.
#[derive(clap::Subcommand)]
pub enum Command {
    New(new::Args),
    Show(show::Args),
    #[command(subcommand)]
    Personality(personality::Command),
    Replug(replug::Args),
    Serve(serve::Args),
    Run(run::Args),
    Touch(control::TouchArgs),
    Refuse(control::RefuseArgs),
    Unplug(control::UnplugArgs),
    PlugIn(control::PlugInArgs),
    Finger(control::FingerArgs),
    Clock(control::ClockArgs),
}

pub fn run(command: Command, context: &mut Context) -> Outcome {
    match command {
        Command::New(args) => new::run(&args),
        Command::Show(args) => show::run(&args),
        Command::Personality(command) => personality::run(command),
        Command::Replug(args) => replug::run(&args),
        Command::Serve(args) => serve::run(&args, context),
        Command::Run(args) => run::run(&args, context),
        Command::Touch(args) => control::touch(&args),
        Command::Refuse(args) => control::refuse(&args),
        Command::Unplug(args) => control::unplug(&args),
        Command::PlugIn(args) => control::plug_in(&args),
        Command::Finger(args) => control::finger(&args),
        Command::Clock(args) => control::clock(&args),
    }
}
