use fidoctl::client::large_blob_garbage::{Collected, collect};
use serde_json::{Value, json};

use super::consent::ask_consent;
use crate::arguments::{NewPinArgs, RiskArgs};
use crate::commands::Outcome;
use crate::context::Context;
use crate::device::Target;
use crate::output::{Page, Report, boxed};

/// Delete the large blobs whose credentials are gone
///
/// Asks the key for its credentials, which wants the PIN, and deletes what none of them can open.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  fidoctl blob gc --dry-run\n  fidoctl blob gc --yes")]
pub struct Args {
    /// Only tell what would be deleted
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,

    /// Consent beforehand
    #[arg(long)]
    yes: bool,

    #[command(flatten)]
    risk: RiskArgs,
}

struct Gone {
    target: Target,
    collected: Collected,
    dry_run: bool,
}

pub fn run(args: &Args, context: &mut Context) -> Outcome {
    let mut prompter = context.prompter(&NewPinArgs::default())?;
    let terminal = context.terminal();
    let mut refusal = None;
    let report = context.with_session(&mut prompter, args.risk.last_tries, |session, target| {
        let collected = collect(session, &mut |count| {
            if args.dry_run || args.yes {
                return args.yes;
            }
            let what = format!("{count} large blobs on {}", target.name());
            refusal = ask_consent(&terminal, &what).err();
            refusal.is_none()
        })?;
        Ok(Gone { target: target.clone(), collected, dry_run: args.dry_run })
    })?;
    match refusal {
        Some(failure) => Err(failure),
        None => Ok(boxed(report)),
    }
}

impl Report for Gone {
    fn json(&self) -> Value {
        json!({
            "schema": "fidoctl.blob-gc/1",
            "key": self.target.json(),
            "garbage": self.collected.garbage,
            "kept": self.collected.kept,
            "removed": self.collected.removed,
        })
    }

    fn human(&self, page: &mut Page) {
        let Collected { garbage, kept, .. } = self.collected;
        match (garbage, self.dry_run) {
            (0, _) => page.good("every large blob belongs to a credential on this key"),
            (_, true) => page.open(&format!("{garbage} large blobs have lost their credential")),
            (_, false) => page.good(&format!("deleted {garbage} large blobs without a credential")),
        }
        let mut pairs = self.target.pairs();
        pairs.push(("kept", kept.to_string()));
        page.pairs(pairs);
    }
}
