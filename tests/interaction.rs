//! Which questions are asked of the person, in which order, with which facts.

#![cfg(test)]

mod scripted_key;

use fidoctl::client::authenticate::authenticate;
use fidoctl::client::interaction::Declined;
use fidoctl::client::register::{Registration, register};
use fidoctl::client::{Error, Requirement, Session, Unsupported, Verification, pin};
use fidoctl::ctap2::Status;
use fidoctl::ctap2::extensions::CredProtect;
use scripted_key::*;

fn verify_pin(key: ScriptedKey, person: &mut ScriptedPerson) -> Result<(), Error> {
    pin::verify(&mut Session::open(Box::new(key), person, limits()).unwrap())
}

#[test]
fn tries_left_are_told_with_every_question() {
    let mut person = ScriptedPerson::typing(&["0000", PIN]);
    verify_pin(ScriptedKey::with_pin(), &mut person).unwrap();
    assert_eq!(person.heard, ["PIN for nobody, 8 left", "PIN again for nobody, 7 left"]);
}

#[test]
fn wrong_pin_with_no_second_one_is_told_as_wrong() {
    let mut person = ScriptedPerson::with_stored_pin("0000");
    let error = verify_pin(ScriptedKey::with_pin(), &mut person).unwrap_err();
    assert!(matches!(error, Error::PinInvalid { retries_left: Some(7) }), "{error:?}");
}

#[test]
fn missing_answer_is_told_as_declined() {
    let mut person = ScriptedPerson::typing(&[]);
    let error = verify_pin(ScriptedKey::with_pin(), &mut person).unwrap_err();
    assert!(matches!(error, Error::Declined { reason: Declined::Used, .. }), "{error:?}");
}

#[test]
fn third_wrong_pin_asks_for_a_power_cycle() {
    let mut person = ScriptedPerson::typing(&["0000", "1111", "2222", PIN]);
    let error = verify_pin(ScriptedKey::with_pin(), &mut person).unwrap_err();
    assert!(matches!(error, Error::PinAuthBlocked { retries_left: Some(5) }), "{error:?}");
    assert_eq!(person.pins, [PIN]);
}

#[test]
fn nothing_is_asked_when_a_power_cycle_is_needed() {
    let mut key = ScriptedKey::with_pin();
    key.power_cycle_needed = true;
    let mut person = ScriptedPerson::typing(&[PIN]);
    let error = verify_pin(key, &mut person).unwrap_err();
    assert!(matches!(error, Error::PinAuthBlocked { retries_left: Some(8) }), "{error:?}");
    assert!(person.heard.is_empty());
}

#[test]
fn nothing_is_asked_when_no_tries_are_left() {
    let mut key = ScriptedKey::with_pin();
    key.pin_retries = 0;
    let mut person = ScriptedPerson::typing(&[PIN]);
    let error = verify_pin(key, &mut person).unwrap_err();
    assert!(matches!(error, Error::PinBlocked), "{error:?}");
    assert!(person.heard.is_empty());
}

#[test]
fn last_try_is_not_spent_on_a_stored_pin() {
    let mut key = ScriptedKey::with_pin();
    key.pin_retries = 1;
    let log = key.log.clone();
    let mut person = ScriptedPerson::with_stored_pin(PIN);
    let error = verify_pin(key, &mut person).unwrap_err();
    assert!(matches!(error, Error::TooFewRetries { retries_left: 1 }), "{error:?}");
    assert_eq!(*log.lock().unwrap(), ["getInfo", "PIN retries"]);
}

#[test]
fn last_try_is_spent_on_a_stored_pin_when_insisted_on() {
    let mut key = ScriptedKey::with_pin();
    key.pin_retries = 1;
    let mut person = ScriptedPerson::with_stored_pin(PIN);
    let mut limits = limits();
    limits.risk_last_pin_tries = true;
    let mut session = Session::open(Box::new(key), &mut person, limits).unwrap();
    pin::verify(&mut session).unwrap();
}

#[test]
fn last_try_is_spent_on_a_typed_pin() {
    let mut key = ScriptedKey::with_pin();
    key.pin_retries = 1;
    verify_pin(key, &mut ScriptedPerson::typing(&[PIN])).unwrap();
}

#[test]
fn forced_pin_change_is_told_before_asking() {
    let mut key = ScriptedKey::with_pin();
    key.info.force_pin_change = Some(true);
    let mut person = ScriptedPerson::typing(&[PIN]);
    let error = verify_pin(key, &mut person).unwrap_err();
    assert!(matches!(error, Error::PinChangeForced), "{error:?}");
    assert!(person.heard.is_empty());
}

#[test]
fn change_asks_for_the_current_pin_first_and_for_the_new_one_once() {
    let mut person = ScriptedPerson::typing(&["0000", PIN]).and_new_pin("4321");
    let key = ScriptedKey::with_pin();
    pin::change(&mut Session::open(Box::new(key), &mut person, limits()).unwrap()).unwrap();
    let expected = ["PIN for nobody, 8 left", "new PIN, 4 to 63", "PIN again for nobody, 7 left"];
    assert_eq!(person.heard, expected);
}

#[test]
fn new_pin_too_short_for_the_key_is_never_sent() {
    let mut key = ScriptedKey::without_pin();
    key.info.min_pin_length = Some(6);
    let log = key.log.clone();
    let mut person = ScriptedPerson::typing(&[]).and_new_pin("12345");
    let error =
        pin::set(&mut Session::open(Box::new(key), &mut person, limits()).unwrap()).unwrap_err();
    assert!(matches!(error, Error::Pin(_)), "{error:?}");
    assert_eq!(*log.lock().unwrap(), ["getInfo"]);
}

#[test]
fn set_refuses_a_key_with_a_pin() {
    let mut person = ScriptedPerson::typing(&[]).and_new_pin("4321");
    let key = ScriptedKey::with_pin();
    let error =
        pin::set(&mut Session::open(Box::new(key), &mut person, limits()).unwrap()).unwrap_err();
    assert!(matches!(error, Error::PinAlreadySet), "{error:?}");
}

#[test]
fn pin_just_set_is_used_in_the_same_session() {
    let mut person = ScriptedPerson::typing(&["4321"]).and_new_pin("4321");
    let key = ScriptedKey::without_pin();
    let mut session = Session::open(Box::new(key), &mut person, limits()).unwrap();
    pin::set(&mut session).unwrap();
    let registered = register(&mut session, &registration()).unwrap();
    assert_eq!(registered.verification, Verification::Pin);
}

#[test]
fn touch_is_wanted_and_over_also_when_it_fails() {
    let mut person = ScriptedPerson::typing(&[]);
    let status = [Status::OPERATION_DENIED.0];
    let key =
        ScriptedKey::without_pin().answering(fidoctl::ctap2::Command::MAKE_CREDENTIAL, &status);
    let mut wanted = registration();
    wanted.user_verification = Requirement::Discouraged;
    let error =
        register(&mut Session::open(Box::new(key), &mut person, limits()).unwrap(), &wanted)
            .unwrap_err();
    assert!(matches!(error, Error::Denied), "{error:?}");
    assert_eq!(person.heard, ["touch wanted: Enroll", "touch over"]);
}

#[test]
fn built_in_verification_comes_before_the_pin() {
    let mut key = ScriptedKey::with_pin();
    key.option("uv", true);
    let log = key.log.clone();
    let mut person = ScriptedPerson::typing(&[PIN]);
    let registered = register(
        &mut Session::open(Box::new(key), &mut person, limits()).unwrap(),
        &registration(),
    )
    .unwrap();
    assert_eq!(registered.verification, Verification::BuiltIn);
    assert_eq!(
        *log.lock().unwrap(),
        ["getInfo", "UV retries", "key agreement", "UV token 0x01", "makeCredential"]
    );
}

#[test]
fn failed_fingerprints_are_told_and_the_pin_takes_over() {
    let mut key = ScriptedKey::with_pin();
    key.option("uv", true);
    key.info.preferred_platform_uv_attempts = Some(3);
    key.uv_outcomes = [Status::UV_INVALID, Status::UV_BLOCKED].into();
    let mut person = ScriptedPerson::typing(&[PIN]);
    let registered = register(
        &mut Session::open(Box::new(key), &mut person, limits()).unwrap(),
        &registration(),
    )
    .unwrap();
    assert_eq!(registered.verification, Verification::Pin);
    assert_eq!(
        person.heard,
        [
            "BuiltInVerificationFailed { retries_left: 4 }",
            "FallingBackToPin { blocked: true }",
            "PIN for example.com, 8 left",
            "touch wanted: Enroll",
            "touch over",
        ]
    );
}

#[test]
fn fingerprints_are_tried_as_often_as_the_key_prefers() {
    let mut key = ScriptedKey::without_pin();
    key.option("uv", true);
    key.info.preferred_platform_uv_attempts = Some(2);
    key.uv_outcomes = [Status::UV_INVALID; 5].into();
    let mut person = ScriptedPerson::typing(&[]);
    let error = register(
        &mut Session::open(Box::new(key), &mut person, limits()).unwrap(),
        &registration(),
    )
    .unwrap_err();
    assert!(matches!(error, Error::UvInvalid { retries_left: Some(3) }), "{error:?}");
}

#[test]
fn ctap_2_0_fingerprint_verifies_within_the_operation() {
    let mut key = ScriptedKey::with_pin();
    key.info.versions = vec!["FIDO_2_0".to_owned()];
    key.without_option("pinUvAuthToken");
    key.option("uv", true);
    let log = key.log.clone();
    let mut person = ScriptedPerson::typing(&[PIN]);
    let registered = register(
        &mut Session::open(Box::new(key), &mut person, limits()).unwrap(),
        &registration(),
    )
    .unwrap();
    assert_eq!(registered.verification, Verification::BuiltIn);
    assert_eq!(*log.lock().unwrap(), ["getInfo", "makeCredential"]);
}

#[test]
fn ctap_2_0_fingerprint_that_fails_gives_way_to_the_pin() {
    let mut key = ScriptedKey::with_pin();
    key.info.versions = vec!["FIDO_2_0".to_owned()];
    key.without_option("pinUvAuthToken");
    key.option("uv", true);
    key.uv_outcomes = [Status::PUAT_REQUIRED].into();
    let log = key.log.clone();
    let mut person = ScriptedPerson::typing(&[PIN]);
    let registered = register(
        &mut Session::open(Box::new(key), &mut person, limits()).unwrap(),
        &registration(),
    )
    .unwrap();
    assert_eq!(registered.verification, Verification::Pin);
    assert_eq!(log.lock().unwrap()[3..], ["key agreement", "legacy token", "makeCredential"]);
}

#[test]
fn preferred_verification_that_is_not_set_up_is_told() {
    let mut person = ScriptedPerson::typing(&[]);
    let key = ScriptedKey::without_pin();
    let registered = register(
        &mut Session::open(Box::new(key), &mut person, limits()).unwrap(),
        &registration(),
    )
    .unwrap();
    assert_eq!(registered.verification, Verification::None);
    assert_eq!(person.heard[0], "WithoutUserVerification");
}

#[test]
fn protection_that_is_no_condition_and_not_given_is_told() {
    let (none, known): (&[&str], &[&str]) = (&[], &["credProtect"]);
    for (extensions, wish, told) in [
        (none, CredProtect::Required, true),
        (none, CredProtect::Optional, false),
        // Lists it and does not answer it.
        (known, CredProtect::Required, true),
    ] {
        let mut person = ScriptedPerson::typing(&[PIN]);
        let mut key = ScriptedKey::with_pin();
        key.alter_data = Box::new(|data| data.extensions = None);
        key.info.extensions = Some(extensions.iter().map(|name| (*name).to_owned()).collect());
        let wanted = Registration { cred_protect: Some((wish, false)), ..registration() };
        let mut session = Session::open(Box::new(key), &mut person, limits()).unwrap();
        register(&mut session, &wanted).unwrap();
        drop(session);
        assert_eq!(person.heard.contains(&"NotProtected".to_owned()), told, "{wish:?}");
    }
}

#[test]
fn required_verification_that_is_not_set_up_is_an_error() {
    let mut person = ScriptedPerson::typing(&[]);
    let mut wanted = registration();
    wanted.user_verification = Requirement::Required;
    let key = ScriptedKey::without_pin();
    let mut session = Session::open(Box::new(key), &mut person, limits()).unwrap();
    let error = register(&mut session, &wanted).unwrap_err();
    assert!(matches!(error, Error::VerificationNotSetUp), "{error:?}");
}

#[test]
fn required_verification_that_the_key_lacks_is_unsupported() {
    let mut person = ScriptedPerson::typing(&[]);
    let mut wanted = registration();
    wanted.user_verification = Requirement::Required;
    let mut key = ScriptedKey::without_pin();
    key.without_option("clientPin");
    let mut session = Session::open(Box::new(key), &mut person, limits()).unwrap();
    let error = register(&mut session, &wanted).unwrap_err();
    assert!(matches!(error, Error::Unsupported(Unsupported::ClientPin)), "{error:?}");
}

#[test]
fn pin_that_may_not_authorise_credentials_is_not_asked_for() {
    let mut person = ScriptedPerson::typing(&[PIN]);
    let mut wanted = registration();
    wanted.user_verification = Requirement::Required;
    let mut key = ScriptedKey::with_pin();
    key.option("noMcGaPermissionsWithClientPin", true);
    let mut session = Session::open(Box::new(key), &mut person, limits()).unwrap();
    let error = register(&mut session, &wanted).unwrap_err();
    assert!(matches!(error, Error::Unsupported(Unsupported::PinForCredentials)), "{error:?}");
    assert!(person.heard.is_empty());
}

#[test]
fn discouraged_verification_is_done_where_the_key_demands_it() {
    let mut person = ScriptedPerson::typing(&[PIN]);
    let mut wanted = registration();
    wanted.user_verification = Requirement::Discouraged;
    let key = ScriptedKey::with_pin();
    let mut session = Session::open(Box::new(key), &mut person, limits()).unwrap();
    assert_eq!(register(&mut session, &wanted).unwrap().verification, Verification::Pin);
}

#[test]
fn discouraged_verification_is_left_out_where_the_key_allows() {
    let mut person = ScriptedPerson::typing(&[PIN]);
    let mut wanted = registration();
    wanted.user_verification = Requirement::Discouraged;
    let mut key = ScriptedKey::with_pin();
    key.option("makeCredUvNotRqd", true);
    let mut session = Session::open(Box::new(key), &mut person, limits()).unwrap();
    assert_eq!(register(&mut session, &wanted).unwrap().verification, Verification::None);
}

#[test]
fn verification_that_the_key_demands_late_is_done_once() {
    let mut person = ScriptedPerson::typing(&[PIN]);
    let mut wanted = authentication(&[&[1; 16]]);
    wanted.user_verification = Requirement::Discouraged;
    let mut key = ScriptedKey::with_pin();
    let mut refused = false;
    key.intervene = Box::new(move |message| {
        let first = message[0] == 0x02 && !std::mem::replace(&mut refused, message[0] == 0x02);
        first.then(|| vec![Status::PUAT_REQUIRED.0])
    });
    let mut session = Session::open(Box::new(key), &mut person, limits()).unwrap();
    let assertions = authenticate(&mut session, &wanted).unwrap();
    assert_eq!(assertions[0].verification, Verification::Pin);
}

#[test]
fn account_is_asked_for_where_there_are_several() {
    let mut key = ScriptedKey::with_pin();
    key.credentials = vec![vec![1; 16], vec![2; 16], vec![3; 16]];
    key.number_of_credentials = Some(3);
    let mut person = ScriptedPerson::typing(&[PIN]);
    person.account = 1;
    let mut session = Session::open(Box::new(key), &mut person, limits()).unwrap();
    let assertions = authenticate(&mut session, &authentication(&[])).unwrap();
    assert_eq!(assertions.len(), 1);
    assert_eq!(assertions[0].credential_id, [2; 16]);
    assert_eq!(person.heard.last().unwrap(), "account, one of 3");
}

#[test]
fn all_accounts_come_in_the_keys_order_without_a_question() {
    let mut key = ScriptedKey::with_pin();
    key.credentials = vec![vec![3; 16], vec![1; 16], vec![2; 16]];
    key.number_of_credentials = Some(3);
    let mut person = ScriptedPerson::typing(&[PIN]);
    let mut wanted = authentication(&[]);
    wanted.all_accounts = true;
    let mut session = Session::open(Box::new(key), &mut person, limits()).unwrap();
    let assertions = authenticate(&mut session, &wanted).unwrap();
    let ids: Vec<_> = assertions.iter().map(|assertion| assertion.credential_id[0]).collect();
    assert_eq!(ids, [3, 1, 2]);
}
