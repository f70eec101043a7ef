//! What is shown of metadata and of a model wherever they are shown.

use fidoctl::relying_party::metadata::{Entry, Metadata, ModelId, StatusReport};
use serde_json::{Value, json};

use crate::metadata::Loaded;
use crate::output::{Page, visible};
use crate::time::rfc3339;

/// Which metadata, and whether anybody vouches for them.
pub fn source_json(loaded: &Loaded) -> Value {
    json!({
        "no": loaded.metadata.number(),
        "next_update": loaded.metadata.next_update().to_string(),
        "up_to_date": loaded.is_up_to_date(),
        "verified": loaded.metadata.signer().is_some(),
        "at": rfc3339(loaded.at),
        "left_out": loaded.metadata.faults().len(),
    })
}

/// Warns of what a reader must know before they rely on metadata.
pub fn warnings(page: &mut Page, loaded: &Loaded) {
    if loaded.metadata.signer().is_none() {
        page.bad("NOT VERIFIED: nobody vouches for these metadata");
    }
    if !loaded.is_up_to_date() {
        let due = loaded.metadata.next_update();
        page.bad(&format!("out of date: an update was due on {due}; fetch a newer file"));
    }
}

/// The names of a model, by their kinds.
pub fn ids_json(entry: &Entry) -> Value {
    let aaid = entry.ids().iter().find(|id| matches!(id, ModelId::Aaid(_)));
    let identifiers = entry.ids().iter().filter(|id| matches!(id, ModelId::KeyIdentifier(_)));
    json!({
        "aaguid": entry.aaguid().map(|aaguid| ModelId::Aaguid(aaguid).to_string()),
        "aaid": aaid.map(ToString::to_string),
        "key_identifiers": identifiers.map(ToString::to_string).collect::<Vec<_>>(),
    })
}

/// The name for people.
pub fn description(entry: &Entry) -> String {
    entry.description().map(|text| visible(text.trim())).unwrap_or_default()
}

/// What a model's status comes to, in a word.
pub fn standing(entry: &Entry) -> String {
    let problems: Vec<_> = entry.problems().map(|report| visible(report.status.name())).collect();
    match entry.certification() {
        _ if !problems.is_empty() => problems.join(", "),
        Some(level) => level.name().to_owned(),
        None => "not certified".to_owned(),
    }
}

/// The problems of a model by the standard's names.
pub fn problems_json(entry: &Entry) -> Value {
    entry.problems().map(|report| report.status.name()).collect()
}

/// When a report took effect.
pub fn since(report: &StatusReport) -> String {
    report.effective_date.map_or_else(|| "-".to_owned(), |date| date.to_string())
}

/// How many models of a family there are.
pub fn count(metadata: &Metadata, family: &str) -> usize {
    let of_family = |entry: &&Entry| entry.statement().protocol_family() == Some(family);
    metadata.entries().iter().filter(of_family).count()
}
