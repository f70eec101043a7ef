//! Policies on connected keys: virtual keys of every kind, and what they make.
#![cfg(test)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop where it stands")]

mod plugged_in;
mod scripted_key;

use fidoctl::authenticator::{AttestationMode, CreationOptions, Interfaces, VersionLine};
use fidoctl::client::config::{self, Setting};
use fidoctl::client::register::{Registered, Registration, register};
use fidoctl::client::{Requirement, Session, key_facts, pin};
use fidoctl::relying_party::policy::{
    AttestationRule, EntraRules, Facts, Lookup, Outcome, Policy, RegistrationFacts, Report,
    Subject, Verdict,
};
use plugged_in::PluggedKey;
use scripted_key::{PIN, ScriptedPerson, limits, registration};

fn entra() -> Policy {
    Policy::entra(&[EntraRules::new(AttestationRule::Off)])
}

fn own(toml: &str) -> Policy {
    Policy::from_toml(toml, "own").unwrap()
}

/// Judges a connected key; returns the number of messages too, opening the channel included.
fn judge(key: &PluggedKey, policy: &Policy) -> (Report, usize) {
    key.take_messages();
    let mut person = ScriptedPerson::typing(&[]);
    let mut session = Session::open(key.open(), &mut person, limits()).unwrap();
    let facts = key_facts::gather(&mut session, policy).unwrap();
    let facts = Facts { subject: Subject::Key(facts), metadata: Lookup::NotGiven };
    (policy.judge(&facts), key.take_messages())
}

fn not_met(report: &Report) -> Vec<&'static str> {
    let findings = report.profiles.iter().flat_map(|profile| &profile.findings);
    let not_met = findings.filter(|finding| finding.outcome == Outcome::NotMet);
    not_met.map(|finding| finding.clause).collect()
}

fn set_pin(key: &PluggedKey) {
    let mut person = ScriptedPerson::typing(&[]).and_new_pin(PIN);
    pin::set(&mut Session::open(key.open(), &mut person, limits()).unwrap()).unwrap();
}

fn enroll(key: &PluggedKey) -> Registered {
    let mut person = ScriptedPerson::typing(&[PIN]);
    let mut session = Session::open(key.open(), &mut person, limits()).unwrap();
    register(&mut session, &registration()).unwrap()
}

#[test]
fn keys_of_every_version_suit_entra_without_attestation() {
    for version_line in VersionLine::ALL {
        let key = PluggedKey::with(&CreationOptions { version_line, ..Default::default() });
        let (report, _) = judge(&key, &entra());
        assert_eq!(report.verdict(), Verdict::Acceptable, "{version_line:?}: {report:?}");
    }
}

#[test]
fn versions_are_told_apart() {
    let least = |version: &str| own(&format!("min-version = '{version}'"));
    for (version_line, suits, does_not) in [
        (VersionLine::Ctap2_0, "FIDO_2_0", "FIDO_2_1_PRE"),
        (VersionLine::Ctap2_1Pre, "FIDO_2_1_PRE", "FIDO_2_1"),
        (VersionLine::Ctap2_1, "FIDO_2_1", "FIDO_2_3"),
        // Keys of 2.2 say FIDO_2_1.
        (VersionLine::Ctap2_2, "FIDO_2_1", "FIDO_2_2"),
    ] {
        let key = PluggedKey::with(&CreationOptions { version_line, ..Default::default() });
        assert_eq!(judge(&key, &least(suits)).0.verdict(), Verdict::Acceptable);
        assert_eq!(judge(&key, &least(does_not)).0.verdict(), Verdict::NotAcceptable);
    }
}

#[test]
fn a_key_of_u2f_only_suits_entra_in_nothing_but_its_algorithm() {
    let key =
        PluggedKey::with(&CreationOptions { interfaces: Interfaces::U2f, ..Default::default() });
    let (report, _) = judge(&key, &entra());
    let wanted = [
        "min-version",
        "discoverable",
        "user-verification",
        "extensions",
        "several-accounts",
        "attestation-formats",
    ];
    assert_eq!(not_met(&report), wanted);
}

#[test]
fn a_fingerprint_sensor_verifies_users_too() {
    let key = PluggedKey::with(&CreationOptions { fingerprint: true, ..Default::default() });
    let policy = own("user-verification = true\noptions = { uv = 'supported', uv-x = false }");
    assert_eq!(judge(&key, &policy).0.verdict(), Verdict::Acceptable);
    let without = judge(&PluggedKey::new(), &policy).0;
    assert_eq!(not_met(&without), ["options"]);
}

#[test]
fn settings_are_told_from_what_is_supported() {
    let key = PluggedKey::new();
    set_pin(&key);
    for (setting, name) in [
        (Setting::EnterpriseAttestation, "enterprise-attestation"),
        (Setting::AlwaysUv(true), "always-uv"),
    ] {
        let [on, off] = ["true", "false"].map(|value| own(&format!("{name} = {value}")));
        let verdicts = || [&on, &off].map(|policy| judge(&key, policy).0.verdict());
        assert_eq!(verdicts(), [Verdict::NotAcceptable, Verdict::Acceptable], "{name}");
        let mut person = ScriptedPerson::typing(&[PIN]);
        let mut session = Session::open(key.open(), &mut person, limits()).unwrap();
        config::set(&mut session, &setting).unwrap();
        drop(session);
        assert_eq!(verdicts(), [Verdict::Acceptable, Verdict::NotAcceptable], "{name}");
    }
}

#[test]
fn judging_takes_no_message_beyond_get_info() {
    let key = PluggedKey::new();
    set_pin(&key);
    // INIT, getInfo.
    assert_eq!(judge(&key, &entra()).1, 2);
    assert_eq!(judge(&key, &own("pin-set = true\nmin-free-slots = 1")).1, 2);
}

#[test]
fn a_clause_on_retries_takes_one_message_more() {
    let key = PluggedKey::new();
    let policy = own("min-pin-retries = 8");
    // Without a PIN there is nothing to ask.
    assert_eq!(judge(&key, &policy).1, 2);
    set_pin(&key);
    let (report, messages) = judge(&key, &policy);
    assert_eq!((report.verdict(), messages), (Verdict::Acceptable, 3));
}

#[test]
fn judging_spends_no_pin_try() {
    let key = PluggedKey::new();
    set_pin(&key);
    for _ in 0..9 {
        let report = judge(&key, &own("min-pin-retries = 8")).0;
        assert_eq!(report.verdict(), Verdict::Acceptable);
    }
}

#[test]
fn a_full_key_is_told_by_its_slots() {
    let key = PluggedKey::with(&CreationOptions { capacity: Some(1), ..Default::default() });
    set_pin(&key);
    let policy = own("min-free-slots = 1");
    assert_eq!(judge(&key, &policy).0.verdict(), Verdict::Acceptable);
    let mut person = ScriptedPerson::typing(&[PIN]);
    let mut session = Session::open(key.open(), &mut person, limits()).unwrap();
    let wanted = Registration { resident_key: Requirement::Required, ..registration() };
    register(&mut session, &wanted).unwrap();
    drop(session);
    assert_eq!(judge(&key, &policy).0.verdict(), Verdict::NotAcceptable);
}

#[test]
fn self_attestation_is_told_from_a_batch_s() {
    for (attestation, verdict) in [
        (AttestationMode::Batch, Verdict::Undecided),
        (AttestationMode::SelfAttestation, Verdict::NotAcceptable),
    ] {
        let key = PluggedKey::with(&CreationOptions { attestation, ..Default::default() });
        set_pin(&key);
        let made = enroll(&key);
        let format = &made.attestation_object.format;
        let facts =
            RegistrationFacts::new(&made.authenticator_data, format, made.attestation.as_ref());
        let subject = Subject::Registration(facts.unwrap());
        let report = own("attested = true").judge(&Facts { subject, metadata: Lookup::NotGiven });
        assert_eq!(report.verdict(), verdict, "{attestation:?}");
    }
}
