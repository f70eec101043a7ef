//! Answers that hold less than they should, or hold it in the wrong way.

use fidoctl::cbor::Strictness;
use fidoctl::client::authenticate::{Authentication, authenticate};
use fidoctl::client::register::{Registration, register};
use fidoctl::client::{Error, Limits, Requirement, Session};

use crate::scripted_key::{authentication, registration};
use crate::{allowing, enroll, keys_of, limits, on, set_pin, unverified, within};

fn tolerant() -> Limits {
    Limits { strictness: Strictness::Tolerant, ..limits() }
}

fn discoverable() -> Registration {
    Registration { resident_key: Requirement::Required, ..unverified() }
}

fn anybody() -> Authentication {
    Authentication { user_verification: Requirement::Discouraged, ..authentication(&[]) }
}

#[test]
fn missing_credential_is_filled_in() {
    for key in keys_of("missing_credential_is_filled_in") {
        let registered = enroll(&key, &unverified()).unwrap();
        let wanted = allowing(&[&registered]);
        let assertions = on(&key, |session| authenticate(session, &wanted)).0.unwrap();
        assert_eq!(assertions[0].credential_id, wanted.allow[0].descriptor.id.as_slice());
        assert!(assertions[0].signature_verified);
    }
}

#[test]
fn empty_user_handle_is_read() {
    for key in keys_of("empty_user_handle_is_read") {
        let register = |session: &mut Session<'_>| register(session, &discoverable());
        within(&key, tolerant(), register).0.unwrap();
        let sign_in = |session: &mut Session<'_>| authenticate(session, &anybody());
        let assertions = within(&key, tolerant(), sign_in).0.unwrap();
        assert!(assertions[0].user.as_ref().unwrap().id.is_empty());
    }
}

#[test]
fn answers_out_of_order_are_forgiven_aloud() {
    for key in keys_of("answers_out_of_order_are_forgiven_aloud") {
        let error = enroll(&key, &unverified()).unwrap_err();
        assert!(matches!(error, Error::Answer { .. }), "{error:?}");
        let register = |session: &mut Session<'_>| register(session, &unverified());
        let (registered, heard) = within(&key, tolerant(), register);
        registered.unwrap();
        let told = heard.iter().filter(|heard| heard.starts_with("NotCanonical")).count();
        assert_eq!(told, 2, "getInfo and makeCredential: {heard:?}");
    }
}

#[test]
fn broken_names_are_read_all_the_same() {
    for key in keys_of("broken_names_are_read_all_the_same") {
        set_pin(&key);
        // Characters of two bytes, of which an odd number of bytes is left of one of the names.
        for (user, name) in [(1, "ü".repeat(31)), (2, format!("x{}", "ü".repeat(31)))] {
            let mut wanted = Registration { ..discoverable() };
            wanted.user.id = vec![user].into();
            wanted.user.name = Some(fidoctl::cbor::LossyText(name));
            enroll(&key, &wanted).unwrap();
        }
        let wanted = Authentication {
            all_accounts: true,
            user_verification: Requirement::Required,
            ..anybody()
        };
        let assertions = on(&key, |session| authenticate(session, &wanted)).0.unwrap();
        let name = |user: &fidoctl::webauthn::UserEntity| user.name.as_ref().unwrap().0.clone();
        let names: Vec<_> =
            assertions.iter().filter_map(|assertion| assertion.user.as_ref()).map(name).collect();
        assert_eq!(names.len(), 2);
        let cuts = names.iter().any(|name| name.chars().count() < 31);
        let broken = names.iter().any(|name| name.ends_with('\u{fffd}'));
        assert_eq!(cuts, broken, "{names:?}");
    }
}

#[test]
fn verification_is_believed_from_the_flags() {
    for key in keys_of("verification_is_believed_from_the_flags") {
        set_pin(&key);
        let error = enroll(&key, &registration()).unwrap_err();
        assert!(matches!(error, Error::NotVerified), "{error:?}");
    }
}
