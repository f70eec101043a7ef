//! Built-in verification: the option, tokens, tries, and what getInfo says of it.

use std::time::Duration;

use fidoctl::authenticator::{
    CreationOptions, FactorySettings, Finger, Presence, Step, VersionLine,
};
use fidoctl::ctap2::authenticator_config::SubCommand as ConfigSubCommand;
use fidoctl::ctap2::client_pin::SubCommand;
use fidoctl::ctap2::get_assertion::GetAssertionOptions;
use fidoctl::ctap2::make_credential::MakeCredentialOptions;
use fidoctl::ctap2::{AuthenticatorConfigRequest, ClientPinRequest, Permissions, Request, Status};
use fidoctl::pin_uv::{PinUvAuthProtocol, PinUvAuthToken};
use fidoctl::webauthn::Flags;

use crate::rig::{
    CHANNEL, GA, Key, MC, RP, authorize_get, authorize_make, discoverable, get_request,
    make_request,
};

const ONE: PinUvAuthProtocol = PinUvAuthProtocol::One;
const TWO: PinUvAuthProtocol = PinUvAuthProtocol::Two;
const MAX: u64 = 5;

/// A key with a sensor and a PIN, and no finger enrolled.
pub fn key_with_sensor(is_preview: bool) -> Key {
    let version_line = if is_preview { VersionLine::Ctap2_1Pre } else { VersionLine::Ctap2_3 };
    let options = CreationOptions { fingerprint: true, version_line, ..Default::default() };
    let mut key = Key::with(&options);
    key.set_pin("1234").unwrap();
    key
}

fn key_with_finger() -> Key {
    let mut key = key_with_sensor(false);
    let token = key.token("1234", Permissions::BIO_ENROLLMENT, None).unwrap();
    crate::bio_enrollment::enrol(&mut key, &token);
    key
}

fn fingers(key: &Key, fingers: &[Finger]) {
    key.world.get().fingers = fingers.iter().copied().collect();
}

fn uv_retries(key: &mut Key) -> u64 {
    key.send(&ClientPinRequest::new(SubCommand::GET_UV_RETRIES)).unwrap().uv_retries.unwrap()
}

fn uv_token(key: &mut Key, permissions: Permissions) -> Result<PinUvAuthToken, Status> {
    let (ours, secret) = key.shared_secret(TWO);
    let request = ClientPinRequest {
        pin_uv_auth_protocol: Some(2),
        key_agreement: Some(ours),
        permissions: Some(permissions.bits()),
        rp_id: Some(RP.to_owned()),
        ..ClientPinRequest::new(SubCommand::GET_TOKEN_USING_UV)
    };
    let encrypted = key.send(&request)?.pin_uv_auth_token.unwrap();
    let token = secret.decrypt(&encrypted).unwrap();
    Ok(PinUvAuthToken::new(TWO, token, permissions, None).unwrap())
}

fn with_uv() -> Option<MakeCredentialOptions> {
    Some(MakeCredentialOptions { uv: Some(true), ..Default::default() })
}

fn nobody_touches(key: &Key) {
    key.world.get().presence = Presence::Waiting;
}

#[test]
fn a_key_without_a_sensor_speaks_of_none() {
    let mut key = Key::with_pin();
    let info = key.info();
    for option in ["uv", "bioEnroll", "uvBioEnroll", "userVerificationMgmtPreview"] {
        assert_eq!(info.option(option), None, "{option}");
    }
    assert_eq!(info.uv_modality, None);
    let retries = ClientPinRequest::new(SubCommand::GET_UV_RETRIES);
    assert_eq!(key.send(&retries).unwrap_err(), Status::INVALID_SUBCOMMAND);
    assert_eq!(uv_token(&mut key, MC).unwrap_err(), Status::NOT_ALLOWED);
}

#[test]
fn get_info_tells_whether_a_finger_is_enrolled() {
    let mut key = key_with_sensor(false);
    let info = key.info();
    assert_eq!((info.option("uv"), info.option("bioEnroll")), (Some(false), Some(false)));
    assert_eq!(info.option("uvBioEnroll"), Some(true));
    assert_eq!(info.uv_modality, Some(2));
    let info = key_with_finger().info();
    assert_eq!((info.option("uv"), info.option("bioEnroll")), (Some(true), Some(true)));
}

#[test]
fn the_uv_option_without_an_enrolled_finger_is_refused() {
    let mut key = key_with_sensor(false);
    let mut request = make_request(RP, "alice");
    request.options = with_uv();
    assert_eq!(key.make(&request).unwrap_err(), Status::INVALID_OPTION);
    let mut request = get_request(RP, &[]);
    request.options = Some(GetAssertionOptions { uv: Some(true), ..Default::default() });
    assert_eq!(key.get(&request).unwrap_err(), Status::INVALID_OPTION);
    assert_eq!(uv_token(&mut key, MC).unwrap_err(), Status::NOT_ALLOWED);
}

#[test]
fn a_finger_verifies_within_the_operation_and_stands_for_the_touch() {
    let mut key = key_with_finger();
    nobody_touches(&key);
    let mut request = make_request(RP, "alice");
    request.options = with_uv();
    request.options.as_mut().unwrap().rk = Some(true);
    let made = key.make(&request).unwrap();
    assert_eq!(made.data.flags, Flags::UP | Flags::UV | Flags::AT);
    let mut request = get_request(RP, &[made.id()]);
    request.options = Some(GetAssertionOptions { uv: Some(true), ..Default::default() });
    assert_eq!(key.get(&request).unwrap().data.flags, Flags::UP | Flags::UV);
}

#[test]
fn a_finger_says_that_somebody_was_there_even_in_a_silent_assertion() {
    let mut key = key_with_finger();
    let made = key.make(&make_request(RP, "alice")).unwrap();
    let mut request = get_request(RP, &[made.id()]);
    let options = GetAssertionOptions { uv: Some(true), up: Some(false), ..Default::default() };
    request.options = Some(options);
    assert_eq!(key.get(&request).unwrap().data.flags, Flags::UP | Flags::UV);
}

#[test]
fn a_touch_alone_does_not_pass_for_a_finger() {
    let mut key = key_with_finger();
    fingers(&key, &[Finger::Waiting; 2]);
    let mut request = make_request(RP, "alice");
    request.options = with_uv();
    assert_eq!(key.authenticator.begin(CHANNEL, &request.to_message()), Step::AwaitTouch);
    assert_eq!(key.authenticator.poll(), Step::AwaitTouch);
    let Step::Reply(reply) = key.authenticator.poll() else { panic!("no reply") };
    assert_eq!(Status(reply[0]), Status::SUCCESS);
}

#[test]
fn without_a_finger_the_wait_ends_and_costs_no_try() {
    let mut key = key_with_finger();
    fingers(&key, &[Finger::Waiting; 2]);
    let mut request = make_request(RP, "alice");
    request.options = with_uv();
    assert_eq!(key.authenticator.begin(CHANNEL, &request.to_message()), Step::AwaitTouch);
    key.pass_seconds(30);
    let timed_out = Step::Reply(vec![Status::USER_ACTION_TIMEOUT.0]);
    assert_eq!(key.authenticator.poll(), timed_out);
    assert_eq!(uv_retries(&mut key), MAX);
}

#[test]
fn discoverable_credentials_are_made_with_a_finger_in_place_of_a_token() {
    let mut key = key_with_finger();
    let mut request = make_request(RP, "alice");
    request.options = discoverable();
    assert_eq!(key.make(&request).unwrap_err(), Status::PUAT_REQUIRED);
    request.options.as_mut().unwrap().uv = Some(true);
    key.make(&request).unwrap();
}

#[test]
fn an_operation_looks_at_three_fingers_and_then_wants_the_pin() {
    let mut key = key_with_finger();
    let mut request = make_request(RP, "alice");
    request.options = with_uv();
    fingers(&key, &[Finger::Wrong, Finger::Wrong, Finger::Right]);
    key.make(&request).unwrap();
    assert_eq!(uv_retries(&mut key), MAX);
    fingers(&key, &[Finger::Wrong; 3]);
    assert_eq!(key.make(&request).unwrap_err(), Status::PUAT_REQUIRED);
    assert_eq!(uv_retries(&mut key), MAX - 3);
}

#[test]
fn a_token_by_finger_opens_what_was_asked_for_without_another_touch() {
    let mut key = key_with_finger();
    nobody_touches(&key);
    let token = uv_token(&mut key, MC).unwrap();
    let mut request = make_request(RP, "alice");
    authorize_make(&mut request, &token);
    let made = key.make(&request).unwrap();
    assert_eq!(made.data.flags, Flags::UP | Flags::UV | Flags::AT);
    let mut request = get_request(RP, &[made.id()]);
    authorize_get(&mut request, &token);
    assert_eq!(key.get(&request).unwrap_err(), Status::PIN_AUTH_INVALID);
    let token = uv_token(&mut key, GA).unwrap();
    authorize_get(&mut request, &token);
    assert_eq!(key.get(&request).unwrap().data.flags, Flags::UP | Flags::UV);
}

#[test]
fn a_touch_is_wanted_again_once_the_finger_is_half_a_minute_ago() {
    let mut key = key_with_finger();
    let made = key.make(&make_request(RP, "alice")).unwrap();
    nobody_touches(&key);
    let token = uv_token(&mut key, GA).unwrap();
    let mut request = get_request(RP, &[made.id()]);
    request.options = crate::rig::silent();
    authorize_get(&mut request, &token);
    key.pass_seconds(29);
    key.get(&request).unwrap();
    key.pass_seconds(1);
    request.options = None;
    assert_eq!(key.authenticator.begin(CHANNEL, &request.to_message()), Step::AwaitTouch);
}

#[test]
fn every_wrong_finger_for_a_token_costs_a_try_and_the_last_one_blocks() {
    let mut key = key_with_finger();
    fingers(&key, &[Finger::Wrong; 5]);
    for left in (1..MAX).rev() {
        assert_eq!(uv_token(&mut key, MC).unwrap_err(), Status::UV_INVALID);
        assert_eq!(uv_retries(&mut key), left);
    }
    assert_eq!(uv_token(&mut key, MC).unwrap_err(), Status::UV_BLOCKED);
    // Now not even the right finger is looked at.
    assert_eq!(uv_token(&mut key, MC).unwrap_err(), Status::UV_BLOCKED);
    let mut request = make_request(RP, "alice");
    request.options = with_uv();
    assert_eq!(key.make(&request).unwrap_err(), Status::PUAT_REQUIRED);
}

#[test]
fn samples_of_no_use_are_wrong_fingers() {
    let mut key = key_with_finger();
    fingers(&key, &[Finger::Unusable(fidoctl::ctap2::SampleStatus::TOO_FAST)]);
    assert_eq!(uv_token(&mut key, MC).unwrap_err(), Status::UV_INVALID);
    assert_eq!(uv_retries(&mut key), MAX - 1);
}

#[test]
fn the_right_finger_or_the_right_pin_restores_the_tries() {
    let mut key = key_with_finger();
    fingers(&key, &[Finger::Wrong, Finger::Wrong]);
    uv_token(&mut key, MC).unwrap_err();
    uv_token(&mut key, MC).unwrap_err();
    uv_token(&mut key, MC).unwrap();
    assert_eq!(uv_retries(&mut key), MAX);
    fingers(&key, &[Finger::Wrong; 5]);
    for _ in 0..5 {
        uv_token(&mut key, MC).unwrap_err();
    }
    assert_eq!(uv_retries(&mut key), 0);
    key.token("1234", MC, Some(RP)).unwrap();
    assert_eq!(uv_retries(&mut key), MAX);
}

#[test]
fn tries_left_outlive_a_power_cycle() {
    let mut key = key_with_finger();
    fingers(&key, &[Finger::Wrong; 5]);
    for _ in 0..5 {
        uv_token(&mut key, MC).unwrap_err();
    }
    key.authenticator.power_cycle().unwrap();
    assert_eq!(uv_token(&mut key, MC).unwrap_err(), Status::UV_BLOCKED);
}

#[test]
fn a_blocked_pin_blocks_the_finger_too() {
    let mut key = key_with_finger();
    for _ in 0..3 {
        (0..3).for_each(|_| drop(key.token("9999", MC, Some(RP))));
        key.authenticator.power_cycle().unwrap();
    }
    assert_eq!(key.retries().pin_retries, Some(0));
    assert_eq!(uv_token(&mut key, MC).unwrap_err(), Status::UV_BLOCKED);
    assert_eq!(uv_retries(&mut key), 0);
    let mut request = make_request(RP, "alice");
    request.options = with_uv();
    assert_eq!(key.make(&request).unwrap_err(), Status::PIN_BLOCKED);
}

#[test]
fn verifications_since_the_last_pin_are_counted() {
    let mut key = key_with_finger();
    assert_eq!(key.info().uv_count_since_last_pin_entry, Some(0));
    uv_token(&mut key, MC).unwrap();
    uv_token(&mut key, GA).unwrap();
    assert_eq!(key.info().uv_count_since_last_pin_entry, Some(2));
    key.token("1234", MC, Some(RP)).unwrap();
    assert_eq!(key.info().uv_count_since_last_pin_entry, Some(0));
}

#[test]
fn a_token_by_finger_takes_only_permissions_that_there_are() {
    let mut key = key_with_finger();
    uv_token(&mut key, Permissions::BIO_ENROLLMENT).unwrap();
    let pcmr_with_more = Permissions::PERSISTENT_CREDENTIAL_MANAGEMENT_READ_ONLY | MC;
    assert_eq!(uv_token(&mut key, pcmr_with_more).unwrap_err(), Status::UNAUTHORIZED_PERMISSION);
    assert_eq!(uv_token(&mut key, Permissions::empty()).unwrap_err(), Status::INVALID_PARAMETER);
}

#[test]
fn a_finger_given_up_costs_no_try() {
    let mut key = key_with_finger();
    fingers(&key, &[Finger::Waiting]);
    let mut request = make_request(RP, "alice");
    request.options = with_uv();
    assert_eq!(key.authenticator.begin(CHANNEL, &request.to_message()), Step::AwaitTouch);
    assert_eq!(key.authenticator.cancel(), [Status::KEEPALIVE_CANCEL.0]);
    assert_eq!(uv_retries(&mut key), MAX);
}

#[test]
fn a_reset_erases_the_fingers() {
    let mut key = key_with_finger();
    key.authenticator.power_cycle().unwrap();
    key.world.pass(Duration::from_secs(1));
    key.send(&fidoctl::ctap2::Reset).unwrap();
    let info = key.info();
    assert_eq!((info.option("uv"), info.option("bioEnroll")), (Some(false), Some(false)));
    assert!(key.authenticator.state().summary().sensor.unwrap().fingerprints.is_empty());
}

#[test]
fn a_preview_key_gives_tokens_without_permissions() {
    let mut key = key_with_sensor(true);
    let info = key.info();
    assert!(info.has_version("FIDO_2_1_PRE") && !info.is_ctap_2_1());
    assert_eq!(info.option("pinUvAuthToken"), None);
    assert_eq!((info.option("uvToken"), info.option("uv")), (Some(true), Some(false)));
    let with_permissions = key.token_of(ONE, "1234", MC.bits(), None).unwrap_err();
    assert_eq!(with_permissions, Status::INVALID_SUBCOMMAND);
    let token = key.legacy_token("1234").unwrap();
    crate::bio_enrollment::enrol_by_preview(&mut key, &token);
    let (ours, secret) = key.shared_secret(ONE);
    let request = ClientPinRequest {
        pin_uv_auth_protocol: Some(1),
        key_agreement: Some(ours),
        ..ClientPinRequest::new(SubCommand::GET_TOKEN_USING_UV)
    };
    let encrypted = key.send(&request).unwrap().pin_uv_auth_token.unwrap();
    let token = secret.decrypt(&encrypted).unwrap();
    let token = PinUvAuthToken::new(ONE, token, Permissions::all(), None).unwrap();
    let mut request = make_request(RP, "alice");
    authorize_make(&mut request, &token);
    key.make(&request).unwrap();
}

fn always_verifying() -> Key {
    let settings = FactorySettings { always_uv: true, ..Default::default() };
    let options = CreationOptions { fingerprint: true, settings, ..Default::default() };
    let mut key = Key::with(&options);
    key.set_pin("1234").unwrap();
    let token = key.token("1234", Permissions::BIO_ENROLLMENT, None).unwrap();
    crate::bio_enrollment::enrol(&mut key, &token);
    key
}

#[test]
fn a_key_that_always_verifies_takes_a_finger_where_nothing_was_asked_for() {
    let mut key = always_verifying();
    let made = key.make(&make_request(RP, "alice")).unwrap();
    assert_eq!(made.data.flags, Flags::UP | Flags::UV | Flags::AT);
    let mut request = get_request(RP, &[made.id()]);
    assert_eq!(key.get(&request).unwrap().data.flags, Flags::UP | Flags::UV);
    // A silent assertion is let through as it is.
    request.options = crate::rig::silent();
    assert_eq!(key.get(&request).unwrap().data.flags, Flags::empty());
    fingers(&key, &[Finger::Wrong; 3]);
    assert_eq!(key.make(&make_request(RP, "bob")).unwrap_err(), Status::PUAT_REQUIRED);
}

#[test]
fn settings_are_changed_with_a_token_by_finger() {
    let mut key = key_with_finger();
    assert_eq!(key.info().option("uvAcfg"), Some(true));
    let token = uv_token(&mut key, Permissions::AUTHENTICATOR_CONFIGURATION).unwrap();
    let mut request = AuthenticatorConfigRequest::new(ConfigSubCommand::TOGGLE_ALWAYS_UV, None);
    request.pin_uv_auth_param = Some(token.authenticate(&request.signed_message()).into());
    request.pin_uv_auth_protocol = Some(2);
    key.send(&request).unwrap();
    assert_eq!(key.info().option("alwaysUv"), Some(true));
}

#[test]
fn a_ctap_2_0_key_comes_with_a_finger_and_takes_it_for_the_option_only() {
    let options = CreationOptions {
        fingerprint: true,
        version_line: VersionLine::Ctap2_0,
        ..Default::default()
    };
    let mut key = Key::with(&options);
    let info = key.info();
    assert_eq!(info.option("uv"), Some(true));
    for later in ["uvToken", "bioEnroll", "userVerificationMgmtPreview", "pinUvAuthToken"] {
        assert_eq!(info.option(later), None, "{later}");
    }
    assert_eq!(key.raw(&[0x40, 0xa1, 0x06, 0xf5]), [Status::INVALID_COMMAND.0]);
    let mut request = make_request(RP, "alice");
    // No PIN is set that could take the finger's place.
    assert_eq!(key.make(&request).unwrap_err(), Status::OPERATION_DENIED);
    request.options = with_uv();
    assert_eq!(key.make(&request).unwrap().data.flags, Flags::UP | Flags::UV | Flags::AT);
    fingers(&key, &[Finger::Wrong; 3]);
    assert_eq!(key.make(&request).unwrap_err(), Status::OPERATION_DENIED);
    fingers(&key, &[Finger::Wrong; 2]);
    assert_eq!(key.make(&request).unwrap_err(), Status::PIN_BLOCKED);
}
