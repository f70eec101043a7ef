//! PIN/UV auth protocols one and two against published vectors, from key pair to token.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop where it stands"
)]

mod vectors;

use fidoctl::cbor;
use fidoctl::cose::CoseKey;
use fidoctl::ctap2::extensions::{GetAssertionExtensions, HmacSecretInput};
use fidoctl::ctap2::{ClientPinResponse, Message};
use fidoctl::pin_uv::{
    KeyAgreementKey, Pin, PinUvAuthProtocol, Random, RandomUnavailable, SharedSecret,
    authenticate_with_token, verify_with_token,
};
use fidoctl::webauthn::prf_salt;
use serde_json::Value as Json;
use vectors::{case, hex, items, load, text};

const BOTH: [PinUvAuthProtocol; 2] = [PinUvAuthProtocol::One, PinUvAuthProtocol::Two];

/// Returns these bytes, once.
struct Scripted(Vec<u8>);

impl Random for Scripted {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomUnavailable> {
        if out.len() > self.0.len() {
            return Err(RandomUnavailable);
        }
        out.copy_from_slice(&self.0.drain(..out.len()).collect::<Vec<_>>());
        Ok(())
    }
}

fn encrypt(secret: &SharedSecret, iv: &[u8], plaintext: &[u8]) -> Vec<u8> {
    secret.encrypt(&mut Scripted(iv.to_vec()), plaintext).unwrap()
}

/// The IV that a ciphertext of protocol two begins with.
fn iv_of(ciphertext: &Json) -> Vec<u8> {
    hex(ciphertext)[..16].to_vec()
}

fn pin(value: &Json) -> Pin {
    Pin::new(text(value)).unwrap()
}

fn vector(id: &str) -> Json {
    case(&load("pin-protocol")["vectors"], id)
}

/// The key with this prefix in a vector, and its public half as stated.
fn public_key(vector: &Json, prefix: &str) -> CoseKey {
    let coordinate = |axis| hex(&vector[format!("{prefix}_public_{axis}")]).try_into().unwrap();
    CoseKey::key_agreement(coordinate("x"), coordinate("y"))
}

fn key_pair(vector: &Json, prefix: &str) -> KeyAgreementKey {
    let key = KeyAgreementKey::from_scalar(&hex(&vector[format!("{prefix}_private")])).unwrap();
    assert_eq!(key.public_key(), public_key(vector, prefix));
    key
}

/// The secret of one key pair of a vector with the other's public key.
fn agree(vector: &Json, own: &str, peer: &str, protocol: PinUvAuthProtocol) -> SharedSecret {
    key_pair(vector, own).agree(protocol, &public_key(vector, peer)).unwrap()
}

/// The secret of python-fido2's key pairs, which other vectors build on.
fn fido2_py(protocol: PinUvAuthProtocol) -> SharedSecret {
    agree(&vector("fido2-py-v1"), "platform", "authenticator", protocol)
}

fn check_set_pin(secret: &SharedSecret, stated: &Json) {
    let iv = iv_of(&stated["new_pin_enc"]);
    let new_pin_enc = encrypt(secret, &iv, &*pin(&stated["new_pin"]).padded());
    assert_eq!(new_pin_enc, hex(&stated["new_pin_enc"]));
    assert_eq!(secret.authenticate(&new_pin_enc), hex(&stated["pin_uv_auth_param"]));
    assert!(secret.verify(&new_pin_enc, &hex(&stated["pin_uv_auth_param"])));
    let padded = secret.decrypt(&new_pin_enc).unwrap();
    assert_eq!(*padded, *pin(&stated["new_pin"]).padded());
}

fn check_change_pin(secret: &SharedSecret, stated: &Json) {
    let (new_iv, hash_iv) = (iv_of(&stated["new_pin_enc"]), iv_of(&stated["pin_hash_enc"]));
    let new_pin_enc = encrypt(secret, &new_iv, &*pin(&stated["new_pin"]).padded());
    let pin_hash_enc = encrypt(secret, &hash_iv, &*pin(&stated["current_pin"]).hash());
    assert_eq!(new_pin_enc, hex(&stated["new_pin_enc"]));
    assert_eq!(pin_hash_enc, hex(&stated["pin_hash_enc"]));
    let param = secret.authenticate(&[new_pin_enc, pin_hash_enc].concat());
    assert_eq!(param, hex(&stated["pin_uv_auth_param"]));
}

/// Encryption both ways and the MAC, under the names that a vector uses.
fn check_cipher(secret: &SharedSecret, stated: &Json) {
    let ciphertext = hex(&stated["ciphertext"]);
    let plaintext = hex(&stated["plaintext"]);
    assert_eq!(*secret.decrypt(&ciphertext).unwrap(), plaintext);
    assert_eq!(encrypt(secret, &ciphertext[..16], &plaintext), ciphertext);
    if let Some(param) = stated.get("authenticate_over_ciphertext") {
        assert_eq!(secret.authenticate(&ciphertext), hex(param));
    }
    if let Some(param) = stated.get("authenticate") {
        assert_eq!(secret.authenticate(&hex(&stated["authenticate_message"])), hex(param));
    }
}

#[test]
fn python_fido2_s_protocol_one_flow() {
    let (vector, secret) = (vector("fido2-py-v1"), fido2_py(PinUvAuthProtocol::One));
    let hash = pin(&vector["pin"]).hash();
    assert_eq!(hash.as_slice(), hex(&vector["pin_hash_left16"]));
    assert_eq!(encrypt(&secret, &[], &*hash), hex(&vector["pin_hash_enc"]));
    let token = secret.decrypt(&hex(&vector["pin_token_enc"])).unwrap();
    assert_eq!(*token, hex(&vector["pin_token_plain"]));
    check_set_pin(&secret, &vector["set_pin"]);
    check_change_pin(&secret, &vector["change_pin"]);
    assert_eq!(secret.authenticate(&[0xff; 64]), hex(&vector["authenticate_ff64"]));
}

#[test]
fn kanidm_s_protocol_two_mac() {
    let vector = vector("kanidm-v2");
    let message = hex(&vector["authenticate_message"]);
    let secret = fido2_py(PinUvAuthProtocol::Two);
    assert_eq!(secret.authenticate(&message), hex(&vector["authenticate"]));
}

#[test]
fn lumoin_s_ciphertexts_and_macs_of_both_protocols() {
    let vector = vector("lumoin-v1v2");
    for (protocol, member) in BOTH.into_iter().zip(["v1", "v2"]) {
        let secret = agree(&vector, "authenticator", "platform", protocol);
        check_cipher(&secret, &vector[member]);
    }
}

#[test]
fn webauthnworks_ciphertexts_of_both_protocols() {
    let vector = vector("webauthnworks-v1v2");
    for (protocol, member) in BOTH.into_iter().zip(["v1", "v2"]) {
        check_cipher(&agree(&vector, "platform", "authenticator", protocol), &vector[member]);
        check_cipher(&agree(&vector, "authenticator", "platform", protocol), &vector[member]);
    }
}

#[test]
fn webauthnworks_protocol_two_flow() {
    let vector = vector("webauthnworks-v1v2");
    let secret = agree(&vector, "platform", "authenticator", PinUvAuthProtocol::Two);
    let stated = &vector["v2"];
    check_change_pin(&secret, &stated["change_pin"]);
    let token = &stated["token"];
    let pin_hash = pin(&token["pin"]).hash();
    let iv = iv_of(&token["pin_hash_enc"]);
    assert_eq!(encrypt(&secret, &iv, &*pin_hash), hex(&token["pin_hash_enc"]));
    assert_eq!(*secret.decrypt(&hex(&token["token_enc"])).unwrap(), hex(&token["token_plain"]));
    let response = ClientPinResponse {
        key_agreement: Some(public_key(&vector, "authenticator")),
        ..ClientPinResponse::default()
    };
    assert_eq!(
        [&[0], response.to_vec().as_slice()].concat(),
        hex(&stated["key_agreement_response"])
    );
}

#[test]
fn protocol_two_flow_with_python_fido2_s_keys() {
    let (vector, secret) = (vector("derived-v2-flow"), fido2_py(PinUvAuthProtocol::Two));
    check_set_pin(&secret, &vector["set_pin"]);
    check_change_pin(&secret, &vector["change_pin"]);
    let get_token = &vector["get_token"];
    let token = secret.decrypt(&hex(&get_token["token_enc"])).unwrap();
    assert_eq!(*token, hex(&get_token["token_plain"]));
    assert_eq!(encrypt(&secret, &hex(&get_token["iv"]), &token), hex(&get_token["token_enc"]));
    let used = &vector["use_token"];
    let hash = hex(&used["client_data_hash"]);
    let params = BOTH.map(|protocol| authenticate_with_token(protocol, &token, &hash));
    assert_eq!(params[0], hex(&used["pin_uv_auth_param_v1_left16"]));
    assert_eq!(params[1], hex(&used["pin_uv_auth_param_v2"]));
}

#[test]
fn pin_is_normalised_before_it_is_counted_padded_and_hashed() {
    let stated = &vector("derived-v2-flow")["unicode_pin"];
    let decomposed = String::from_utf8(hex(&stated["utf8_nfd_input"])).unwrap();
    let pin = Pin::new(&decomposed).unwrap();
    assert_eq!(pin.padded().as_slice(), hex(&stated["padded64"]));
    assert_eq!(pin.hash().as_slice(), hex(&stated["pin_hash_left16"]));
    assert!(pin.check_length(4, 4).is_ok());
    assert!(pin.same_as(&Pin::new(&String::from_utf8(hex(&stated["utf8_nfc"])).unwrap()).unwrap()));
}

#[test]
fn pin_uv_auth_params_of_every_layout() {
    for item in items(&load("pin-protocol")["pinUvAuthParam_layouts"]) {
        let (token, message) = (hex(&item["token"]), hex(&item["message"]));
        for (protocol, member) in BOTH.into_iter().zip(["v1", "v2"]) {
            let mut stated = hex(&item[format!("pin_uv_auth_param_{member}")]);
            assert!(verify_with_token(protocol, &token, &message, &stated), "{}", item["id"]);
            stated[15] ^= 1;
            assert!(!verify_with_token(protocol, &token, &message, &stated), "{}", item["id"]);
        }
    }
}

#[test]
fn hmac_secret_salts_and_outputs_of_both_protocols() {
    let vectors = load("hmac-secret");
    let keys = &vectors["definitions"];
    for item in items(&vectors["cases"]) {
        let name = text(&item["id"]);
        let protocol = PinUvAuthProtocol::from_id(item["protocol"].as_u64().unwrap()).unwrap();
        let platform = agree(keys, "platform", "authenticator", protocol);
        let authenticator = agree(keys, "authenticator", "platform", protocol);
        let both = |one: &str, two: &str| {
            let second = item.get(two).map(hex).unwrap_or_default();
            [hex(&item[one]), second].concat()
        };
        for (input, salt) in [("prf_eval_first", "salt1"), ("prf_eval_second", "salt2")] {
            if let Some(input) = item.get(input) {
                assert_eq!(prf_salt(&hex(input)).as_slice(), hex(&item[salt]), "{name}");
            }
        }
        let (salts, outputs) = (both("salt1", "salt2"), both("output1", "output2"));
        let iv = |member: &str| item.get(member).map(hex).unwrap_or_default();

        let salt_enc = encrypt(&platform, &iv("iv_salt"), &salts);
        let salt_auth = platform.authenticate(&salt_enc);
        assert_eq!(salt_enc, hex(&item["salt_enc"]), "{name}");
        assert_eq!(salt_auth, hex(&item["salt_auth_derived"]), "{name}");
        assert_eq!(*authenticator.decrypt(&salt_enc).unwrap(), salts, "{name}");
        let output_enc = encrypt(&authenticator, &iv("iv_output"), &outputs);
        assert_eq!(output_enc, hex(&item["output_enc"]), "{name}");
        assert_eq!(*platform.decrypt(&output_enc).unwrap(), outputs, "{name}");

        let encoded = hex(&item["extension_input_cbor_derived"]);
        let input: GetAssertionExtensions = cbor::from_slice(&encoded).unwrap();
        let stated = HmacSecretInput {
            key_agreement: public_key(keys, "platform"),
            salt_enc: salt_enc.into(),
            salt_auth: salt_auth.into(),
            pin_uv_auth_protocol: input.hmac_secret.as_ref().unwrap().pin_uv_auth_protocol,
        };
        assert_eq!(input.hmac_secret, Some(stated), "{name}");
        assert_eq!(input.to_vec(), encoded, "{name}");
    }
}

#[test]
fn peer_key_off_the_curve_is_refused() {
    let own = KeyAgreementKey::from_scalar(&[1; 32]).unwrap();
    for protocol in BOTH {
        assert!(own.agree(protocol, &CoseKey::key_agreement([1; 32], [1; 32])).is_err());
        assert!(own.agree(protocol, &CoseKey::ed25519([1; 32])).is_err());
    }
}

#[test]
fn ciphertexts_of_impossible_lengths_are_refused() {
    for (protocol, impossible) in BOTH.into_iter().zip([[1, 15, 17], [1, 15, 33]]) {
        let secret = fido2_py(protocol);
        for length in impossible {
            assert!(secret.decrypt(&vec![0; length]).is_err(), "{length}");
            assert!(secret.encrypt(&mut Scripted(vec![0; 16]), &vec![0; length]).is_err());
        }
    }
}
