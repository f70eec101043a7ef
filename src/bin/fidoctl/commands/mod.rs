//! One file a command: its arguments (the doc comments are the help), and a function that returns
//! a report.

mod allowed;
mod assert;
mod assert_batch;
mod assertion_form;
mod blob;
mod blob_wishes;
mod check;
mod completions;
mod config;
mod credential;
mod enroll;
mod enroll_rules;
mod enrolled;
mod explain;
mod export;
mod fingerprint;
mod info;
mod lint;
mod list;
mod man;
mod mds;
mod options;
mod pin;
mod ping;
mod prf;
mod raw;
mod registration_form;
mod reset;
mod rp_id;
mod secret;
mod secret_form;
mod select;
mod trace;
mod verify;
#[cfg(feature = "virtual-key")]
mod virtual_key;
mod wink;
mod wishes;

#[cfg(feature = "virtual-key")]
pub use virtual_key::{open_virtual, replug_virtual, virtual_state_path};

use clap::Subcommand;

use crate::context::Context;
use crate::failure::Failure;
use crate::output::Report;

/// What a command returns.
type Outcome = Result<Box<dyn Report>, Failure>;

/// The commands.
#[derive(Subcommand)]
pub enum Command {
    List(list::Args),
    Info(info::Args),
    Pin(pin::Args),
    Enroll(Box<enroll::Args>),
    Assert(Box<assert::Args>),
    Secret(Box<secret::Args>),
    #[command(subcommand)]
    Blob(blob::Command),
    #[command(subcommand)]
    Verify(verify::Command),
    Check(Box<check::Args>),
    Export(export::Args),
    #[command(subcommand)]
    Credential(credential::Command),
    #[command(subcommand)]
    Fingerprint(fingerprint::Command),
    #[command(subcommand)]
    Config(config::Command),
    #[command(subcommand)]
    Mds(mds::Command),
    Reset(reset::Args),
    Select(select::Args),
    Wink(wink::Args),
    Ping(ping::Args),
    #[cfg(feature = "virtual-key")]
    #[command(subcommand)]
    Virtual(virtual_key::Command),
    #[command(subcommand)]
    Trace(trace::Command),
    #[command(subcommand)]
    Raw(raw::Command),
    Explain(explain::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// Runs a command.
pub fn run(command: Command, context: &mut Context) -> Outcome {
    match command {
        Command::List(args) => list::run(&args, context),
        Command::Info(args) => info::run(&args, context),
        Command::Pin(args) => pin::run(args, context),
        Command::Enroll(args) => enroll::run(*args, context),
        Command::Assert(args) => assert::run(*args, context),
        Command::Blob(command) => blob::run(command, context),
        Command::Secret(args) => secret::run(&args, context),
        Command::Verify(command) => verify::run(command, context),
        Command::Check(args) => check::run(&args, context),
        Command::Export(args) => export::run(&args, context),
        Command::Credential(command) => credential::run(command, context),
        Command::Fingerprint(command) => fingerprint::run(command, context),
        Command::Config(command) => config::run(command, context),
        Command::Mds(command) => mds::run(command),
        Command::Reset(args) => reset::run(&args, context),
        Command::Select(args) => select::run(&args, context),
        Command::Wink(args) => wink::run(&args, context),
        Command::Ping(args) => ping::run(&args, context),
        #[cfg(feature = "virtual-key")]
        Command::Virtual(command) => virtual_key::run(command, context),
        Command::Trace(command) => trace::run(command, context),
        Command::Raw(command) => raw::run(command, context),
        Command::Explain(args) => explain::run(&args),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
    }
}
