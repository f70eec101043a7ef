//! Touches: asked for, given, and not given.

use std::time::Duration;

use fidoctl::authenticator::Presence;
use fidoctl::client::reset::reset;
use fidoctl::client::select::{choose_by_touch, select};
use fidoctl::client::{Error, pin};
use fidoctl::ctap2::Status;
use fidoctl::ctaphid::Command;
use fidoctl::relying_party;
use fidoctl::transport::Transport;

use crate::plugged_in::PluggedKey;
use crate::{enroll, keys_of, limits, on, set_pin, unverified};

fn untouched(key: &PluggedKey) {
    key.world.lock().unwrap().presence = Presence::Waiting;
}

/// Lets one key be raced against one that is touched after five seconds; returns which won.
fn race_against_touched(key: &PluggedKey) -> &'static str {
    let other = PluggedKey::new();
    untouched(&other);
    let mut world = other.world.lock().unwrap();
    world.touched_from = Some(world.now + Duration::from_secs(5));
    drop(world);
    let candidates: Vec<(_, Box<dyn Transport>)> =
        vec![("it", key.open()), ("other", other.open())];
    choose_by_touch(candidates, &limits(), &mut || {}).unwrap().0
}

#[test]
fn touch_is_understood_in_several_ways() {
    for key in keys_of("touch_is_understood_in_several_ways") {
        on(&key, select).0.unwrap();
        set_pin(&key);
        on(&key, select).0.unwrap();
        untouched(&key);
        let error = on(&key, select).0.unwrap_err();
        assert!(matches!(error, Error::NoTouch { .. }), "{error:?}");
    }
}

#[test]
fn missing_parameter_at_once_is_no_touch() {
    for key in keys_of("missing_parameter_at_once_is_no_touch") {
        // Touched it can be chosen all the same, by a request that it understands.
        on(&key, select).0.unwrap();
        untouched(&key);
        let error = on(&key, select).0.unwrap_err();
        assert!(matches!(error, Error::NoTouch { .. }), "{error:?}");
        assert_eq!(race_against_touched(&key), "other");
        key.world.lock().unwrap().presence = Presence::Given;
        set_pin(&key);
        assert_eq!(race_against_touched(&key), "other");
    }
}

#[test]
fn missing_parameter_after_the_wait_is_no_touch() {
    for key in keys_of("missing_parameter_after_the_wait_is_no_touch") {
        set_pin(&key);
        untouched(&key);
        let error = on(&key, select).0.unwrap_err();
        let status = Status::MISSING_PARAMETER;
        assert!(matches!(error, Error::Refused { status: s, .. } if s == status), "{error:?}");
    }
}

#[test]
fn impatient_key_stays_in_the_race() {
    for key in keys_of("impatient_key_stays_in_the_race") {
        untouched(&key);
        // It gives up once before somebody comes.
        let mut world = key.world.lock().unwrap();
        world.touched_from = Some(world.now + Duration::from_secs(17));
        drop(world);
        let mut told = 0;
        let chosen = choose_by_touch(vec![("it", key.open())], &limits(), &mut || told += 1);
        assert_eq!((chosen.unwrap().0, told), ("it", 1));
        let commands = key.take_commands();
        let asked = commands.iter().filter(|command| **command == Command::CBOR).count();
        assert_eq!(asked, 3, "getInfo, and a request for each round");
    }
}

#[test]
fn request_for_a_pin_where_none_is_set_is_no_touch() {
    for key in keys_of("request_for_a_pin_where_none_is_set_is_no_touch") {
        untouched(&key);
        let error = enroll(&key, &unverified()).unwrap_err();
        let status = Status::PUAT_REQUIRED;
        assert!(matches!(error, Error::NoTouch { status: s } if s == status), "{error:?}");
    }
}

#[test]
fn credential_made_without_a_touch_is_not_accepted() {
    for key in keys_of("credential_made_without_a_touch_is_not_accepted") {
        untouched(&key);
        let error = enroll(&key, &unverified()).unwrap_err();
        let absent = relying_party::Error::UserNotPresent;
        assert!(matches!(error, Error::NotGenuine(ref why) if *why == absent), "{error:?}");
    }
}

#[test]
fn reset_too_late_is_understood_in_two_ways() {
    for key in keys_of("reset_too_late_is_understood_in_two_ways").chain([PluggedKey::new()]) {
        key.pass(Duration::from_secs(4));
        on(&key, reset).0.unwrap();
        key.pass(Duration::from_secs(8));
        let error = on(&key, reset).0.unwrap_err();
        assert!(matches!(error, Error::ResetTooLate), "{error:?}");
    }
}

#[test]
fn pin_length_is_checked_before_the_key_is_asked() {
    for key in keys_of("pin_length_is_checked_before_the_key_is_asked") {
        let too_long = "0123456789012345678901234567890123456789012345678901234567890123";
        for unfit in ["123", too_long] {
            key.take_messages();
            let mut person = crate::ScriptedPerson::typing(&[]).and_new_pin(unfit);
            let opened = fidoctl::client::Session::open(key.open(), &mut person, limits());
            pin::set(&mut opened.unwrap()).unwrap_err();
            assert_eq!(key.take_messages(), 2, "INIT and getInfo are all that was sent");
        }
        set_pin(&key);
    }
}
