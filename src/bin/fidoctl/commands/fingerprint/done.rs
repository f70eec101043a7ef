//! The short report of what was done to one fingerprint.

use fidoctl::client::fingerprints::Fingerprint;
use serde_json::{Value, json};

use crate::device::Target;
use crate::output::{Page, Report, hex, visible};

/// What was done.
#[derive(Clone, Copy)]
pub enum Deed {
    Added,
    Renamed,
    Removed,
}

pub struct Done {
    target: Target,
    deed: Deed,
    fingerprint: Fingerprint,
}

impl Done {
    pub fn report(target: &Target, deed: Deed, fingerprint: Fingerprint) -> Box<dyn Report> {
        Box::new(Done { target: target.clone(), deed, fingerprint })
    }
}

/// A fingerprint for programs.
pub fn fingerprint_json(fingerprint: &Fingerprint) -> Value {
    json!({ "id": hex(&fingerprint.id), "name": fingerprint.name })
}

/// A fingerprint in a few words.
pub fn named(fingerprint: &Fingerprint) -> String {
    let id = hex(&fingerprint.id);
    match &fingerprint.name {
        Some(name) => format!("{} ({id})", visible(name)),
        None => id,
    }
}

impl Report for Done {
    fn json(&self) -> Value {
        json!({
            "schema": "fidoctl.fingerprint/1",
            "key": self.target.json(),
            "result": match self.deed {
                Deed::Added => "added",
                Deed::Renamed => "renamed",
                Deed::Removed => "removed",
            },
            "fingerprint": fingerprint_json(&self.fingerprint),
        })
    }

    fn human(&self, page: &mut Page) {
        let name = named(&self.fingerprint);
        page.good(&match self.deed {
            Deed::Added => format!("the finger is enrolled: {name}"),
            Deed::Renamed => format!("renamed the fingerprint: {name}"),
            Deed::Removed => format!("removed the fingerprint: {name}"),
        });
        page.pairs(self.target.pairs());
    }
}
