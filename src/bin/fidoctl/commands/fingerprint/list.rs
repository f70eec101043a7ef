use fidoctl::client::fingerprints::{Fingerprint, FingerprintStore};
use serde_json::{Value, json};

use super::done::fingerprint_json;
use crate::arguments::NewPinArgs;
use crate::commands::Outcome;
use crate::context::Context;
use crate::device::Target;
use crate::output::{Page, Report, boxed, hex, visible};

/// List the fingers that are enrolled
#[derive(clap::Args)]
#[command(after_help = "Example:\n  fidoctl fingerprint list --pin-file pin.txt --json")]
pub struct Args {}

struct Listed {
    target: Target,
    fingerprints: Vec<Fingerprint>,
}

pub fn run(_: &Args, context: &mut Context) -> Outcome {
    let mut prompter = context.prompter(&NewPinArgs::default())?;
    context.with_session(&mut prompter, false, |session, target| {
        let fingerprints = FingerprintStore::open(session)?.list()?;
        Ok(boxed(Listed { target: target.clone(), fingerprints }))
    })
}

impl Report for Listed {
    fn json(&self) -> Value {
        let fingerprints: Vec<_> = self.fingerprints.iter().map(fingerprint_json).collect();
        json!({
            "schema": "fidoctl.fingerprint-list/1",
            "key": self.target.json(),
            "fingerprints": fingerprints,
        })
    }

    fn human(&self, page: &mut Page) {
        if self.fingerprints.is_empty() {
            page.line(&format!("no finger is enrolled ({})", self.target.name()));
            return page.hint("enroll one with 'fidoctl fingerprint add'");
        }
        let row = |one: &Fingerprint| {
            vec![hex(&one.id), one.name.as_deref().map(visible).unwrap_or_default()]
        };
        let rows: Vec<_> = self.fingerprints.iter().map(row).collect();
        page.table(&["ID", "NAME"], &rows);
    }
}
