//! The highest number of metadata seen, kept so that nobody can pass off an older issue as new
//! (`fidoctl.mds-seen/1`, in the user's state directory).

use std::collections::BTreeMap;
use std::path::Path;

use fidoctl::relying_party::metadata::Roots;
use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Kind};
use crate::input::read_file;
use crate::state_folder;
use crate::whole_file::WholeFile;

const SCHEMA: &str = "fidoctl.mds-seen/1";

#[derive(Serialize, Deserialize)]
struct Seen {
    schema: String,
    /// Numbers by signer; those of the FIDO Alliance by its name, others by name and roots.
    numbers: BTreeMap<String, u64>,
}

/// Refuses a number lower than the highest seen; otherwise remembers it. Returns the highest
/// seen before.
pub fn check(roots: &Roots, number: u64) -> Result<Option<u64>, Failure> {
    let path = state_folder::path("mds.json").map_err(or_without)?;
    let mut seen = load(&path)?;
    let signer = name(roots);
    let before = seen.numbers.get(&signer).copied();
    if before.is_some_and(|before| number < before) {
        let before = before.unwrap_or_default();
        let message =
            format!("number {number} is older than number {before}, which was seen before");
        return Err(Failure::message(Kind::ROLLED_BACK, message)
            .hint("fetch the metadata again; somebody may have put an old file in their place")
            .hint("to look into an old file knowingly, add --no-state, or --at with its time"));
    }
    if before != Some(number) {
        seen.numbers.insert(signer, number);
        store(&path, &seen).map_err(or_without)?;
    }
    Ok(before)
}

fn or_without(failure: Failure) -> Failure {
    failure.hint("or add --no-state: the number seen is then not remembered")
}

/// Roots of one's own begin their own count.
fn name(roots: &Roots) -> String {
    if *roots == Roots::of_fido() {
        return roots.signer().to_owned();
    }
    let mut fingerprints: Vec<_> = roots.roots().iter().map(|root| root.fingerprint()).collect();
    fingerprints.sort();
    let fingerprints = fingerprints.iter().map(|fingerprint| crate::output::hex(fingerprint));
    format!("{} {}", roots.signer(), fingerprints.collect::<Vec<_>>().join(" "))
}

fn load(path: &Path) -> Result<Seen, Failure> {
    if !path.exists() {
        return Ok(Seen { schema: SCHEMA.to_owned(), numbers: BTreeMap::new() });
    }
    let damaged = |error: anyhow::Error| {
        let what = format!("{} is not what fidoctl wrote there", path.display());
        Failure::new(Kind::STATE_FILE, error.context(what))
            .hint("delete it: fidoctl then begins anew to remember which metadata it has seen")
            .hint("or add --no-state")
    };
    let seen: Seen = serde_json::from_slice(&read_file(path)?).map_err(|e| damaged(e.into()))?;
    if seen.schema == SCHEMA {
        Ok(seen)
    } else {
        Err(damaged(anyhow::anyhow!("its schema is {:?}, where {SCHEMA:?} is wanted", seen.schema)))
    }
}

fn store(path: &Path, seen: &Seen) -> Result<(), Failure> {
    let content = serde_json::to_vec_pretty(seen).map_err(|e| Failure::new(Kind::INTERNAL, e))?;
    WholeFile::reserve(path, true)?.commit(&content)
}
