//! Clauses about what a key can do and how it is set up.

use super::clause::{OptionState, Version};
use super::judgement::{Basis, Judgement, Missing};
use super::{Facts, KeyFacts, Lookup, Subject};
use crate::cose::Algorithm;
use crate::relying_party::policy::RegistrationFacts;

/// Options that say how a single key is set up; of a model they tell nothing.
const SETTINGS: [&str; 6] = ["alwaysUv", "bioEnroll", "clientPin", "ep", "uv", "uvBioEnroll"];

/// The least PIN length where a key does not tell (CTAP 2.2 §6.4).
const DEFAULT_MIN_PIN_LENGTH: u64 = 4;

pub(super) fn min_version(facts: &Facts, least: Version) -> Judgement {
    if let Subject::Registration(registration) = &facts.subject
        && least == Version::Fido2_0
        && speaks_ctap2(registration)
    {
        return Judgement::inferred(
            true,
            "U2F makes no such registrations, so the key speaks CTAP2",
        );
    }
    judge_info(facts, |info| {
        let highest = info.versions.iter().filter_map(|version| Version::parse(version)).max();
        let met = highest.is_some_and(|highest| highest >= least);
        let listed = list(&info.versions);
        Judgement::stated(met, format!("speaks {listed}; {} or later is wanted", least.name()))
    })
}

pub(super) fn versions(facts: &Facts, wanted: &[String]) -> Judgement {
    judge_info(facts, |info| all_of("speaks", &info.versions, wanted))
}

pub(super) fn options(facts: &Facts, wanted: &[(String, OptionState)]) -> Judgement {
    let is_model = !matches!(facts.subject, Subject::Key(_));
    let setting = wanted.iter().find(|(name, state)| {
        is_model && *state != OptionState::Supported && SETTINGS.contains(&name.as_str())
    });
    if let Some((name, _)) = setting {
        let why = format!("only the key itself says how its option {name} is set");
        return Judgement::cannot_tell(Missing::Key, why);
    }
    judge_info(facts, |info| {
        let differs = wanted.iter().find(|(name, state)| match state {
            OptionState::On => info.option(name) != Some(true),
            OptionState::Off => info.option(name) == Some(true),
            OptionState::Supported => info.option(name).is_none(),
        });
        match differs {
            Some((name, state)) => Judgement::stated(false, {
                let found = match info.option(name) {
                    None => "is not there",
                    Some(true) => "is on",
                    Some(false) => "is off",
                };
                format!("option {name} {found}; it should be {}", state.words())
            }),
            None => {
                let names: Vec<_> = wanted.iter().map(|(name, _)| name.clone()).collect();
                Judgement::stated(true, format!("as wanted: {}", list(&names)))
            }
        }
    })
}

pub(super) fn extensions(facts: &Facts, wanted: &[String]) -> Judgement {
    if let Subject::Registration(registration) = &facts.subject
        && wanted.iter().all(|name| registration.extensions.contains(name))
    {
        return Judgement::stated(true, format!("granted {}", list(wanted)));
    }
    judge_info(facts, |info| all_of("has", &info.extensions, wanted))
}

pub(super) fn algorithms(facts: &Facts, wanted: &[Algorithm]) -> Judgement {
    let names = |algorithms: &[Algorithm]| {
        list(&algorithms.iter().map(Algorithm::to_string).collect::<Vec<_>>())
    };
    if let Subject::Registration(registration) = &facts.subject {
        let algorithm = registration.algorithm;
        let met = wanted.contains(&algorithm);
        let why = format!("the credential uses {algorithm}; wanted is one of {}", names(wanted));
        return Judgement::stated(met, why);
    }
    judge_info(facts, |info| match &info.algorithms {
        Some(listed) => {
            let met = listed.iter().any(|algorithm| wanted.contains(algorithm));
            let why = format!("knows {}; wanted is one of {}", names(listed), names(wanted));
            Judgement::stated(met, why)
        }
        None => {
            let why = "lists no algorithms; such keys know ES256";
            Judgement::inferred(wanted.contains(&Algorithm::ES256), why)
        }
    })
}

pub(super) fn transports(facts: &Facts, wanted: &[String]) -> Judgement {
    if let Subject::Registration(RegistrationFacts { transports: Some(told), .. }) = &facts.subject
    {
        return all_of("can be reached over", told, wanted);
    }
    judge_info(facts, |info| match &info.transports {
        Some(listed) => all_of("can be reached over", listed, wanted),
        None => untold("does not tell how it can be reached"),
    })
}

pub(super) fn min_firmware(facts: &Facts, least: u64) -> Judgement {
    let Subject::Key(key) = &facts.subject else {
        return Judgement::cannot_tell(Missing::Key, "only the key itself tells its firmware");
    };
    match key.firmware_version {
        Some(version) => {
            Judgement::stated(version >= least, format!("is {version}; at least {least} is wanted"))
        }
        None => untold("the key does not tell its firmware"),
    }
}

pub(super) fn min_pin_length(facts: &Facts, least: u64) -> Judgement {
    let verdict = |length: u64| {
        Judgement::stated(length >= least, format!("is {length}; at least {least} is wanted"))
    };
    match &facts.subject {
        Subject::Key(key) if key.option("clientPin").is_none() => {
            Judgement::stated(false, "the key has no PIN")
        }
        Subject::Key(key) => verdict(key.min_pin_length.unwrap_or(DEFAULT_MIN_PIN_LENGTH)),
        Subject::Registration(RegistrationFacts { min_pin_length: Some(length), .. }) => {
            verdict(*length)
        }
        _ => Judgement::cannot_tell(
            Missing::Key,
            "only the key tells it, in a registration through the extension minPinLength",
        ),
    }
}

pub(super) fn pin_complexity(facts: &Facts, wanted: bool) -> Judgement {
    let told = match &facts.subject {
        Subject::Key(key) => key.pin_complexity_policy,
        Subject::Registration(registration) => registration.pin_complexity_policy,
        Subject::Model(_) => None,
    };
    let words = |on| if on { "easy PINs are refused" } else { "no rules against easy PINs" };
    match (told, &facts.subject) {
        (Some(found), _) => Judgement::stated(found == wanted, words(found)),
        (None, Subject::Key(_)) => {
            Judgement::inferred(!wanted, "the key tells of no rules against easy PINs")
        }
        _ => Judgement::cannot_tell(
            Missing::Key,
            "only the key tells it, in a registration through the extension pinComplexityPolicy",
        ),
    }
}

pub(super) fn pin_set(facts: &Facts, wanted: bool) -> Judgement {
    let Subject::Key(key) = &facts.subject else {
        return Judgement::cannot_tell(
            Missing::Key,
            "only the key itself tells whether it has a PIN",
        );
    };
    let found = key.option("clientPin");
    let why = match found {
        Some(true) => "a PIN is set",
        Some(false) => "no PIN is set",
        None => "the key has no PIN",
    };
    Judgement::stated((found == Some(true)) == wanted, why)
}

pub(super) fn min_pin_retries(facts: &Facts, least: u64) -> Judgement {
    let Subject::Key(key) = &facts.subject else {
        return Judgement::cannot_tell(
            Missing::Key,
            "only the key itself tells how many tries are left",
        );
    };
    match key.pin_retries {
        Some(left) => Judgement::stated(
            left >= least,
            format!("{left} PIN tries are left; at least {least} are wanted"),
        ),
        None => Judgement::stated(false, "no PIN is set"),
    }
}

pub(super) fn min_free_slots(facts: &Facts, least: u64) -> Judgement {
    let Subject::Key(key) = &facts.subject else {
        return Judgement::cannot_tell(Missing::Key, "only the key itself tells how full it is");
    };
    match key.free_slots {
        Some(free) => Judgement::stated(
            free >= least,
            format!("there is room for {free} more credentials; at least {least} are wanted"),
        ),
        None => untold("the key does not tell how full it is"),
    }
}

pub(super) fn always_uv(facts: &Facts, wanted: bool) -> Judgement {
    let Subject::Key(key) = &facts.subject else {
        let why = "only the key itself tells whether it always verifies its user";
        return Judgement::cannot_tell(Missing::Key, why);
    };
    let found = key.option("alwaysUv");
    let why = match found {
        Some(true) => "the key always verifies its user",
        Some(false) => "alwaysUv is off",
        None => "the key has no alwaysUv",
    };
    Judgement::stated((found == Some(true)) == wanted, why)
}

/// Judges by what getInfo says: the key's own, or its model's in the metadata.
pub(super) fn judge_info(facts: &Facts, judge: impl Fn(&KeyFacts) -> Judgement) -> Judgement {
    if let Subject::Key(key) = &facts.subject {
        return judge(key);
    }
    match &facts.metadata {
        Lookup::NotGiven => Judgement::cannot_tell(
            Missing::Metadata,
            "no metadata are given, which say what keys of this model can do",
        ),
        Lookup::NotListed => not_listed(),
        Lookup::Listed(model) => match &model.get_info {
            Some(info) => {
                let judgement = judge(info);
                let why = format!("keys of this model: {}", judgement.why);
                Judgement { why, ..judgement }.on(Basis::Inferred)
            }
            None => untold("the metadata do not say what keys of this model can do"),
        },
    }
}

pub(super) fn not_listed() -> Judgement {
    untold("the metadata do not list the model")
}

/// Nobody says it although somebody could.
pub(super) fn untold(why: &str) -> Judgement {
    Judgement::cannot_tell(Missing::Statement, why)
}

pub(super) fn list(names: &[String]) -> String {
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

fn all_of(verb: &str, found: &[String], wanted: &[String]) -> Judgement {
    let missing: Vec<_> = wanted.iter().filter(|name| !found.contains(name)).cloned().collect();
    if missing.is_empty() {
        Judgement::stated(true, format!("{verb} {}", list(wanted)))
    } else {
        Judgement::stated(false, format!("{verb} {}; missing: {}", list(found), list(&missing)))
    }
}

/// Tells whether a registration shows that no U2F key made it.
pub(super) fn speaks_ctap2(registration: &RegistrationFacts) -> bool {
    registration.user_verified || registration.format == "packed"
}

impl OptionState {
    fn words(self) -> &'static str {
        match self {
            OptionState::On => "on",
            OptionState::Off => "off",
            OptionState::Supported => "supported",
        }
    }
}
