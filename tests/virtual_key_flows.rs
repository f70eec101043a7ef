//! Whole flows with the virtual key through CTAPHID, from the first message to the last.

#![cfg(test)]
#![cfg(feature = "virtual-key")]

mod plugged_in;
mod scripted_key;

use std::sync::atomic::Ordering;
use std::time::Duration;

use fidoctl::authenticator::{CreationOptions, Presence, VersionLine};
use fidoctl::client::authenticate::{AllowedCredential, Assertion, Authentication, authenticate};
use fidoctl::client::hmac_secret::{HmacSecrets, Salts};
use fidoctl::client::register::{Registered, Registration, register};
use fidoctl::client::reset::reset;
use fidoctl::client::select::choose_by_touch;
use fidoctl::client::{Error, Limits, Requirement, Session, Unsupported, Verification, pin};
use fidoctl::ctap2::extensions::CredProtect;
use fidoctl::relying_party::AttestationKind;
use fidoctl::transport::{Interruption, Transport, TransportError};
use fidoctl::webauthn::CredentialDescriptor;
use plugged_in::PluggedKey;
use scripted_key::{PIN, RP_ID, ScriptedPerson, authentication, limits, registration};

fn with_session<T>(
    key: &PluggedKey,
    person: &mut ScriptedPerson,
    run: impl FnOnce(&mut Session<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    run(&mut Session::open(key.open(), person, limits()).unwrap())
}

fn person() -> ScriptedPerson {
    ScriptedPerson::typing(&[PIN])
}

fn key_with_pin() -> PluggedKey {
    let key = PluggedKey::new();
    with_session(&key, &mut person().and_new_pin(PIN), pin::set).unwrap();
    key.take_messages();
    key
}

fn enroll(key: &PluggedKey, wanted: &Registration) -> Result<Registered, Error> {
    with_session(key, &mut person(), |session| register(session, wanted))
}

fn sign_in(key: &PluggedKey, wanted: &Authentication) -> Result<Vec<Assertion>, Error> {
    with_session(key, &mut person(), |session| authenticate(session, wanted))
}

fn id(registered: &Registered) -> Vec<u8> {
    registered.authenticator_data.attested_credential.as_ref().unwrap().credential_id.clone()
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

#[test]
fn credential_enrolled_with_a_touch_signs_in() {
    let key = PluggedKey::new();
    let registered = enroll(&key, &registration()).unwrap();
    let assertions = sign_in(&key, &allowing(&registered)).unwrap();
    assert!(assertions[0].signature_verified);
    assert_eq!(assertions[0].verification, Verification::None);
}

#[test]
fn attestation_is_checked_on_enrolment() {
    let registered = enroll(&PluggedKey::new(), &registration()).unwrap();
    assert_eq!(registered.attestation.unwrap().kind, AttestationKind::Basic);
}

#[test]
fn credential_enrolled_with_the_pin_signs_in() {
    let key = key_with_pin();
    let registered = enroll(&key, &registration()).unwrap();
    assert_eq!(registered.verification, Verification::Pin);
    let assertions = sign_in(&key, &allowing(&registered)).unwrap();
    assert!(assertions[0].signature_verified);
    assert_eq!(assertions[0].verification, Verification::Pin);
}

#[test]
fn messages_are_as_few_as_the_protocol_allows() {
    let key = PluggedKey::new();
    let count = |run: &mut dyn FnMut(&mut Session<'_>) -> Result<(), Error>| {
        key.take_messages();
        let mut person = person().and_new_pin(PIN);
        with_session(&key, &mut person, |session| run(session)).unwrap();
        key.take_messages()
    };
    assert_eq!(count(&mut |_| Ok(())), 2, "info");
    assert_eq!(count(&mut pin::set), 4, "PIN set");
    assert_eq!(count(&mut pin::change), 5, "PIN change");
    let mut registered = None;
    let enrolled = count(&mut |session| {
        registered = Some(register(session, &registration())?);
        Ok(())
    });
    assert_eq!(enrolled, 6, "enroll with PIN");
    let mut wanted = allowing(registered.as_ref().unwrap());
    assert_eq!(count(&mut |session| authenticate(session, &wanted).map(drop)), 6, "assert, PIN");
    wanted.user_verification = Requirement::Discouraged;
    assert_eq!(count(&mut |session| authenticate(session, &wanted).map(drop)), 3, "assert, touch");
    key.replug();
    assert_eq!(count(&mut reset), 3, "reset");
}

#[test]
fn account_is_found_without_naming_a_credential() {
    let key = key_with_pin();
    for user in [b"alice", b"bobby"] {
        let mut wanted = registration();
        wanted.resident_key = Requirement::Required;
        wanted.user.id = user.to_vec().into();
        assert!(enroll(&key, &wanted).unwrap().discoverable);
    }
    let mut person = person();
    person.account = 1;
    let wanted = authentication(&[]);
    let assertions =
        with_session(&key, &mut person, |session| authenticate(session, &wanted)).unwrap();
    // The newest comes first.
    assert_eq!(assertions[0].user.as_ref().unwrap().id.as_slice(), b"alice");
    assert_eq!(person.heard.last().unwrap(), "account, one of 2");
}

#[test]
fn secrets_stay_the_same_and_depend_on_salt_and_verification() {
    let key = key_with_pin();
    let mut wanted = registration();
    wanted.hmac_secret = true;
    let mut wanted = allowing(&enroll(&key, &wanted).unwrap());
    wanted.hmac_secret = Some(Salts { first: [1; 32], second: Some([2; 32]) });
    let derive = |wanted: &Authentication| {
        let secrets = sign_in(&key, wanted).unwrap().remove(0).hmac_secrets.unwrap();
        (*secrets.first, *secrets.second.unwrap())
    };
    let verified = derive(&wanted);
    assert_eq!(derive(&wanted), verified);
    assert_ne!(verified.0, verified.1);
    wanted.user_verification = Requirement::Discouraged;
    assert_ne!(derive(&wanted), verified);
}

#[test]
fn silent_assertion_says_that_nobody_was_there() {
    let key = PluggedKey::new();
    let mut wanted = allowing(&enroll(&key, &registration()).unwrap());
    wanted.user_presence = false;
    let assertions = sign_in(&key, &wanted).unwrap();
    assert!(assertions[0].authenticator_data.flags.is_empty());
}

#[test]
fn changed_pin_takes_the_place_of_the_old_one() {
    let key = key_with_pin();
    with_session(&key, &mut person().and_new_pin("654321"), pin::change).unwrap();
    let mut stale = ScriptedPerson::with_stored_pin(PIN);
    let error = with_session(&key, &mut stale, pin::verify).unwrap_err();
    assert!(matches!(error, Error::PinInvalid { retries_left: Some(7) }), "{error:?}");
    with_session(&key, &mut ScriptedPerson::typing(&["654321"]), pin::verify).unwrap();
}

#[test]
fn right_pin_after_a_wrong_one_is_taken_in_the_same_session() {
    let key = key_with_pin();
    let mut person = ScriptedPerson::typing(&["0000", PIN]);
    with_session(&key, &mut person, pin::verify).unwrap();
    let status = with_session(&key, &mut person, pin::status).unwrap();
    assert_eq!(status.retries_left, Some(8));
}

#[test]
fn three_wrong_pins_need_a_power_cycle() {
    let key = key_with_pin();
    let mut guesses = ScriptedPerson::typing(&["0000", "1111", "2222", "3333"]);
    let error = with_session(&key, &mut guesses, pin::verify).unwrap_err();
    assert!(matches!(error, Error::PinAuthBlocked { retries_left: Some(5) }), "{error:?}");
    assert!(with_session(&key, &mut person(), pin::status).unwrap().power_cycle_needed);
    key.replug();
    with_session(&key, &mut person(), pin::verify).unwrap();
}

#[test]
fn stored_wrong_pin_never_blocks_the_key() {
    let key = key_with_pin();
    for _ in 0..30 {
        let mut stored = ScriptedPerson::with_stored_pin("0000");
        with_session(&key, &mut stored, pin::verify).unwrap_err();
        key.replug();
    }
    let status = with_session(&key, &mut person(), pin::status).unwrap();
    assert_eq!(status.retries_left, Some(1));
}

#[test]
fn reset_is_taken_only_in_the_first_seconds_and_erases_everything() {
    let key = key_with_pin();
    let registered = enroll(&key, &registration()).unwrap();
    key.pass(Duration::from_secs(60));
    let error = with_session(&key, &mut person(), reset).unwrap_err();
    assert!(matches!(error, Error::ResetTooLate), "{error:?}");
    key.replug();
    with_session(&key, &mut person(), reset).unwrap();
    assert_eq!(with_session(&key, &mut person(), pin::status).unwrap().set, Some(false));
    let error = sign_in(&key, &allowing(&registered)).unwrap_err();
    assert!(matches!(error, Error::NoCredentials), "{error:?}");
}

#[test]
fn credential_in_a_long_list_is_found_with_one_touch() {
    let key = key_with_pin();
    let mut protected = registration();
    protected.cred_protect = Some((CredProtect::Required, true));
    let registered = enroll(&key, &protected).unwrap();
    let mut wanted = authentication(&[]);
    for n in 0..30 {
        let descriptor = CredentialDescriptor::new([n; 100]);
        wanted.allow.push(AllowedCredential { descriptor, public_key: None });
    }
    wanted.allow.push(allowed(&registered));
    let mut person = person();
    let assertions =
        with_session(&key, &mut person, |session| authenticate(session, &wanted)).unwrap();
    assert!(assertions[0].signature_verified);
}

#[test]
fn registered_key_is_recognised_in_a_long_list() {
    let key = key_with_pin();
    let mut wanted = registration();
    wanted.cred_protect = Some((CredProtect::Required, true));
    let registered = enroll(&key, &wanted).unwrap();
    wanted.exclude = (0..30).map(|n| CredentialDescriptor::new([n; 100])).collect();
    wanted.exclude.push(CredentialDescriptor::new(id(&registered)));
    let error = enroll(&key, &wanted).unwrap_err();
    assert!(matches!(error, Error::CredentialExcluded), "{error:?}");
}

#[test]
fn credential_of_another_relying_party_is_not_found() {
    let key = PluggedKey::new();
    let mut wanted = allowing(&enroll(&key, &registration()).unwrap());
    wanted.rp_id = format!("other.{RP_ID}");
    let error = sign_in(&key, &wanted).unwrap_err();
    assert!(matches!(error, Error::NoCredentials), "{error:?}");
}

#[test]
fn refusal_on_the_key_is_told_as_refusal() {
    let key = PluggedKey::new();
    key.world.lock().unwrap().presence = Presence::Refused;
    let error = enroll(&key, &registration()).unwrap_err();
    assert!(matches!(error, Error::Denied), "{error:?}");
}

#[test]
fn untouched_key_is_told_as_untouched() {
    let key = PluggedKey::new();
    key.world.lock().unwrap().presence = Presence::Waiting;
    let mut person = person();
    let error =
        with_session(&key, &mut person, |session| register(session, &registration())).unwrap_err();
    assert!(matches!(error, Error::NoTouch { .. }), "{error:?}");
    assert_eq!(person.heard[1..], ["touch wanted: Enroll", "touch over"]);
}

#[test]
fn giving_up_while_a_touch_is_wanted_leaves_the_key_usable() {
    let key = PluggedKey::new();
    key.world.lock().unwrap().presence = Presence::Waiting;
    let limits: Limits = limits();
    let mut person = person();
    person.on_touch = {
        let cancel = limits.cancel.clone();
        Box::new(move || cancel.store(true, Ordering::SeqCst))
    };
    let mut session = Session::open(key.open(), &mut person, limits.clone()).unwrap();
    let error = register(&mut session, &registration()).unwrap_err();
    let cancelled =
        matches!(error, Error::Transport(TransportError::Interrupted(Interruption::Cancelled)));
    assert!(cancelled, "{error:?}");
    limits.cancel.store(false, Ordering::SeqCst);
    key.world.lock().unwrap().presence = Presence::Given;
    register(&mut session, &registration()).unwrap();
}

#[test]
fn touched_key_is_chosen_among_several() {
    let keys = [PluggedKey::new(), PluggedKey::new(), PluggedKey::new()];
    for (index, key) in keys.iter().enumerate() {
        let touched = index == 1;
        key.world.lock().unwrap().presence =
            if touched { Presence::Given } else { Presence::Waiting };
    }
    let candidates: Vec<(usize, Box<dyn Transport>)> =
        keys.iter().enumerate().map(|(index, key)| (index, key.open())).collect();
    let (chosen, transport) = choose_by_touch(candidates, &limits(), &mut || {}).unwrap();
    assert_eq!(chosen, 1);
    let mut person = person();
    let mut session = Session::open(transport, &mut person, limits()).unwrap();
    register(&mut session, &registration()).unwrap();
}

fn key_of(version_line: VersionLine) -> PluggedKey {
    let key = PluggedKey::with(&CreationOptions { version_line, ..CreationOptions::default() });
    with_session(&key, &mut person().and_new_pin(PIN), pin::set).unwrap();
    key.take_messages();
    key
}

fn salts() -> Salts {
    Salts { first: [1; 32], second: Some([2; 32]) }
}

fn bytes_of(secrets: Option<&HmacSecrets>) -> Vec<[u8; 32]> {
    let secrets = secrets.unwrap();
    [Some(*secrets.first), secrets.second.as_deref().copied()].into_iter().flatten().collect()
}

#[test]
fn secrets_at_creation_are_those_of_later() {
    for requirement in [Requirement::Required, Requirement::Discouraged] {
        let key = key_with_pin();
        let wanted = Registration {
            hmac_secret_salts: Some(salts()),
            user_verification: requirement,
            ..registration()
        };
        let registered = enroll(&key, &wanted).unwrap();
        let first = bytes_of(registered.hmac_secrets.as_ref());
        assert_eq!(first.len(), 2);
        let derive = |user_verification| {
            let hmac_secret = Some(salts());
            let wanted = Authentication { hmac_secret, user_verification, ..allowing(&registered) };
            bytes_of(sign_in(&key, &wanted).unwrap()[0].hmac_secrets.as_ref())
        };
        assert_eq!(first, derive(requirement));
        let [with, without] = [Requirement::Required, Requirement::Discouraged].map(derive);
        assert_ne!(with, without);
    }
}

#[test]
fn salts_at_creation_cost_no_message_where_there_is_a_token() {
    let key = key_with_pin();
    enroll(&key, &registration()).unwrap();
    let without = key.take_messages();
    enroll(&key, &Registration { hmac_secret_salts: Some(salts()), ..registration() }).unwrap();
    assert_eq!(key.take_messages(), without);
}

#[test]
fn a_credential_for_payments_is_told_from_others() {
    let key = key_with_pin();
    for third_party_payment in [true, false] {
        let wanted = Registration { third_party_payment, ..registration() };
        let registered = enroll(&key, &wanted).unwrap();
        let asked = Authentication { third_party_payment: true, ..allowing(&registered) };
        let told = sign_in(&key, &asked).unwrap()[0].third_party_payment;
        assert_eq!(told, Some(third_party_payment));
        assert_eq!(sign_in(&key, &allowing(&registered)).unwrap()[0].third_party_payment, None);
    }
}

#[test]
fn extensions_of_2_2_are_not_supported_before_and_nothing_is_asked_of_the_key() {
    for line in [VersionLine::Ctap2_0, VersionLine::Ctap2_1Pre, VersionLine::Ctap2_1] {
        let key = key_of(line);
        let salted = Registration { hmac_secret_salts: Some(salts()), ..registration() };
        let payment = Registration { third_party_payment: true, ..registration() };
        for wanted in [salted, payment] {
            key.take_messages();
            assert!(matches!(
                enroll(&key, &wanted),
                Err(Error::Unsupported(Unsupported::Extension(_)))
            ));
            assert_eq!(key.take_messages(), 2, "INIT and getInfo");
        }
        let asked = Authentication { third_party_payment: true, ..authentication(&[]) };
        assert!(matches!(
            sign_in(&key, &asked),
            Err(Error::Unsupported(Unsupported::Extension("thirdPartyPayment")))
        ));
    }
}

#[test]
fn every_version_lives_the_same_life() {
    for line in VersionLine::ALL {
        let key = key_of(line);
        let wanted = Registration {
            resident_key: Requirement::Required,
            user_verification: Requirement::Required,
            hmac_secret: true,
            ..registration()
        };
        let registered = enroll(&key, &wanted).unwrap();
        assert_eq!(registered.verification, Verification::Pin, "{line:?}");
        let wanted = Authentication {
            hmac_secret: Some(salts()),
            user_verification: Requirement::Required,
            ..allowing(&registered)
        };
        let listed = sign_in(&key, &wanted).unwrap();
        let found = sign_in(&key, &Authentication { allow: Vec::new(), ..wanted }).unwrap();
        let [listed, found] = [&listed[0], &found[0]];
        assert_eq!(listed.credential_id, found.credential_id, "{line:?}");
        assert_eq!(
            bytes_of(listed.hmac_secrets.as_ref()),
            bytes_of(found.hmac_secrets.as_ref()),
            "{line:?}"
        );
        let mut person = person().and_new_pin("8642");
        with_session(&key, &mut person, pin::change).unwrap();
        key.replug();
        with_session(&key, &mut ScriptedPerson::typing(&[]), reset).unwrap();
        assert!(matches!(sign_in(&key, &authentication(&[])), Err(Error::NoCredentials)));
    }
}

#[test]
fn a_hundred_allowed_credentials_are_searched_without_a_touch() {
    let key = key_with_pin();
    let registered = enroll(&key, &registration()).unwrap();
    let mut allow: Vec<_> = (0..99)
        .map(|number| AllowedCredential {
            descriptor: CredentialDescriptor::new(vec![number; 113]),
            public_key: None,
        })
        .collect();
    allow.insert(76, allowed(&registered));
    key.take_messages();
    let assertions = sign_in(&key, &Authentication { allow, ..authentication(&[]) }).unwrap();
    assert_eq!(assertions[0].credential_id, id(&registered));
    // Ten batches of eight up to the one that matches, and what one credential costs.
    assert_eq!(key.take_messages(), 6 + 10);
}
