//! Many assertions in one session: what a PIN opened serves for as long as the key takes it.

#![cfg(test)]
#![cfg(feature = "virtual-key")]

mod plugged_in;
mod scripted_key;

use fidoctl::authenticator::{CreationOptions, VersionLine};
use fidoctl::client::authenticate::{AllowedCredential, Authentication, authenticate};
use fidoctl::client::hmac_secret::Salts;
use fidoctl::client::register::{Registration, register};
use fidoctl::client::{Error, Requirement, Session, Verification, pin};
use fidoctl::webauthn::CredentialDescriptor;
use plugged_in::PluggedKey;
use scripted_key::{PIN, ScriptedPerson, authentication, limits, registration};

fn key_with_pin(version_line: VersionLine) -> PluggedKey {
    let key = PluggedKey::with(&CreationOptions { version_line, ..Default::default() });
    let mut person = ScriptedPerson::typing(&[]).and_new_pin(PIN);
    pin::set(&mut Session::open(key.open(), &mut person, limits()).unwrap()).unwrap();
    key
}

/// An authentication with a credential made for it.
fn wanted(key: &PluggedKey, rp_id: &str) -> Authentication {
    let mut person = ScriptedPerson::typing(&[PIN]);
    let mut session = Session::open(key.open(), &mut person, limits()).unwrap();
    let mut wanted = Registration { hmac_secret: true, ..registration() };
    wanted.rp.id = rp_id.to_owned();
    let made = register(&mut session, &wanted).unwrap();
    let credential = made.authenticator_data.attested_credential.unwrap();
    Authentication {
        rp_id: rp_id.to_owned(),
        allow: vec![AllowedCredential {
            descriptor: CredentialDescriptor::new(credential.credential_id),
            public_key: Some(credential.public_key),
        }],
        user_verification: Requirement::Required,
        ..authentication(&[])
    }
}

/// Runs them in one session with one PIN; returns the messages that each one took.
fn costs(key: &PluggedKey, all: &[&Authentication]) -> Vec<usize> {
    let mut person = ScriptedPerson::with_stored_pin(PIN);
    let mut session = Session::open(key.open(), &mut person, limits()).unwrap();
    session.keep_verification();
    key.take_messages();
    let cost = |wanted: &&Authentication| {
        let assertions = authenticate(&mut session, wanted).unwrap();
        assert!(assertions[0].signature_verified);
        let verified = wanted.user_verification == Requirement::Required;
        assert_eq!(assertions[0].verification == Verification::Pin, verified);
        key.take_messages()
    };
    all.iter().map(cost).collect()
}

#[test]
fn token_that_a_touch_has_spent_is_asked_for_anew_and_nothing_else_is() {
    let key = key_with_pin(VersionLine::Ctap2_1);
    let wanted = wanted(&key, "example.com");
    assert_eq!(costs(&key, &[&wanted, &wanted, &wanted]), [4, 2, 2]);
}

#[test]
fn token_that_lasts_serves_again() {
    let key = key_with_pin(VersionLine::Ctap2_0);
    let wanted = wanted(&key, "example.com");
    assert_eq!(costs(&key, &[&wanted, &wanted, &wanted]), [4, 1, 1]);
}

#[test]
fn token_serves_no_other_relying_party() {
    let key = key_with_pin(VersionLine::Ctap2_0);
    let (one, other) = (wanted(&key, "example.com"), wanted(&key, "example.org"));
    assert_eq!(costs(&key, &[&one, &other, &other, &one]), [4, 2, 1, 2]);
}

#[test]
fn assertion_without_a_touch_leaves_the_token_as_it_is() {
    let key = key_with_pin(VersionLine::Ctap2_1);
    let silent = Authentication { user_presence: false, ..wanted(&key, "example.com") };
    assert_eq!(costs(&key, &[&silent, &silent, &silent]), [4, 1, 1]);
}

#[test]
fn secrets_need_no_other_agreement() {
    let key = key_with_pin(VersionLine::Ctap2_1);
    let with_pin = Authentication {
        hmac_secret: Some(Salts { first: [1; 32], second: None }),
        ..wanted(&key, "example.com")
    };
    let with_touch =
        Authentication { user_verification: Requirement::Discouraged, ..with_pin.clone() };
    assert_eq!(costs(&key, &[&with_touch, &with_pin, &with_touch]), [2, 3, 1]);
}

#[test]
fn other_session_asks_for_everything() {
    let key = key_with_pin(VersionLine::Ctap2_0);
    let wanted = wanted(&key, "example.com");
    let mut person = ScriptedPerson::with_stored_pin(PIN);
    let mut session = Session::open(key.open(), &mut person, limits()).unwrap();
    authenticate(&mut session, &wanted).unwrap();
    let again = authenticate(&mut session, &wanted);
    assert!(matches!(again, Err(Error::Declined { .. })), "{again:?}");
}

#[test]
fn another_programs_wrong_pin_in_between_costs_the_batch_nothing() {
    // With a token that lasts the batch sends no PIN any more, and so puts no tries back.
    for (line, left) in [(VersionLine::Ctap2_0, 7), (VersionLine::Ctap2_1, 8)] {
        let key = key_with_pin(line);
        let wanted = wanted(&key, "example.com");
        let mut person = ScriptedPerson::with_stored_pin(PIN);
        let mut session = Session::open(key.open(), &mut person, limits()).unwrap();
        session.keep_verification();
        authenticate(&mut session, &wanted).unwrap();
        let mut stranger = ScriptedPerson::with_stored_pin("wrong one");
        let mut other = Session::open(key.open(), &mut stranger, limits()).unwrap();
        assert!(matches!(pin::verify(&mut other), Err(Error::PinInvalid { .. })));
        authenticate(&mut session, &wanted).unwrap();
        authenticate(&mut session, &wanted).unwrap();
        drop(session);
        assert_eq!(person.heard.iter().filter(|what| what.starts_with("PIN")).count(), 1);
        assert_eq!(retries(&key), left);
    }
}

#[test]
fn changed_pin_is_not_tried_again_and_again() {
    let key = key_with_pin(VersionLine::Ctap2_1);
    let wanted = wanted(&key, "example.com");
    let mut person = ScriptedPerson::with_stored_pin(PIN);
    let mut session = Session::open(key.open(), &mut person, limits()).unwrap();
    session.keep_verification();
    authenticate(&mut session, &wanted).unwrap();
    let mut owner = ScriptedPerson::typing(&[PIN]).and_new_pin("another one");
    pin::change(&mut Session::open(key.open(), &mut owner, limits()).unwrap()).unwrap();
    for _ in 0..3 {
        authenticate(&mut session, &wanted).unwrap_err();
    }
    // The old agreement was tried, and the old PIN.
    assert_eq!(retries(&key), 6);
}

fn retries(key: &PluggedKey) -> u64 {
    let mut person = ScriptedPerson::typing(&[]);
    let mut session = Session::open(key.open(), &mut person, limits()).unwrap();
    pin::status(&mut session).unwrap().retries_left.unwrap()
}
