//! authenticatorReset and authenticatorSelection.

use fidoctl::authenticator::{Presence, State};
use fidoctl::ctap2::{Reset, Selection, Status};

use crate::rig::{Key, MC, RP, authenticator_from, authorize_make, get_request, make_request};

#[test]
fn a_reset_forgets_pin_and_credentials() {
    let mut key = Key::with_pin();
    let discoverable = key.enroll(RP, "alice");
    let server_side = key.make(&make_request(RP, "alice")).unwrap();
    key.send(&Reset).unwrap();
    assert!(!key.info().pin_is_set());
    for made in [discoverable, server_side] {
        let gone = key.get(&get_request(RP, &[made.id()])).unwrap_err();
        assert_eq!(gone, Status::NO_CREDENTIALS);
    }
    assert_eq!(key.get(&get_request(RP, &[])).unwrap_err(), Status::NO_CREDENTIALS);
}

#[test]
fn a_reset_unblocks_the_pin() {
    let mut key = Key::with_pin();
    for _ in 0..8 {
        key.token("9999", MC, None).unwrap_err();
        key.authenticator.power_cycle().unwrap();
    }
    key.send(&Reset).unwrap();
    key.set_pin("5678").unwrap();
    key.token("5678", MC, None).unwrap();
}

#[test]
fn a_reset_ends_the_token() {
    let mut key = Key::with_pin();
    let token = key.token("1234", MC, Some(RP)).unwrap();
    key.send(&Reset).unwrap();
    key.set_pin("1234").unwrap();
    let mut request = make_request(RP, "alice");
    authorize_make(&mut request, &token);
    assert_eq!(key.make(&request).unwrap_err(), Status::PIN_AUTH_INVALID);
}

#[test]
fn a_reset_keeps_identity_and_attestation_and_counts_on() {
    let mut key = Key::new();
    let before = key.make(&make_request(RP, "alice")).unwrap();
    let (root, serial) = {
        let summary = key.authenticator.state().summary();
        (summary.attestation_root, summary.serial)
    };
    key.send(&Reset).unwrap();
    let summary = key.authenticator.state().summary();
    assert_eq!((summary.attestation_root, summary.serial), (root, serial));
    let after = key.make(&make_request(RP, "alice")).unwrap();
    assert!(after.data.sign_count > before.data.sign_count);
}

#[test]
fn a_reset_is_taken_only_within_ten_seconds_of_power_up() {
    let mut key = Key::new();
    key.pass_seconds(10);
    key.send(&Reset).unwrap();
    key.pass_seconds(1);
    assert_eq!(key.send(&Reset).unwrap_err(), Status::NOT_ALLOWED);
    key.authenticator.power_cycle().unwrap();
    key.send(&Reset).unwrap();
}

#[test]
fn a_new_process_is_no_power_cycle() {
    let mut key = Key::with_pin();
    for _ in 0..3 {
        key.token("9999", MC, None).unwrap_err();
    }
    key.pass_seconds(11);
    let state: State = key.world.get().saved.clone().unwrap();
    key.authenticator = authenticator_from(&key.world, state);
    assert_eq!(key.send(&Reset).unwrap_err(), Status::NOT_ALLOWED);
    assert_eq!(key.token("1234", MC, None).unwrap_err(), Status::PIN_AUTH_BLOCKED);
}

#[test]
fn a_clock_set_back_does_not_open_the_reset_window() {
    let mut key = Key::new();
    key.world.get().now -= std::time::Duration::from_secs(3600);
    assert_eq!(key.send(&Reset).unwrap_err(), Status::NOT_ALLOWED);
}

#[test]
fn a_reset_without_a_touch_forgets_nothing() {
    let mut key = Key::with_pin();
    key.world.get().presence = Presence::Refused;
    assert_eq!(key.send(&Reset).unwrap_err(), Status::OPERATION_DENIED);
    assert!(key.info().pin_is_set());
}

#[test]
fn a_reset_that_cannot_be_stored_forgets_nothing() {
    let mut key = Key::with_pin();
    key.world.get().disk_is_full = true;
    assert_eq!(key.send(&Reset).unwrap_err(), Status::OTHER);
    assert!(key.info().pin_is_set());
}

#[test]
fn selection_wants_a_touch() {
    let mut key = Key::new();
    key.send(&Selection).unwrap();
    key.world.get().presence = Presence::Refused;
    assert_eq!(key.send(&Selection).unwrap_err(), Status::OPERATION_DENIED);
}
