use fidoctl::client::fingerprints::FingerprintStore;

use super::choose::choose;
use super::done::{Deed, Done, named};
use crate::arguments::NewPinArgs;
use crate::commands::Outcome;
use crate::context::{Context, needs};
use crate::failure::{Failure, Kind};
use crate::prompt::Terminal;

/// Remove a fingerprint
#[derive(clap::Args)]
#[command(after_help = "Example:\n  fidoctl fingerprint remove 'right thumb' --yes")]
pub struct Args {
    /// The fingerprint: its ID, the beginning of it, or its name
    #[arg(value_name = "ID|NAME")]
    fingerprint: String,

    /// Do not ask
    #[arg(long)]
    yes: bool,
}

pub fn run(args: &Args, context: &mut Context) -> Outcome {
    let mut prompter = context.prompter(&NewPinArgs::default())?;
    let terminal = context.terminal();
    if !args.yes && !terminal.is_present() {
        return Err(needs("removing a fingerprint wants consent", "--yes"));
    }
    context.with_session(&mut prompter, false, |session, target| {
        let mut store = FingerprintStore::open(session)?;
        let fingerprint = choose(store.list()?, &args.fingerprint)?;
        if !args.yes {
            ask(&terminal, &format!("Remove {} from the {}?", named(&fingerprint), target.name()))?;
        }
        store.remove(&fingerprint.id)?;
        Ok(Done::report(target, Deed::Removed, fingerprint))
    })
}

fn ask(terminal: &Terminal, question: &str) -> Result<(), Failure> {
    match terminal.line(&format!("{question} Type 'remove' to go on:")) {
        None => Err(needs("removing a fingerprint wants consent", "--yes")),
        Some(answer) if answer == "remove" => Ok(()),
        Some(_) => Err(Failure::message(Kind::NO_CONSENT, "nothing was removed")),
    }
}
