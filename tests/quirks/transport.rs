//! CTAPHID and U2F.

use std::time::Duration;

use fidoctl::client::authenticate::authenticate;
use fidoctl::client::register::register;
use fidoctl::client::{Error, Protocol};
use fidoctl::ctaphid::{Capabilities, Command};
use fidoctl::transport::{Interruption, Keepalive, TransportError, Watch};
use fidoctl::u2f::StatusWord;

use crate::{allowing, enroll, keys_of, on, person, set_pin, unverified};

struct Unwatched;

impl Watch for Unwatched {
    fn keepalive(&mut self, _: Keepalive) {}

    fn interruption(&self) -> Option<Interruption> {
        None
    }
}

#[test]
fn u2f_only_key_is_never_sent_cbor() {
    for key in keys_of("u2f_only_key_is_never_sent_cbor") {
        let registered = enroll(&key, &unverified()).unwrap();
        assert_eq!(registered.protocol, Protocol::U2f);
        on(&key, |session| authenticate(session, &allowing(&[&registered]))).0.unwrap();
        let commands = key.take_commands();
        assert!(commands.contains(&Command::MSG) && !commands.contains(&Command::CBOR));
    }
}

#[test]
fn vendor_pin_of_u2f_is_told_with_its_tries() {
    for key in keys_of("vendor_pin_of_u2f_is_told_with_its_tries") {
        let error = enroll(&key, &unverified()).unwrap_err();
        let Error::U2fRefused { status, .. } = error else { panic!("{error:?}") };
        assert_eq!(status.tries_left(), Some(2));
    }
    assert_eq!(StatusWord(0x63C0).tries_left(), Some(0));
    assert_eq!(StatusWord(0x6385).tries_left(), None);
}

#[test]
fn wink_that_is_never_answered_ends_soon() {
    for key in keys_of("wink_that_is_never_answered_ends_soon") {
        let mut transport = key.open();
        assert!(transport.properties().capabilities.contains(Capabilities::WINK));
        let before = key.world.lock().unwrap().now;
        let error = transport.wink(&mut Unwatched).unwrap_err();
        assert!(
            matches!(error, TransportError::NoAnswer { waited, .. } if waited == Duration::from_secs(2)),
            "{error:?}"
        );
        // The world's clock runs only while the key is listened to.
        assert!(key.world.lock().unwrap().now > before);
        // What comes next is not disturbed.
        assert_eq!(transport.ping(b"still there", &mut Unwatched).unwrap(), b"still there");
    }
}

#[test]
fn key_that_denies_u2f_is_never_asked_for_it() {
    for key in keys_of("key_that_denies_u2f_is_never_asked_for_it") {
        enroll(&key, &unverified()).unwrap();
        assert!(!key.take_commands().contains(&Command::MSG));
    }
}

#[test]
fn msg_in_answer_to_cbor_is_no_reason_for_u2f() {
    for key in keys_of("msg_in_answer_to_cbor_is_no_reason_for_u2f") {
        let error = enroll(&key, &unverified()).unwrap_err();
        assert!(matches!(error, Error::Transport(TransportError::Malformed { .. })), "{error:?}");
        assert!(!key.take_commands().contains(&Command::MSG));
    }
}

#[test]
fn garbled_capabilities_do_not_hide_ctap2() {
    for key in keys_of("garbled_capabilities_do_not_hide_ctap2") {
        assert!(!key.open().properties().capabilities.contains(Capabilities::CBOR));
        assert_eq!(enroll(&key, &unverified()).unwrap().protocol, Protocol::Ctap2);
    }
}

#[test]
fn operation_keeps_its_channel() {
    for key in keys_of("operation_keeps_its_channel") {
        set_pin(&key);
        key.take_commands();
        let mut person = person();
        let mut session =
            fidoctl::client::Session::open(key.open(), &mut person, crate::limits()).unwrap();
        register(&mut session, &crate::registration()).unwrap();
        let commands = key.take_commands();
        let openings = commands.iter().filter(|command| **command == Command::INIT).count();
        assert_eq!(openings, 1);
    }
}
