use fidoctl::client::credentials::CredentialStore;
use serde_json::{Value, json};

use super::choose::{IdPrefix, id_prefix};
use super::deletion::{Deletion, ask_consent, check_consent};
use super::shown::Shown;
use crate::arguments::{NewPinArgs, RiskArgs};
use crate::commands::Outcome;
use crate::commands::rp_id::parse_rp_id;
use crate::context::Context;
use crate::device::Target;
use crate::failure::{Failure, Kind};
use crate::output::{Page, Report, boxed, visible};

/// Delete credentials stored on a key, for good
///
/// Shows what is going to be deleted and asks for consent first.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  fidoctl credential delete 3f2a91c7\n  fidoctl credential delete --rp example.com --yes"
)]
pub struct Args {
    /// Credential IDs in base64url or hex, or as much of the beginning as names only one;
    /// write an ID that begins with '-' in hex
    #[arg(value_name = "ID", value_parser = id_prefix, required_unless_present = "rp")]
    ids: Vec<IdPrefix>,

    /// Delete all credentials of this service
    #[arg(long, value_name = "DOMAIN", value_parser = parse_rp_id, conflicts_with = "ids")]
    rp: Option<String>,

    /// Consent beforehand
    #[arg(long)]
    yes: bool,

    #[command(flatten)]
    risk: RiskArgs,
}

struct Deleted {
    target: Target,
    deletion: Deletion,
}

pub fn run(args: &Args, context: &mut Context) -> Outcome {
    check_consent(context, args.yes)?;
    let mut prompter = context.prompter(&NewPinArgs::default())?;
    context.with_session(&mut prompter, args.risk.last_tries, |session, target| {
        let mut store = CredentialStore::open(session)?;
        let chosen = choose(args, &mut store)?;
        if !args.yes {
            ask_consent(context, target, &chosen)?;
        }
        let deletion = Deletion::run(&mut store, chosen)?;
        Ok(boxed(Deleted { target: target.clone(), deletion }))
    })
}

fn choose(args: &Args, store: &mut CredentialStore<'_, '_>) -> Result<Vec<Shown>, Failure> {
    if let Some(rp_id) = &args.rp {
        let chosen = Shown::all(&store.list_of(rp_id)?);
        if chosen.is_empty() {
            return Err(Failure::message(
                Kind::NO_CREDENTIALS,
                format!("no credential for {} is stored on this key", visible(rp_id)),
            )
            .hint("see what is stored with 'fidoctl credential list'"));
        }
        return Ok(chosen);
    }
    let all = Shown::all(&store.list()?);
    let mut chosen: Vec<Shown> = Vec::new();
    for id in &args.ids {
        let found = id.find(&all)?;
        if !chosen.iter().any(|other| other.credential.id == found.credential.id) {
            chosen.push(found.clone());
        }
    }
    Ok(chosen)
}

impl Report for Deleted {
    fn json(&self) -> Value {
        let mut value =
            json!({ "schema": "fidoctl.credential-delete/1", "key": self.target.json() });
        self.deletion.add_to(&mut value);
        value
    }

    fn human(&self, page: &mut Page) {
        self.deletion.human(page);
    }

    fn failure(&self) -> Option<Failure> {
        self.deletion.failure()
    }
}
