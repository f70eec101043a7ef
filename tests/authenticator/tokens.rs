//! pinUvAuthTokens: life, permissions, binding.

use fidoctl::ctap2::client_pin::SubCommand;
use fidoctl::ctap2::{ClientPinRequest, Permissions, Status};
use fidoctl::pin_uv::PinUvAuthProtocol::Two;
use fidoctl::pin_uv::PinUvAuthToken;
use fidoctl::webauthn::Flags;

use crate::rig::{
    GA, Key, MC, RP, authorize_get, authorize_make, discoverable, get_request, make_request, silent,
};

fn make_with(key: &mut Key, token: &PinUvAuthToken) -> Result<crate::rig::Made, Status> {
    let mut request = make_request(RP, "alice");
    authorize_make(&mut request, token);
    key.make(&request)
}

/// A silent request: it uses the token without spending it.
fn probe_with(key: &mut Key, token: &PinUvAuthToken, rp_id: &str) -> Result<(), Status> {
    let mut request = get_request(rp_id, &[]);
    request.options = silent();
    authorize_get(&mut request, token);
    key.get(&request).map(|_| ())
}

#[test]
fn a_token_verifies_the_user() {
    let mut key = Key::with_pin();
    let token = key.token("1234", MC, Some(RP)).unwrap();
    assert_eq!(make_with(&mut key, &token).unwrap().data.flags, Flags::UP | Flags::UV | Flags::AT);
}

#[test]
fn a_token_not_used_within_thirty_seconds_is_dead() {
    let mut key = Key::with_pin();
    let token = key.token("1234", MC, Some(RP)).unwrap();
    key.pass_seconds(29);
    let alive = key.token("1234", MC, Some(RP)).unwrap();
    assert_eq!(make_with(&mut key, &token).unwrap_err(), Status::PIN_AUTH_INVALID);
    key.pass_seconds(30);
    assert_eq!(make_with(&mut key, &alive).unwrap_err(), Status::PIN_AUTH_INVALID);
}

#[test]
fn a_token_in_use_lives_for_ten_minutes() {
    let mut key = Key::with_pin();
    key.enroll(RP, "alice");
    let token = key.token("1234", GA, Some(RP)).unwrap();
    key.pass_seconds(29);
    probe_with(&mut key, &token, RP).unwrap();
    key.pass_seconds(570);
    probe_with(&mut key, &token, RP).unwrap();
    key.pass_seconds(1);
    assert_eq!(probe_with(&mut key, &token, RP).unwrap_err(), Status::PIN_AUTH_INVALID);
}

#[test]
fn one_touch_spends_a_token() {
    let mut key = Key::with_pin();
    let token = key.token("1234", MC | GA, Some(RP)).unwrap();
    make_with(&mut key, &token).unwrap();
    assert_eq!(make_with(&mut key, &token).unwrap_err(), Status::PIN_AUTH_INVALID);
    assert_eq!(probe_with(&mut key, &token, RP).unwrap_err(), Status::PIN_AUTH_INVALID);
}

#[test]
fn silent_assertions_do_not_spend_a_token() {
    let mut key = Key::with_pin();
    key.enroll(RP, "alice");
    let token = key.token("1234", MC | GA, Some(RP)).unwrap();
    probe_with(&mut key, &token, RP).unwrap();
    make_with(&mut key, &token).unwrap();
}

#[test]
fn a_token_without_the_permission_is_refused() {
    let mut key = Key::with_pin();
    key.enroll(RP, "alice");
    let for_get = key.token("1234", GA, Some(RP)).unwrap();
    assert_eq!(make_with(&mut key, &for_get).unwrap_err(), Status::PIN_AUTH_INVALID);
    let for_make = key.token("1234", MC, Some(RP)).unwrap();
    assert_eq!(probe_with(&mut key, &for_make, RP).unwrap_err(), Status::PIN_AUTH_INVALID);
}

#[test]
fn a_token_serves_only_the_rp_it_is_bound_to() {
    let mut key = Key::with_pin();
    key.enroll("other.example", "alice");
    let token = key.token("1234", GA, Some(RP)).unwrap();
    let elsewhere = probe_with(&mut key, &token, "other.example");
    assert_eq!(elsewhere.unwrap_err(), Status::PIN_AUTH_INVALID);
}

#[test]
fn an_unbound_token_is_bound_by_its_first_use() {
    let mut key = Key::with_pin();
    key.enroll(RP, "alice");
    key.enroll("other.example", "alice");
    let token = key.legacy_token("1234").unwrap();
    probe_with(&mut key, &token, RP).unwrap();
    let elsewhere = probe_with(&mut key, &token, "other.example");
    assert_eq!(elsewhere.unwrap_err(), Status::PIN_AUTH_INVALID);
}

#[test]
fn the_legacy_token_may_make_and_get() {
    let mut key = Key::with_pin();
    let token = key.legacy_token("1234").unwrap();
    make_with(&mut key, &token).unwrap();
}

#[test]
fn a_new_token_ends_the_old_one() {
    let mut key = Key::with_pin();
    let old = key.legacy_token("1234").unwrap();
    key.token("1234", MC, Some(RP)).unwrap();
    assert_eq!(make_with(&mut key, &old).unwrap_err(), Status::PIN_AUTH_INVALID);
}

#[test]
fn changing_the_pin_ends_the_token() {
    let mut key = Key::with_pin();
    let token = key.token("1234", MC, Some(RP)).unwrap();
    key.change_pin("1234", "5678").unwrap();
    assert_eq!(make_with(&mut key, &token).unwrap_err(), Status::PIN_AUTH_INVALID);
}

#[test]
fn a_power_cycle_ends_the_token() {
    let mut key = Key::with_pin();
    let token = key.token("1234", MC, Some(RP)).unwrap();
    key.authenticator.power_cycle().unwrap();
    assert_eq!(make_with(&mut key, &token).unwrap_err(), Status::PIN_AUTH_INVALID);
}

#[test]
fn permissions_without_a_command_behind_them_are_refused_without_costing_a_try() {
    let mut key = Key::with_pin();
    for permission in
        [Permissions::BIO_ENROLLMENT, Permissions::PERSISTENT_CREDENTIAL_MANAGEMENT_READ_ONLY]
    {
        let refused = key.token("9999", permission | GA, Some(RP)).unwrap_err();
        assert_eq!(refused, Status::UNAUTHORIZED_PERMISSION);
    }
    assert_eq!(key.token_of(Two, "9999", 0, None).unwrap_err(), Status::INVALID_PARAMETER);
    assert_eq!(key.retries().pin_retries, Some(8));
}

#[test]
fn permission_bits_without_a_meaning_are_ignored() {
    let mut key = Key::with_pin();
    let token = key.token_of(Two, "1234", 0x8000_0001, Some(RP)).unwrap();
    make_with(&mut key, &token).unwrap();
}

#[test]
fn the_legacy_subcommand_takes_no_permissions() {
    let mut key = Key::with_pin();
    let (ours, secret) = key.shared_secret(Two);
    let mut request = ClientPinRequest::new(SubCommand::GET_PIN_TOKEN);
    request.pin_uv_auth_protocol = Some(2);
    request.key_agreement = Some(ours);
    request.pin_hash_enc = Some(key.encrypt(&secret, &[0; 16]).into());
    request.permissions = Some(1);
    assert_eq!(key.send(&request).unwrap_err(), Status::INVALID_PARAMETER);
}

#[test]
fn a_token_before_a_pin_exists_is_refused() {
    let mut key = Key::new();
    let mut request = make_request(RP, "alice");
    request.pin_uv_auth_param = Some(vec![0; 32].into());
    request.pin_uv_auth_protocol = Some(2);
    assert_eq!(key.make(&request).unwrap_err(), Status::PIN_NOT_SET);
}

#[test]
fn with_a_pin_set_discoverable_credentials_need_a_token_and_others_do_not() {
    let mut key = Key::with_pin();
    let mut request = make_request(RP, "alice");
    assert_eq!(key.make(&request).unwrap().data.flags, Flags::UP | Flags::AT);
    request.options = discoverable();
    assert_eq!(key.make(&request).unwrap_err(), Status::PUAT_REQUIRED);
}

#[test]
fn a_pin_that_must_be_changed_gives_no_token_until_it_is_another() {
    let mut key = Key::with_pin();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let state = key.authenticator.state().clone();
    drop(fidoctl::authenticator::StateFile::create(&path, &state).unwrap());
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("\"force_change\": false", "\"force_change\": true"))
        .unwrap();
    let (_, state) = fidoctl::authenticator::StateFile::open(&path).unwrap();
    key.authenticator = crate::rig::authenticator_from(&key.world, state);
    assert_eq!(key.info().force_pin_change, Some(true));
    assert_eq!(key.legacy_token("1234").unwrap_err(), Status::PIN_INVALID);
    assert_eq!(key.token("1234", MC, None).unwrap_err(), Status::PIN_POLICY_VIOLATION);
    assert_eq!(key.change_pin("1234", "1234").unwrap_err(), Status::PIN_POLICY_VIOLATION);
    key.change_pin("1234", "5678").unwrap();
    key.token("5678", MC, None).unwrap();
}
