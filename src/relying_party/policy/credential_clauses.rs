//! Clauses about credentials: what a registration shows, or what a key's will be like.

use super::judgement::{Basis, Judgement, Missing};
use super::key_clauses::{judge_info, list, not_listed, untold};
use super::{Chain, Facts, KeyFacts, Lookup, ModelFacts, RegistrationFacts, Subject, Version};
use crate::relying_party::AttestationKind;

/// The format of CTAP2 keys that list none.
const DEFAULT_FORMAT: &str = "packed";
/// What U2F keys make.
const U2F_FORMAT: &str = "fido-u2f";
/// Attestation types of metadata in which an attestation key signs (FIDO Registry §3.6.3).
const ATTESTED_TYPES: [&str; 4] = ["basic_full", "attca", "anonca", "ecdaa"];

pub(super) fn discoverable(facts: &Facts) -> Judgement {
    if let Subject::Registration(RegistrationFacts { discoverable: Some(is), .. }) = &facts.subject
    {
        let words = if *is { "is" } else { "is not" };
        return Judgement::stated(*is, format!("the credential {words} discoverable"));
    }
    if let Subject::Registration(_) = facts.subject {
        // What the model can do does not tell how this credential was made.
        return untold("the registration does not tell whether the credential is discoverable");
    }
    judge_info(facts, |info| match info.option("rk") {
        Some(true) => Judgement::stated(true, "keeps discoverable credentials"),
        _ => Judgement::stated(false, "keeps no discoverable credentials (option rk)"),
    })
}

/// No key tells it: CTAP2 keys keep a discoverable credential for each account of a service.
pub(super) fn several_accounts(facts: &Facts) -> Judgement {
    let judgement = match &facts.subject {
        Subject::Registration(RegistrationFacts { discoverable: Some(_), .. }) => {
            discoverable(facts)
        }
        _ => judge_info(facts, |info| {
            let kept = info.option("rk") == Some(true);
            let words = if kept { "keeps" } else { "does not keep" };
            Judgement::stated(kept, format!("{words} a discoverable credential for each account"))
        }),
    };
    judgement.on(Basis::Inferred)
}

pub(super) fn user_verification(facts: &Facts) -> Judgement {
    if let Subject::Registration(registration) = &facts.subject {
        return if registration.user_verified {
            Judgement::stated(true, "the user was verified")
        } else {
            Judgement::stated(false, "the user was not verified (flag UV)")
        };
    }
    judge_info(facts, |info| {
        let ways = [("clientPin", "PIN"), ("uv", "built-in verification")];
        let ways: Vec<_> = ways
            .into_iter()
            .filter(|(option, _)| info.option(option).is_some())
            .map(|(_, way)| way.to_owned())
            .collect();
        Judgement::stated(!ways.is_empty(), format!("can verify its user with: {}", list(&ways)))
    })
}

pub(super) fn enterprise_attestation(facts: &Facts, wanted: bool) -> Judgement {
    let (found, why) = match &facts.subject {
        Subject::Key(key) => match key.option("ep") {
            Some(true) => (Some(true), "enterprise attestation is on"),
            Some(false) => (Some(false), "enterprise attestation is off"),
            None => (Some(false), "the key has no enterprise attestation"),
        },
        Subject::Registration(registration) => match registration.enterprise_attestation {
            Some(true) => (Some(true), "the attestation names the very key"),
            Some(false) => (Some(false), "the attestation does not name the very key"),
            None => (None, "the registration does not tell whether its attestation names the key"),
        },
        Subject::Model(_) => (None, "only the key itself tells whether it is on"),
    };
    match found {
        Some(found) => Judgement::stated(found == wanted, why),
        None => Judgement::cannot_tell(Missing::Key, why),
    }
}

pub(super) fn attestation_formats(facts: &Facts, wanted: &[String]) -> Judgement {
    let one_of = format!("wanted is one of {}", list(wanted));
    if let Subject::Registration(registration) = &facts.subject {
        let format = &registration.format;
        return Judgement::stated(wanted.contains(format), format!("is {format}; {one_of}"));
    }
    judge_info(facts, |info| {
        let made = formats(info);
        let met = made.iter().any(|format| wanted.contains(format));
        let verb = if info.attestation_formats.is_some() { "lists" } else { "should make" };
        Judgement::inferred(met, format!("{verb} {}; {one_of}", list(&made)))
    })
}

/// The formats that a key makes.
fn formats(info: &KeyFacts) -> Vec<String> {
    let speaks_ctap2 = info.versions.iter().any(|version| Version::parse(version).is_some());
    info.attestation_formats.clone().unwrap_or_else(|| {
        let usual = if speaks_ctap2 { DEFAULT_FORMAT } else { U2F_FORMAT };
        vec![usual.to_owned()]
    })
}

pub(super) fn attested(facts: &Facts) -> Judgement {
    if let Subject::Registration(registration) = &facts.subject {
        return registration_attested(registration, &facts.metadata);
    }
    match &facts.metadata {
        Lookup::NotGiven => no_roots_known(),
        Lookup::NotListed => not_listed(),
        Lookup::Listed(model) => {
            let ModelFacts { attestation_types, has_roots, .. } = model.as_ref();
            let signs = attestation_types.iter().any(|t| ATTESTED_TYPES.contains(&t.as_str()));
            let why = match (signs, has_roots) {
                (false, _) => format!("keys of this model attest: {}", list(attestation_types)),
                (true, false) => "the metadata list no root certificates".to_owned(),
                (true, true) => {
                    "the metadata list the roots of this model's certificates".to_owned()
                }
            };
            Judgement::inferred(signs && *has_roots, why)
        }
    }
}

fn registration_attested(registration: &RegistrationFacts, metadata: &Lookup) -> Judgement {
    match (registration.attestation, &registration.chain) {
        (None, _) => {
            untold(&format!("attestations of format {} could not be verified", registration.format))
        }
        (Some(AttestationKind::None), _) => Judgement::stated(false, "there is no attestation"),
        (Some(AttestationKind::SelfAttestation), _) => {
            Judgement::stated(false, "only the credential itself signs (self attestation)")
        }
        (Some(_), Chain::Trusted) => {
            Judgement::stated(true, "the certificates lead to a root of this model's metadata")
                .on(Basis::Metadata)
        }
        (Some(_), Chain::Untrusted(why)) => {
            Judgement::stated(false, why.as_str()).on(Basis::Metadata)
        }
        (Some(_), Chain::NotChecked) => match metadata {
            Lookup::NotGiven => no_roots_known(),
            Lookup::NotListed => not_listed(),
            Lookup::Listed(_) => untold("the certificates were not traced to a root"),
        },
    }
}

fn no_roots_known() -> Judgement {
    Judgement::cannot_tell(
        Missing::Metadata,
        "no metadata are given, which list the roots of the certificates",
    )
}

pub(super) fn backup_eligible(facts: &Facts, wanted: bool) -> Judgement {
    let words = |can| if can { "can be copied to other devices" } else { "stay on their device" };
    if let Subject::Registration(registration) = &facts.subject {
        let found = registration.backup_eligible;
        return Judgement::stated(
            found == wanted,
            format!("such credentials {} (flag BE)", words(found)),
        );
    }
    let told = match &facts.metadata {
        Lookup::Listed(model) => model.multi_device,
        Lookup::NotGiven | Lookup::NotListed => None,
    };
    match told {
        Some(found) => Judgement::inferred(
            found == wanted,
            format!("the metadata say that this model's credentials {}", words(found)),
        ),
        None => Judgement::inferred(!wanted, "credentials of a security key stay on it, as a rule"),
    }
}

pub(super) fn backed_up(facts: &Facts, wanted: bool) -> Judgement {
    let Subject::Registration(registration) = &facts.subject else {
        return Judgement::cannot_tell(Missing::Registration, "only a registration tells it");
    };
    let found = registration.backed_up;
    let words = if found { "is" } else { "is not" };
    Judgement::stated(
        found == wanted,
        format!("the credential {words} on other devices too (flag BS)"),
    )
}
