use fidoctl::client::pin;

use super::done::Done;
use crate::arguments::{NewPinArgs, RiskArgs};
use crate::commands::Outcome;
use crate::context::Context;

/// Change a key's PIN
///
/// With --pin-stdin, standard input holds the current PIN and then the new one, a line each.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  fidoctl pin change\n  fidoctl pin change --pin-file old.txt --new-pin-file new.txt"
)]
pub struct Args {
    #[command(flatten)]
    new_pin: NewPinArgs,

    #[command(flatten)]
    risk: RiskArgs,
}

pub fn run(args: &Args, context: &mut Context) -> Outcome {
    let mut prompter = context.prompter(&args.new_pin)?;
    context.with_session(&mut prompter, args.risk.last_tries, |session, target| {
        pin::change(session)?;
        Ok(Done::report(target, "changed", "the PIN is changed"))
    })
}
