use fidoctl::client::fingerprints::FingerprintStore;

use super::done::{Deed, Done};
use crate::arguments::NewPinArgs;
use crate::commands::Outcome;
use crate::context::Context;

/// Enroll a finger
///
/// The finger is put on the sensor several times; each sample is commented on. Ctrl-C gives up and
/// leaves nothing on the key.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  fidoctl fingerprint add --name 'right thumb'")]
pub struct Args {
    /// The finger's name
    #[arg(long)]
    name: Option<String>,
}

pub fn run(args: &Args, context: &mut Context) -> Outcome {
    let mut prompter = context.prompter(&NewPinArgs::default())?;
    context.with_session(&mut prompter, false, |session, target| {
        let fingerprint = FingerprintStore::open(session)?.add(args.name.as_deref())?;
        Ok(Done::report(target, Deed::Added, fingerprint))
    })
}
