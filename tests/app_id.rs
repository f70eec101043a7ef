//! Credentials made over U2F by an application ID, and their use under WebAuthn.

#![cfg(test)]
#![cfg(feature = "virtual-key")]

mod plugged_in;
mod scripted_key;

use std::sync::{Arc, Mutex};

use fidoctl::authenticator::{CreationOptions, Interfaces, Presence};
use fidoctl::cbor::Strictness;
use fidoctl::client::authenticate::{AllowedCredential, Assertion, Authentication, authenticate};
use fidoctl::client::register::{Registered, Registration, register};
use fidoctl::client::{Error, Protocol, Requirement, Session, Unsupported, pin};
use fidoctl::cose::CoseKey;
use fidoctl::ctap2::{Command, GetAssertionRequest, Message, Status};
use fidoctl::u2f::{RegisterRequest, RegisterResponse, ResponseApdu};
use fidoctl::webauthn::{CredentialDescriptor, rp_id_hash};
use plugged_in::PluggedKey;
use scripted_key::{PIN, ScriptedKey, ScriptedPerson, authentication, limits, registration};

const APP_ID: &str = "https://example.com/app-id.json";

fn person() -> ScriptedPerson {
    ScriptedPerson::typing(&[PIN])
}

fn with_session<T>(
    key: &PluggedKey,
    run: impl FnOnce(&mut Session<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut person = person().and_new_pin(PIN);
    run(&mut Session::open(key.open(), &mut person, limits()).unwrap())
}

fn u2f_only() -> PluggedKey {
    PluggedKey::with(&CreationOptions { interfaces: Interfaces::U2f, ..Default::default() })
}

/// Makes a credential as sites did before WebAuthn.
fn made_over_u2f(key: &PluggedKey, application: &str) -> AllowedCredential {
    let request =
        RegisterRequest { challenge: [1; 32], application: rp_id_hash(application) }.to_apdu();
    let answer = ResponseApdu::parse(&key.u2f(&request.to_vec())).unwrap();
    let made = RegisterResponse::parse(&answer.data).unwrap();
    let (x, y) = made.point();
    AllowedCredential {
        descriptor: CredentialDescriptor::new(made.key_handle),
        public_key: Some(CoseKey::es256(x, y)),
    }
}

fn allowing(allow: &[AllowedCredential]) -> Authentication {
    Authentication { allow: allow.to_vec(), app_id: Some(APP_ID.to_owned()), ..authentication(&[]) }
}

fn sign_in(key: &PluggedKey, wanted: &Authentication) -> Result<Assertion, Error> {
    let assertions = with_session(key, |session| authenticate(session, wanted))?;
    assert_eq!(assertions.len(), 1);
    Ok(assertions.into_iter().next().unwrap())
}

fn excluding(exclude: &AllowedCredential) -> Registration {
    Registration {
        exclude: vec![exclude.descriptor.clone()],
        app_id_exclude: Some(APP_ID.to_owned()),
        ..registration()
    }
}

fn enroll(key: &PluggedKey, wanted: &Registration) -> Result<Registered, Error> {
    with_session(key, |session| register(session, wanted))
}

#[test]
fn credential_of_the_app_id_signs_in_with_its_hash() {
    for (key, protocol) in [(PluggedKey::new(), Protocol::Ctap2), (u2f_only(), Protocol::U2f)] {
        let old = made_over_u2f(&key, APP_ID);
        let stranger =
            AllowedCredential { descriptor: CredentialDescriptor::new([7; 97]), public_key: None };
        let assertion = sign_in(&key, &allowing(&[stranger, old])).unwrap();
        assert_eq!(assertion.app_id_used, Some(true));
        assert_eq!(assertion.authenticator_data.rp_id_hash, rp_id_hash(APP_ID));
        assert!(assertion.signature_verified);
        assert_eq!(assertion.protocol, protocol);
    }
}

#[test]
fn credential_of_the_rp_id_wins_and_the_output_says_so() {
    for key in [PluggedKey::new(), u2f_only()] {
        let (old, new) = (made_over_u2f(&key, APP_ID), made_over_u2f(&key, "example.com"));
        let assertion = sign_in(&key, &allowing(&[old, new.clone()])).unwrap();
        assert_eq!(assertion.app_id_used, Some(false));
        assert_eq!(assertion.authenticator_data.rp_id_hash, rp_id_hash("example.com"));
        assert_eq!(assertion.credential_id.as_slice(), new.descriptor.id.as_slice());
    }
}

#[test]
fn without_an_app_id_nobody_asks_for_one() {
    for key in [PluggedKey::new(), u2f_only()] {
        let old = made_over_u2f(&key, APP_ID);
        let wanted = Authentication { app_id: None, ..allowing(&[old]) };
        assert!(matches!(sign_in(&key, &wanted), Err(Error::NoCredentials)));
    }
}

#[test]
fn credential_of_neither_is_none() {
    for key in [PluggedKey::new(), u2f_only()] {
        let other = made_over_u2f(&key, "https://other.example");
        assert!(matches!(sign_in(&key, &allowing(&[other])), Err(Error::NoCredentials)));
    }
}

#[test]
fn verification_goes_with_a_credential_of_the_app_id_too() {
    let key = PluggedKey::new();
    with_session(&key, pin::set).unwrap();
    let wanted = Authentication {
        user_verification: Requirement::Required,
        ..allowing(&[made_over_u2f(&key, APP_ID)])
    };
    let assertion = sign_in(&key, &wanted).unwrap();
    assert_eq!(assertion.app_id_used, Some(true));
}

#[test]
fn one_touch_is_enough_to_try_both() {
    let key = PluggedKey::new();
    let old = made_over_u2f(&key, APP_ID);
    key.take_messages();
    let mut person = person();
    let mut session = Session::open(key.open(), &mut person, limits()).unwrap();
    authenticate(&mut session, &allowing(&[old])).unwrap();
    drop(session);
    // INIT, getInfo, a look at the RP ID, one at the application ID, and the assertion.
    assert_eq!(key.take_messages(), 5);
}

/// A key that refuses to sign anything without a touch.
fn silent_key() -> (ScriptedKey, Arc<Mutex<Vec<String>>>) {
    let mut key = ScriptedKey::without_pin();
    key.info.max_credential_id_length = None;
    let asked = Arc::new(Mutex::new(Vec::new()));
    let note = asked.clone();
    key.intervene = Box::new(move |message| {
        if message[0] != Command::GET_ASSERTION.0 {
            return None;
        }
        let request =
            GetAssertionRequest::from_slice(&message[1..], Strictness::Canonical).unwrap();
        if request.options.is_some_and(|options| options.up == Some(false)) {
            return Some(vec![Status::UNSUPPORTED_OPTION.0]);
        }
        note.lock().unwrap().push(request.rp_id);
        Some(vec![Status::NO_CREDENTIALS.0])
    });
    (key, asked)
}

#[test]
fn key_that_tells_nothing_without_a_touch_is_asked_with_one() {
    let (key, asked) = silent_key();
    let mut person = person();
    let mut session = Session::open(Box::new(key), &mut person, limits()).unwrap();
    let wanted =
        Authentication { app_id: Some(APP_ID.to_owned()), ..authentication(&[b"credential"]) };
    let outcome = authenticate(&mut session, &wanted);
    assert!(matches!(outcome, Err(Error::NoCredentials)), "{outcome:?}");
    assert_eq!(*asked.lock().unwrap(), ["example.com", APP_ID]);
}

#[test]
fn credential_of_the_app_id_keeps_a_new_one_away_after_a_touch() {
    for key in [PluggedKey::new(), u2f_only()] {
        let old = made_over_u2f(&key, APP_ID);
        let outcome = enroll(&key, &excluding(&old));
        assert!(matches!(outcome, Err(Error::CredentialExcluded)), "{outcome:?}");
    }
}

#[test]
fn nobody_learns_untouched_that_a_credential_is_excluded() {
    let key = PluggedKey::new();
    let old = made_over_u2f(&key, APP_ID);
    key.world.lock().unwrap().presence = Presence::Refused;
    let outcome = enroll(&key, &excluding(&old));
    assert!(matches!(outcome, Err(Error::Denied)), "{outcome:?}");
}

#[test]
fn credential_of_another_app_id_keeps_nothing_away() {
    for key in [PluggedKey::new(), u2f_only()] {
        let other = made_over_u2f(&key, "https://other.example");
        enroll(&key, &excluding(&other)).unwrap();
    }
}

#[test]
fn exclusion_that_cannot_be_looked_up_is_an_error() {
    let (key, _) = silent_key();
    let mut person = person();
    let mut session = Session::open(Box::new(key), &mut person, limits()).unwrap();
    let wanted = Registration {
        exclude: vec![CredentialDescriptor::new([7; 97])],
        app_id_exclude: Some(APP_ID.to_owned()),
        ..registration()
    };
    let outcome = register(&mut session, &wanted);
    assert!(
        matches!(outcome, Err(Error::Unsupported(Unsupported::Extension("appidExclude")))),
        "{outcome:?}"
    );
}
