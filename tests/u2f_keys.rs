//! Keys that speak only U2F in the client's hands, and what must never come of it for others.

#![cfg(test)]
#![cfg(feature = "virtual-key")]

mod plugged_in;
mod scripted_key;

use fidoctl::authenticator::{CreationOptions, Interfaces, Presence};
use fidoctl::client::authenticate::{AllowedCredential, Assertion, Authentication, authenticate};
use fidoctl::client::hmac_secret::Salts;
use fidoctl::client::register::{Registered, Registration, register};
use fidoctl::client::select::{choose_by_touch, select};
use fidoctl::client::{Error, Protocol, Requirement, Session, Unsupported, Verification, pin};
use fidoctl::cose::Algorithm;
use fidoctl::ctap2::extensions::CredProtect;
use fidoctl::ctap2::{Command, Status};
use fidoctl::relying_party::{self, AttestationKind};
use fidoctl::transport::{Capabilities, Interruption, Transport, TransportError};
use fidoctl::u2f::{Instruction, StatusWord};
use fidoctl::webauthn::{CredentialDescriptor, Flags};
use plugged_in::PluggedKey;
use scripted_key::{RP_ID, ScriptedKey, ScriptedPerson, authentication, limits, registration};

fn u2f_key() -> PluggedKey {
    PluggedKey::with(&CreationOptions { interfaces: Interfaces::U2f, ..Default::default() })
}

fn person() -> ScriptedPerson {
    ScriptedPerson::typing(&[])
}

fn with_session<T>(
    transport: Box<dyn Transport>,
    person: &mut ScriptedPerson,
    run: impl FnOnce(&mut Session<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    run(&mut Session::open(transport, person, limits())?)
}

fn enroll(key: &PluggedKey, wanted: &Registration) -> Result<Registered, Error> {
    with_session(key.open(), &mut person(), |session| register(session, wanted))
}

fn sign_in(key: &PluggedKey, wanted: &Authentication) -> Result<Vec<Assertion>, Error> {
    with_session(key.open(), &mut person(), |session| authenticate(session, wanted))
}

fn allowed(registered: &Registered) -> AllowedCredential {
    let credential = registered.authenticator_data.attested_credential.as_ref().unwrap();
    AllowedCredential {
        descriptor: CredentialDescriptor::new(credential.credential_id.clone()),
        public_key: Some(credential.public_key.clone()),
    }
}

fn allowing(registered: &Registered) -> Authentication {
    Authentication { allow: vec![allowed(registered)], ..authentication(&[]) }
}

fn stranger() -> CredentialDescriptor {
    CredentialDescriptor::new([7; 97])
}

/// A key that says it speaks only U2F; the answers of a virtual one, altered on the way.
fn altered(mut alter: impl FnMut(&mut Vec<u8>) + Send + 'static) -> (PluggedKey, ScriptedKey) {
    let behind = u2f_key();
    let mut key = ScriptedKey::without_pin();
    key.capabilities = Capabilities::empty();
    let answering = behind.clone();
    key.answer_u2f = Box::new(move |apdu| {
        let mut answer = answering.u2f(&apdu.to_vec());
        if apdu.instruction != Instruction::VERSION.0 {
            alter(&mut answer);
        }
        Some(answer)
    });
    (behind, key)
}

fn enroll_altered(alter: impl FnMut(&mut Vec<u8>) + Send + 'static) -> Error {
    let (_, key) = altered(alter);
    with_session(Box::new(key), &mut person(), |session| register(session, &registration()))
        .unwrap_err()
}

#[test]
fn credential_made_over_u2f_signs_in_over_u2f() {
    let key = u2f_key();
    let registered = enroll(&key, &registration()).unwrap();
    assert_eq!(registered.protocol, Protocol::U2f);
    assert_eq!(registered.attestation_object.format, "fido-u2f");
    assert_eq!(registered.attestation.as_ref().unwrap().kind, AttestationKind::Basic);
    assert_eq!(registered.authenticator_data.flags, Flags::UP | Flags::AT);
    assert_eq!(registered.verification, Verification::None);
    assert!(!registered.discoverable);
    let assertion = sign_in(&key, &allowing(&registered)).unwrap().remove(0);
    assert_eq!(assertion.protocol, Protocol::U2f);
    assert!(assertion.signature_verified);
    assert_eq!(assertion.encoded_authenticator_data.len(), 37);
}

#[test]
fn credential_made_over_u2f_signs_in_over_ctap2() {
    // The same key before and after an update that brings CTAP2.
    let key = PluggedKey::new();
    let behind = key.clone();
    let mut old = ScriptedKey::without_pin();
    old.capabilities = Capabilities::empty();
    old.answer_u2f = Box::new(move |apdu| Some(behind.u2f(&apdu.to_vec())));
    let registered =
        with_session(Box::new(old), &mut person(), |session| register(session, &registration()))
            .unwrap();
    let assertion = sign_in(&key, &allowing(&registered)).unwrap().remove(0);
    assert_eq!(assertion.protocol, Protocol::Ctap2);
    assert!(assertion.signature_verified);
}

#[test]
fn use_of_u2f_is_said_aloud() {
    let mut person = person();
    with_session(u2f_key().open(), &mut person, |session| register(session, &registration()))
        .unwrap();
    assert!(person.heard.contains(&"UsingU2f".to_owned()), "{:?}", person.heard);
}

#[test]
fn messages_are_as_few_as_u2f_allows() {
    let key = u2f_key();
    let opening = 2;
    let registered = enroll(&key, &registration()).unwrap();
    assert_eq!(key.take_messages(), opening + 1, "enroll");
    let mut wanted = registration();
    wanted.exclude = vec![stranger(), stranger()];
    enroll(&key, &wanted).unwrap();
    assert_eq!(key.take_messages(), opening + 3, "enroll with an exclude list");
    sign_in(&key, &allowing(&registered)).unwrap();
    assert_eq!(key.take_messages(), opening + 2, "assert");
}

#[test]
fn what_u2f_cannot_promise_is_refused_before_anything_is_sent() {
    let key = u2f_key();
    type Change = fn(&mut Registration);
    let cases: [(&str, Change); 5] = [
        ("user verification, as it", |w| w.user_verification = Requirement::Required),
        ("rk", |w| w.resident_key = Requirement::Required),
        ("EdDSA", |w| w.algorithms = vec![Algorithm::EDDSA]),
        ("credProtect", |w| w.cred_protect = Some((CredProtect::Required, true))),
        ("hmac-secret", |w| w.hmac_secret = true),
    ];
    for (word, change) in cases {
        let mut wanted = registration();
        change(&mut wanted);
        key.take_messages();
        let error = enroll(&key, &wanted).unwrap_err();
        assert!(matches!(error, Error::Unsupported(_)), "{error:?}");
        assert!(error.to_string().contains(word), "{error}");
        assert_eq!(key.take_messages(), 2, "{word}");
    }
    let registered = enroll(&key, &registration()).unwrap();
    type Alter = fn(&mut Authentication);
    let cases: [(&str, Alter); 3] = [
        ("user verification, as it", |w| w.user_verification = Requirement::Required),
        ("without its ID", |w| w.allow.clear()),
        ("hmac-secret", |w| w.hmac_secret = Some(Salts { first: [1; 32], second: None })),
    ];
    for (word, change) in cases {
        let mut wanted = allowing(&registered);
        change(&mut wanted);
        key.take_messages();
        let error = sign_in(&key, &wanted).unwrap_err();
        assert!(matches!(error, Error::Unsupported(_)), "{error:?}");
        assert!(error.to_string().contains(word), "{error}");
        assert_eq!(key.take_messages(), 2, "{word}");
    }
}

#[test]
fn wishes_that_may_go_unfulfilled_do() {
    let mut wanted = registration();
    wanted.resident_key = Requirement::Preferred;
    wanted.algorithms = vec![Algorithm::EDDSA, Algorithm::ES256];
    wanted.cred_protect = Some((CredProtect::Required, false));
    let registered = enroll(&u2f_key(), &wanted).unwrap();
    assert!(!registered.discoverable);
    assert_eq!(registered.authenticator_data.extensions, None);
}

#[test]
fn excluded_credential_is_told_after_a_touch() {
    let key = u2f_key();
    let registered = enroll(&key, &registration()).unwrap();
    let mut wanted = registration();
    wanted.exclude = vec![stranger(), allowed(&registered).descriptor];
    key.world.lock().unwrap().presence = Presence::Waiting;
    let world = key.world.clone();
    let mut person = person();
    person.on_touch = Box::new(move || world.lock().unwrap().presence = Presence::Given);
    let error =
        with_session(key.open(), &mut person, |session| register(session, &wanted)).unwrap_err();
    assert!(matches!(error, Error::CredentialExcluded), "{error:?}");
    assert!(person.heard.contains(&"touch wanted: Enroll".to_owned()), "{:?}", person.heard);
}

#[test]
fn credential_on_the_key_is_found_among_strangers() {
    let key = u2f_key();
    let registered = enroll(&key, &registration()).unwrap();
    let mut wanted = allowing(&registered);
    let mut too_long = stranger();
    too_long.id = vec![7; 256].into();
    for descriptor in [stranger(), too_long] {
        wanted.allow.insert(0, AllowedCredential { descriptor, public_key: None });
    }
    let assertion = sign_in(&key, &wanted).unwrap().remove(0);
    assert_eq!(assertion.credential_id, allowed(&registered).descriptor.id.to_vec());
    assert!(assertion.signature_verified);
}

#[test]
fn no_credential_of_the_list_is_told_so() {
    let mut wanted = authentication(&[&[7; 97]]);
    let error = sign_in(&u2f_key(), &wanted).unwrap_err();
    assert!(matches!(error, Error::NoCredentials), "{error:?}");
    wanted.user_presence = false;
    let key = u2f_key();
    key.world.lock().unwrap().presence = Presence::Waiting;
    let error = sign_in(&key, &wanted).unwrap_err();
    assert!(matches!(error, Error::NoCredentials), "{error:?}");
}

#[test]
fn touch_is_asked_for_once_and_polled_for() {
    let key = u2f_key();
    key.world.lock().unwrap().presence = Presence::Waiting;
    let world = key.world.clone();
    let mut person = person();
    person.on_touch = Box::new(move || world.lock().unwrap().presence = Presence::Given);
    with_session(key.open(), &mut person, |session| register(session, &registration())).unwrap();
    let about_touch: Vec<_> =
        person.heard.iter().filter(|heard| heard.starts_with("touch")).collect();
    assert_eq!(about_touch, ["touch wanted: Enroll", "touch over"]);
}

#[test]
fn wait_for_a_touch_ends_when_it_is_given_up() {
    let key = u2f_key();
    key.world.lock().unwrap().presence = Presence::Waiting;
    let limits = limits();
    let cancel = limits.cancel.clone();
    let mut person = person();
    person.on_touch = Box::new(move || cancel.store(true, std::sync::atomic::Ordering::SeqCst));
    let mut session = Session::open(key.open(), &mut person, limits).unwrap();
    let error = register(&mut session, &registration()).unwrap_err();
    let given_up = TransportError::Interrupted(Interruption::Cancelled);
    assert_eq!(error.to_string(), Error::from(given_up).to_string());
}

#[test]
fn signing_without_a_touch_says_so() {
    let key = u2f_key();
    let registered = enroll(&key, &registration()).unwrap();
    key.world.lock().unwrap().presence = Presence::Waiting;
    let wanted = Authentication { user_presence: false, ..allowing(&registered) };
    let assertion = sign_in(&key, &wanted).unwrap().remove(0);
    assert!(assertion.signature_verified);
    assert_eq!(assertion.authenticator_data.flags, Flags::empty());
}

#[test]
fn u2f_key_is_selected_by_touch() {
    with_session(u2f_key().open(), &mut person(), select).unwrap();
}

#[test]
fn touched_u2f_key_wins_against_an_untouched_ctap2_key() {
    let mut untouched = ScriptedKey::with_pin();
    untouched.never_touched = true;
    let candidates: Vec<(_, Box<dyn Transport>)> =
        vec![("untouched", Box::new(untouched)), ("touched", u2f_key().open())];
    let (name, _) = choose_by_touch(candidates, &limits(), &mut || {}).unwrap();
    assert_eq!(name, "touched");
}

#[test]
fn ctap2_commands_are_never_sent_to_a_u2f_key() {
    let key = u2f_key();
    let error = with_session(key.open(), &mut person(), fidoctl::client::reset::reset).unwrap_err();
    assert!(matches!(error, Error::Unsupported(Unsupported::Ctap2)), "{error:?}");
    let error = with_session(key.open(), &mut person(), pin::set).unwrap_err();
    assert!(matches!(error, Error::Unsupported(_)), "{error:?}");
    assert_eq!(key.take_messages(), 4);
}

// No silent downgrade

/// A key with CTAP2 that would answer U2F too, and the names of what it is asked.
fn both(getinfo: &[u8], more: Capabilities) -> ScriptedKey {
    let mut key = ScriptedKey::without_pin().answering(Command::GET_INFO, getinfo);
    key.capabilities |= more;
    let behind = u2f_key();
    key.answer_u2f = Box::new(move |apdu| Some(behind.u2f(&apdu.to_vec())));
    key
}

#[test]
fn ctap2_key_that_answers_wrongly_is_an_error_and_no_u2f_key() {
    // A map in the wrong order, a map that ends too early, an error of any other kind.
    for answer in [&[0, 0xA2, 2, 0x80, 1, 0x80][..], &[0, 0xA1], &[Status::OTHER.0]] {
        let key = both(answer, Capabilities::empty());
        let log = key.log.clone();
        let error = with_session(Box::new(key), &mut person(), |session| {
            register(session, &registration())
        })
        .unwrap_err();
        assert!(
            matches!(error, Error::Answer { .. } | Error::Refused { .. }),
            "{answer:x?}: {error:?}"
        );
        assert_eq!(*log.lock().unwrap(), ["getInfo"]);
    }
}

#[test]
fn ctap2_key_is_never_spoken_to_in_u2f() {
    let mut key = ScriptedKey::without_pin()
        .answering(Command::MAKE_CREDENTIAL, &[Status::INVALID_COMMAND.0]);
    let behind = u2f_key();
    key.answer_u2f = Box::new(move |apdu| Some(behind.u2f(&apdu.to_vec())));
    let log = key.log.clone();
    with_session(Box::new(key), &mut person(), |session| register(session, &registration()))
        .unwrap_err();
    assert_eq!(*log.lock().unwrap(), ["getInfo", "makeCredential"]);
}

#[test]
fn key_that_only_claims_ctap2_is_used_in_u2f_and_that_is_said_aloud() {
    for answer in [&[Status::INVALID_COMMAND.0][..], &[0], &[0, 0xFF, 0xFF]] {
        let mut person = person();
        let key = Box::new(both(answer, Capabilities::empty()));
        let registered =
            with_session(key, &mut person, |session| register(session, &registration())).unwrap();
        assert_eq!(registered.protocol, Protocol::U2f);
        assert_eq!(person.heard[0], "FallingBackToU2f");
    }
}

#[test]
fn key_that_denies_u2f_is_not_asked_for_it() {
    let key = both(&[Status::INVALID_COMMAND.0], Capabilities::NMSG);
    let log = key.log.clone();
    with_session(Box::new(key), &mut person(), |_| Ok(())).unwrap_err();
    assert_eq!(*log.lock().unwrap(), ["getInfo"]);
}

#[test]
fn key_that_speaks_neither_protocol_is_told_so() {
    for capabilities in [Capabilities::NMSG, Capabilities::empty()] {
        let mut key = ScriptedKey::without_pin();
        key.capabilities = capabilities;
        let error = with_session(Box::new(key), &mut person(), |_| Ok(())).unwrap_err();
        assert!(matches!(error, Error::Unsupported(Unsupported::EveryProtocol)), "{error:?}");
    }
}

// Answers that lie

#[test]
fn every_changed_byte_of_a_registration_is_noticed() {
    // Key, key handle and their lengths; signature and status word. What a certificate says of
    // itself is for those who trust its root.
    let from_the_front = (0..164).map(|position| (position, true));
    let from_the_back = (1..60).map(|position| (position, false));
    for (position, in_front) in from_the_front.chain(from_the_back).step_by(5) {
        let error = enroll_altered(move |answer| {
            let index = if in_front { position } else { answer.len() - position };
            answer[index] ^= 1;
        });
        assert!(
            matches!(
                error,
                Error::NotGenuine(_) | Error::U2fAnswer { .. } | Error::U2fRefused { .. }
            ),
            "byte {position}: {error:?}"
        );
    }
}

#[test]
fn registration_cut_short_is_told_so() {
    for length in [0, 1, 2, 60, 70, 100, 300] {
        let error = enroll_altered(move |answer| {
            answer.truncate(length);
            answer.extend([0x90, 0x00].iter().filter(|_| length > 1));
        });
        assert!(matches!(error, Error::U2fAnswer { .. }), "{length}: {error:?}");
    }
}

#[test]
fn refusal_keeps_its_status_word() {
    let error = enroll_altered(|answer| *answer = vec![0x6F, 0x00]);
    let Error::U2fRefused { instruction, status } = error else { panic!("{error:?}") };
    assert_eq!((instruction, status), (Instruction::REGISTER, StatusWord::NO_PRECISE_DIAGNOSIS));
}

#[test]
fn presence_that_was_not_signed_is_not_believed() {
    let (behind, _) = altered(|_| {});
    let registered = enroll(&behind, &registration()).unwrap();
    for (presence, genuine) in [(0, true), (5, false), (0xFF, false)] {
        let answering = behind.clone();
        let mut key = ScriptedKey::without_pin();
        key.capabilities = Capabilities::empty();
        key.answer_u2f = Box::new(move |apdu| {
            let mut answer = answering.u2f(&apdu.to_vec());
            if apdu.instruction == Instruction::AUTHENTICATE.0 && answer.len() > 2 {
                answer[0] = presence;
            }
            Some(answer)
        });
        let wanted = allowing(&registered);
        let error =
            with_session(Box::new(key), &mut person(), |session| authenticate(session, &wanted))
                .unwrap_err();
        match genuine {
            true => assert!(
                matches!(error, Error::NotGenuine(relying_party::Error::UserNotPresent)),
                "{error:?}"
            ),
            false => assert!(matches!(error, Error::U2fAnswer { .. }), "{error:?}"),
        }
    }
}

#[test]
fn assertion_for_another_relying_party_is_not_had() {
    let key = u2f_key();
    let registered = enroll(&key, &registration()).unwrap();
    let mut wanted = allowing(&registered);
    wanted.rp_id = format!("not-{RP_ID}");
    let error = sign_in(&key, &wanted).unwrap_err();
    assert!(matches!(error, Error::NoCredentials), "{error:?}");
}
