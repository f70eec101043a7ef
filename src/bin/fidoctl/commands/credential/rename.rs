use fidoctl::client::credentials::{CredentialStore, check_can_rename};
use serde_json::{Value, json};

use super::choose::{IdPrefix, id_prefix};
use super::shown::Shown;
use crate::arguments::{NewPinArgs, RiskArgs};
use crate::commands::Outcome;
use crate::context::Context;
use crate::device::Target;
use crate::output::{Page, Report, boxed};

/// Change the names of a credential stored on a key
///
/// A name that is not given stays as it is; an empty one is taken away.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  fidoctl credential rename 3f2a91c7 --name alice@example.com")]
pub struct Args {
    /// The credential ID in base64url or hex, or as much of its beginning as names only one;
    /// write an ID that begins with '-' in hex
    #[arg(value_name = "ID", value_parser = id_prefix)]
    id: IdPrefix,

    /// The account's new name
    #[arg(long, value_name = "NAME", required_unless_present = "display_name")]
    name: Option<String>,

    /// The person's new name
    #[arg(long, value_name = "NAME")]
    display_name: Option<String>,

    #[command(flatten)]
    risk: RiskArgs,
}

struct Renamed {
    target: Target,
    shown: Shown,
    changed: bool,
}

pub fn run(args: &Args, context: &mut Context) -> Outcome {
    let mut prompter = context.prompter(&NewPinArgs::default())?;
    context.with_session(&mut prompter, args.risk.last_tries, |session, target| {
        check_can_rename(session.info())?;
        let mut store = CredentialStore::open(session)?;
        let mut shown = args.id.find(&Shown::all(&store.list()?))?.clone();
        let credential = &mut shown.credential;
        let before = (credential.user_name.clone(), credential.user_display_name.clone());
        let named = |name: &str| Some(name.to_owned()).filter(|name| !name.is_empty());
        if let Some(name) = &args.name {
            credential.user_name = named(name);
        }
        if let Some(name) = &args.display_name {
            credential.user_display_name = named(name);
        }
        let changed =
            before != (credential.user_name.clone(), credential.user_display_name.clone());
        if changed {
            store.rename(credential)?;
        }
        Ok(boxed(Renamed { target: target.clone(), shown, changed }))
    })
}

impl Report for Renamed {
    fn json(&self) -> Value {
        json!({
            "schema": "fidoctl.credential-rename/1",
            "key": self.target.json(),
            "result": if self.changed { "renamed" } else { "unchanged" },
            "credential": self.shown.json(),
        })
    }

    fn human(&self, page: &mut Page) {
        page.good(if self.changed { "renamed" } else { "the names are as wanted already" });
        page.pairs(self.shown.pairs());
    }
}
