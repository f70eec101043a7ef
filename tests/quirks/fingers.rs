//! Built-in verification, and the PIN in its place.

use fidoctl::authenticator::Finger;
use fidoctl::client::fingerprints::FingerprintStore;
use fidoctl::client::register::Registration;
use fidoctl::client::{Error, Requirement, Session, Verification, pin};
use fidoctl::pin_uv::PinError;

use crate::plugged_in::PluggedKey;
use crate::scripted_key::{ScriptedPerson, registration};
use crate::{enroll, keys_of, like, limits, on, set_pin, unverified};

/// Sets a PIN and enrols a finger.
fn set_up(key: &PluggedKey) {
    set_pin(key);
    on(key, |session| FingerprintStore::open(session)?.add(None)).0.unwrap();
}

fn lay(key: &PluggedKey, fingers: &[Finger]) {
    key.world.lock().unwrap().fingers = fingers.iter().copied().collect();
}

fn verified() -> Registration {
    Registration { user_verification: Requirement::Required, ..registration() }
}

#[test]
fn blocked_finger_falls_back_to_the_pin_aloud() {
    for key in keys_of("blocked_finger_falls_back_to_the_pin_aloud") {
        set_up(&key);
        lay(&key, &[Finger::Wrong; 3]);
        let register =
            |session: &mut Session<'_>| fidoctl::client::register::register(session, &verified());
        let (registered, heard) = on(&key, register);
        assert_eq!(registered.unwrap().verification, Verification::Pin);
        assert!(heard.contains(&"FallingBackToPin { blocked: false }".to_owned()), "{heard:?}");
        // The PIN gave it its tries back; now it is worn out.
        lay(&key, &[Finger::Wrong; 5]);
        for _ in 0..2 {
            let mut nobody = ScriptedPerson::typing(&[]);
            let mut session = Session::open(key.open(), &mut nobody, limits()).unwrap();
            register(&mut session).unwrap_err();
        }
        let (registered, heard) = on(&key, register);
        assert_eq!(registered.unwrap().verification, Verification::Pin);
        assert!(heard.contains(&"FallingBackToPin { blocked: true }".to_owned()), "{heard:?}");
    }
}

#[test]
fn greatest_pin_length_is_the_keys_own() {
    for key in keys_of("greatest_pin_length_is_the_keys_own") {
        let mut person = ScriptedPerson::typing(&[]).and_new_pin("123456789");
        let mut session = Session::open(key.open(), &mut person, limits()).unwrap();
        let error = pin::set(&mut session).unwrap_err();
        let Error::Pin(PinError::TooLong { maximum, .. }) = error else { panic!("{error:?}") };
        assert_eq!(maximum, 8);
        assert_eq!(person.heard, ["new PIN, 4 to 8"]);
    }
}

#[test]
fn fingers_are_managed_by_pin_where_a_finger_will_not_do() {
    for key in keys_of("fingers_are_managed_by_pin_where_a_finger_will_not_do") {
        set_up(&key);
        let (listed, heard) = on(&key, |session| FingerprintStore::open(session)?.list());
        assert_eq!(listed.unwrap().len(), 1);
        assert!(heard.contains(&"FallingBackToPin { blocked: false }".to_owned()), "{heard:?}");
        assert!(heard.contains(&"PIN for nobody, 8 left".to_owned()), "{heard:?}");
    }
    // A key without the habit is not asked for its PIN.
    let key = like("bio");
    set_up(&key);
    let (_, heard) = on(&key, |session| FingerprintStore::open(session)?.list());
    assert_eq!(heard, Vec::<String>::new());
}

#[test]
fn fingers_are_managed_by_the_preview_command() {
    for key in keys_of("fingers_are_managed_by_the_preview_command") {
        let mut has_final = None;
        on(&key, |session| {
            has_final = Some(session.info().option("bioEnroll").is_some());
            Ok(())
        })
        .0
        .unwrap();
        assert_eq!(has_final, Some(false));
        set_up(&key);
    }
}

#[test]
fn finger_is_asked_for_only_where_one_is_set_up() {
    for key in keys_of("finger_is_asked_for_only_where_one_is_set_up") {
        let preferred = Registration { user_verification: Requirement::Preferred, ..unverified() };
        assert_eq!(enroll(&key, &preferred).unwrap().verification, Verification::None);
        key.take_messages();
        let error = enroll(&key, &verified()).unwrap_err();
        assert!(matches!(error, Error::VerificationNotSetUp), "{error:?}");
        assert_eq!(key.take_messages(), 2, "INIT and getInfo");
    }
}

#[test]
fn finger_is_asked_for_again() {
    for key in keys_of("finger_is_asked_for_again") {
        set_up(&key);
        lay(&key, &[Finger::Wrong, Finger::Right]);
        assert_eq!(enroll(&key, &verified()).unwrap().verification, Verification::BuiltIn);
    }
}
