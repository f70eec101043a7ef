use fidoctl::client::authenticate_blobs::LargeBlobAction;
use fidoctl::client::large_blob_array::{self, StoredArray};
use fidoctl::large_blob::Entry;
use serde_json::{Value, json};

use super::whose::{WhoseArgs, one_assertion};
use crate::arguments::NewPinArgs;
use crate::commands::Outcome;
use crate::context::Context;
use crate::device::Target;
use crate::output::{Page, Report};

/// List the large blobs on a key
///
/// Their content and owners are encrypted. With a credential named, tells which one is its own.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  fidoctl blob list\n  fidoctl blob list --credential cred.json --json"
)]
pub struct Args {
    #[command(flatten)]
    whose: WhoseArgs,
}

struct List {
    target: Target,
    stored: StoredArray,
    entries: Vec<Listed>,
}

struct Listed {
    entry: Option<Entry>,
    length: usize,
    /// Whether the credential named is the owner; `None` if none was named.
    own: Option<bool>,
}

pub fn run(args: &Args, context: &mut Context) -> Outcome {
    let wanted = match args.whose.names_one() {
        true => Some(args.whose.authentication(LargeBlobAction::Read)?),
        false => None,
    };
    let mut prompter = context.prompter(&NewPinArgs::default())?;
    let risk = args.whose.risk.last_tries;
    context.with_session(&mut prompter, risk, |session, target| {
        let assertion = match &wanted {
            Some(wanted) => Some(one_assertion(session, wanted)?),
            None => None,
        };
        let stored = large_blob_array::read(session)?;
        let own = |entry: &Option<Entry>| {
            let blobs = assertion.as_ref().map(|assertion| &assertion.blobs)?;
            Some(entry.as_ref().is_some_and(|entry| blobs.owns(entry)))
        };
        let listed = |(entry, length)| Listed { own: own(&entry), entry, length };
        let entries = stored.array.entries().map(listed).collect();
        Ok(crate::output::boxed(List { target: target.clone(), stored, entries }))
    })
}

impl Report for List {
    fn json(&self) -> Value {
        let entry = |listed: &Listed| {
            json!({
                "size": listed.entry.as_ref().map(|entry| entry.original_size),
                "stored_size": listed.length,
                "own": listed.own,
            })
        };
        json!({
            "schema": "fidoctl.blob-list/1",
            "key": self.target.json(),
            "used": self.stored.length,
            "capacity": self.stored.capacity,
            "damaged": self.stored.damaged,
            "entries": self.entries.iter().map(entry).collect::<Vec<_>>(),
        })
    }

    fn human(&self, page: &mut Page) {
        let mut pairs = self.target.pairs();
        let StoredArray { length, capacity, .. } = &self.stored;
        pairs.push(("large blobs", format!("{length} of {capacity} bytes")));
        page.pairs(pairs);
        if self.entries.is_empty() {
            return page.line("no large blobs");
        }
        let row = |listed: &Listed| {
            let size = listed.entry.as_ref().map(|entry| format!("{} bytes", entry.original_size));
            let owner = match (&listed.entry, listed.own) {
                (None, _) => "not a large blob of the standard",
                (_, None) => "encrypted",
                (_, Some(true)) => "of this credential",
                (_, Some(false)) => "of another credential",
            };
            let size = size.unwrap_or_else(|| "?".to_owned());
            vec![size, format!("{} bytes", listed.length), owner.to_owned()]
        };
        let rows: Vec<_> = self.entries.iter().map(row).collect();
        page.line("");
        page.table(&["SIZE", "STORED", "OWNER"], &rows);
    }
}
