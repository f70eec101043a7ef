//! authenticatorClientPIN: setting, changing, tries.

use fidoctl::ctap2::client_pin::SubCommand;
use fidoctl::ctap2::{ClientPinRequest, Status};
use fidoctl::pin_uv::PinUvAuthProtocol::{One, Two};

use crate::rig::{GA, Key, MC};

fn try_wrong(key: &mut Key) -> Status {
    key.token("9999", MC, None).unwrap_err()
}

#[test]
fn eight_wrong_pins_climb_the_ladder_with_two_replugs() {
    let mut key = Key::with_pin();
    let mut statuses = Vec::new();
    for wrong in 1..=8 {
        statuses.push(try_wrong(&mut key).0);
        if wrong % 3 == 0 {
            key.authenticator.power_cycle().unwrap();
        }
    }
    assert_eq!(statuses, [0x31, 0x31, 0x34, 0x31, 0x31, 0x34, 0x31, 0x32]);
}

#[test]
fn tries_after_the_third_wrong_pin_cost_nothing_until_replug() {
    let mut key = Key::with_pin();
    for _ in 0..3 {
        try_wrong(&mut key);
    }
    assert_eq!(key.token("1234", MC, None).unwrap_err(), Status::PIN_AUTH_BLOCKED);
    let retries = key.retries();
    assert_eq!((retries.pin_retries, retries.power_cycle_state), (Some(5), Some(true)));
}

#[test]
fn blocked_pin_stays_blocked_even_when_right() {
    let mut key = Key::with_pin();
    for _ in 0..8 {
        try_wrong(&mut key);
        key.authenticator.power_cycle().unwrap();
    }
    assert_eq!(key.token("1234", MC, None).unwrap_err(), Status::PIN_BLOCKED);
    assert_eq!(key.change_pin("1234", "5678").unwrap_err(), Status::PIN_BLOCKED);
}

#[test]
fn right_pin_restores_the_tries() {
    let mut key = Key::with_pin();
    try_wrong(&mut key);
    try_wrong(&mut key);
    key.token("1234", MC, None).unwrap();
    assert_eq!(key.retries().pin_retries, Some(8));
    assert_eq!(try_wrong(&mut key), Status::PIN_INVALID);
}

#[test]
fn a_try_is_stored_before_its_answer() {
    let mut key = Key::with_pin();
    try_wrong(&mut key);
    let stored = key.world.get().saved.clone().unwrap().summary();
    assert_eq!((stored.pin_retries, stored.pin_mismatches), (7, 1));
}

#[test]
fn a_try_that_cannot_be_stored_is_not_looked_at() {
    let mut key = Key::with_pin();
    key.world.get().disk_is_full = true;
    assert_eq!(try_wrong(&mut key), Status::OTHER);
    assert_eq!(key.token("1234", MC, None).unwrap_err(), Status::OTHER);
    assert_eq!(key.authenticator.state().summary().pin_retries, 8);
}

#[test]
fn a_wrong_pin_renews_the_key_agreement_key_of_its_protocol_only() {
    let mut key = Key::with_pin();
    let agreement = |key: &mut Key, protocol| {
        let mut request = ClientPinRequest::new(SubCommand::GET_KEY_AGREEMENT);
        request.pin_uv_auth_protocol = Some(protocol);
        key.send(&request).unwrap().key_agreement.unwrap()
    };
    let (one, two) = (agreement(&mut key, 1), agreement(&mut key, 2));
    try_wrong(&mut key);
    assert_eq!(agreement(&mut key, 1), one);
    assert_ne!(agreement(&mut key, 2), two);
}

#[test]
fn a_pin_can_be_set_only_once() {
    let mut key = Key::with_pin();
    assert_eq!(key.set_pin("5678").unwrap_err(), Status::PIN_AUTH_INVALID);
    key.token("1234", MC, None).unwrap();
}

#[test]
fn both_protocols_set_the_same_pin() {
    for protocol in [One, Two] {
        let mut key = Key::new();
        let padded = fidoctl::pin_uv::Pin::new("1234").unwrap().padded();
        key.set_padded_pin(protocol, padded.as_slice()).unwrap();
        for other in [One, Two] {
            key.token_of(other, "1234", 1, None).unwrap();
        }
    }
}

#[test]
fn changing_the_pin_needs_the_old_one() {
    let mut key = Key::with_pin();
    assert_eq!(key.change_pin("4321", "5678").unwrap_err(), Status::PIN_INVALID);
    key.change_pin("1234", "5678").unwrap();
    assert_eq!(try_wrong(&mut key), Status::PIN_INVALID);
    key.token("5678", MC, None).unwrap();
}

#[test]
fn four_code_points_are_enough_and_three_are_not() {
    let mut short = Key::new();
    // Three characters of two bytes each.
    assert_eq!(short.set_pin("äöü").unwrap_err(), Status::PIN_POLICY_VIOLATION);
    assert!(!short.info().pin_is_set());
    short.set_pin("äöüß").unwrap();
    assert!(short.info().pin_is_set());
}

#[test]
fn sixty_three_bytes_fit_and_sixty_four_do_not() {
    let mut key = Key::new();
    assert_eq!(key.set_padded_pin(Two, &[b'a'; 64]).unwrap_err(), Status::PIN_POLICY_VIOLATION);
    let mut longest = [b'a'; 64];
    longest[63] = 0;
    key.set_padded_pin(Two, &longest).unwrap();
}

#[test]
fn a_pin_padded_to_another_length_is_refused() {
    let mut key = Key::new();
    let mut padded = [0; 80];
    padded[..4].copy_from_slice(b"1234");
    assert_eq!(key.set_padded_pin(Two, &padded).unwrap_err(), Status::INVALID_PARAMETER);
    assert_eq!(key.set_padded_pin(Two, &padded[..48]).unwrap_err(), Status::INVALID_PARAMETER);
}

#[test]
fn a_new_pin_with_a_wrong_mac_is_refused() {
    let mut key = Key::new();
    let (ours, secret) = key.shared_secret(Two);
    let mut request = ClientPinRequest::new(SubCommand::SET_PIN);
    request.pin_uv_auth_protocol = Some(2);
    request.key_agreement = Some(ours);
    request.new_pin_enc = Some(key.encrypt(&secret, &[b'1'; 64]).into());
    request.pin_uv_auth_param = Some(vec![0; 32].into());
    assert_eq!(key.send(&request).unwrap_err(), Status::PIN_AUTH_INVALID);
}

#[test]
fn without_a_pin_there_is_no_token() {
    let mut key = Key::new();
    assert_eq!(key.token("1234", MC | GA, None).unwrap_err(), Status::PIN_NOT_SET);
    assert_eq!(key.change_pin("1234", "5678").unwrap_err(), Status::PIN_NOT_SET);
    assert_eq!(key.retries().pin_retries, Some(8));
}

#[test]
fn a_point_off_the_curve_is_refused_without_costing_a_try() {
    let mut key = Key::with_pin();
    let mut request = ClientPinRequest::new(SubCommand::GET_PIN_TOKEN);
    request.pin_uv_auth_protocol = Some(2);
    request.key_agreement = Some(fidoctl::cose::CoseKey::key_agreement([1; 32], [1; 32]));
    request.pin_hash_enc = Some(vec![0; 32].into());
    assert_eq!(key.send(&request).unwrap_err(), Status::INVALID_PARAMETER);
    assert_eq!(key.retries().pin_retries, Some(8));
}

#[test]
fn a_pin_hash_of_a_wrong_length_costs_a_try() {
    let mut key = Key::with_pin();
    let (ours, _) = key.shared_secret(Two);
    let mut request = ClientPinRequest::new(SubCommand::GET_PIN_TOKEN);
    request.pin_uv_auth_protocol = Some(2);
    request.key_agreement = Some(ours);
    request.pin_hash_enc = Some(vec![0; 17].into());
    assert_eq!(key.send(&request).unwrap_err(), Status::PIN_INVALID);
    assert_eq!(key.retries().pin_retries, Some(7));
}

#[test]
fn what_a_subcommand_needs_is_asked_for() {
    let mut key = Key::with_pin();
    let send = |key: &mut Key, sub, protocol| {
        let mut request = ClientPinRequest::new(sub);
        request.pin_uv_auth_protocol = protocol;
        key.send(&request).unwrap_err()
    };
    let agreement = SubCommand::GET_KEY_AGREEMENT;
    assert_eq!(send(&mut key, agreement, None), Status::MISSING_PARAMETER);
    assert_eq!(send(&mut key, agreement, Some(3)), Status::INVALID_PARAMETER);
    for sub in [SubCommand::SET_PIN, SubCommand::CHANGE_PIN, SubCommand::GET_PIN_TOKEN] {
        assert_eq!(send(&mut key, sub, Some(2)), Status::MISSING_PARAMETER);
    }
    assert_eq!(send(&mut key, SubCommand::GET_TOKEN_USING_UV, Some(2)), Status::NOT_ALLOWED);
    assert_eq!(send(&mut key, SubCommand::GET_UV_RETRIES, None), Status::INVALID_SUBCOMMAND);
    assert_eq!(send(&mut key, SubCommand(0x77), None), Status::INVALID_SUBCOMMAND);
}
