use fidoctl::client::authenticate_blobs::LargeBlobAction;

use super::consent::ask_consent;
use super::done::Done;
use super::whose::{WhoseArgs, one_assertion};
use crate::arguments::NewPinArgs;
use crate::commands::Outcome;
use crate::commands::blob_wishes::demand_large_blob;
use crate::context::Context;
use crate::output::visible;

/// Delete a credential's large blob
///
/// The credential stays, and so do the blobs of others.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  fidoctl blob delete --credential cred.json\n  fidoctl blob delete --credential cred.json --yes"
)]
pub struct Args {
    #[command(flatten)]
    whose: WhoseArgs,

    /// Consent beforehand
    #[arg(long)]
    yes: bool,
}

pub fn run(args: &Args, context: &mut Context) -> Outcome {
    let wanted = args.whose.authentication(LargeBlobAction::Delete)?;
    if !args.yes {
        let what = format!("the large blob of a credential for {}", visible(&wanted.rp_id));
        ask_consent(&context.terminal(), &what)?;
    }
    let mut prompter = context.prompter(&NewPinArgs::default())?;
    let risk = args.whose.risk.last_tries;
    let (target, assertion) = context.with_session(&mut prompter, risk, |session, target| {
        Ok((target.clone(), one_assertion(session, &wanted)?))
    })?;
    assertion.blobs.large_blob.iter().try_for_each(demand_large_blob)?;
    let (rp_id, credential_id) = (wanted.rp_id, assertion.credential_id);
    Ok(Box::new(Done { target, result: "deleted", rp_id, credential_id, size: None }))
}
