//! Which messages go to the key, in which order, and what becomes of them.

#![cfg(test)]

mod scripted_key;

use std::sync::atomic::Ordering;
use std::time::Instant;

use fidoctl::client::authenticate::{Assertion, Authentication, authenticate};
use fidoctl::client::hmac_secret::Salts;
use fidoctl::client::register::{Registered, Registration, register};
use fidoctl::client::reset::reset;
use fidoctl::client::{Error, Requirement, Session, Unsupported, Verification, pin};
use fidoctl::cose::Algorithm;
use fidoctl::ctap2::{Command, MakeCredentialRequest, Message, Status};
use fidoctl::transport::{Interruption, TransportError};
use fidoctl::webauthn::{CredentialDescriptor, CredentialParameters};
use scripted_key::*;

/// Opens the key, runs something, and returns what went over the wire; INIT is the transport's.
fn messages(
    key: ScriptedKey,
    person: &mut ScriptedPerson,
    run: impl FnOnce(&mut Session<'_>) -> Result<(), Error>,
) -> Vec<String> {
    let log = key.log.clone();
    run(&mut Session::open(Box::new(key), person, limits()).unwrap()).unwrap();
    log.lock().unwrap().clone()
}

fn registering(key: ScriptedKey, wanted: &Registration) -> Result<Registered, Error> {
    let mut person = ScriptedPerson::typing(&[PIN]);
    register(&mut Session::open(Box::new(key), &mut person, limits())?, wanted)
}

fn authenticating(key: ScriptedKey, wanted: &Authentication) -> Result<Vec<Assertion>, Error> {
    let mut person = ScriptedPerson::typing(&[PIN]);
    authenticate(&mut Session::open(Box::new(key), &mut person, limits())?, wanted)
}

fn typing() -> ScriptedPerson {
    ScriptedPerson::typing(&[PIN])
}

#[test]
fn info_takes_one_message() {
    assert_eq!(messages(ScriptedKey::with_pin(), &mut typing(), |_| Ok(())), ["getInfo"]);
}

#[test]
fn pin_set_takes_three_messages() {
    let mut person = typing().and_new_pin("4321");
    let sent = messages(ScriptedKey::without_pin(), &mut person, pin::set);
    assert_eq!(sent, ["getInfo", "key agreement", "set PIN"]);
}

#[test]
fn pin_change_takes_four_messages() {
    let mut person = typing().and_new_pin("4321");
    let sent = messages(ScriptedKey::with_pin(), &mut person, pin::change);
    assert_eq!(sent, ["getInfo", "PIN retries", "key agreement", "change PIN"]);
}

#[test]
fn pin_verify_takes_four_messages_and_the_least_permission() {
    let sent = messages(ScriptedKey::with_pin(), &mut typing(), pin::verify);
    let expected = ["getInfo", "PIN retries", "key agreement", "PIN token 0x02 pin.invalid"];
    assert_eq!(sent, expected);
}

#[test]
fn registration_with_a_pin_takes_five_messages() {
    let sent = messages(ScriptedKey::with_pin(), &mut typing(), |session| {
        register(session, &registration()).map(drop)
    });
    let token = "PIN token 0x01 example.com";
    assert_eq!(sent, ["getInfo", "PIN retries", "key agreement", token, "makeCredential"]);
}

#[test]
fn assertion_with_a_pin_and_secrets_takes_five_messages() {
    let mut wanted = authentication(&[&[1; 16]]);
    wanted.hmac_secret = Some(Salts { first: [3; 32], second: None });
    let sent = messages(ScriptedKey::with_pin(), &mut typing(), |session| {
        authenticate(session, &wanted).map(drop)
    });
    let token = "PIN token 0x02 example.com";
    assert_eq!(sent, ["getInfo", "PIN retries", "key agreement", token, "getAssertion"]);
}

#[test]
fn assertion_with_a_touch_takes_two_messages() {
    let mut wanted = authentication(&[&[1; 16]]);
    wanted.user_verification = Requirement::Discouraged;
    let sent = messages(ScriptedKey::with_pin(), &mut typing(), |session| {
        authenticate(session, &wanted).map(drop)
    });
    assert_eq!(sent, ["getInfo", "getAssertion"]);
}

#[test]
fn reset_takes_two_messages() {
    assert_eq!(messages(ScriptedKey::with_pin(), &mut typing(), reset), ["getInfo", "reset"]);
}

#[test]
fn legacy_key_gives_a_token_without_permissions() {
    let mut key = ScriptedKey::with_pin();
    key.info.versions = vec!["FIDO_2_0".to_owned()];
    key.info.pin_uv_auth_protocols = None;
    key.without_option("pinUvAuthToken");
    let sent = messages(key, &mut typing(), |session| register(session, &registration()).map(drop));
    assert_eq!(sent[3], "legacy token");
}

#[test]
fn unknown_command_is_unsupported() {
    let key = ScriptedKey::with_pin().answering(Command::RESET, &[Status::INVALID_COMMAND.0]);
    let mut person = typing();
    let error =
        reset(&mut Session::open(Box::new(key), &mut person, limits()).unwrap()).unwrap_err();
    let Error::Unsupported(Unsupported::Command(command)) = error else { panic!("{error:?}") };
    assert_eq!(command, Command::RESET);
}

#[test]
fn late_reset_is_told_as_late() {
    for status in [Status::NOT_ALLOWED, Status::PIN_AUTH_BLOCKED] {
        let key = ScriptedKey::with_pin().answering(Command::RESET, &[status.0]);
        let mut person = typing();
        let error =
            reset(&mut Session::open(Box::new(key), &mut person, limits()).unwrap()).unwrap_err();
        assert!(matches!(error, Error::ResetTooLate), "{error:?}");
    }
}

#[test]
fn deadline_ends_everything_before_a_message() {
    let mut limits = limits();
    limits.deadline = Some(Instant::now());
    let mut person = typing();
    let error = Session::open(Box::new(ScriptedKey::with_pin()), &mut person, limits).err();
    let Some(Error::Transport(TransportError::Interrupted(why))) = error else {
        panic!("{error:?}")
    };
    assert_eq!(why, Interruption::DeadlinePassed);
}

#[test]
fn cancelled_answer_is_an_interruption_only_if_we_cancelled() {
    for we_cancel in [true, false] {
        let limits = limits();
        let cancel = limits.cancel.clone();
        let mut key = ScriptedKey::with_pin();
        key.intervene = Box::new(move |message| {
            cancel.store(we_cancel, Ordering::SeqCst);
            (message[0] == 0x07).then(|| vec![Status::KEEPALIVE_CANCEL.0])
        });
        limits.cancel.store(false, Ordering::SeqCst);
        let mut person = typing();
        let cancel = limits.cancel.clone();
        let mut session = Session::open(Box::new(key), &mut person, limits).unwrap();
        cancel.store(false, Ordering::SeqCst);
        let error = reset(&mut session).unwrap_err();
        let interrupted =
            matches!(error, Error::Transport(TransportError::Interrupted(Interruption::Cancelled)));
        assert_eq!(interrupted, we_cancel, "{error:?}");
    }
}

#[test]
fn only_listed_algorithms_are_sent() {
    let mut key = ScriptedKey::without_pin();
    key.info.algorithms = Some(vec![CredentialParameters::new(Algorithm::ES256)]);
    key.intervene = Box::new(|message| {
        if message[0] == Command::MAKE_CREDENTIAL.0 {
            let request =
                MakeCredentialRequest::from_slice(&message[1..], limits().strictness).unwrap();
            assert_eq!(request.pub_key_cred_params.len(), 1);
        }
        None
    });
    let mut wanted = registration();
    wanted.algorithms = vec![Algorithm::EDDSA, Algorithm::ES256];
    registering(key, &wanted).unwrap();
}

#[test]
fn no_listed_algorithm_is_unsupported() {
    let mut key = ScriptedKey::without_pin();
    key.info.algorithms = Some(vec![CredentialParameters::new(Algorithm::ES256)]);
    let mut wanted = registration();
    wanted.algorithms = vec![Algorithm::EDDSA];
    let error = registering(key, &wanted).unwrap_err();
    assert!(matches!(error, Error::Unsupported(Unsupported::Algorithms(_))), "{error:?}");
}

#[test]
fn discoverable_credential_is_never_replaced_by_another_kind() {
    let mut key = ScriptedKey::without_pin();
    key.without_option("rk");
    let mut wanted = registration();
    wanted.resident_key = Requirement::Required;
    let error = registering(key, &wanted).unwrap_err();
    assert!(matches!(error, Error::Unsupported(Unsupported::Option("rk"))), "{error:?}");
}

#[test]
fn preferred_discoverable_credential_follows_the_key() {
    for supported in [true, false] {
        let mut key = ScriptedKey::without_pin();
        key.option("rk", supported);
        let mut wanted = registration();
        wanted.resident_key = Requirement::Preferred;
        assert_eq!(registering(key, &wanted).unwrap().discoverable, supported);
    }
}

#[test]
fn extension_that_the_key_does_not_list_is_unsupported() {
    let mut key = ScriptedKey::without_pin();
    key.info.extensions = None;
    let mut wanted = registration();
    wanted.hmac_secret = true;
    let error = registering(key, &wanted).unwrap_err();
    assert!(
        matches!(error, Error::Unsupported(Unsupported::Extension("hmac-secret"))),
        "{error:?}"
    );
}

#[test]
fn empty_user_id_is_never_sent() {
    let mut wanted = registration();
    wanted.user.id = Vec::new().into();
    let error = registering(ScriptedKey::without_pin(), &wanted).unwrap_err();
    assert!(matches!(error, Error::UserIdLength(0)), "{error:?}");
}

#[test]
fn long_exclude_list_is_probed_in_batches_and_only_the_match_is_sent() {
    let mut key = ScriptedKey::with_pin();
    key.credentials = vec![vec![4; 16]];
    let log = key.log.clone();
    let mut wanted = registration();
    wanted.exclude = (1..=5).map(|n| CredentialDescriptor::new([n; 16])).collect();
    let error = registering(key, &wanted).unwrap_err();
    assert!(matches!(error, Error::CredentialExcluded), "{error:?}");
    let sent = log.lock().unwrap();
    let token = "PIN token 0x03 example.com";
    let probe = "silent getAssertion";
    assert_eq!(sent[3..], [token, probe, probe, "makeCredential"]);
}

#[test]
fn short_exclude_list_is_sent_as_it_is() {
    let mut wanted = registration();
    wanted.exclude = vec![CredentialDescriptor::new([1; 16]), CredentialDescriptor::new([2; 16])];
    let key = ScriptedKey::with_pin();
    let log = key.log.clone();
    assert!(matches!(registering(key, &wanted), Err(Error::CredentialExcluded)));
    assert_eq!(log.lock().unwrap()[3..], ["PIN token 0x01 example.com", "makeCredential"]);
}

#[test]
fn batches_shrink_when_the_key_finds_them_too_large() {
    let mut key = ScriptedKey::with_pin();
    key.info.max_credential_count_in_list = Some(4);
    key.credentials = vec![vec![5; 16]];
    let mut asked = 0;
    key.intervene = Box::new(move |message| {
        let probe = message[0] == Command::GET_ASSERTION.0;
        asked += u32::from(probe);
        (probe && asked == 1).then(|| vec![Status::REQUEST_TOO_LARGE.0])
    });
    let ids: Vec<[u8; 16]> = (1..=6).map(|n| [n; 16]).collect();
    let allow: Vec<&[u8]> = ids.iter().map(<[u8; 16]>::as_slice).collect();
    let assertions = authenticating(key, &authentication(&allow)).unwrap();
    assert_eq!(assertions[0].credential_id, [5; 16]);
}

#[test]
fn long_allow_list_without_a_match_asks_for_no_touch() {
    let mut key = ScriptedKey::with_pin();
    key.credentials = vec![vec![9; 16]];
    let log = key.log.clone();
    let error = authenticating(key, &authentication(&[&[1; 16], &[2; 16], &[3; 16]])).unwrap_err();
    assert!(matches!(error, Error::NoCredentials), "{error:?}");
    assert_eq!(log.lock().unwrap()[4..], ["silent getAssertion", "silent getAssertion"]);
}

#[test]
fn key_that_does_nothing_without_a_touch_gets_the_whole_list() {
    let mut key = ScriptedKey::with_pin();
    let silent = |message: &[u8]| describe(message) == "silent getAssertion";
    key.intervene =
        Box::new(move |message| silent(message).then(|| vec![Status::UNSUPPORTED_OPTION.0]));
    let assertions = authenticating(key, &authentication(&[&[3; 16], &[2; 16], &[1; 16]])).unwrap();
    assert_eq!(assertions[0].credential_id, [1; 16]);
}

#[test]
fn ids_that_the_key_cannot_have_made_never_become_a_request_for_any_credential() {
    let key = ScriptedKey::with_pin();
    let log = key.log.clone();
    let error = authenticating(key, &authentication(&[&[1; 100]])).unwrap_err();
    assert!(matches!(error, Error::NoCredentials), "{error:?}");
    assert_eq!(*log.lock().unwrap(), ["getInfo"]);
}

#[test]
fn credential_left_out_by_the_key_is_filled_in() {
    let mut key = ScriptedKey::with_pin();
    key.omit_credential = true;
    let assertions = authenticating(key, &authentication(&[&[1; 16]])).unwrap();
    assert_eq!(assertions[0].credential_id, [1; 16]);
    assert!(assertions[0].signature_verified);
}

#[test]
fn secrets_come_decrypted_one_per_salt() {
    for (protocol, second) in [(1, None), (2, None), (1, Some([4; 32])), (2, Some([4; 32]))] {
        let mut key = ScriptedKey::with_pin();
        key.info.pin_uv_auth_protocols = Some(vec![protocol]);
        let mut wanted = authentication(&[&[1; 16]]);
        wanted.hmac_secret = Some(Salts { first: [3; 32], second });
        let assertions = authenticating(key, &wanted).unwrap();
        let secrets = assertions[0].hmac_secrets.as_ref().unwrap();
        assert_eq!(*secrets.first, [3 ^ 0xFF; 32]);
        assert_eq!(secrets.second.as_deref(), second.map(|_| [4 ^ 0xFF; 32]).as_ref());
    }
}

#[test]
fn secrets_without_a_pin_need_their_own_key_agreement() {
    let key = ScriptedKey::without_pin();
    let log = key.log.clone();
    let mut wanted = authentication(&[&[1; 16]]);
    wanted.hmac_secret = Some(Salts { first: [3; 32], second: None });
    let assertions = authenticating(key, &wanted).unwrap();
    assert_eq!(assertions[0].verification, Verification::None);
    assert_eq!(*log.lock().unwrap(), ["getInfo", "key agreement", "getAssertion"]);
}
