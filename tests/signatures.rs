//! Signatures with every algorithm known here: right ones verify, altered ones do not.

#![cfg(test)]
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may stop where it stands")]

mod vectors;

use fidoctl::cbor;
use fidoctl::cose::{Algorithm, CoseKey};
use fidoctl::relying_party::Error;
use fidoctl::relying_party::signature::{self, Sha1};
use serde_json::Value as Json;
use vectors::{each_bit_flipped, hex, items, load, text};

fn key(item: &Json) -> CoseKey {
    cbor::from_slice(&hex(&item["cose_key"])).unwrap()
}

fn verify(item: &Json) -> Result<(), Error> {
    signature::verify(&key(item), &hex(&item["message"]), &hex(&item["signature"]))
}

#[test]
fn every_algorithm_verifies_unless_it_is_too_weak() {
    let vectors = load("signatures");
    assert_eq!(items(&vectors["items"]).len(), 18);
    for item in items(&vectors["items"]) {
        let expected = match text(&item["id"]) {
            "RS1-2048" => Err(Error::Sha1),
            "RS256-1024" => Err(Error::PublicKey(Algorithm::RS256)),
            _ => Ok(()),
        };
        assert_eq!(verify(item), expected, "{}", item["id"]);
    }
}

/// Every bit of short signatures, about 400 bits of long ones.
#[test]
fn no_bit_of_message_or_signature_can_be_flipped() {
    for item in items(&load("signatures")["items"]) {
        if verify(item).is_err() || text(&item["id"]) == "RS256-8192" {
            continue;
        }
        let key = key(item);
        let (message, signed) = (hex(&item["message"]), hex(&item["signature"]));
        let refused = Err(Error::Signature);
        each_bit_flipped(&message, |flipped, bit| {
            assert_eq!(signature::verify(&key, flipped, &signed), refused, "{} {bit}", item["id"]);
        });
        let step = (signed.len() * 8 / 400) | 1;
        each_bit_flipped(&signed, |flipped, bit| {
            if bit % step != 0 {
                return;
            }
            assert_eq!(signature::verify(&key, &message, flipped), refused, "{} {bit}", item["id"]);
        });
        for wrong in [&signed[1..], &[&signed[..], &[0]].concat(), &[&[0], &signed[..]].concat()] {
            assert_eq!(signature::verify(&key, &message, wrong), refused, "{}", item["id"]);
        }
    }
}

#[test]
fn sha1_is_taken_where_it_is_allowed() {
    let vectors = load("signatures");
    let item = items(&vectors["items"]).iter().find(|item| item["id"] == "RS1-2048").unwrap();
    let spki = key(item).to_spki_der().unwrap();
    let (message, signed) = (hex(&item["message"]), hex(&item["signature"]));
    let verify = |sha1| signature::verify_with_spki(&spki, Algorithm::RS1, &message, &signed, sha1);
    assert_eq!(verify(Sha1::Refused), Err(Error::Sha1));
    assert_eq!(verify(Sha1::Allowed), Ok(()));
}

#[test]
fn keys_survive_the_form_that_the_rest_of_the_world_reads() {
    for item in items(&load("signatures")["items"]) {
        let key = key(item);
        let again = CoseKey::from_spki_der(&key.to_spki_der().unwrap(), key.algorithm());
        assert_eq!(again.as_ref(), Some(&key), "{}", item["id"]);
        assert_eq!(cbor::to_vec(&key), hex(&item["cose_key"]), "{}", item["id"]);
    }
}

#[test]
fn rsa_keys_out_of_bounds_are_refused() {
    let vectors = load("signatures");
    let item = items(&vectors["items"]).iter().find(|item| item["id"] == "RS256-2048").unwrap();
    let CoseKey::Rsa { algorithm, n, e } = key(item) else { unreachable!() };
    let check = |n: &[u8], e: &[u8]| {
        signature::check_key(&CoseKey::Rsa { algorithm, n: n.to_vec(), e: e.to_vec() })
    };
    let refused = Err(Error::PublicKey(algorithm));
    assert_eq!(check(&n, &e), Ok(()));
    assert_eq!(check(&[&[0; 8], n.as_slice()].concat(), &e), Ok(()));
    assert_eq!(check(&n[..255], &e), refused);
    assert_eq!(check(&[n.as_slice(), &[1; 769]].concat(), &e), refused);
    for exponent in [vec![], vec![0], vec![1], vec![2], vec![1, 0, 0], vec![1; 9], vec![1; 4096]] {
        assert_eq!(check(&n, &exponent), refused, "{exponent:?}");
    }
    let even = [&n[..255], &[n[255] & 0xfe]].concat();
    assert_eq!(check(&even, &e), refused);
    assert_eq!(check(&[], &e), refused);
}

#[test]
fn ed448_points_of_low_order_are_refused() {
    let mut identity = vec![0; 57];
    identity[0] = 1;
    let order_two = {
        // y = -1
        let mut y = vec![0xff; 57];
        (y[0], y[28], y[56]) = (0xfe, 0xfe, 0);
        y
    };
    // y = 0, x = 1
    let order_four = vec![0; 57];
    for x in [identity, order_two, order_four] {
        let key =
            CoseKey::Okp { algorithm: Algorithm::ED448, curve: fidoctl::cose::Curve::ED448, x };
        assert_eq!(signature::check_key(&key), Err(Error::PublicKey(Algorithm::ED448)));
    }
}
