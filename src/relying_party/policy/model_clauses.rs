//! Clauses about what the metadata service says of the model.

use super::clause::Version;
use super::forms::LEVELS;
use super::judgement::{Basis, Judgement, Missing};
use super::key_clauses::{list, not_listed};
use super::{Facts, KeyFacts, Lookup, ModelFacts};
use crate::relying_party::metadata::Level;

pub(super) fn certified(facts: &Facts, least: Level) -> Judgement {
    judge_model(facts, |model| {
        let wanted = match least {
            Level::Certified => "a certificate of any level is wanted".to_owned(),
            level => format!("{} or higher is wanted", name(level)),
        };
        let found = match model.certified {
            None => "the model is not certified".to_owned(),
            Some(Level::Certified) => "the model is certified, without a level".to_owned(),
            Some(level) => format!("the model is certified {}", name(level)),
        };
        let met = model.certified.is_some_and(|level| level >= least);
        Judgement::stated(met, if met { found } else { format!("{found}; {wanted}") })
    })
}

pub(super) fn not_revoked(facts: &Facts) -> Judgement {
    judge_model(facts, |model| match model.warnings.as_slice() {
        [] => Judgement::stated(true, "no report speaks against the model"),
        warnings => Judgement::stated(false, format!("reported: {}", list(warnings))),
    })
}

/// What Entra wants to see in a model's statement where attestation is enforced.
pub(super) fn entra_metadata(facts: &Facts) -> Judgement {
    judge_model(facts, |model| {
        let Some(info) = &model.get_info else {
            return Judgement::stated(false, "the statement does not say what the model can do");
        };
        let missing: Vec<_> = ENTRA_WANTS
            .iter()
            .filter(|(_, has)| !has(info))
            .map(|(what, _)| (*what).to_owned())
            .collect();
        if missing.is_empty() {
            Judgement::stated(true, "the statement shows what Entra wants")
        } else {
            Judgement::stated(false, format!("the statement does not show: {}", list(&missing)))
        }
    })
}

type Shown = fn(&KeyFacts) -> bool;

const ENTRA_WANTS: [(&str, Shown); 4] = [
    ("FIDO_2_0 or later", |info| {
        info.versions.iter().any(|version| Version::parse(version).is_some())
    }),
    ("option rk", |info| info.option("rk") == Some(true)),
    ("option clientPin or uv", |info| {
        info.option("clientPin").is_some() || info.option("uv").is_some()
    }),
    ("the extension hmac-secret", |info| info.extensions.iter().any(|e| e == "hmac-secret")),
];

fn name(level: Level) -> &'static str {
    LEVELS.into_iter().find_map(|(name, l)| (l == level).then_some(name)).unwrap_or_default()
}

fn judge_model(facts: &Facts, judge: impl Fn(&ModelFacts) -> Judgement) -> Judgement {
    match &facts.metadata {
        Lookup::NotGiven => Judgement::cannot_tell(Missing::Metadata, "no metadata are given"),
        Lookup::NotListed => not_listed(),
        Lookup::Listed(model) => {
            let sure = facts.subject.model_is_sure();
            judge(model).on(if sure { Basis::Metadata } else { Basis::Inferred })
        }
    }
}
