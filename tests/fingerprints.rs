//! Fingerprints and built-in verification: the client with the virtual key, through CTAPHID.

#![cfg(test)]
#![cfg(feature = "virtual-key")]

mod plugged_in;
mod scripted_key;

use std::sync::atomic::Ordering;
use std::time::Duration;

use fidoctl::authenticator::{CreationOptions, Finger, Presence, VersionLine};
use fidoctl::cbor::Strictness;
use fidoctl::client::authenticate::{AllowedCredential, authenticate};
use fidoctl::client::fingerprints::{Fingerprint, FingerprintStore, SensorKind, sensor};
use fidoctl::client::register::{Registered, register};
use fidoctl::client::{Error, Limits, Requirement, Session, Unsupported, Verification, pin};
use fidoctl::ctap2::bio_enrollment::{SubCommand, TemplateInfo};
use fidoctl::ctap2::{
    BioEnrollmentRequest, BioEnrollmentResponse, ClientPinRequest, Command, Message, SampleStatus,
    Status,
};
use fidoctl::transport::{Interruption, TransportError};
use fidoctl::webauthn::CredentialDescriptor;
use plugged_in::PluggedKey;
use scripted_key::{PIN, ScriptedKey, ScriptedPerson, authentication, limits, registration};

fn line(is_preview: bool) -> VersionLine {
    if is_preview { VersionLine::Ctap2_1Pre } else { VersionLine::Ctap2_3 }
}

fn key(is_preview: bool) -> PluggedKey {
    let options =
        CreationOptions { fingerprint: true, version_line: line(is_preview), ..Default::default() };
    let key = PluggedKey::with(&options);
    with_session(&key, &mut person().and_new_pin(PIN), pin::set).unwrap();
    key
}

fn key_with_finger(is_preview: bool) -> PluggedKey {
    let key = key(is_preview);
    add(&key, &mut person(), None).unwrap();
    key
}

fn person() -> ScriptedPerson {
    ScriptedPerson::typing(&[PIN])
}

/// Somebody who has no PIN to give.
fn nobody() -> ScriptedPerson {
    ScriptedPerson::typing(&[])
}

fn with_session<T>(
    key: &PluggedKey,
    person: &mut ScriptedPerson,
    run: impl FnOnce(&mut Session<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    run(&mut Session::open(key.open(), person, limits()).unwrap())
}

fn add(
    key: &PluggedKey,
    person: &mut ScriptedPerson,
    name: Option<&str>,
) -> Result<Fingerprint, Error> {
    with_session(key, person, |session| FingerprintStore::open(session)?.add(name))
}

fn list(key: &PluggedKey) -> Vec<Fingerprint> {
    with_session(key, &mut person(), |session| FingerprintStore::open(session)?.list()).unwrap()
}

fn enroll(key: &PluggedKey, person: &mut ScriptedPerson) -> Result<Registered, Error> {
    with_session(key, person, |session| register(session, &registration()))
}

fn lay(key: &PluggedKey, fingers: &[Finger]) {
    key.world.lock().unwrap().fingers = fingers.iter().copied().collect();
}

fn lasting_wrong_finger(key: &PluggedKey) {
    lay(key, &[Finger::Wrong; 50]);
}

#[test]
fn sensor_tells_of_itself_to_anybody() {
    let sensor = with_session(&key(false), &mut nobody(), sensor).unwrap();
    assert_eq!(sensor.kind, Some(SensorKind::Touch));
    assert_eq!((sensor.max_samples, sensor.max_name_length), (Some(4), Some(64)));
}

#[test]
fn key_without_a_sensor_is_told_as_such() {
    let error = with_session(&PluggedKey::new(), &mut nobody(), sensor).unwrap_err();
    assert!(matches!(error, Error::Unsupported(Unsupported::Option("bioEnroll"))), "{error:?}");
    let error = add(&PluggedKey::new(), &mut nobody(), None).unwrap_err();
    assert!(matches!(error, Error::Unsupported(Unsupported::Option("bioEnroll"))), "{error:?}");
}

#[test]
fn without_a_pin_a_finger_cannot_be_enrolled() {
    for is_preview in [false, true] {
        let options = CreationOptions {
            fingerprint: true,
            version_line: line(is_preview),
            ..Default::default()
        };
        let error = add(&PluggedKey::with(&options), &mut nobody(), None).unwrap_err();
        assert!(matches!(error, Error::PinNotSet), "{error:?}");
    }
}

#[test]
fn finger_is_enrolled_named_renamed_and_removed() {
    for is_preview in [false, true] {
        let key = key(is_preview);
        let added = add(&key, &mut person(), Some("right thumb")).unwrap();
        assert_eq!(list(&key), std::slice::from_ref(&added));
        with_session(&key, &mut person(), |session| {
            let mut store = FingerprintStore::open(session)?;
            store.rename(&added.id, "left thumb")?;
            assert_eq!(store.list()?[0].name.as_deref(), Some("left thumb"));
            store.remove(&added.id)
        })
        .unwrap();
        assert_eq!(list(&key), []);
    }
}

#[test]
fn messages_are_as_few_as_the_protocol_allows() {
    let key = key(false);
    let count = |run: &mut dyn FnMut(&mut Session<'_>) -> Result<(), Error>| {
        key.take_messages();
        with_session(&key, &mut person(), |session| run(session)).unwrap();
        key.take_messages()
    };
    // INIT, getInfo; tries left, key agreement, token.
    let token = 5;
    assert_eq!(count(&mut |session| sensor(session).map(drop)), 3);
    let add = &mut |session: &mut Session<'_>| FingerprintStore::open(session)?.add(None).map(drop);
    assert_eq!(count(add), token + 6, "a message a sample, a listing before and after");
    let list = &mut |session: &mut Session<'_>| FingerprintStore::open(session)?.list().map(drop);
    assert_eq!(count(list), token + 1);
    let enroll = &mut |session: &mut Session<'_>| register(session, &registration()).map(drop);
    assert_eq!(count(enroll), token + 1);
}

#[test]
fn every_sample_is_told() {
    let key = key(false);
    let bad = [SampleStatus::TOO_FAST, SampleStatus::MERGE_FAILURE].map(Finger::Unusable);
    lay(&key, &[&[Finger::Wrong], bad.as_slice()].concat());
    let mut person = person();
    add(&key, &mut person, None).unwrap();
    let told: Vec<_> = person.heard.iter().filter(|line| line.starts_with("Sample")).collect();
    let told: Vec<_> = told.iter().map(|line| line.as_str()).collect();
    assert_eq!(
        told,
        [
            "SampleTaken { status: SampleStatus(0), remaining: 3 }",
            "SampleTaken { status: SampleStatus(5), remaining: 3 }",
            "SampleTaken { status: SampleStatus(10), remaining: 3 }",
            "SampleTaken { status: SampleStatus(0), remaining: 2 }",
            "SampleTaken { status: SampleStatus(0), remaining: 1 }",
            "SampleTaken { status: SampleStatus(0), remaining: 0 }",
        ]
    );
}

#[test]
fn missing_finger_is_told_and_waited_for() {
    let key = key(false);
    // The key is asked every tenth of a second, for ten seconds.
    lay(&key, &[Finger::Waiting; 110]);
    let mut person = person();
    add(&key, &mut person, None).unwrap();
    let none = "SampleTaken { status: SampleStatus(13), remaining: 4 }";
    assert!(person.heard.iter().any(|line| line == none), "{:?}", person.heard);
    assert!(person.heard.iter().any(|line| line == "touch wanted: TakeSample"));
}

#[test]
fn enrolment_given_up_leaves_nothing_and_the_key_hears_of_it() {
    let key = key(false);
    lay(&key, &[&[Finger::Right], [Finger::Waiting; 20].as_slice()].concat());
    let limits: Limits = limits();
    let mut person = person();
    person.on_touch = {
        let cancel = limits.cancel.clone();
        Box::new(move || cancel.store(true, Ordering::SeqCst))
    };
    key.take_messages();
    let mut session = Session::open(key.open(), &mut person, limits).unwrap();
    let error = FingerprintStore::open(&mut session).unwrap().add(None).unwrap_err();
    let cancelled =
        matches!(error, Error::Transport(TransportError::Interrupted(Interruption::Cancelled)));
    assert!(cancelled, "{error:?}");
    // INIT, getInfo, three for the token, the list, two samples, CANCEL, cancelCurrentEnrollment.
    assert_eq!(key.take_messages(), 10);
    lay(&key, &[]);
    assert_eq!(list(&key), []);
}

#[test]
fn enrolment_without_end_is_given_up_and_the_key_hears_of_it() {
    let mut key = ScriptedKey::with_pin();
    key.option("bioEnroll", false);
    let log = key.log.clone();
    key.intervene = Box::new(|message| {
        let is_bio = message[0] == Command::BIO_ENROLLMENT.0;
        // No user activity, and four samples still wanted.
        is_bio.then(|| vec![0, 0xa3, 0x04, 0x41, 0x01, 0x05, 0x0d, 0x06, 0x04])
    });
    let mut person = person();
    let mut session = Session::open(Box::new(key), &mut person, limits()).unwrap();
    let mut store = FingerprintStore::open(&mut session).unwrap();
    let error = store.add(None).unwrap_err();
    assert!(matches!(error, Error::TooMany { what: "samples", .. }), "{error:?}");
    let log = log.lock().unwrap();
    assert_eq!(log.last().unwrap(), "cancel enrolment", "{log:?}");
}

#[test]
fn finger_is_known_by_the_id_that_the_key_keeps_not_by_one_of_the_enrolment() {
    let mut key = ScriptedKey::with_pin();
    key.option("bioEnroll", true);
    let mut kept = vec![template(b"old")];
    key.intervene = Box::new(move |message| {
        if message[0] != Command::BIO_ENROLLMENT.0 {
            return None;
        }
        let request = BioEnrollmentRequest::from_slice(&message[1..], Strictness::Canonical);
        let request = request.unwrap();
        let params = request.sub_command_params.map(|params| params.to_vec()).unwrap_or_default();
        let names = |id: &[u8]| params.windows(id.len()).any(|window| window == id);
        let answer = match request.sub_command.unwrap() {
            SubCommand::ENUMERATE_ENROLLMENTS => {
                BioEnrollmentResponse { template_infos: Some(kept.clone()), ..Default::default() }
            }
            SubCommand::ENROLL_BEGIN => {
                kept.push(template(b"lasting"));
                BioEnrollmentResponse {
                    template_id: Some(b"passing".to_vec().into()),
                    remaining_samples: Some(0),
                    ..Default::default()
                }
            }
            SubCommand::SET_FRIENDLY_NAME if names(b"lasting") => return Some(vec![0]),
            SubCommand::GET_FINGERPRINT_SENSOR_INFO => BioEnrollmentResponse::default(),
            _ => return Some(vec![Status::INVALID_OPTION.0]),
        };
        Some([vec![0], answer.to_vec()].concat())
    });
    let mut person = person();
    let mut session = Session::open(Box::new(key), &mut person, limits()).unwrap();
    let added = FingerprintStore::open(&mut session).unwrap().add(Some("thumb")).unwrap();
    assert_eq!(added.id, b"lasting");
}

fn template(id: &[u8]) -> TemplateInfo {
    TemplateInfo { template_id: Vec::from(id).into(), template_friendly_name: None }
}

#[test]
fn token_grown_too_old_is_renewed_with_no_second_question() {
    let key = key(false);
    with_session(&key, &mut person(), |session| {
        let mut store = FingerprintStore::open(session)?;
        key.pass(Duration::from_secs(601));
        let added = store.add(None)?;
        key.pass(Duration::from_secs(601));
        store.remove(&added.id)
    })
    .unwrap();
    assert_eq!(list(&key), []);
}

#[test]
fn full_sensor_is_told_before_any_finger_is_wanted() {
    let key = key(false);
    (0..5).for_each(|_| drop(add(&key, &mut person(), None).unwrap()));
    lay(&key, &[Finger::Waiting; 3]);
    let mut person = person();
    let error = add(&key, &mut person, None).unwrap_err();
    assert!(matches!(error, Error::FingerprintStoreFull), "{error:?}");
    assert!(!person.heard.iter().any(|line| line.starts_with("touch wanted: TakeSample")));
}

#[test]
fn name_that_is_too_long_is_refused_before_a_finger_is_enrolled() {
    let key = key(false);
    let error = add(&key, &mut person(), Some(&"x".repeat(65))).unwrap_err();
    let expected = Error::FingerprintNameLength { length: 65, maximum: Some(64) };
    assert_eq!(format!("{error:?}"), format!("{expected:?}"));
    assert_eq!(list(&key), []);
}

#[test]
fn fingerprint_that_is_not_there_is_told_as_such() {
    let key = key_with_finger(false);
    with_session(&key, &mut person(), |session| {
        let mut store = FingerprintStore::open(session)?;
        for outcome in [store.rename(&[9, 9], "x"), store.remove(&[9, 9])] {
            assert!(matches!(outcome, Err(Error::NoSuchFingerprint)), "{outcome:?}");
        }
        Ok(())
    })
    .unwrap();
}

#[test]
fn enrolled_finger_opens_the_fingerprints_without_a_pin() {
    let key = key_with_finger(false);
    let listed =
        with_session(&key, &mut nobody(), |session| FingerprintStore::open(session)?.list());
    assert_eq!(listed.unwrap().len(), 1);
}

#[test]
fn preview_s_finger_opens_the_fingerprints_without_a_pin() {
    let key = key_with_finger(true);
    let listed =
        with_session(&key, &mut nobody(), |session| FingerprintStore::open(session)?.list());
    assert_eq!(listed.unwrap().len(), 1);
}

#[test]
fn finger_comes_before_the_pin_and_stands_for_the_touch() {
    for is_preview in [false, true] {
        let key = key_with_finger(is_preview);
        key.world.lock().unwrap().presence = Presence::Waiting;
        let mut person = nobody();
        let registered = enroll(&key, &mut person).unwrap();
        assert_eq!(registered.verification, Verification::BuiltIn);
        assert!(!person.heard.iter().any(|line| line.starts_with("PIN")), "{:?}", person.heard);
        let credential = registered.authenticator_data.attested_credential.unwrap();
        let mut wanted = authentication(&[]);
        wanted.allow = vec![AllowedCredential {
            descriptor: CredentialDescriptor::new(credential.credential_id),
            public_key: Some(credential.public_key),
        }];
        let assertion =
            with_session(&key, &mut person, |session| authenticate(session, &wanted)).unwrap();
        assert_eq!(assertion[0].verification, Verification::BuiltIn);
        assert!(assertion[0].signature_verified);
    }
}

#[test]
fn discoverable_credential_is_made_by_finger() {
    let mut wanted = registration();
    wanted.resident_key = Requirement::Required;
    for is_preview in [false, true] {
        let key = key_with_finger(is_preview);
        let made = with_session(&key, &mut nobody(), |session| register(session, &wanted)).unwrap();
        assert_eq!((made.discoverable, made.verification), (true, Verification::BuiltIn));
    }
}

#[test]
fn wrong_finger_is_told_with_the_tries_left_and_the_right_one_is_taken() {
    let key = key_with_finger(false);
    lay(&key, &[Finger::Wrong, Finger::Right]);
    let mut person = nobody();
    let registered = enroll(&key, &mut person).unwrap();
    assert_eq!(registered.verification, Verification::BuiltIn);
    assert_eq!(person.heard[0], "BuiltInVerificationFailed { retries_left: 4 }");
}

#[test]
fn finger_that_fails_as_often_as_the_key_prefers_gives_way_to_the_pin() {
    let key = key_with_finger(false);
    lasting_wrong_finger(&key);
    let mut person = person();
    let registered = enroll(&key, &mut person).unwrap();
    assert_eq!(registered.verification, Verification::Pin);
    assert_eq!(
        person.heard[..5],
        [
            "BuiltInVerificationFailed { retries_left: 4 }",
            "BuiltInVerificationFailed { retries_left: 3 }",
            "BuiltInVerificationFailed { retries_left: 2 }",
            "FallingBackToPin { blocked: false }",
            "PIN for example.com, 8 left",
        ]
    );
}

#[test]
fn blocked_finger_gives_way_to_the_pin_which_unblocks_it() {
    let key = key_with_finger(false);
    lasting_wrong_finger(&key);
    let error = enroll(&key, &mut nobody()).unwrap_err();
    assert!(matches!(error, Error::Declined { .. }), "{error:?}");
    let mut second = nobody();
    enroll(&key, &mut second).unwrap_err();
    assert!(second.heard.iter().any(|line| line == "FallingBackToPin { blocked: true }"));
    let mut third = person();
    assert_eq!(enroll(&key, &mut third).unwrap().verification, Verification::Pin);
    // Not one message more was spent on the finger.
    assert_eq!(third.heard[0], "FallingBackToPin { blocked: true }");
    let status = with_session(&key, &mut nobody(), pin::status).unwrap();
    assert_eq!(status.uv_retries_left, Some(5));
}

#[test]
fn preview_s_wrong_finger_gives_way_to_the_pin() {
    let key = key_with_finger(true);
    lasting_wrong_finger(&key);
    let mut person = person();
    assert_eq!(enroll(&key, &mut person).unwrap().verification, Verification::Pin);
    assert_eq!(person.heard[0], "FallingBackToPin { blocked: false }");
}

#[test]
fn blocked_pin_and_blocked_finger_are_told_as_what_they_are() {
    let key = key_with_finger(false);
    lasting_wrong_finger(&key);
    for _ in 0..3 {
        let mut guesses = ScriptedPerson::typing(&["0000", "1111", "2222"]);
        with_session(&key, &mut guesses, pin::verify).unwrap_err();
        key.replug();
    }
    let error = enroll(&key, &mut person()).unwrap_err();
    assert!(matches!(error, Error::PinBlocked), "{error:?}");
}

#[test]
fn finger_that_does_not_come_is_told_as_a_missing_touch() {
    let key = key_with_finger(false);
    lay(&key, &[Finger::Waiting; 400]);
    let mut person = person();
    let error = enroll(&key, &mut person).unwrap_err();
    let expected = matches!(error, Error::NoTouch { status: Status::USER_ACTION_TIMEOUT });
    assert!(expected, "{error:?}");
    assert_eq!(person.heard, ["touch wanted: VerifyUser", "touch over"]);
}

#[test]
fn key_that_withholds_fingerprints_from_fingers_is_opened_by_pin() {
    let mut key = ScriptedKey::with_pin();
    key.option("uv", true);
    key.option("bioEnroll", true);
    key.option("uvBioEnroll", false);
    let log = key.log.clone();
    let mut person = person();
    let mut session = Session::open(Box::new(key), &mut person, limits()).unwrap();
    FingerprintStore::open(&mut session).unwrap();
    let log = log.lock().unwrap();
    assert_eq!(log[1..], ["PIN retries", "key agreement", "PIN token 0x08 "]);
}

#[test]
fn preview_s_finger_gives_a_token_without_permissions() {
    let mut key = ScriptedKey::with_pin();
    key.info.versions = vec!["FIDO_2_0".to_owned(), "FIDO_2_1_PRE".to_owned()];
    key.without_option("pinUvAuthToken");
    for option in ["uv", "uvToken", "userVerificationMgmtPreview"] {
        key.option(option, true);
    }
    let log = key.log.clone();
    let mut person = nobody();
    let mut session = Session::open(Box::new(key), &mut person, limits()).unwrap();
    FingerprintStore::open(&mut session).unwrap();
    assert_eq!(log.lock().unwrap()[1..], ["UV retries", "key agreement", "UV token"]);
}

#[test]
fn key_that_wants_the_protocol_with_every_question_gets_it() {
    let mut key = ScriptedKey::with_pin();
    key.option("uv", true);
    key.intervene = Box::new(|message| {
        let without_protocol = message[0] == Command::CLIENT_PIN.0
            && ClientPinRequest::from_slice(&message[1..], Strictness::Canonical)
                .unwrap()
                .pin_uv_auth_protocol
                .is_none();
        without_protocol.then(|| vec![Status::MISSING_PARAMETER.0])
    });
    let mut person = nobody();
    let mut session = Session::open(Box::new(key), &mut person, limits()).unwrap();
    let registered = register(&mut session, &registration()).unwrap();
    assert_eq!(registered.verification, Verification::BuiltIn);
}

#[test]
fn ctap_2_0_finger_registers_within_the_operation() {
    let options = CreationOptions {
        fingerprint: true,
        version_line: VersionLine::Ctap2_0,
        ..Default::default()
    };
    let key = PluggedKey::with(&options);
    let registered = enroll(&key, &mut nobody()).unwrap();
    assert_eq!(registered.verification, Verification::BuiltIn);
    // INIT, getInfo, makeCredential.
    assert_eq!(key.take_messages(), 3);
    let error = with_session(&key, &mut nobody(), sensor).unwrap_err();
    assert!(matches!(error, Error::Unsupported(Unsupported::Option("bioEnroll"))), "{error:?}");
}
