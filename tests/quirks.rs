//! What real keys do that the standard would not have them do: each row of the client's table held
//! to a test of its name, against the virtual key made like each of the keys that the row names.

#![cfg(test)]
#![cfg(feature = "virtual-key")]

mod plugged_in;
mod scripted_key;

#[path = "quirks/answers.rs"]
mod answers;
#[path = "quirks/fingers.rs"]
mod fingers;
#[path = "quirks/habits.rs"]
mod habits;
#[path = "quirks/likeness.rs"]
mod likeness;
#[path = "quirks/program.rs"]
mod program;
#[path = "quirks/requests.rs"]
mod requests;
#[path = "quirks/stored.rs"]
mod stored;
#[path = "quirks/touch.rs"]
mod touch;
#[path = "quirks/transport.rs"]
mod transport;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use fidoctl::authenticator::NamedPersonality;
use fidoctl::client::authenticate::{AllowedCredential, Authentication};
use fidoctl::client::quirks::QUIRKS;
use fidoctl::client::register::{Registered, Registration, register};
use fidoctl::client::{Error, Limits, Requirement, Session, pin};
use fidoctl::webauthn::CredentialDescriptor;
use plugged_in::PluggedKey;
use scripted_key::{PIN, ScriptedPerson, authentication, limits, registration};

/// Makes the keys that a row names, one after the other.
fn keys_of(promise: &str) -> impl Iterator<Item = PluggedKey> {
    let quirk = QUIRKS.iter().find(|quirk| quirk.promise == promise).unwrap();
    quirk.keys.iter().map(|name| {
        eprintln!("like {name}");
        like(name)
    })
}

fn like(name: &str) -> PluggedKey {
    let personality = NamedPersonality::find(name).unwrap().read().unwrap();
    PluggedKey::with(&personality.options(Some(name)))
}

fn person() -> ScriptedPerson {
    ScriptedPerson::typing(&[PIN])
}

/// Runs something on a key, by a person who knows the PIN; returns what the person heard, too.
fn on<T>(
    key: &PluggedKey,
    run: impl FnOnce(&mut Session<'_>) -> Result<T, Error>,
) -> (Result<T, Error>, Vec<String>) {
    within(key, limits(), run)
}

fn within<T>(
    key: &PluggedKey,
    limits: Limits,
    run: impl FnOnce(&mut Session<'_>) -> Result<T, Error>,
) -> (Result<T, Error>, Vec<String>) {
    let mut person = person().and_new_pin(PIN);
    let opened = Session::open(key.open(), &mut person, limits);
    let outcome = opened.and_then(|mut session| run(&mut session));
    (outcome, person.heard)
}

fn set_pin(key: &PluggedKey) {
    on(key, pin::set).0.unwrap();
}

fn enroll(key: &PluggedKey, wanted: &Registration) -> Result<Registered, Error> {
    on(key, |session| register(session, wanted)).0
}

/// A registration that asks for no verification, as keys without a PIN can take it.
fn unverified() -> Registration {
    Registration { user_verification: Requirement::Discouraged, ..registration() }
}

/// An authentication with these credentials that asks for no verification.
fn allowing(registered: &[&Registered]) -> Authentication {
    let allow = registered.iter().map(|registered| {
        let credential = registered.authenticator_data.attested_credential.as_ref().unwrap();
        AllowedCredential {
            descriptor: CredentialDescriptor::new(credential.credential_id.clone()),
            public_key: Some(credential.public_key.clone()),
        }
    });
    Authentication {
        allow: allow.collect(),
        user_verification: Requirement::Discouraged,
        ..authentication(&[])
    }
}

/// The names of the tests in this folder.
fn tests() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/quirks");
    let mut names = BTreeSet::new();
    for file in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        let tests = text.split("#[test]\nfn ").skip(1);
        names.extend(tests.map(|rest| rest.split('(').next().unwrap().to_owned()));
    }
    names
}

#[test]
fn every_row_has_its_test() {
    let tests = tests();
    for quirk in QUIRKS {
        assert!(tests.contains(quirk.promise), "no test is called {}", quirk.promise);
    }
    let promises: BTreeSet<_> = QUIRKS.iter().map(|quirk| quirk.promise).collect();
    assert_eq!(promises.len(), QUIRKS.len(), "a promise stands there twice");
}

#[test]
fn every_row_says_whose_what_and_where() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for quirk in QUIRKS {
        assert!(!quirk.keys.is_empty(), "{}", quirk.promise);
        for name in quirk.keys {
            assert!(NamedPersonality::find(name).is_some(), "{}: {name}", quirk.promise);
        }
        for words in [quirk.habit, quirk.answer] {
            assert!(words.split(' ').count() >= 2, "{}: {words}", quirk.promise);
        }
        assert!(source.join(quirk.place).is_file(), "{}: {}", quirk.promise, quirk.place);
    }
}

#[test]
fn every_key_with_a_habit_is_in_a_row() {
    let named: BTreeSet<_> = QUIRKS.iter().flat_map(|quirk| quirk.keys).copied().collect();
    for personality in NamedPersonality::ALL {
        let habits = personality.read().unwrap().habits;
        let behaves = habits == Default::default();
        assert!(behaves || named.contains(personality.name), "{}", personality.name);
    }
}
