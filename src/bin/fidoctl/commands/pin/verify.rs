use fidoctl::client::pin;

use super::done::Done;
use crate::arguments::{NewPinArgs, RiskArgs};
use crate::commands::Outcome;
use crate::context::Context;

/// Check a key's PIN
///
/// A wrong PIN costs one of the tries left; a right one restores them all.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  fidoctl pin verify\n  printf '%s\\n' \"$PIN\" | fidoctl pin verify --pin-stdin"
)]
pub struct Args {
    #[command(flatten)]
    risk: RiskArgs,
}

pub fn run(args: &Args, context: &mut Context) -> Outcome {
    let mut prompter = context.prompter(&NewPinArgs::default())?;
    context.with_session(&mut prompter, args.risk.last_tries, |session, target| {
        pin::verify(session)?;
        Ok(Done::report(target, "verified", "the PIN is right"))
    })
}
