//! Attestation statements: published ones are verified, altered ones are refused.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop where it stands"
)]

mod vectors;

use fidoctl::cbor::{self, Strictness, Value};
use fidoctl::cose::Algorithm;
use fidoctl::relying_party::signature::Sha1;
use fidoctl::relying_party::{
    Attestation, AttestationKind, AttestationProblem, Error, attestation,
};
use fidoctl::webauthn::{AttestationObject, AuthenticatorData, CollectedClientData};
use serde_json::Value as Json;
use vectors::w3c::Case;
use vectors::{each_bit_flipped, hex, items, load, text};

fn attest(object: &[u8], hash: &[u8; 32]) -> Result<Attestation, Error> {
    let object = AttestationObject::from_slice(object).unwrap();
    let data = AuthenticatorData::parse(&object.authenticator_data, Strictness::Tolerant).unwrap();
    attestation::verify(&object, &data, hash)
}

fn attest_case(case: &Case) -> Result<Attestation, Error> {
    attest(&case.object, &CollectedClientData::hash(&case.registration_client_data))
}

fn problem(outcome: Result<Attestation, Error>) -> AttestationProblem {
    match outcome {
        Err(Error::Attestation { problem, .. }) => problem,
        other => panic!("{other:?}"),
    }
}

/// Replaces the last occurrence of `from`.
fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let start = bytes.windows(from.len()).rposition(|window| window == from).unwrap();
    [&bytes[..start], to, &bytes[start + from.len()..]].concat()
}

#[test]
fn attestation_of_every_w3c_case_is_of_its_type() {
    for case in Case::all() {
        let expected = match text(&case.json["fmt"]) {
            "none" => AttestationKind::None,
            "packed" if case.id().starts_with("packed-self") => AttestationKind::SelfAttestation,
            _ => AttestationKind::Basic,
        };
        let attestation = attest_case(&case).unwrap();
        assert_eq!(attestation.kind, expected, "{}", case.id());
        assert_eq!(attestation.format, text(&case.json["fmt"]));
        let has_certificate = expected == AttestationKind::Basic;
        assert_eq!(attestation.certificates.len(), usize::from(has_certificate));
    }
}

fn attest_with(item: &Json, sha1: Sha1) -> Result<Attestation, Error> {
    let hash = hex(&item["client_data_hash"]).try_into().unwrap();
    let object = AttestationObject::from_slice(&hex(&item["attestation_object"])).unwrap();
    let data = AuthenticatorData::parse(&object.authenticator_data, Strictness::Tolerant).unwrap();
    attestation::verify_with(&object, &data, &hash, sha1)
}

#[test]
fn attestation_made_by_real_keys_is_verified() {
    let vectors = load("attestation");
    let mut formats = std::collections::BTreeSet::new();
    for item in items(&vectors["items"]) {
        let attestation = attest_with(item, Sha1::Allowed).unwrap();
        let kind = match text(&item["attestation_type"]) {
            "NONE" => AttestationKind::None,
            _ => AttestationKind::Basic,
        };
        assert_eq!(attestation.kind, kind, "{item}");
        formats.insert(attestation.format);
    }
    assert_eq!(Vec::from_iter(formats), ["apple", "fido-u2f", "none", "packed", "tpm"]);
}

#[test]
fn attestation_that_rests_on_sha1_is_refused_unless_allowed() {
    let vectors = load("attestation");
    let item = items(&vectors["items"]).iter().find(|item| item["format"] == "tpm").unwrap();
    assert_eq!(problem(attest_with(item, Sha1::Refused)), AttestationProblem::Sha1);
}

/// Verifies the packed statement of a case after its members were changed.
fn with_statement(case: &Case, change: impl FnOnce(&mut AttestationObject)) -> AttestationProblem {
    let mut object = AttestationObject::from_slice(&case.object).unwrap();
    change(&mut object);
    problem(attest(&object.to_vec(), &CollectedClientData::hash(&case.registration_client_data)))
}

fn member<'a>(object: &'a mut AttestationObject, name: &str) -> &'a mut Value {
    let Value::Map(members) = &mut object.statement else { panic!("no map") };
    &mut members.iter_mut().find(|(key, _)| key.as_text() == Some(name)).unwrap().1
}

#[test]
fn statement_of_format_none_must_be_empty() {
    let case = Case::named("packed-self-es256");
    let found = with_statement(&case, |object| object.format = "none".to_owned());
    assert_eq!(found, AttestationProblem::NotEmpty);
}

#[test]
fn self_attestation_names_the_credential_key_s_algorithm() {
    let case = Case::named("packed-self-es256");
    let found = with_statement(&case, |object| *member(object, "alg") = Value::from(-9));
    assert_eq!(found, AttestationProblem::Algorithm(Algorithm::ESP256));
}

#[test]
fn packed_algorithm_must_fit_the_certificate() {
    let case = Case::named("packed-es256");
    let found = with_statement(&case, |object| *member(object, "alg") = Value::from(-8));
    assert_eq!(found, AttestationProblem::Algorithm(Algorithm::EDDSA));
}

#[test]
fn members_of_wrong_types_are_refused() {
    let case = Case::named("packed-es256");
    for name in ["alg", "sig", "x5c"] {
        let found = with_statement(&case, |object| *member(object, name) = Value::Null);
        assert_eq!(found, AttestationProblem::Member(name));
    }
    let found = with_statement(&case, |object| *member(object, "x5c") = Value::Array(Vec::new()));
    assert_eq!(found, AttestationProblem::Member("x5c"));
}

#[test]
fn ecdaa_is_refused() {
    let case = Case::named("packed-self-es256");
    let found = with_statement(&case, |object| {
        let Value::Map(members) = &mut object.statement else { panic!("no map") };
        members.push((Value::from("ecdaaKeyId"), Value::from(vec![1])));
    });
    assert_eq!(found, AttestationProblem::Ecdaa);
}

#[test]
fn u2f_statement_has_exactly_one_certificate() {
    let case = Case::named("fido-u2f-es256");
    let found = with_statement(&case, |object| {
        let Value::Array(chain) = member(object, "x5c") else { panic!("no chain") };
        chain.push(chain[0].clone());
    });
    assert_eq!(found, AttestationProblem::Member("x5c"));
}

fn with_certificate(case: &Case, from: &[u8], to: &[u8]) -> Result<Attestation, Error> {
    assert_eq!(from.len(), to.len());
    let hash = CollectedClientData::hash(&case.registration_client_data);
    attest(&replaced(&case.object, from, to), &hash)
}

#[test]
fn certificate_that_breaks_a_rule_is_refused() {
    let case = Case::named("packed-es256");
    let oid = |last_arcs: [u8; 2]| [6, 3, 0x55, last_arcs[0], last_arcs[1]];
    let breaks = [
        ("version 2", vec![0xa0, 3, 2, 1, 2], vec![0xa0, 3, 2, 1, 1]),
        ("no country", oid([4, 6]).to_vec(), oid([4, 9]).to_vec()),
        ("no organization", oid([4, 10]).to_vec(), oid([4, 9]).to_vec()),
        ("no common name", oid([4, 3]).to_vec(), oid([4, 9]).to_vec()),
        (
            "another unit",
            b"Authenticator Attestation".to_vec(),
            b"authenticator Attestation".to_vec(),
        ),
        ("no constraints", oid([0x1d, 0x13]).to_vec(), oid([0x1d, 0x21]).to_vec()),
    ];
    for (name, from, to) in breaks {
        let found = problem(with_certificate(&case, &from, &to));
        assert!(matches!(found, AttestationProblem::CertificateRule(_)), "{name}: {found:?}");
    }
}

#[test]
fn certificate_of_a_ca_is_refused() {
    let case = Case::named("packed-es256");
    // Constraints that hold cA TRUE, in the room of those marked critical.
    let (from, to) = ([1, 1, 0xff, 4, 2, 0x30, 0], [4, 5, 0x30, 3, 1, 1, 0xff]);
    let found = problem(with_certificate(&case, &from, &to));
    assert!(matches!(found, AttestationProblem::CertificateRule(_)), "{found:?}");
}

#[test]
fn odd_dates_and_serial_numbers_do_not_matter() {
    let case = Case::named("packed-es256");
    assert!(with_certificate(&case, b"240101000000Z", b"249999999999Z").is_ok());
    assert!(with_certificate(&case, &[2, 0x11, 0, 0x88], &[2, 0x11, 0xff, 0xff]).is_ok());
}

#[test]
fn aaguid_in_the_certificate_must_be_the_authenticator_s() {
    let item = items(&vectors::load("attestation")["items"])
        .iter()
        .find(|item| text(&item["format"]) == "packed")
        .unwrap()
        .clone();
    let (object, hash) = (hex(&item["attestation_object"]), hex(&item["client_data_hash"]));
    let hash = hash.try_into().unwrap();
    let extension = [1, 1, 4, 4, 0x12, 4, 0x10];
    let start = object.windows(7).position(|window| window == extension).unwrap() + 7;
    let mut other = object.clone();
    other[start] ^= 1;
    assert_eq!(problem(attest(&other, &hash)), AttestationProblem::Aaguid);
    other[start - 2] = 5;
    let found = problem(attest(&other, &hash));
    assert!(matches!(found, AttestationProblem::CertificateRule(_)), "{found:?}");
}

/// Every bit of the certificate flipped, and the certificate cut at every length.
#[test]
fn hostile_certificates_are_refused_or_read_but_stop_nothing() {
    let case = Case::named("packed-es256");
    let hash = CollectedClientData::hash(&case.registration_client_data);
    let mut object = AttestationObject::from_slice(&case.object).unwrap();
    let data = AuthenticatorData::parse(&object.authenticator_data, Strictness::Canonical).unwrap();
    let der = member(&mut object, "x5c").as_array().unwrap()[0].as_bytes().unwrap().to_vec();
    let mut attest_with = |der: &[u8]| {
        *member(&mut object, "x5c") = Value::Array(vec![Value::from(der.to_vec())]);
        attestation::verify(&object, &data, &hash)
    };
    for length in 0..der.len() {
        let found = problem(attest_with(&der[..length]));
        assert_eq!(found, AttestationProblem::Certificate, "{length} bytes");
    }
    each_bit_flipped(&der, |flipped, _| drop(attest_with(flipped)));
}

#[test]
fn attestation_objects_survive_a_second_encoding() {
    for case in Case::all() {
        let object = AttestationObject::from_slice(&case.object).unwrap();
        assert_eq!(cbor::to_vec(&object), case.object, "{}", case.id());
    }
}

/// A compound statement over the data of a case: its own statement and others.
fn compound(case: &Case, parts: impl FnOnce(Value) -> Vec<Value>) -> Result<Attestation, Error> {
    let mut object = AttestationObject::from_slice(&case.object).unwrap();
    let own = Value::text_map([
        ("fmt", Value::from(object.format.as_str())),
        ("attStmt", object.statement.clone()),
    ]);
    object.statement = Value::Array(parts(own));
    object.format = "compound".to_owned();
    attest(&object.to_vec(), &CollectedClientData::hash(&case.registration_client_data))
}

fn part_none() -> Value {
    Value::text_map([("fmt", Value::from("none")), ("attStmt", Value::Map(Vec::new()))])
}

#[test]
fn every_part_of_a_compound_statement_is_verified() {
    let case = Case::named("packed-es256");
    let attestation = compound(&case, |own| vec![part_none(), own]).unwrap();
    assert_eq!(attestation.kind, AttestationKind::Basic);
    let formats: Vec<_> = attestation.parts.iter().map(|part| part.format.as_str()).collect();
    assert_eq!(formats, ["none", "packed"]);
    assert!(attestation.certificates.is_empty());
    assert_eq!(attestation.certified().count(), 1);

    let apple = AttestationObject::from_slice(&Case::named("apple-es256").object).unwrap();
    let foreign = Value::text_map([("fmt", Value::from("apple")), ("attStmt", apple.statement)]);
    let found = problem(compound(&case, |own| vec![own, foreign]));
    let nonce = Box::new(AttestationProblem::Nonce);
    assert_eq!(found, AttestationProblem::Part { format: "apple".to_owned(), problem: nonce });
}

#[test]
fn compound_statement_is_no_single_one_and_does_not_nest() {
    let case = Case::named("packed-es256");
    assert_eq!(problem(compound(&case, |own| vec![own])), AttestationProblem::Parts);
    let many = problem(compound(&case, |own| vec![own; 9]));
    assert_eq!(many, AttestationProblem::Parts);
    let nested = Value::text_map([
        ("fmt", Value::from("compound")),
        ("attStmt", Value::Array(vec![part_none(), part_none()])),
    ]);
    let found = problem(compound(&case, |own| vec![own, nested]));
    assert!(matches!(found, AttestationProblem::Part { .. }), "{found:?}");
}

#[test]
fn safetynet_is_recognised_but_not_checked() {
    let case = Case::named("packed-es256");
    let found = with_statement(&case, |object| object.format = "android-safetynet".to_owned());
    assert_eq!(found, AttestationProblem::Withdrawn);
}

#[test]
fn tpm_must_have_certified_this_very_key_for_this_very_registration() {
    let case = Case::named("tpm-es256");
    let changed = |name: &str, at: usize| {
        with_statement(&case, |object| {
            let Value::Bytes(bytes) = member(object, name) else { panic!("no bytes") };
            bytes[at] ^= 1;
        })
    };
    // Type, name algorithm, attributes; then the X coordinate.
    assert_eq!(changed("pubArea", 7), AttestationProblem::PublicKey);
    assert_eq!(changed("pubArea", 50), AttestationProblem::PublicKey);
    assert_eq!(changed("certInfo", 0), AttestationProblem::Member("certInfo"));
    assert_eq!(changed("certInfo", 12), AttestationProblem::Nonce);
    // The clock is signed, and anything may stand in it.
    assert_eq!(changed("certInfo", 45), AttestationProblem::Signature);
    let found = with_statement(&case, |object| *member(object, "ver") = Value::from("1.2"));
    assert_eq!(found, AttestationProblem::Member("ver"));
    for (name, bytes) in [("certInfo", vec![0; 4]), ("pubArea", vec![0xff; 400])] {
        let found = with_statement(&case, |object| *member(object, name) = Value::from(bytes));
        assert_eq!(
            found,
            AttestationProblem::Member(if name == "pubArea" { name } else { "certInfo" })
        );
    }
}

#[test]
fn certificate_of_another_tpm_format_breaks_its_rules() {
    let case = Case::named("tpm-es256");
    let oid = |last: u8| [0x06, 0x05, 0x67, 0x81, 0x05, 0x02, last];
    for (name, from, to) in [
        ("no manufacturer", oid(1).to_vec(), oid(9).to_vec()),
        ("no model", oid(2).to_vec(), oid(9).to_vec()),
        ("no version", oid(3).to_vec(), oid(9).to_vec()),
        ("another use", vec![0x67, 0x81, 0x05, 0x08, 0x03], vec![0x67, 0x81, 0x05, 0x08, 0x01]),
        ("no alternative name", vec![6, 3, 0x55, 0x1d, 0x11], vec![6, 3, 0x55, 0x1d, 0x21]),
    ] {
        let found = problem(with_certificate(&case, &from, &to));
        assert!(matches!(found, AttestationProblem::CertificateRule(_)), "{name}: {found:?}");
    }
}

/// The vector's list of authorizations is empty, and one with content is longer: the version in
/// front of it gives way, together with the certificate's extension behind it.
fn android_key_with(list: &[u8]) -> Result<Attestation, Error> {
    let case = Case::named("android-key-es256");
    let mut object = AttestationObject::from_slice(&case.object).unwrap();
    let Value::Array(chain) = member(&mut object, "x5c") else { panic!("no chain") };
    let Value::Bytes(der) = &mut chain[0] else { panic!("no bytes") };
    // Two empty lists end the extension, which is the last thing that is signed.
    let end = der.windows(4).rposition(|window| window == [0x30, 0, 0x30, 0]).unwrap() + 4;
    let grown = u8::try_from(list.len()).unwrap();
    der.splice(end..end, list.iter().copied());
    der[end - 1] += grown;
    let lengths: Vec<usize> = (0..end - 1)
        .filter(|at| match der[*at] {
            // One byte of length, or two behind 0x82, that reach up to the old end.
            0x30 | 0xa3 | 0x04 => encloses(&der[at + 1..], end - at - 1),
            _ => false,
        })
        .collect();
    for at in lengths {
        grow(&mut der[at + 1..], u16::from(grown));
    }
    // The certificate's own length counts what follows as well.
    grow(&mut der[1..], u16::from(grown));
    attest(&object.to_vec(), &CollectedClientData::hash(&case.registration_client_data))
}

/// Tells whether a length stands at the beginning that reaches up to `end`.
fn encloses(bytes: &[u8], end: usize) -> bool {
    match bytes {
        [0x82, high, low, ..] => 3 + usize::from(u16::from_be_bytes([*high, *low])) == end,
        [0x81, length, ..] => 2 + usize::from(*length) == end,
        [length, ..] if *length < 0x80 => 1 + usize::from(*length) == end,
        _ => false,
    }
}

fn grow(length: &mut [u8], by: u16) {
    match length {
        [0x82, high, low, ..] => {
            let [new_high, new_low] = (u16::from_be_bytes([*high, *low]) + by).to_be_bytes();
            (*high, *low) = (new_high, new_low);
        }
        [0x81, length, ..] | [length, ..] => *length += u8::try_from(by).unwrap(),
        [] => panic!("no length"),
    }
}

#[test]
fn android_key_must_have_been_generated_for_signing_by_one_application() {
    let sign = [0xa1, 5, 0x31, 3, 2, 1, 2];
    let generated = [0xbf, 0x85, 0x3e, 3, 2, 1, 0];
    let good = [sign, generated].concat();
    assert_eq!(android_key_with(&good).map(|a| a.kind), Ok(AttestationKind::Basic));
    assert_eq!(android_key_with(&[]).map(|a| a.kind), Ok(AttestationKind::Basic));
    for (name, bad) in [
        ("imported", [0xbf, 0x85, 0x3e, 3, 2, 1, 2].as_slice()),
        ("origin without a value", &[0xbf, 0x85, 0x3e, 0]),
        ("for encrypting", &[0xa1, 5, 0x31, 3, 2, 1, 1]),
        ("for all applications", &[0xbf, 0x84, 0x58, 2, 5, 0]),
    ] {
        let found = problem(android_key_with(bad));
        assert!(matches!(found, AttestationProblem::CertificateRule(_)), "{name}: {found:?}");
    }
    let case = Case::named("android-key-es256");
    let renamed = with_certificate(&case, &[0xd6, 0x79, 2, 1, 0x11], &[0xd6, 0x79, 2, 1, 0x12]);
    assert!(matches!(problem(renamed), AttestationProblem::CertificateRule(_)));
}

#[test]
fn apple_and_android_certify_the_registration_and_the_key() {
    for id in ["apple-es256", "android-key-es256"] {
        let case = Case::named(id);
        let other = attest(&case.object, &[0; 32]);
        let expected = match id {
            "apple-es256" => AttestationProblem::Nonce,
            _ => AttestationProblem::Signature,
        };
        assert_eq!(problem(other), expected, "{id}");
    }
    let case = Case::named("apple-es256");
    let found =
        problem(with_certificate(&case, &[0x30, 0x24, 0xa1, 0x22], &[0x30, 0x24, 0xa2, 0x22]));
    assert!(matches!(found, AttestationProblem::CertificateRule(_)), "{found:?}");
}
