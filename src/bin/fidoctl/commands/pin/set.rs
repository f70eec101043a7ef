use fidoctl::client::pin;

use super::done::Done;
use crate::arguments::NewPinArgs;
use crate::commands::Outcome;
use crate::context::Context;

/// Set the first PIN of a key
#[derive(clap::Args)]
#[command(after_help = "Example:\n  fidoctl pin set\n  fidoctl pin set --new-pin-file new.txt")]
pub struct Args {
    #[command(flatten)]
    new_pin: NewPinArgs,
}

pub fn run(args: &Args, context: &mut Context) -> Outcome {
    let mut prompter = context.prompter(&args.new_pin)?;
    context.with_session(&mut prompter, false, |session, target| {
        pin::set(session)?;
        Ok(Done::report(target, "set", "the PIN is set"))
    })
}
