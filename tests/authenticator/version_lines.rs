//! A key of a version has nothing of a later one.

use fidoctl::authenticator::{CreationOptions, VersionLine};
use fidoctl::ctap2::authenticator_config::{SetMinPinLengthParams, SubCommand};
use fidoctl::ctap2::client_pin;
use fidoctl::ctap2::extensions::MakeCredentialExtensions;
use fidoctl::ctap2::{ClientPinRequest, Permissions, Selection, Status};
use fidoctl::pin_uv::PinUvAuthProtocol::{One, Two};

use crate::config::{min_pin_length, request};
use crate::rig::{
    Key, MC, RP, authorize_get, authorize_make, discoverable, get_request, make_request,
};

fn key(version_line: VersionLine) -> Key {
    Key::with(&CreationOptions { version_line, ..CreationOptions::default() })
}

fn key_with_pin(version_line: VersionLine) -> Key {
    let mut key = key(version_line);
    key.set_pin("1234").unwrap();
    key
}

const OLD: [VersionLine; 2] = [VersionLine::Ctap2_0, VersionLine::Ctap2_1Pre];

#[test]
fn version_strings_are_those_of_the_version() {
    let strings = VersionLine::ALL.map(|line| key(line).info().versions.join(" "));
    assert_eq!(
        strings,
        [
            "U2F_V2 FIDO_2_0",
            "U2F_V2 FIDO_2_0 FIDO_2_1_PRE",
            "U2F_V2 FIDO_2_0 FIDO_2_1",
            "U2F_V2 FIDO_2_0 FIDO_2_1",
            "U2F_V2 FIDO_2_0 FIDO_2_1 FIDO_2_3",
        ]
    );
}

#[test]
fn extensions_are_those_of_the_version() {
    let extensions = |line| key(line).info().extensions.unwrap_or_default();
    assert_eq!(extensions(VersionLine::Ctap2_0), ["hmac-secret"]);
    for later in ["hmac-secret-mc", "pinComplexityPolicy", "thirdPartyPayment"] {
        assert!(!extensions(VersionLine::Ctap2_1).iter().any(|listed| listed == later), "{later}");
        assert!(extensions(VersionLine::Ctap2_2).iter().any(|listed| listed == later), "{later}");
    }
    assert!(!extensions(VersionLine::Ctap2_2).iter().any(|listed| listed == "largeBlob"));
}

#[test]
fn a_key_of_ctap_2_0_tells_no_later_member_or_option() {
    let mut key = key(VersionLine::Ctap2_0);
    let encoded = key.raw(&[0x04]);
    let info: fidoctl::cbor::Value = fidoctl::cbor::from_slice(&encoded[1..]).unwrap();
    let fidoctl::cbor::Value::Map(members) = info else { panic!("no map") };
    let last = members.iter().filter_map(|(key, _)| key.as_i64()).max();
    assert_eq!(last, Some(6));
    let options = key.info().options.unwrap();
    let known = ["plat", "rk", "clientPin", "up", "uv"];
    assert!(options.iter().all(|(name, _)| known.contains(&name)), "{options:?}");
    assert_eq!(key.info().pin_uv_auth_protocols, Some(vec![1]));
}

#[test]
fn no_version_breaks_a_rule() {
    for line in VersionLine::ALL {
        for mut key in [key(line), key_with_pin(line)] {
            let broken = key.info().broken_rules();
            let broken: Vec<_> = broken.iter().map(|rule| rule.name).collect();
            assert!(broken.is_empty(), "{line:?}: {broken:?}");
        }
    }
}

#[test]
fn keys_older_than_permissions_know_neither_them_nor_protocol_two() {
    let unknown = [Status::INVALID_PARAMETER, Status::INVALID_SUBCOMMAND];
    for (line, unknown) in OLD.into_iter().zip(unknown) {
        let mut key = key_with_pin(line);
        let asked = key.token_of(One, "1234", MC.bits(), Some(RP));
        assert_eq!(asked.err(), Some(unknown), "{line:?}");
        let mut agreement = ClientPinRequest::new(client_pin::SubCommand::GET_KEY_AGREEMENT);
        agreement.pin_uv_auth_protocol = Some(Two.id());
        assert_eq!(key.send(&agreement).err(), Some(Status::INVALID_PARAMETER), "{line:?}");
        assert_eq!(key.send(&Selection).err(), Some(Status::INVALID_COMMAND), "{line:?}");
        assert_eq!(key.retries().power_cycle_state, None, "{line:?}");
    }
}

#[test]
fn a_token_without_permissions_lasts() {
    for line in OLD {
        let mut key = key_with_pin(line);
        let token = key.legacy_token("1234").unwrap();
        key.pass_seconds(3600);
        for rp_id in [RP, "other.example"] {
            let mut make = make_request(rp_id, "alice");
            authorize_make(&mut make, &token);
            let made = key.make(&make).unwrap();
            let mut get = get_request(rp_id, &[made.id()]);
            authorize_get(&mut get, &token);
            assert!(key.get(&get).is_ok(), "{line:?}");
        }
    }
}

#[test]
fn keys_older_than_make_cred_uv_not_rqd_want_the_pin_for_every_credential() {
    for line in VersionLine::ALL {
        let made = key_with_pin(line).make(&make_request(RP, "alice"));
        let expected = OLD.contains(&line).then_some(Status::PUAT_REQUIRED);
        assert_eq!(made.err(), expected, "{line:?}");
    }
}

#[test]
fn inputs_of_later_extensions_are_not_seen() {
    let extensions = MakeCredentialExtensions {
        cred_protect: Some(3),
        third_party_payment: Some(true),
        ..Default::default()
    };
    let mut request = make_request(RP, "alice");
    request.options = discoverable();
    request.extensions = Some(extensions);
    let answered = |line| {
        let made = key(line).make(&request).unwrap();
        ["credProtect", "thirdPartyPayment"].map(|name| made.data.extension(name).is_some())
    };
    assert_eq!(answered(VersionLine::Ctap2_0), [false, false]);
    assert_eq!(answered(VersionLine::Ctap2_1), [true, false]);
    assert_eq!(answered(VersionLine::Ctap2_2), [true, true]);
}

#[test]
fn a_format_preference_is_not_seen_before_2_2() {
    let mut request = make_request(RP, "alice");
    request.attestation_formats_preference = Some(vec!["none".to_owned()]);
    let format = |line| key(line).make(&request).unwrap().response.fmt;
    assert_eq!(format(VersionLine::Ctap2_1), "packed");
    assert_eq!(format(VersionLine::Ctap2_2), "none");
}

#[test]
fn a_permission_without_a_meaning_yet_is_ignored() {
    let asked = MC | Permissions::PERSISTENT_CREDENTIAL_MANAGEMENT_READ_ONLY;
    let mut key = key_with_pin(VersionLine::Ctap2_1);
    assert!(key.token_of(One, "1234", asked.bits(), Some(RP)).is_ok());
}

#[test]
fn malformed_parameters_are_refused_whatever_the_version() {
    for line in VersionLine::ALL {
        let mut key = key(line);
        assert_eq!(key.raw(&[0x01, 0xff]), [Status::INVALID_CBOR.0], "{line:?}");
        assert_eq!(key.raw(&[0x01, 0xa1, 0x01, 0xf6]), [Status::CBOR_UNEXPECTED_TYPE.0]);
    }
}

#[test]
fn settings_of_2_3_are_not_made_before() {
    let strict = SetMinPinLengthParams {
        pin_complexity_policy: Some(true),
        ..SetMinPinLengthParams::default()
    };
    for (line, known) in [(VersionLine::Ctap2_2, false), (VersionLine::Ctap2_3, true)] {
        let mut key = key(line);
        let long_touch = key.send(&request(SubCommand::ENABLE_LONG_TOUCH_FOR_RESET));
        assert_eq!(long_touch.err(), (!known).then_some(Status::INVALID_SUBCOMMAND), "{line:?}");
        key.send(&min_pin_length(&strict)).unwrap();
        let info = key.info();
        let made = [info.long_touch_for_reset, info.pin_complexity_policy];
        assert_eq!(made, [Some(known); 2], "{line:?}");
    }
}
