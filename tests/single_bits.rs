//! The W3C's vectors with a single bit changed, anywhere: refused, but for what nothing covers.

#![cfg(test)]
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop where it stands"
)]

mod vectors;

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use fidoctl::cose::Algorithm;
use fidoctl::relying_party::{Expectations, Trust, authentication, registration, signature};
use fidoctl::webauthn::{AttestationObject, CollectedClientData};
use vectors::w3c::Case;
use vectors::{each_bit_flipped, hex, load, text};

/// What a careful relying party expects: everything, down to the root.
fn expectations(case: &Case) -> Expectations {
    let mut wanted = case.expectations("registration");
    wanted.rp_id = Some("example.org".to_owned());
    let certified =
        AttestationObject::from_slice(&case.object).unwrap().statement.get("x5c").is_some();
    wanted.trust = certified.then(|| Trust {
        roots: vec![hex(&load("webauthn-l3")["attestation_root"])],
        at: Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)),
    });
    wanted
}

/// Bytes of the authenticator data inside a longer string.
fn authenticator_data(case: &Case) -> std::ops::Range<usize> {
    let data = AttestationObject::from_slice(&case.object).unwrap().authenticator_data;
    let start = case.object.windows(data.len()).rposition(|window| window == *data).unwrap();
    start..start + data.len()
}

/// Bits of the attestation object, and of the client data, that can be flipped unnoticed at
/// registration.
fn unnoticed(case: &Case) -> [BTreeSet<usize>; 2] {
    let wanted = expectations(case);
    let mut response = case.registration_response();
    response.response.authenticator_data = None;
    response.response.public_key = None;
    response.response.public_key_algorithm = 0;
    assert!(registration::verify(&response, &wanted).is_genuine(), "{}", case.id());
    let mut found = [BTreeSet::new(), BTreeSet::new()];
    each_bit_flipped(&case.object, |flipped, bit| {
        response.response.attestation_object.0 = flipped.to_vec();
        if registration::verify(&response, &wanted).is_genuine() {
            found[0].insert(bit);
        }
    });
    response.response.attestation_object.0.clone_from(&case.object);
    each_bit_flipped(&case.registration_client_data, |flipped, bit| {
        response.response.client_data_json.0 = flipped.to_vec();
        if registration::verify(&response, &wanted).is_genuine() {
            found[1].insert(bit);
        }
    });
    found
}

/// Bits of the authenticator data that mean something only to those who ask: UV, BE and the
/// reserved flags, the counter, the AAGUID.
fn unsigned_bits(case: &Case) -> BTreeSet<usize> {
    let data = authenticator_data(case);
    let flags = case.object[data.start + 32];
    let backup = (flags & 0x08 != 0, flags & 0x10 != 0);
    let flags = [1, 2, 3, 4, 5].into_iter().filter(|bit| match bit {
        // BS must not stand without BE.
        3 => !backup.1,
        4 => backup.0,
        _ => true,
    });
    let flags = flags.map(|bit| (data.start + 32) * 8 + bit);
    let counter_and_aaguid = (data.start + 33) * 8..(data.start + 53) * 8;
    flags.chain(counter_and_aaguid).collect()
}

/// Where a piece of text stands in the client data, in bits.
fn bits_of(client_data: &[u8], piece: &str) -> std::ops::Range<usize> {
    let found = client_data.windows(piece.len()).position(|window| window == piece.as_bytes());
    let start = found.unwrap_or_else(|| panic!("{piece}"));
    start * 8..(start + piece.len()) * 8
}

/// Signed by an attestation key or vouched for by a certificate: nothing goes unnoticed. A U2F
/// signature covers neither flags nor counter nor AAGUID, which U2F does not know.
fn no_bit_goes_unnoticed(case: &Case) {
    let [object, client_data] = unnoticed(case);
    let uncovered = match text(&case.json["fmt"]) {
        "fido-u2f" => unsigned_bits(case),
        _ => BTreeSet::new(),
    };
    assert_eq!(object, uncovered, "{}", case.id());
    assert_eq!(client_data, BTreeSet::new(), "{}", case.id());
}

fn cases(prefix: &str) -> Vec<Case> {
    let cases: Vec<_> =
        Case::all().into_iter().filter(|case| case.id().starts_with(prefix)).collect();
    assert!(!cases.is_empty());
    cases
}

/// Runs a check on every case at once.
fn in_parallel(cases: &[Case], check: fn(&Case)) {
    std::thread::scope(|scope| {
        for case in cases {
            scope.spawn(|| check(case));
        }
    });
}

#[test]
fn no_bit_of_a_packed_registration() {
    let cases = cases("packed");
    assert_eq!(cases.len(), 7);
    in_parallel(&cases, no_bit_goes_unnoticed);
}

#[test]
fn no_bit_of_a_tpm_android_or_apple_registration() {
    for prefix in ["tpm", "android-key", "apple"] {
        in_parallel(&cases(prefix), no_bit_goes_unnoticed);
    }
}

#[test]
fn no_bit_of_a_u2f_registration_but_those_that_u2f_does_not_sign() {
    in_parallel(&cases("fido-u2f"), no_bit_goes_unnoticed);
}

/// Without attestation nothing is signed. What is compared is noticed all the same; of the rest,
/// the public key proves itself at the first sign-in.
#[test]
fn only_bits_that_nobody_compares_of_a_registration_without_attestation() {
    for case in cases("none") {
        let [object, client_data] = unnoticed(&case);
        assert_eq!(object, unsigned_bits(&case), "{}", case.id());
        let json = &case.registration_client_data;
        let challenge = text(&case.json["registration"]["challenge"]);
        let challenge = vectors::base64url(&hex(&challenge.into()));
        let compared = [
            "\"type\":\"webauthn.create\"".to_owned(),
            format!("\"challenge\":\"{challenge}\""),
            "\"origin\":\"https://example.org\"".to_owned(),
        ];
        for piece in &compared {
            let piece = bits_of(json, piece);
            assert_eq!(client_data.range(piece).next(), None, "{}", case.id());
        }
    }
}

/// Everything that counts in an assertion is signed.
fn no_bit_of_the_assertion(case: &Case) {
    let key = &case.credential.public_key;
    let hash = CollectedClientData::hash(&case.client_data);
    let message = [case.authenticator_data.as_slice(), &hash].concat();
    let verifies = |data: &[u8], client_data: &[u8], signed: &[u8]| {
        let message = [data, &CollectedClientData::hash(client_data)].concat();
        signature::verify(key, &message, signed).is_ok()
    };
    assert_eq!(signature::verify(key, &message, &case.signature), Ok(()));
    let (data, client_data, signed) =
        (&case.authenticator_data, &case.client_data, &case.signature);
    each_bit_flipped(data, |flipped, bit| {
        assert!(!verifies(flipped, client_data, signed), "{}: data, bit {bit}", case.id());
    });
    each_bit_flipped(client_data, |flipped, bit| {
        assert!(!verifies(data, flipped, signed), "{}: client data, bit {bit}", case.id());
    });
    each_bit_flipped(signed, |flipped, bit| {
        assert!(!verifies(data, client_data, flipped), "{}: signature, bit {bit}", case.id());
    });
}

#[test]
fn no_bit_of_an_assertion() {
    let cases = Case::all();
    assert_eq!(cases.len(), 15);
    in_parallel(&cases, no_bit_of_the_assertion);
}

/// The bits that a registration without attestation leaves open are closed by the assertion: a
/// public key changed on the way verifies nothing.
#[test]
fn no_bit_of_a_public_key_survives_the_first_assertion() {
    for case in cases("none-es256").iter().take(1) {
        let data = authenticator_data(case);
        let key = fidoctl::cbor::to_vec(&case.credential.public_key);
        let start = data.end - key.len();
        each_bit_flipped(&case.object[start..data.end], |flipped, bit| {
            let Ok(key) = fidoctl::cbor::from_slice(flipped) else { return };
            let mut stored = case.credential.clone();
            stored.public_key = key;
            let wanted = case.expectations("authentication");
            let report = authentication::verify(&case.authentication_response(), &wanted, &stored);
            let same_scheme = stored.public_key.algorithm() == Algorithm::ESP256;
            assert!(!report.is_genuine() || same_scheme, "bit {bit}");
        });
    }
}
