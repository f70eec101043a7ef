//! Both ceremonies: published ones pass every check, altered ones fail the right one.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop where it stands"
)]

mod vectors;

use std::time::{Duration, SystemTime};

use fidoctl::cose::{Algorithm, CoseKey, Curve};
use fidoctl::relying_party::{
    AttestationKind, ClientData, Error, Expectations, Report, StoredCredential, Trust, Verdict,
    authentication, registration, signature,
};
use fidoctl::webauthn::{AttestationObject, Base64Url, CollectedClientData};
use serde_json::Value as Json;
use vectors::w3c::Case;
use vectors::{hex, items, load, text};

fn failed(report: &Report) -> Vec<&'static str> {
    let checks = report.checks().iter();
    checks.filter(|c| matches!(c.verdict, Verdict::Failed(_))).map(|c| c.name).collect()
}

fn names(report: &Report) -> Vec<&'static str> {
    report.checks().iter().map(|check| check.name).collect()
}

fn u2f_object(vectors: &Json) -> AttestationObject {
    let registration = &vectors["registration"];
    AttestationObject {
        format: "fido-u2f".to_owned(),
        statement: fidoctl::cbor::from_slice(&hex(&registration["att_stmt"])).unwrap(),
        authenticator_data: hex(&registration["auth_data"]).into(),
    }
}

#[test]
fn u2f_key_behind_ctap2_is_verified_in_both_ceremonies() {
    let vectors = load("u2f");
    let hash = hex(&vectors["client_data_hash"]).try_into().unwrap();
    let object = u2f_object(&vectors).to_vec();
    let wanted =
        Expectations { rp_id: Some(text(&vectors["rp_id"]).to_owned()), ..Expectations::default() };
    let client_data = ClientData::Hash(hash);
    let raw = registration::RawRegistration { attestation_object: &object, client_data };
    let report = registration::verify_raw(&raw, &wanted);
    assert_eq!(failed(&report), NONE);
    let key = report.authenticator_data().unwrap().attested_credential.clone().unwrap().public_key;

    let authentication = &vectors["authentication"];
    let (data, signature) = (hex(&authentication["auth_data"]), hex(&authentication["signature"]));
    let raw = authentication::RawAssertion {
        credential_id: None,
        user_handle: None,
        authenticator_data: &data,
        signature: &signature,
        client_data,
    };
    let mut stored = StoredCredential::new(key);
    stored.sign_count = Some(0);
    let report = authentication::verify_raw(&raw, &wanted, &stored);
    assert_eq!(failed(&report), NONE);
    assert_eq!(report.verdict("signature"), Some(&Verdict::Passed));
}

/// No check failed.
const NONE: [&str; 0] = [];

const CLIENT_DATA_CHECKS: [&str; 6] =
    ["client-data", "client-data-type", "challenge", "origin", "cross-origin", "top-origin"];

#[test]
fn registration_report_names_its_checks_in_this_order() {
    let case = Case::named("packed-es256");
    let wanted = case.expectations("registration");
    let report = registration::verify(&case.registration_response(), &wanted);
    let mut expected = vec!["credential-type"];
    expected.extend(CLIENT_DATA_CHECKS);
    expected.extend([
        "attestation-object",
        "authenticator-data",
        "authenticator-data-member",
        "rp-id-hash",
        "user-present",
        "user-verified",
        "backup-flags",
        "backup-eligibility",
        "extensions",
        "attested-credential",
        "credential-id",
        "algorithm",
        "public-key",
        "public-key-member",
        "attestation",
        "attestation-format",
        "attested",
        "attestation-chain",
        "aaguid",
    ]);
    assert_eq!(names(&report), expected);
}

#[test]
fn authentication_report_names_its_checks_in_this_order() {
    let mut expected = vec!["credential-type", "id-member", "credential-id", "user-handle"];
    expected.extend(CLIENT_DATA_CHECKS);
    expected.extend([
        "authenticator-data",
        "rp-id-hash",
        "user-present",
        "user-verified",
        "backup-flags",
        "backup-eligibility",
        "extensions",
        "backup-eligibility-unchanged",
        "signature",
        "sign-count",
    ]);
    assert_eq!(names(&Case::named("packed-es256").verify_authentication()), expected);
}

#[test]
fn report_has_the_same_checks_when_nothing_can_be_read() {
    let mut case = Case::named("packed-es256");
    let response = case.registration_response();
    let wanted = case.expectations("registration");
    let good = registration::verify(&response, &wanted);
    let mut broken = response.clone();
    broken.response.attestation_object = Base64Url(vec![0xff]);
    broken.response.client_data_json = Base64Url(b"{".to_vec());
    let report = registration::verify(&broken, &wanted);
    assert_eq!(names(&report), names(&good));
    assert_eq!(failed(&report), ["client-data", "attestation-object"]);

    let good = case.verify_authentication();
    case.authenticator_data.truncate(36);
    case.client_data.clear();
    let report = case.verify_authentication();
    assert_eq!(names(&report), names(&good));
    assert_eq!(failed(&report), ["client-data", "authenticator-data", "signature"]);
}

#[test]
fn every_w3c_registration_passes_and_is_traced_to_the_root() {
    let vectors = load("webauthn-l3");
    for case in Case::all() {
        let mut wanted = case.expectations("registration");
        let report = registration::verify(&case.registration_response(), &wanted);
        assert_eq!(failed(&report), NONE, "{}", case.id());
        assert_eq!(report.verdict("challenge"), Some(&Verdict::Passed));
        assert_eq!(report.verdict("rp-id-hash"), Some(&Verdict::Passed));
        let at = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000));
        wanted.trust = Some(Trust { roots: vec![hex(&vectors["attestation_root"])], at });
        let report = registration::verify(&case.registration_response(), &wanted);
        let certified = report.attestation().unwrap().kind == AttestationKind::Basic;
        let expected: &[_] = if certified { &[] } else { &[Error::NotAttested] };
        assert_eq!(Vec::from_iter(report.failures().cloned()), expected, "{}", case.id());
    }
}

#[test]
fn every_w3c_assertion_passes() {
    for case in Case::all() {
        let report = case.verify_authentication();
        assert!(report.is_genuine(), "{}: {:?}", case.id(), failed(&report));
        assert_eq!(report.verdict("signature"), Some(&Verdict::Passed));
    }
}

#[test]
fn altered_signature_is_refused_on_every_curve() {
    for id in ["none-es256", "packed-eddsa", "packed-es384", "packed-es512"] {
        let changes: [fn(&mut Vec<u8>); 3] =
            [|signature| signature.push(0), |signature| signature[30] ^= 1, Vec::clear];
        for change in changes {
            let mut case = Case::named(id);
            change(&mut case.signature);
            assert_eq!(failed(&case.verify_authentication()), ["signature"], "{id}");
        }
    }
}

#[test]
fn signatures_of_the_cose_examples_verify() {
    for key in items(&load("cbor-cose")["cose_keys"]) {
        let cose: CoseKey = fidoctl::cbor::from_slice(&hex(&key["cose_key"])).unwrap();
        let outcome = signature::verify(&cose, &hex(&key["message"]), &hex(&key["signature"]));
        assert_eq!(outcome, Ok(()), "{}", key["alg"]);
    }
}

#[test]
fn keys_that_cannot_verify_are_refused() {
    let off_curve = CoseKey::es256([1; 32], [1; 32]);
    assert_eq!(signature::check_key(&off_curve), Err(Error::PublicKey(Algorithm::ES256)));
    // The point of order one: anybody can sign for it.
    let mut identity = [0; 32];
    identity[0] = 1;
    let weak = CoseKey::ed25519(identity);
    assert_eq!(signature::check_key(&weak), Err(Error::PublicKey(Algorithm::EDDSA)));
    let (x, y) = (vec![0; 48], vec![0; 48]);
    let wrong_curve = CoseKey::Ec2 { algorithm: Algorithm::ES256, curve: Curve::P384, x, y };
    assert_eq!(signature::check_key(&wrong_curve), Err(Error::PublicKey(Algorithm::ES256)));
}

/// Verifies a good registration against altered expectations.
fn registration_with(change: impl FnOnce(&mut Expectations)) -> Report {
    let case = Case::named("packed-es256");
    let mut wanted = case.expectations("registration");
    change(&mut wanted);
    registration::verify(&case.registration_response(), &wanted)
}

#[test]
fn each_expectation_has_its_own_check() {
    let report = registration_with(|w| w.challenge = Some(vec![0; 32]));
    assert_eq!(failed(&report), ["challenge"]);
    let report = registration_with(|w| {
        w.rp_id = Some("example.org".to_owned());
        w.origins = Some(vec!["https://example.net".to_owned()]);
    });
    assert_eq!(failed(&report), ["origin"]);
    let report = registration_with(|w| w.rp_id = Some("example.net".to_owned()));
    assert_eq!(failed(&report), ["rp-id-hash"]);
    let report = registration_with(|w| w.algorithms = Some(vec![Algorithm::EDDSA]));
    assert_eq!(failed(&report), ["algorithm"]);
}

#[test]
fn each_demand_on_the_attestation_has_its_own_check() {
    let formats = |name: &str| Some(vec![name.to_owned()]);
    assert_eq!(failed(&registration_with(|w| w.formats = formats("packed"))), NONE);
    assert_eq!(failed(&registration_with(|w| w.formats = formats("tpm"))), ["attestation-format"]);
    assert_eq!(failed(&registration_with(|w| w.aaguids = Some(vec![[0; 16]]))), ["aaguid"]);
    assert_eq!(failed(&registration_with(|w| w.require_attestation = true)), NONE);
    let no_roots = Trust { roots: Vec::new(), at: None };
    let report = registration_with(|w| w.trust = Some(no_roots));
    assert_eq!(failed(&report), ["attestation-chain"]);
    let case = Case::named("packed-self-es256");
    let mut wanted = case.expectations("registration");
    wanted.require_attestation = true;
    let report = registration::verify(&case.registration_response(), &wanted);
    assert_eq!(failed(&report), ["attested"]);
}

#[test]
fn withdrawn_format_is_not_judged_but_proves_nothing() {
    let case = Case::named("packed-es256");
    let mut object = AttestationObject::from_slice(&case.object).unwrap();
    object.format = "android-safetynet".to_owned();
    let object = object.to_vec();
    let hash = CollectedClientData::hash(&case.registration_client_data);
    let raw = registration::RawRegistration {
        attestation_object: &object,
        client_data: ClientData::Hash(hash),
    };
    let report = registration::verify_raw(&raw, &Expectations::default());
    assert_eq!(failed(&report), NONE);
    assert!(matches!(report.verdict("attestation"), Some(Verdict::NotChecked(_))));
    let wanted = Expectations { require_attestation: true, ..Expectations::default() };
    assert_eq!(failed(&registration::verify_raw(&raw, &wanted)), ["attested"]);
}

#[test]
fn what_nothing_is_known_of_is_not_checked() {
    let report = registration_with(|w| *w = Expectations::default());
    assert!(report.is_genuine());
    for name in ["challenge", "origin", "rp-id-hash", "user-verified", "algorithm"] {
        let verdict = report.verdict(name);
        assert!(matches!(verdict, Some(Verdict::NotChecked(_))), "{name}: {verdict:?}");
    }
}

#[test]
fn frames_are_refused_unless_allowed() {
    let case = Case::named("none-es256-topOrigin");
    let response = case.registration_response();
    let mut wanted = case.expectations("registration");
    wanted.top_origins = Some(vec!["https://example.net".to_owned()]);
    assert_eq!(failed(&registration::verify(&response, &wanted)), ["top-origin"]);
    wanted.top_origins = None;
    wanted.allow_cross_origin = false;
    assert_eq!(failed(&registration::verify(&response, &wanted)), ["cross-origin"]);
    wanted.top_origins = Some(vec!["https://example.com".to_owned()]);
    assert_eq!(failed(&registration::verify(&response, &wanted)), NONE);
    // A frame whose page is not named is none of those pages.
    let case = Case::named("none-es256-crossOrigin");
    wanted.challenge = None;
    let found = registration::verify(&case.registration_response(), &wanted);
    assert_eq!(failed(&found), ["cross-origin"]);
}

#[test]
fn a_response_that_contradicts_itself_is_refused() {
    let case = Case::named("packed-es256");
    let wanted = case.expectations("registration");
    let good = case.registration_response();
    let check = |name: &str, change: fn(&mut fidoctl::webauthn::RegistrationResponseJson)| {
        let mut response = good.clone();
        change(&mut response);
        assert_eq!(failed(&registration::verify(&response, &wanted)), [name]);
    };
    check("credential-type", |r| r.credential_type = "password".to_owned());
    check("credential-id", |r| r.id.0.push(0));
    check("credential-id", |r| r.raw_id.0.push(0));
    check("authenticator-data-member", |r| {
        r.response.authenticator_data.as_mut().unwrap().0[36] ^= 1;
    });
    check("public-key-member", |r| r.response.public_key_algorithm = -8);
    check("public-key-member", |r| r.response.public_key.as_mut().unwrap().0[40] ^= 1);
}

#[test]
fn client_data_of_one_ceremony_do_not_serve_the_other() {
    let mut case = Case::named("none-es256");
    case.registration_client_data.clone_from(&case.client_data);
    let mut wanted = case.expectations("authentication");
    wanted.algorithms = None;
    let report = registration::verify(&case.registration_response(), &wanted);
    assert_eq!(failed(&report), ["client-data-type"]);
}

/// Verifies attested data whose flags byte was replaced, without attestation.
fn registration_with_flags(flags: u8, wanted: &Expectations) -> Vec<&'static str> {
    let mut object = AttestationObject::from_slice(&Case::named("none-es256").object).unwrap();
    object.authenticator_data[32] = flags;
    let object = object.to_vec();
    let client_data = ClientData::Hash([0; 32]);
    let raw = registration::RawRegistration { attestation_object: &object, client_data };
    failed(&registration::verify_raw(&raw, wanted))
}

#[test]
fn flags_are_held_against_the_expectations() {
    let wanted = Expectations::default();
    assert_eq!(registration_with_flags(0x40, &wanted), ["user-present"]);
    assert_eq!(registration_with_flags(0x41, &wanted), NONE);
    assert_eq!(registration_with_flags(0x51, &wanted), ["backup-flags"]);
    assert_eq!(registration_with_flags(0x59, &wanted), NONE);
    let device_bound = Expectations { refuse_backup_eligible: true, ..Expectations::default() };
    assert_eq!(registration_with_flags(0x49, &device_bound), ["backup-eligibility"]);
    let verified = Expectations { require_user_verification: true, ..Expectations::default() };
    assert_eq!(registration_with_flags(0x41, &verified), ["user-verified"]);
    assert_eq!(registration_with_flags(0x45, &verified), NONE);
    let silent = Expectations { allow_user_absent: true, ..Expectations::default() };
    assert_eq!(registration_with_flags(0x40, &silent), NONE);
}

#[test]
fn registration_without_a_credential_is_refused() {
    let mut object = AttestationObject::from_slice(&Case::named("none-es256").object).unwrap();
    object.authenticator_data.truncate(37);
    object.authenticator_data[32] = 1;
    let object = object.to_vec();
    let client_data = ClientData::Hash([0; 32]);
    let raw = registration::RawRegistration { attestation_object: &object, client_data };
    let report = registration::verify_raw(&raw, &Expectations::default());
    assert_eq!(failed(&report), ["attested-credential"]);
}

/// The key's outputs, appended to a registration without attestation.
fn registration_with_extensions(outputs: &[u8], asked: &[&str]) -> Vec<Error> {
    let mut object = AttestationObject::from_slice(&Case::named("none-es256").object).unwrap();
    object.authenticator_data[32] = 0xc1;
    object.authenticator_data.extend(outputs);
    let object = object.to_vec();
    let client_data = ClientData::Hash([0; 32]);
    let raw = registration::RawRegistration { attestation_object: &object, client_data };
    let asked = asked.iter().map(|&name| name.to_owned()).collect();
    let wanted = Expectations { extensions: Some(asked), ..Expectations::default() };
    registration::verify_raw(&raw, &wanted).failures().cloned().collect()
}

#[test]
fn extension_outputs_are_asked_for_and_of_their_type() {
    let output = b"\xa1\x6bcredProtect\x02";
    assert_eq!(registration_with_extensions(output, &["credProtect"]), []);
    let unexpected = Error::UnexpectedExtension("credProtect".to_owned());
    assert_eq!(registration_with_extensions(output, &["hmac-secret"]), [unexpected]);
    let found = registration_with_extensions(b"\xa1\x6bcredProtect\x04", &["credProtect"]);
    assert_eq!(found, [Error::ExtensionOutput("credProtect")]);
    let found = registration_with_extensions(b"\xa1\x6bhmac-secret\x41\x00", &["hmac-secret"]);
    assert_eq!(found, [Error::ExtensionOutput("hmac-secret")]);
}

/// Verifies a good assertion against an altered stored credential.
fn authentication_with(change: impl FnOnce(&mut StoredCredential)) -> Vec<&'static str> {
    let mut case = Case::named("none-es256");
    change(&mut case.credential);
    let response = Case::named("none-es256").authentication_response();
    let wanted = case.expectations("authentication");
    failed(&authentication::verify(&response, &wanted, &case.credential))
}

#[test]
fn assertion_must_fit_the_stored_credential() {
    assert_eq!(authentication_with(|_| ()), NONE);
    assert_eq!(authentication_with(|s| s.id = Some(vec![1])), ["credential-id"]);
    assert_eq!(authentication_with(|s| s.sign_count = Some(u32::MAX)), ["sign-count"]);
    let other_key = Case::named("packed-es256").credential.public_key;
    assert_eq!(authentication_with(|s| s.public_key = other_key), ["signature"]);
    let eligible = Case::named("none-es256").authenticator_data[32] & 8 != 0;
    let changed = authentication_with(|s| s.backup_eligible = Some(!eligible));
    assert_eq!(changed, ["backup-eligibility-unchanged"]);
    assert_eq!(authentication_with(|s| s.backup_eligible = Some(eligible)), NONE);
}

#[test]
fn assertion_for_another_account_is_refused() {
    let case = Case::named("none-es256");
    let mut response = case.authentication_response();
    response.response.user_handle = Some(Base64Url(vec![2]));
    let mut stored = case.credential.clone();
    let wanted = case.expectations("authentication");
    stored.user_handle = Some(vec![1]);
    assert_eq!(failed(&authentication::verify(&response, &wanted, &stored)), ["user-handle"]);
    stored.user_handle = Some(vec![2]);
    assert!(authentication::verify(&response, &wanted, &stored).is_genuine());
}

#[test]
fn counter_must_grow_once_it_counts() {
    for (stored, got, genuine) in
        [(0, 0, true), (0, 1, true), (1, 2, true), (1, 1, false), (2, 1, false), (1, 0, false)]
    {
        let case = Case::named("none-es256");
        let mut data = case.authenticator_data.clone();
        data[33..37].copy_from_slice(&u32::to_be_bytes(got));
        let raw = authentication::RawAssertion {
            credential_id: None,
            user_handle: None,
            authenticator_data: &data,
            signature: &case.signature,
            client_data: ClientData::Json(&case.client_data),
        };
        let mut credential = case.credential.clone();
        credential.sign_count = Some(stored);
        let report = authentication::verify_raw(&raw, &Expectations::default(), &credential);
        let passed = report.verdict("sign-count") == Some(&Verdict::Passed);
        assert_eq!(passed, genuine, "{stored} then {got}");
    }
}
