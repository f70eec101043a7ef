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
use fidoctl::relying_party::{
    Attestation, AttestationKind, AttestationProblem, Error, attestation,
};
use fidoctl::webauthn::{AttestationObject, AuthenticatorData, CollectedClientData};
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
            "none" => Some(AttestationKind::None),
            "packed" if case.id().starts_with("packed-self") => {
                Some(AttestationKind::SelfAttestation)
            }
            "packed" | "fido-u2f" => Some(AttestationKind::Basic),
            _ => None,
        };
        match (expected, attest_case(&case)) {
            (Some(kind), Ok(attestation)) => {
                assert_eq!(attestation.kind, kind, "{}", case.id());
                let has_certificate = kind == AttestationKind::Basic;
                assert_eq!(attestation.certificates.len(), usize::from(has_certificate));
            }
            (None, outcome) => assert_eq!(problem(outcome), AttestationProblem::UnknownFormat),
            (_, outcome) => panic!("{}: {outcome:?}", case.id()),
        }
    }
}

#[test]
fn attestation_made_by_real_keys_is_verified() {
    for item in items(&load("attestation")["items"]) {
        let hash = hex(&item["client_data_hash"]).try_into().unwrap();
        let attestation = attest(&hex(&item["attestation_object"]), &hash).unwrap();
        let kind = match text(&item["attestation_type"]) {
            "NONE" => AttestationKind::None,
            _ => AttestationKind::Basic,
        };
        assert_eq!(attestation.kind, kind, "{item}");
    }
}

/// Flips every bit of what is signed, of the signature, and of the client data.
fn no_bit_of_an_attestation_can_be_flipped(object: &AttestationObject, client_data: &[u8]) {
    let hash = CollectedClientData::hash(client_data);
    let data = AuthenticatorData::parse(&object.authenticator_data, Strictness::Canonical).unwrap();
    assert!(attestation::verify(object, &data, &hash).is_ok());
    each_bit_flipped(&object.authenticator_data, |flipped, bit| {
        let flipped =
            AttestationObject { authenticator_data: flipped.to_vec().into(), ..object.clone() };
        // Flags and counter are not covered by a U2F signature, which knows neither.
        let covered = object.format != "fido-u2f" || !(32 * 8..55 * 8).contains(&bit);
        if let Ok(data) =
            AuthenticatorData::parse(&flipped.authenticator_data, Strictness::Tolerant)
        {
            let refused = attestation::verify(&flipped, &data, &hash).is_err();
            assert!(refused || !covered, "authenticator data, bit {bit}");
        }
    });
    let old = object.statement.get("sig").unwrap().as_bytes().unwrap();
    let encoded = object.to_vec();
    each_bit_flipped(old, |flipped, bit| {
        let outcome = attest(&replaced(&encoded, old, flipped), &hash);
        assert_eq!(problem(outcome), AttestationProblem::Signature, "signature, bit {bit}");
    });
    each_bit_flipped(client_data, |flipped, bit| {
        let outcome = attestation::verify(object, &data, &CollectedClientData::hash(flipped));
        assert_eq!(problem(outcome), AttestationProblem::Signature, "client data, bit {bit}");
    });
}

#[test]
fn no_bit_of_a_packed_self_attestation_can_be_flipped() {
    let case = Case::named("packed-self-es256");
    let object = AttestationObject::from_slice(&case.object).unwrap();
    no_bit_of_an_attestation_can_be_flipped(&object, &case.registration_client_data);
}

#[test]
fn no_bit_of_a_packed_attestation_can_be_flipped() {
    let case = Case::named("packed-es256");
    let object = AttestationObject::from_slice(&case.object).unwrap();
    no_bit_of_an_attestation_can_be_flipped(&object, &case.registration_client_data);
}

#[test]
fn no_bit_of_a_u2f_attestation_can_be_flipped() {
    let case = Case::named("fido-u2f-es256");
    let object = AttestationObject::from_slice(&case.object).unwrap();
    no_bit_of_an_attestation_can_be_flipped(&object, &case.registration_client_data);
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
