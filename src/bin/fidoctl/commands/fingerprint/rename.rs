use fidoctl::client::fingerprints::FingerprintStore;

use super::choose::choose;
use super::done::{Deed, Done};
use crate::arguments::NewPinArgs;
use crate::commands::Outcome;
use crate::context::Context;

/// Give a fingerprint another name
#[derive(clap::Args)]
#[command(after_help = "Example:\n  fidoctl fingerprint rename 0001 'left index finger'")]
pub struct Args {
    /// The fingerprint: its ID, the beginning of it, or its name
    #[arg(value_name = "ID|NAME")]
    fingerprint: String,

    /// The new name; an empty one takes the name away
    #[arg(value_name = "NEW-NAME")]
    name: String,
}

pub fn run(args: &Args, context: &mut Context) -> Outcome {
    let mut prompter = context.prompter(&NewPinArgs::default())?;
    context.with_session(&mut prompter, false, |session, target| {
        let mut store = FingerprintStore::open(session)?;
        let mut fingerprint = choose(store.list()?, &args.fingerprint)?;
        store.rename(&fingerprint.id, &args.name)?;
        fingerprint.name = Some(args.name.clone()).filter(|name| !name.is_empty());
        Ok(Done::report(target, Deed::Renamed, fingerprint))
    })
}
