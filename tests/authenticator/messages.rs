//! Messages as bytes: strictness, sizes, what getInfo tells.

use fidoctl::cose::Algorithm;
use fidoctl::ctap2::{GetNextAssertion, Request, Status};

use crate::rig::{Key, RP, get_request, make_request};

fn hex(text: &str) -> Vec<u8> {
    data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap()
}

fn status(message: &[u8]) -> Status {
    let reply = Key::new().raw(message);
    assert_eq!(reply.len(), 1, "nothing may follow an error");
    Status(reply[0])
}

#[test]
fn requests_that_are_not_canonical_are_refused() {
    for (message, what) in [
        ("06a2020101", "cut short"),
        ("06a1020100", "a byte too many"),
        ("06a10218 01", "a longer integer than needed"),
        ("06bf0201ff", "indefinite length"),
        ("06a202010101", "keys out of order"),
        ("06a202010201", "a key twice"),
        ("06a102c101", "a tag"),
        ("06a102f93c00", "a float"),
        ("06", "no parameters"),
    ] {
        assert_eq!(status(&hex(&message.replace(' ', ""))), Status::INVALID_CBOR, "{what}");
    }
}

#[test]
fn nesting_beyond_four_levels_is_refused() {
    assert_eq!(status(&hex("06a2020118638181818101")), Status::INVALID_CBOR);
}

#[test]
fn a_value_of_another_type_is_refused() {
    assert_eq!(status(&hex("06a1026131")), Status::CBOR_UNEXPECTED_TYPE);
    assert_eq!(status(&hex("068101")), Status::CBOR_UNEXPECTED_TYPE);
}

#[test]
fn null_does_not_stand_for_an_absent_parameter() {
    assert_eq!(status(&hex("06a201f60201")), Status::CBOR_UNEXPECTED_TYPE);
}

#[test]
fn text_that_is_not_utf_8_is_refused() {
    let message = make_request(RP, "alice").to_message();
    let at = message.windows(5).position(|w| w == b"ALICE").unwrap();
    let mut broken = message.clone();
    broken[at] = 0xff;
    assert_eq!(status(&broken), Status::INVALID_CBOR);
    assert_eq!(Key::new().raw(&message)[0], Status::SUCCESS.0);
}

#[test]
fn a_missing_parameter_is_asked_for() {
    for message in ["06a0", "01a0", "02a0", "02a1016161"] {
        assert_eq!(status(&hex(message)), Status::MISSING_PARAMETER, "{message}");
    }
}

#[test]
fn parameters_without_a_meaning_are_ignored() {
    let reply = Key::new().raw(&hex("06a20201186300"));
    assert_eq!(reply[0], Status::SUCCESS.0);
}

#[test]
fn unknown_commands_are_refused() {
    for command in [0x00, 0x03, 0x09, 0x40, 0x42, 0xff] {
        assert_eq!(status(&[command]), Status::INVALID_COMMAND, "{command:02x}");
    }
}

#[test]
fn a_message_longer_than_declared_is_refused() {
    let mut key = Key::new();
    let limit = usize::try_from(key.info().max_msg_size()).unwrap();
    let mut request = make_request(RP, "alice");
    let length = request.to_message().len();
    let pad = |n: usize| Some(fidoctl::cbor::LossyText("x".repeat(n)));
    // The name's key and the longer head of its text: eight bytes.
    request.rp.name = pad(limit - length - 8);
    assert_eq!(request.to_message().len(), limit);
    key.make(&request).unwrap();
    request.rp.name = pad(limit - length - 7);
    assert_eq!(key.make(&request).unwrap_err(), Status::REQUEST_TOO_LARGE);
}

#[test]
fn hashes_and_user_handles_have_their_lengths() {
    let mut key = Key::new();
    let mut request = make_request(RP, "alice");
    request.client_data_hash = vec![0; 31].into();
    assert_eq!(key.make(&request).unwrap_err(), Status::INVALID_LENGTH);
    let mut request = get_request(RP, &[]);
    request.client_data_hash = vec![0; 33].into();
    assert_eq!(key.get(&request).unwrap_err(), Status::INVALID_LENGTH);
    for (length, status) in [(0, Some(Status::INVALID_LENGTH)), (64, None)] {
        let mut request = make_request(RP, "alice");
        request.user.id = vec![1; length].into();
        assert_eq!(key.make(&request).err(), status);
    }
    let mut request = make_request(RP, "alice");
    request.user.id = vec![1; 65].into();
    assert_eq!(key.make(&request).unwrap_err(), Status::INVALID_LENGTH);
}

#[test]
fn get_info_tells_what_is_there_and_nothing_else() {
    let info = Key::new().info();
    assert_eq!(info.versions, ["U2F_V2", "FIDO_2_0", "FIDO_2_1", "FIDO_2_3"]);
    assert_eq!(info.pin_uv_auth_protocols, Some(vec![2, 1]));
    assert_eq!(
        info.extensions.as_deref().unwrap(),
        [
            "credBlob",
            "credProtect",
            "hmac-secret",
            "minPinLength",
            "hmac-secret-mc",
            "thirdPartyPayment",
            "pinComplexityPolicy",
            "largeBlobKey"
        ]
    );
    assert!(info.supports_algorithm(Algorithm::ES256) && info.supports_algorithm(Algorithm::EDDSA));
    let options: Vec<_> = info.options.as_ref().unwrap().iter().map(|(k, v)| (k, *v)).collect();
    assert_eq!(
        options,
        [
            ("ep", false),
            ("rk", true),
            ("up", true),
            ("plat", false),
            ("alwaysUv", false),
            ("credMgmt", true),
            ("authnrCfg", true),
            ("clientPin", false),
            ("largeBlobs", true),
            ("perCredMgmtRO", true),
            ("pinUvAuthToken", true),
            ("setMinPINLength", true),
            ("makeCredUvNotRqd", true),
            ("credentialMgmtPreview", true),
        ]
    );
}

#[test]
fn get_info_follows_the_pin_and_the_credentials() {
    let mut key = Key::with_pin();
    let before = key.info();
    assert!(before.pin_is_set());
    key.enroll(RP, "alice");
    let room = |info: &fidoctl::ctap2::GetInfoResponse| info.remaining_discoverable_credentials;
    assert_eq!(room(&before), Some(100));
    assert_eq!(room(&key.info()), Some(99));
}

#[test]
fn next_assertion_without_a_first_is_not_allowed() {
    assert_eq!(status(&GetNextAssertion.to_message()), Status::NOT_ALLOWED);
}
