use std::path::PathBuf;

use fidoctl::client::authenticate_blobs::LargeBlobAction;

use super::done::Done;
use super::whose::{WhoseArgs, one_assertion};
use crate::arguments::NewPinArgs;
use crate::commands::Outcome;
use crate::commands::blob_wishes::demand_large_blob;
use crate::context::Context;
use crate::input::read_file;

/// Store a credential's large blob
///
/// The blobs of other credentials are left as they are. If the key has no room, nothing changes.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  fidoctl enroll --rp example.com --user alice --large-blob required --save cred.json\n  fidoctl blob set --credential cred.json certificate.pem"
)]
pub struct Args {
    #[command(flatten)]
    whose: WhoseArgs,

    /// Replace the large blob that is there
    #[arg(long)]
    force: bool,

    /// What to store; '-' for standard input
    file: PathBuf,
}

pub fn run(args: &Args, context: &mut Context) -> Outcome {
    let blob = read_file(&args.file)?;
    let size = Some(blob.len());
    let wanted = args.whose.authentication(LargeBlobAction::Write { blob, replace: args.force })?;
    let mut prompter = context.prompter(&NewPinArgs::default())?;
    let risk = args.whose.risk.last_tries;
    let (target, assertion) = context.with_session(&mut prompter, risk, |session, target| {
        Ok((target.clone(), one_assertion(session, &wanted)?))
    })?;
    assertion.blobs.large_blob.iter().try_for_each(demand_large_blob)?;
    let (rp_id, credential_id) = (wanted.rp_id, assertion.credential_id);
    Ok(Box::new(Done { target, result: "stored", rp_id, credential_id, size }))
}
