//! Clauses about which model it is.

use super::judgement::Judgement;
use super::{Aaguid, Facts, Lookup};

pub(super) fn allow(facts: &Facts, listed: &[Aaguid]) -> Judgement {
    verdict(facts, listed, true)
}

pub(super) fn block(facts: &Facts, listed: &[Aaguid]) -> Judgement {
    verdict(facts, listed, false)
}

fn verdict(facts: &Facts, listed: &[Aaguid], wanted: bool) -> Judgement {
    let found = facts.subject.aaguid();
    let is_listed = listed.contains(&found);
    let which = if wanted { "allowed" } else { "blocked" };
    let words = if is_listed { "among" } else { "not among" };
    let count = listed.len();
    let model = name(facts, found);
    let met = is_listed == wanted;
    let why = format!("{model} is {words} the {count} {which}");
    if facts.subject.model_is_sure() {
        Judgement::stated(met, why)
    } else {
        Judgement::inferred(met, format!("{why}; nothing attests the AAGUID"))
    }
}

fn name(facts: &Facts, aaguid: Aaguid) -> String {
    match &facts.metadata {
        _ if aaguid.is_zero() => format!("{aaguid}, which names no model,"),
        Lookup::Listed(model) => format!("{aaguid} ({})", model.description),
        _ => aaguid.to_string(),
    }
}
