//! Keys and results in the forms of other programs, there and back.

#![cfg(test)]

use fidoctl::cose::{Algorithm, CoseKey, Curve};
use fidoctl::formats::jwk::Jwk;
use fidoctl::formats::libfido2::{
    AssertionLines, AssertionRequest, CredentialLines, CredentialRequest,
};
use fidoctl::formats::{cose_text, pem, read_public_key};
use fidoctl::webauthn::AttestationObject;
use proptest::collection::vec;
use proptest::prelude::*;

/// The public half of RFC 8037's example (appendix A.2).
const ED25519_JWK: &str =
    r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

/// RFC 7517's example of an elliptic curve (appendix A.1).
const P256_JWK: &str = r#"{"kty":"EC","crv":"P-256",
    "x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
    "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","use":"enc","kid":"1"}"#;

/// Keys of every kind that has a form in JWK, named as PEM and JWK name them.
fn keys() -> Vec<CoseKey> {
    let ec = |algorithm, curve, length| CoseKey::Ec2 {
        algorithm,
        curve,
        x: vec![1; length],
        y: vec![2; length],
    };
    let akp = |algorithm, length| CoseKey::Akp { algorithm, public: vec![3; length] };
    vec![
        ec(Algorithm::ES256, Curve::P256, 32),
        ec(Algorithm::ES384, Curve::P384, 48),
        ec(Algorithm::ES512, Curve::P521, 66),
        CoseKey::ed25519([4; 32]),
        CoseKey::Rsa { algorithm: Algorithm::RS256, n: vec![5; 256], e: vec![1, 0, 1] },
        akp(Algorithm::ML_DSA_44, 1312),
        akp(Algorithm::ML_DSA_65, 1952),
        akp(Algorithm::ML_DSA_87, 2592),
    ]
}

#[test]
fn keys_come_back_from_every_form() {
    for key in keys() {
        let jwk = serde_json::to_string(&Jwk::new(&key, b"id").unwrap()).unwrap();
        let pem = format!("# a remark\n{}", key.to_pem().unwrap());
        assert_eq!(pem::from_pem(&pem).unwrap(), key);
        let forms = [jwk, pem, cose_text::to_hex(&key) + "\n", cose_text::to_base64(&key)];
        for form in forms {
            assert_eq!(read_public_key(form.as_bytes()).unwrap(), key, "{form}");
        }
        assert_eq!(read_public_key(&fidoctl::cbor::to_vec(&key)).unwrap(), key);
    }
}

#[test]
fn jwks_of_the_standards_are_read() {
    let ed25519 = read_public_key(ED25519_JWK.as_bytes()).unwrap();
    assert_eq!(ed25519.algorithm(), Algorithm::EDDSA);
    let p256 = read_public_key(P256_JWK.as_bytes()).unwrap();
    assert_eq!(p256.algorithm(), Algorithm::ES256);
    assert_eq!(p256.p256_point().unwrap().0[..2], [0x30, 0xA0]);
}

#[test]
fn jwks_that_do_not_fit_are_refused() {
    for (text, other) in [
        (P256_JWK, P256_JWK.replace("P-256", "P-384")),
        (P256_JWK, P256_JWK.replace("P-256", "secp256k1")),
        (P256_JWK, P256_JWK.replace("\"EC\"", "\"OKP\"")),
        (P256_JWK, P256_JWK.replace("\"y\"", "\"z\"")),
        (P256_JWK, P256_JWK.replace("\"use\":\"enc\"", "\"alg\":\"HS256\"")),
        (ED25519_JWK, ED25519_JWK.replace("\"OKP\"", "\"EC\"")),
        (ED25519_JWK, ED25519_JWK.replace("\"OKP\"", "\"oct\"")),
        (ED25519_JWK, ED25519_JWK.replace("Ed25519", "X25519")),
    ] {
        assert!(text != other && read_public_key(text.as_bytes()).is_ok());
        read_public_key(other.as_bytes()).unwrap_err();
    }
}

#[test]
fn fully_specified_algorithms_have_the_names_of_jose() {
    for (algorithm, curve, length, name) in [
        (Algorithm::ESP256, Curve::P256, 32, "ES256"),
        (Algorithm::ESP384, Curve::P384, 48, "ES384"),
        (Algorithm::ESP512, Curve::P521, 66, "ES512"),
    ] {
        let (x, y) = (vec![1; length], vec![2; length]);
        let jwk = Jwk::new(&CoseKey::Ec2 { algorithm, curve, x, y }, b"id").unwrap();
        assert_eq!(jwk.alg.as_deref(), Some(name));
    }
    let key = CoseKey::Okp { algorithm: Algorithm::ED25519, curve: Curve::ED25519, x: vec![1; 32] };
    assert_eq!(Jwk::new(&key, b"id").unwrap().alg.as_deref(), Some("Ed25519"));
}

/// Text that stands on a line.
fn line() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9 .:/-]{1,40}"
}

proptest! {
    #[test]
    fn credential_lines_come_back(
        client_data_hash: [u8; 32],
        rp_id in line(),
        authenticator_data in vec(any::<u8>(), 37..300),
        credential_id in vec(any::<u8>(), 1..200),
        signature in vec(any::<u8>(), 1..100),
        certificate in proptest::option::of(vec(any::<u8>(), 33..900)),
        large_blob_key in proptest::option::of(vec(any::<u8>(), 32)),
    ) {
        let written = CredentialLines {
            client_data_hash,
            rp_id: rp_id.clone(),
            format: "packed".to_owned(),
            authenticator_data,
            credential_id: credential_id.clone(),
            signature,
            certificate,
        };
        let mut text = written.to_text();
        if let Some(key) = large_blob_key {
            text += &(data_encoding::BASE64.encode(&key) + "\n");
        }
        let read = CredentialLines::parse(text.as_bytes()).unwrap();
        prop_assert_eq!(&read, &written);
        let object = AttestationObject::from_slice(&read.to_attestation_object(-7).to_vec()).unwrap();
        let again = CredentialLines::new(&object, &credential_id, &rp_id, client_data_hash);
        prop_assert_eq!(again.unwrap(), written);
    }

    #[test]
    fn assertion_lines_come_back(
        client_data_hash: [u8; 32],
        rp_id in line(),
        authenticator_data in vec(any::<u8>(), 37..300),
        signature in vec(any::<u8>(), 1..100),
    ) {
        let written = AssertionLines {
            client_data_hash,
            rp_id,
            authenticator_data,
            signature,
            user_id: None,
            hmac_secrets: None,
        };
        prop_assert_eq!(AssertionLines::parse(written.to_text().as_bytes()).unwrap(), written);
    }

    #[test]
    fn nothing_that_is_read_stops_the_program(content in vec(any::<u8>(), 0..300), text in ".{0,200}") {
        for content in [content.as_slice(), text.as_bytes()] {
            drop(read_public_key(content));
            drop(AssertionLines::parse(content));
            drop(AssertionRequest::parse(content));
            drop(CredentialLines::parse(content));
            drop(CredentialRequest::parse(content));
        }
    }
}
