//! Requests that hold no more than a key takes.

use fidoctl::authenticator::Presence;
use fidoctl::client::authenticate::{Authentication, authenticate};
use fidoctl::client::register::{Registration, register};
use fidoctl::client::{Error, Requirement, Session, Unsupported, Verification};
use fidoctl::cose::Algorithm;
use fidoctl::ctap2::Command;
use fidoctl::ctap2::extensions::{CRED_PROTECT, CredProtect};
use fidoctl::transport::{Interruption, Keepalive, Watch};
use fidoctl::webauthn::CredentialDescriptor;

use crate::plugged_in::PluggedKey;
use crate::scripted_key::registration;
use crate::{allowing, enroll, keys_of, like, on, set_pin, unverified};

fn refusals_of(key: &PluggedKey, message: &str) -> u8 {
    struct Unwatched;
    impl Watch for Unwatched {
        fn keepalive(&mut self, _: Keepalive) {}
        fn interruption(&self) -> Option<Interruption> {
            None
        }
    }
    let message = data_encoding::HEXLOWER.decode(message.as_bytes()).unwrap();
    key.open().transact(&message, &mut Unwatched).unwrap()[0]
}

#[test]
fn empty_user_handle_is_never_sent() {
    // makeCredential with an empty user handle: what each key says to it, had it been sent.
    let sent = "01a401582000000000000000000000000000000000000000000000000000000000000000000\
                2a16269646b6578616d706c652e636f6d03a1626964400481a263616c672664747970656a707\
                5626c69632d6b6579"
        .replace([' ', '\n'], "");
    let statuses: Vec<_> = keys_of("empty_user_handle_is_never_sent")
        .map(|key| {
            let mut wanted = unverified();
            wanted.user.id = Vec::new().into();
            key.take_messages();
            let error = enroll(&key, &wanted).unwrap_err();
            assert!(matches!(error, Error::UserIdLength(0)), "{error:?}");
            assert_eq!(key.take_messages(), 2, "INIT and getInfo");
            refusals_of(&key, &sent)
        })
        .collect();
    assert_eq!(statuses, [0x02, 0x12, 0x21]);
}

#[test]
fn whole_token_is_used() {
    for key in keys_of("whole_token_is_used") {
        set_pin(&key);
        let wanted = Registration { user_verification: Requirement::Required, ..registration() };
        assert_eq!(enroll(&key, &wanted).unwrap().verification, Verification::Pin);
    }
}

#[test]
fn uv_option_never_goes_with_a_token() {
    for key in keys_of("uv_option_never_goes_with_a_token") {
        set_pin(&key);
        let wanted = Registration { user_verification: Requirement::Required, ..registration() };
        let registered = enroll(&key, &wanted).unwrap();
        let wanted =
            Authentication { user_verification: Requirement::Required, ..allowing(&[&registered]) };
        let assertions = on(&key, |session| authenticate(session, &wanted)).0.unwrap();
        assert_eq!(assertions[0].verification, Verification::Pin);
    }
}

#[test]
fn only_listed_extensions_are_sent() {
    for key in keys_of("only_listed_extensions_are_sent") {
        let protected = |enforced| Registration {
            cred_protect: Some((CredProtect::Required, enforced)),
            ..unverified()
        };
        let mut listed = false;
        on(&key, |session| {
            listed = session.info().has_extension(CRED_PROTECT);
            Ok(())
        })
        .0
        .unwrap();
        enroll(&key, &protected(false)).unwrap();
        match enroll(&key, &protected(true)) {
            Ok(_) => assert!(listed),
            Err(Error::Unsupported(Unsupported::Extension(CRED_PROTECT))) => assert!(!listed),
            Err(error) => panic!("{error:?}"),
        }
    }
}

#[test]
fn only_listed_algorithms_are_sent() {
    for key in keys_of("only_listed_algorithms_are_sent") {
        let algorithms = vec![Algorithm::RS256, Algorithm::ES384, Algorithm::ES256];
        enroll(&key, &Registration { algorithms, ..unverified() }).unwrap();
    }
}

#[test]
fn only_listed_options_are_sent() {
    for key in keys_of("only_listed_options_are_sent") {
        let preferred = Registration {
            resident_key: Requirement::Preferred,
            user_verification: Requirement::Preferred,
            ..registration()
        };
        // What follows the request is for other tests.
        let outcome = enroll(&key, &preferred);
        let refused = matches!(outcome, Err(Error::Refused { .. } | Error::Denied));
        assert!(!refused, "{outcome:?}");
    }
}

#[test]
fn false_options_are_never_sent() {
    for key in keys_of("false_options_are_never_sent") {
        set_pin(&key);
        let outcome = enroll(&key, &registration());
        // It came as far as the check of the touch that nobody gave.
        assert!(matches!(outcome, Err(Error::NotGenuine(_))), "{outcome:?}");
        let absent = CredentialDescriptor::new([7; 32]);
        let exclude = vec![absent; 20];
        let outcome = enroll(&key, &Registration { exclude, ..registration() });
        // The silent probe that it refuses is not the end either; the list is for itself to judge.
        assert!(!matches!(outcome, Err(Error::Refused { command: Command::GET_ASSERTION, .. })));
    }
}

#[test]
fn optional_members_stay_out() {
    for key in keys_of("optional_members_stay_out") {
        let registered = enroll(&key, &unverified()).unwrap();
        on(&key, |session| authenticate(session, &allowing(&[&registered]))).0.unwrap();
        set_pin(&key);
        let registered = enroll(&key, &registration()).unwrap();
        on(&key, |session| authenticate(session, &allowing(&[&registered]))).0.unwrap();
    }
}

#[test]
fn key_agreement_names_its_algorithm() {
    for key in keys_of("key_agreement_names_its_algorithm") {
        set_pin(&key);
        let wanted = Registration { user_verification: Requirement::Required, ..registration() };
        assert_eq!(enroll(&key, &wanted).unwrap().verification, Verification::Pin);
    }
}

#[test]
fn descriptors_hold_id_and_type_only() {
    for key in keys_of("descriptors_hold_id_and_type_only") {
        let registered = enroll(&key, &unverified()).unwrap();
        on(&key, |session| authenticate(session, &allowing(&[&registered]))).0.unwrap();
        let exclude = vec![allowing(&[&registered]).allow[0].descriptor.clone()];
        let error = enroll(&key, &Registration { exclude, ..unverified() }).unwrap_err();
        assert!(matches!(error, Error::CredentialExcluded), "{error:?}");
    }
}

#[test]
fn pin_is_given_before_the_key_asks() {
    for key in keys_of("pin_is_given_before_the_key_asks") {
        set_pin(&key);
        let (registered, heard) = on(&key, |session| register(session, &unverified()));
        assert_eq!(registered.unwrap().verification, Verification::Pin);
        assert_eq!(heard[0], "PIN for example.com, 8 left");
    }
}

#[test]
fn exclusion_leaves_nothing_and_is_no_success() {
    for key in keys_of("exclusion_leaves_nothing_and_is_no_success") {
        let untouched_is_checked_elsewhere = |session: &mut Session<'_>| {
            let wanted = Registration { resident_key: Requirement::Required, ..unverified() };
            register(session, &wanted)
        };
        // The key may refuse to say that somebody was there; the credential is on it all the same.
        let id = match on(&key, untouched_is_checked_elsewhere).0 {
            Ok(registered) => allowing(&[&registered]).allow[0].descriptor.clone(),
            Err(Error::CredentialRejected { credential_id, .. }) => {
                CredentialDescriptor::new(credential_id)
            }
            Err(error) => panic!("{error:?}"),
        };
        let mut wanted = Registration { exclude: vec![id], ..unverified() };
        wanted.rp.id = "another.example".to_owned();
        let error = enroll(&key, &wanted).unwrap_err();
        assert!(matches!(error, Error::CredentialExcluded), "{error:?}");
    }
}

#[test]
fn lists_are_sent_in_batches_that_the_key_takes() {
    for key in keys_of("lists_are_sent_in_batches_that_the_key_takes") {
        let registered = enroll(&key, &unverified()).unwrap();
        key.take_messages();
        let mut wanted = allowing(&[&registered]);
        let stranger = wanted.allow[0].clone();
        for number in 0..20 {
            let mut stranger = stranger.clone();
            stranger.descriptor = CredentialDescriptor::new([number; 64]);
            wanted.allow.insert(0, stranger);
        }
        on(&key, |session| authenticate(session, &wanted)).0.unwrap();
        // INIT, getInfo, three batches of at most eight, and the one that was found.
        assert_eq!(key.take_messages(), 6);
    }
}

#[test]
fn list_without_a_stated_limit_is_sent_one_by_one() {
    for key in keys_of("list_without_a_stated_limit_is_sent_one_by_one") {
        let registered = enroll(&key, &unverified()).unwrap();
        let mut wanted = allowing(&[&registered, &registered]);
        wanted.allow[0].descriptor = CredentialDescriptor::new([7; 64]);
        key.take_messages();
        on(&key, |session| authenticate(session, &wanted)).0.unwrap();
        assert_eq!(key.take_messages(), 5, "INIT, getInfo, two probes, the one that was found");
    }
}

#[test]
fn key_without_silent_assertions_judges_the_list_itself() {
    for key in keys_of("key_without_silent_assertions_judges_the_list_itself") {
        let limits = crate::limits();
        let limits =
            fidoctl::client::Limits { strictness: fidoctl::cbor::Strictness::Tolerant, ..limits };
        let register = |session: &mut Session<'_>| register(session, &unverified());
        let registered = crate::within(&key, limits.clone(), register).0.unwrap();
        let mut wanted = allowing(&[&registered, &registered]);
        wanted.allow[0].descriptor = CredentialDescriptor::new([7; 64]);
        let sign_in =
            || crate::within(&key, limits.clone(), |session| authenticate(session, &wanted)).0;
        assert!(sign_in().unwrap()[0].signature_verified);
        key.world.lock().unwrap().presence = Presence::Waiting;
        let error = sign_in().unwrap_err();
        assert!(matches!(error, Error::NoTouch { .. }), "{error:?}");
    }
}

#[test]
fn names_are_cut_between_characters() {
    for key in keys_of("names_are_cut_between_characters") {
        // 63 bytes and a character of two.
        let name = format!("{}ü and more", "x".repeat(63));
        let mut wanted = unverified();
        wanted.user.name = Some(fidoctl::cbor::LossyText(name));
        let (registered, heard) = on(&key, |session| register(session, &wanted));
        registered.unwrap();
        let kept = "x".repeat(63);
        assert_eq!(heard[0], format!("NameCut {{ kept: {kept:?} }}"));
    }
    // What fits is left alone.
    let (_, heard) = on(&like("trustkey-t110"), |session| register(session, &unverified()));
    assert!(!heard.iter().any(|heard| heard.starts_with("NameCut")), "{heard:?}");
}
