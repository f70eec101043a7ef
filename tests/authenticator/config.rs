//! authenticatorConfig: who may, what it changes, what a reset puts back.

use fidoctl::authenticator::{CreationOptions, FactorySettings, Presence, Step};
use fidoctl::cbor::{EncodedItem, Value};
use fidoctl::ctap2::authenticator_config::{SetMinPinLengthParams, SubCommand};
use fidoctl::ctap2::{AuthenticatorConfigRequest, Empty, Permissions, Request, Reset, Status};
use fidoctl::pin_uv::PinUvAuthToken;
use fidoctl::webauthn::Flags;

use crate::rig::{
    CHANNEL, GA, Key, MC, RP, authorize_get, authorize_make, get_request, make_request, parse,
    silent,
};

const ACFG: Permissions = Permissions::AUTHENTICATOR_CONFIGURATION;

pub fn request(sub_command: SubCommand) -> AuthenticatorConfigRequest {
    AuthenticatorConfigRequest::new(sub_command, None)
}

pub fn min_pin_length(params: &SetMinPinLengthParams) -> AuthenticatorConfigRequest {
    AuthenticatorConfigRequest::new(SubCommand::SET_MIN_PIN_LENGTH, Some(EncodedItem::of(params)))
}

pub fn at_least(length: u64) -> AuthenticatorConfigRequest {
    min_pin_length(&SetMinPinLengthParams {
        new_min_pin_length: Some(length),
        ..Default::default()
    })
}

fn forcing_a_change() -> AuthenticatorConfigRequest {
    min_pin_length(&SetMinPinLengthParams { force_change_pin: Some(true), ..Default::default() })
}

fn authorized(
    mut request: AuthenticatorConfigRequest,
    token: &PinUvAuthToken,
) -> AuthenticatorConfigRequest {
    request.pin_uv_auth_param = Some(token.authenticate(&request.signed_message()).into());
    request.pin_uv_auth_protocol = Some(token.protocol().id());
    request
}

/// Sends it with a fresh token.
fn with_pin(key: &mut Key, request: AuthenticatorConfigRequest) -> Result<(), Status> {
    let token = key.token("1234", ACFG, None)?;
    key.send(&authorized(request, &token)).map(|Empty| ())
}

fn made_with(settings: FactorySettings) -> Key {
    Key::with(&CreationOptions { settings, ..Default::default() })
}

#[test]
fn the_mac_is_over_the_bytes_that_came() {
    let request = at_least(6);
    let mut expected = vec![0xff; 32];
    expected.extend([0x0d, 0x03, 0xa1, 0x01, 0x06]);
    assert_eq!(request.signed_message(), expected);
    assert_eq!(request.to_message(), [0x0d, 0xa2, 0x01, 0x03, 0x02, 0xa1, 0x01, 0x06]);
}

#[test]
fn a_key_without_a_pin_takes_settings_from_anybody() {
    let mut key = Key::new();
    key.send(&request(SubCommand::TOGGLE_ALWAYS_UV)).unwrap();
    assert!(key.info().option_is_true("alwaysUv"));
}

#[test]
fn a_key_with_a_pin_wants_a_token_for_every_setting() {
    let mut key = Key::with_pin();
    for sub_command in [1, 2, 3, 4].map(SubCommand) {
        let refused = key.send(&request(sub_command)).unwrap_err();
        assert_eq!(refused, Status::PUAT_REQUIRED, "{sub_command:?}");
    }
}

#[test]
fn a_setting_wants_the_protocol_of_its_token() {
    let mut key = Key::with_pin();
    let token = key.token("1234", ACFG, None).unwrap();
    let mut request = authorized(request(SubCommand::TOGGLE_ALWAYS_UV), &token);
    request.pin_uv_auth_protocol = None;
    assert_eq!(key.send(&request).unwrap_err(), Status::MISSING_PARAMETER);
    request.pin_uv_auth_protocol = Some(3);
    assert_eq!(key.send(&request).unwrap_err(), Status::INVALID_PARAMETER);
}

#[test]
fn a_token_without_the_permission_changes_nothing() {
    let mut key = Key::with_pin();
    let token = key.token("1234", MC | GA, Some(RP)).unwrap();
    let request = authorized(request(SubCommand::TOGGLE_ALWAYS_UV), &token);
    assert_eq!(key.send(&request).unwrap_err(), Status::PIN_AUTH_INVALID);
    assert_eq!(key.info().option("alwaysUv"), Some(false));
}

#[test]
fn a_mac_over_other_parameters_changes_nothing() {
    let mut key = Key::with_pin();
    let token = key.token("1234", ACFG, None).unwrap();
    let mut request = authorized(at_least(6), &token);
    request.sub_command_params = at_least(7).sub_command_params;
    assert_eq!(key.send(&request).unwrap_err(), Status::PIN_AUTH_INVALID);
}

#[test]
fn one_token_serves_several_settings() {
    let mut key = Key::with_pin();
    let token = key.token("1234", ACFG, None).unwrap();
    key.send(&authorized(request(SubCommand::TOGGLE_ALWAYS_UV), &token)).unwrap();
    key.send(&authorized(request(SubCommand::TOGGLE_ALWAYS_UV), &token)).unwrap();
}

#[test]
fn the_superseded_token_permits_no_settings() {
    let mut key = Key::with_pin();
    let token = key.legacy_token("1234").unwrap();
    let request = authorized(request(SubCommand::TOGGLE_ALWAYS_UV), &token);
    assert_eq!(key.send(&request).unwrap_err(), Status::PIN_AUTH_INVALID);
}

#[test]
fn unknown_subcommands_are_refused_and_the_known_ones_listed() {
    let mut key = Key::new();
    for unknown in [0, 5, 0xff, 0x103] {
        let refused = key.send(&request(SubCommand(unknown))).unwrap_err();
        assert_eq!(refused, Status::INVALID_SUBCOMMAND);
    }
    assert_eq!(key.raw(&[0x0d, 0xa0]), [Status::MISSING_PARAMETER.0]);
    assert_eq!(key.info().authenticator_config_commands, Some(vec![1, 2, 3, 4]));
}

#[test]
fn parameters_of_another_type_are_refused() {
    let mut key = Key::new();
    let text = EncodedItem::of(&Value::Map(vec![(Value::from(1), Value::from("six"))]));
    let request = AuthenticatorConfigRequest::new(SubCommand::SET_MIN_PIN_LENGTH, Some(text));
    assert_eq!(key.send(&request).unwrap_err(), Status::CBOR_UNEXPECTED_TYPE);
}

#[test]
fn always_uv_wants_a_token_for_everything_with_a_touch() {
    let mut key = Key::with_pin();
    let made = key.make(&make_request(RP, "alice")).unwrap();
    with_pin(&mut key, request(SubCommand::TOGGLE_ALWAYS_UV)).unwrap();
    assert_eq!(key.info().option("makeCredUvNotRqd"), Some(false));

    let mut make = make_request(RP, "bob");
    assert_eq!(key.make(&make).unwrap_err(), Status::PUAT_REQUIRED);
    let token = key.token("1234", MC, Some(RP)).unwrap();
    authorize_make(&mut make, &token);
    assert!(key.make(&make).unwrap().data.flags.contains(Flags::UV));

    let mut get = get_request(RP, &[made.id()]);
    assert_eq!(key.get(&get).unwrap_err(), Status::PUAT_REQUIRED);
    let token = key.token("1234", GA, Some(RP)).unwrap();
    authorize_get(&mut get, &token);
    assert!(key.get(&get).unwrap().data.flags.contains(Flags::UV));
}

#[test]
fn always_uv_lets_silent_assertions_pass() {
    let mut key = Key::with_pin();
    let made = key.make(&make_request(RP, "alice")).unwrap();
    with_pin(&mut key, request(SubCommand::TOGGLE_ALWAYS_UV)).unwrap();
    let mut get = get_request(RP, &[made.id()]);
    get.options = silent();
    assert_eq!(key.get(&get).unwrap().data.flags, Flags::empty());
}

#[test]
fn always_uv_from_the_factory_is_turned_off_without_a_pin_but_opens_nothing_else() {
    let mut key = made_with(FactorySettings { always_uv: true, ..Default::default() });
    assert_eq!(key.make(&make_request(RP, "alice")).unwrap_err(), Status::PUAT_REQUIRED);
    assert_eq!(key.send(&at_least(6)).unwrap_err(), Status::PUAT_REQUIRED);
    key.send(&request(SubCommand::TOGGLE_ALWAYS_UV)).unwrap();
    key.make(&make_request(RP, "alice")).unwrap();
}

#[test]
fn a_demand_for_a_new_pin_refuses_tokens_until_it_is_changed_to_another() {
    let mut key = Key::with_pin();
    with_pin(&mut key, forcing_a_change()).unwrap();
    assert_eq!(key.info().force_pin_change, Some(true));
    assert_eq!(key.token("1234", GA, None).unwrap_err(), Status::PIN_POLICY_VIOLATION);
    assert_eq!(key.legacy_token("1234").unwrap_err(), Status::PIN_INVALID);
    assert_eq!(key.change_pin("1234", "1234").unwrap_err(), Status::PIN_POLICY_VIOLATION);
    assert_eq!(key.retries().pin_retries, Some(8));
    key.change_pin("1234", "5678").unwrap();
    assert_eq!(key.info().force_pin_change, Some(false));
    key.token("5678", GA, None).unwrap();
}

#[test]
fn a_demand_for_a_new_pin_ends_the_token() {
    let mut key = Key::with_pin();
    let token = key.token("1234", ACFG | GA, None).unwrap();
    key.send(&authorized(forcing_a_change(), &token)).unwrap();
    let request = authorized(request(SubCommand::TOGGLE_ALWAYS_UV), &token);
    assert_eq!(key.send(&request).unwrap_err(), Status::PIN_AUTH_INVALID);
}

#[test]
fn a_demand_for_a_new_pin_wants_an_old_one() {
    let mut key = Key::new();
    assert_eq!(key.send(&forcing_a_change()).unwrap_err(), Status::PIN_NOT_SET);
    assert_eq!(key.info().force_pin_change, Some(false));
}

#[test]
fn a_long_touch_once_asked_for_is_the_only_one_that_resets() {
    let mut key = Key::new();
    key.send(&request(SubCommand::ENABLE_LONG_TOUCH_FOR_RESET)).unwrap();
    assert_eq!(key.info().long_touch_for_reset, Some(true));
    key.world.get().long_presence = Presence::Waiting;
    let step = key.authenticator.begin(CHANNEL, &Reset.to_message());
    assert_eq!(step, Step::AwaitTouch);
    key.pass_seconds(5);
    key.world.get().long_presence = Presence::Given;
    match key.authenticator.poll() {
        Step::Reply(reply) => parse::<Reset>(&reply).map(drop).unwrap(),
        Step::AwaitTouch => panic!("touched for long"),
    }
}

#[test]
fn a_touch_that_stays_short_does_not_reset() {
    let mut key = Key::with_pin();
    with_pin(&mut key, request(SubCommand::ENABLE_LONG_TOUCH_FOR_RESET)).unwrap();
    key.world.get().long_presence = Presence::Waiting;
    key.authenticator.begin(CHANNEL, &Reset.to_message());
    key.pass_seconds(30);
    let reply = key.authenticator.poll();
    assert_eq!(reply, Step::Reply(vec![Status::USER_ACTION_TIMEOUT.0]));
    assert!(key.info().pin_is_set());
}

#[test]
fn a_reset_puts_factory_settings_back() {
    let factory = FactorySettings { min_pin_length: 5, always_uv: true, ..Default::default() };
    let mut key = made_with(factory);
    key.send(&request(SubCommand::TOGGLE_ALWAYS_UV)).unwrap();
    let fresh =
        made_with(FactorySettings { min_pin_length: 5, always_uv: true, ..Default::default() })
            .info();
    let everything = SetMinPinLengthParams {
        new_min_pin_length: Some(8),
        min_pin_length_rp_ids: Some(vec![RP.to_owned()]),
        force_change_pin: None,
        pin_complexity_policy: Some(true),
    };
    key.send(&min_pin_length(&everything)).unwrap();
    key.send(&request(SubCommand::ENABLE_ENTERPRISE_ATTESTATION)).unwrap();
    key.send(&request(SubCommand::ENABLE_LONG_TOUCH_FOR_RESET)).unwrap();
    assert_ne!(key.info(), fresh);
    key.send(&Reset).unwrap();
    assert_eq!(key.info(), fresh);
}

#[test]
fn a_reset_over_usb_is_refused_where_only_others_are_allowed() {
    let nfc = Some(vec!["nfc".to_owned()]);
    let mut key =
        made_with(FactorySettings { transports_for_reset: nfc.clone(), ..Default::default() });
    assert_eq!(key.info().transports_for_reset, nfc);
    assert_eq!(key.send(&Reset).unwrap_err(), Status::OPERATION_DENIED);
}

#[test]
fn the_reset_window_may_be_shorter() {
    let mut key = made_with(FactorySettings { reset_window_seconds: 5, ..Default::default() });
    key.pass_seconds(6);
    assert_eq!(key.send(&Reset).unwrap_err(), Status::NOT_ALLOWED);
    key.authenticator.power_cycle().unwrap();
    key.pass_seconds(5);
    key.send(&Reset).unwrap();
}

#[test]
fn settings_outlive_the_process() {
    let mut key = Key::new();
    key.send(&at_least(6)).unwrap();
    let state = key.world.get().saved.clone().unwrap();
    key.authenticator = crate::rig::authenticator_from(&key.world, state);
    assert_eq!(key.info().min_pin_length, Some(6));
}
