//! Answers that an honest key does not give: each ends in its own error.

#![cfg(test)]

mod scripted_key;

use fidoctl::cbor::{Strictness, Value};
use fidoctl::client::authenticate::{Authentication, authenticate};
use fidoctl::client::hmac_secret::Salts;
use fidoctl::client::register::{Registered, Registration, register};
use fidoctl::client::{Error, Requirement, Session};
use fidoctl::cose::{Algorithm, CoseKey};
use fidoctl::ctap2::extensions::CredProtect;
use fidoctl::ctap2::{Command, GetAssertionRequest, Message, Status};
use fidoctl::relying_party;
use fidoctl::webauthn::{AuthenticatorData, Flags};
use scripted_key::*;

fn registering(key: ScriptedKey, wanted: &Registration) -> Result<Registered, Error> {
    let mut person = ScriptedPerson::typing(&[PIN]);
    register(&mut Session::open(Box::new(key), &mut person, limits())?, wanted)
}

/// Registers with a key that alters its authenticator data, and returns the error.
fn altered_registration(
    wanted: &Registration,
    alter: impl FnMut(&mut AuthenticatorData) + Send + 'static,
) -> Error {
    registering(ScriptedKey::with_pin().altering(alter), wanted).unwrap_err()
}

fn failed_assertion(key: ScriptedKey, wanted: &Authentication) -> Error {
    let mut person = ScriptedPerson::typing(&[PIN]);
    let mut session = Session::open(Box::new(key), &mut person, limits()).unwrap();
    authenticate(&mut session, wanted).unwrap_err()
}

fn altered_assertion(alter: impl FnMut(&mut AuthenticatorData) + Send + 'static) -> Error {
    failed_assertion(ScriptedKey::with_pin().altering(alter), &authentication(&[&[1; 16]]))
}

fn not_genuine(error: &Error) -> &relying_party::Error {
    match error {
        Error::NotGenuine(why) => why,
        error => panic!("{error:?}"),
    }
}

#[test]
fn registration_for_another_relying_party_is_not_genuine() {
    let error = altered_registration(&registration(), |data| data.rp_id_hash = [0; 32]);
    assert_eq!(not_genuine(&error), &relying_party::Error::RpIdHash);
}

#[test]
fn registration_without_a_touch_is_not_genuine() {
    let error = altered_registration(&registration(), |data| data.flags.remove(Flags::UP));
    assert_eq!(not_genuine(&error), &relying_party::Error::UserNotPresent);
}

#[test]
fn registration_without_the_verification_asked_for_is_refused() {
    let error = altered_registration(&registration(), |data| data.flags.remove(Flags::UV));
    assert!(matches!(error, Error::NotVerified), "{error:?}");
}

#[test]
fn registration_without_a_credential_is_not_genuine() {
    let error = altered_registration(&registration(), |data| data.attested_credential = None);
    assert_eq!(not_genuine(&error), &relying_party::Error::NoAttestedCredential);
}

#[test]
fn credential_without_an_id_is_incomplete() {
    let error = altered_registration(&registration(), |data| {
        data.attested_credential.as_mut().unwrap().credential_id.clear();
    });
    assert!(matches!(error, Error::Incomplete { .. }), "{error:?}");
}

#[test]
fn credential_with_another_algorithm_is_not_genuine() {
    let error = altered_registration(&registration(), |data| {
        data.attested_credential.as_mut().unwrap().public_key = CoseKey::ed25519([1; 32]);
    });
    let expected = relying_party::Error::UnexpectedAlgorithm(Algorithm::EDDSA);
    assert_eq!(not_genuine(&error), &expected);
}

#[test]
fn extension_that_was_not_asked_is_not_genuine() {
    let error = altered_registration(&registration(), |data| {
        data.extensions = Some(Value::text_map([("credBlob", Value::from(true))]));
    });
    let expected = relying_party::Error::UnexpectedExtension("credBlob".to_owned());
    assert_eq!(not_genuine(&error), &expected);
}

#[test]
fn extension_outputs_that_are_no_map_cannot_be_read() {
    let error = altered_registration(&registration(), |data| {
        data.extensions = Some(Value::from(true));
    });
    assert!(matches!(error, Error::AuthenticatorData(_)), "{error:?}");
}

#[test]
fn extension_output_of_another_type_is_not_genuine() {
    let mut wanted = registration();
    wanted.hmac_secret = true;
    let error = altered_registration(&wanted, |data| {
        data.extensions = Some(Value::text_map([("hmac-secret", Value::from(1))]));
    });
    let expected = relying_party::Error::ExtensionOutput("hmac-secret");
    assert_eq!(not_genuine(&error), &expected);
}

#[test]
fn hmac_secret_that_was_not_applied_is_refused() {
    let mut wanted = registration();
    wanted.hmac_secret = true;
    let error = altered_registration(&wanted, |data| data.extensions = None);
    assert!(matches!(error, Error::ExtensionNotApplied("hmac-secret")), "{error:?}");
}

#[test]
fn lower_protection_than_enforced_is_refused() {
    let mut wanted = registration();
    wanted.cred_protect = Some((CredProtect::Required, true));
    let error = altered_registration(&wanted, |data| {
        data.extensions = Some(Value::text_map([("credProtect", Value::from(2))]));
    });
    assert!(matches!(error, Error::ExtensionNotApplied("credProtect")), "{error:?}");
}

#[test]
fn garbage_is_told_as_garbage() {
    for command in [Command::GET_INFO, Command::MAKE_CREDENTIAL] {
        let key = ScriptedKey::with_pin().answering(command, &[0, 0xFF, 0xFF]);
        let error = registering(key, &registration()).unwrap_err();
        let Error::Answer { command: answered, .. } = error else { panic!("{error:?}") };
        assert_eq!(answered, command);
    }
}

#[test]
fn answer_without_a_byte_is_incomplete() {
    let key = ScriptedKey::with_pin().answering(Command::MAKE_CREDENTIAL, &[]);
    let error = registering(key, &registration()).unwrap_err();
    assert!(matches!(error, Error::Incomplete { what: "status byte", .. }), "{error:?}");
}

#[test]
fn success_without_results_is_incomplete() {
    for command in [Command::GET_INFO, Command::CLIENT_PIN, Command::MAKE_CREDENTIAL] {
        let key = ScriptedKey::with_pin().answering(command, &[0]);
        let error = registering(key, &registration()).unwrap_err();
        assert!(matches!(error, Error::Incomplete { .. }), "{error:?}");
    }
}

#[test]
fn assertion_for_another_relying_party_is_not_genuine() {
    let error = altered_assertion(|data| data.rp_id_hash = [0; 32]);
    assert_eq!(not_genuine(&error), &relying_party::Error::RpIdHash);
}

#[test]
fn assertion_without_a_touch_is_not_genuine() {
    let error = altered_assertion(|data| data.flags.remove(Flags::UP));
    assert_eq!(not_genuine(&error), &relying_party::Error::UserNotPresent);
}

#[test]
fn assertion_without_the_verification_asked_for_is_refused() {
    let error = altered_assertion(|data| data.flags.remove(Flags::UV));
    assert!(matches!(error, Error::NotVerified), "{error:?}");
}

#[test]
fn backed_up_credential_that_cannot_be_is_not_genuine() {
    let error = altered_assertion(|data| data.flags.insert(Flags::BS));
    assert_eq!(not_genuine(&error), &relying_party::Error::BackupFlags);
}

#[test]
fn foreign_credential_is_not_genuine() {
    let mut key = ScriptedKey::with_pin();
    key.answer_with_credential = Some(vec![2; 16]);
    let error = failed_assertion(key, &authentication(&[&[1; 16]]));
    assert_eq!(not_genuine(&error), &relying_party::Error::UnexpectedCredential);
}

#[test]
fn foreign_credential_in_a_probe_is_not_genuine() {
    let mut key = ScriptedKey::with_pin();
    key.answer_with_credential = Some(vec![9; 16]);
    let wanted = authentication(&[&[1; 16], &[2; 16], &[3; 16]]);
    let error = failed_assertion(key, &wanted);
    assert_eq!(not_genuine(&error), &relying_party::Error::UnexpectedCredential);
}

#[test]
fn signature_of_another_key_is_not_genuine() {
    let mut wanted = authentication(&[&[1; 16]]);
    let point = p256::ecdsa::SigningKey::from_slice(&[0x22; 32])
        .unwrap()
        .verifying_key()
        .to_sec1_point(false);
    let other = CoseKey::es256((*point.x().unwrap()).into(), (*point.y().unwrap()).into());
    wanted.allow[0].public_key = Some(other);
    let error = failed_assertion(ScriptedKey::with_pin(), &wanted);
    assert_eq!(not_genuine(&error), &relying_party::Error::Signature);
}

#[test]
fn more_assertions_than_any_key_holds_are_not_fetched() {
    let mut key = ScriptedKey::with_pin();
    key.number_of_credentials = Some(u64::MAX);
    let log = key.log.clone();
    let error = failed_assertion(key, &authentication(&[]));
    assert!(matches!(error, Error::TooMany { claimed: u64::MAX, .. }), "{error:?}");
    assert_eq!(log.lock().unwrap().last().unwrap(), "getAssertion");
}

#[test]
fn secrets_of_another_length_are_not_genuine() {
    for output in [vec![], vec![0; 16], vec![0; 48 + 32], vec![0; 7], vec![0; 4096]] {
        let mut wanted = authentication(&[&[1; 16]]);
        wanted.hmac_secret = Some(Salts { first: [3; 32], second: None });
        let key = ScriptedKey::with_pin().altering(move |data| {
            data.extensions = Some(Value::text_map([("hmac-secret", Value::from(output.clone()))]));
        });
        let error = failed_assertion(key, &wanted);
        let expected = relying_party::Error::ExtensionOutput("hmac-secret");
        assert_eq!(not_genuine(&error), &expected);
    }
}

#[test]
fn secrets_that_do_not_come_are_an_error() {
    let mut wanted = authentication(&[&[1; 16]]);
    wanted.hmac_secret = Some(Salts { first: [3; 32], second: None });
    let key = ScriptedKey::with_pin().altering(|data| data.extensions = None);
    let error = failed_assertion(key, &wanted);
    assert!(matches!(error, Error::ExtensionNotApplied("hmac-secret")), "{error:?}");
}

/// A key that lists extensions of CTAP 2.2 and answers as it likes.
fn key_of_ctap_2_2() -> ScriptedKey {
    let mut key = ScriptedKey::with_pin();
    let later = ["hmac-secret-mc", "thirdPartyPayment"].map(str::to_owned);
    key.info.extensions.get_or_insert_default().extend(later);
    key
}

#[test]
fn secret_that_was_not_derived_at_creation_is_no_success() {
    let salts = fidoctl::client::hmac_secret::Salts { first: [1; 32], second: None };
    let wanted = Registration { hmac_secret_salts: Some(salts), ..registration() };
    let error = registering(key_of_ctap_2_2(), &wanted).unwrap_err();
    assert!(matches!(error, Error::ExtensionNotApplied("hmac-secret-mc")), "{error:?}");
}

#[test]
fn credential_that_is_not_for_payments_is_no_success() {
    let wanted = Registration { third_party_payment: true, ..registration() };
    let denying = key_of_ctap_2_2().altering(|data| {
        data.extensions = Some(Value::text_map([("thirdPartyPayment", Value::from(false))]));
    });
    let error = registering(denying, &wanted).unwrap_err();
    assert!(matches!(error, Error::ExtensionNotApplied("thirdPartyPayment")), "{error:?}");
    // This one says nothing of it, then or when asked.
    let error = registering(key_of_ctap_2_2(), &wanted).unwrap_err();
    assert!(matches!(error, Error::ExtensionNotConfirmed("thirdPartyPayment")), "{error:?}");
}

#[test]
fn payment_credential_that_hides_until_verification_is_asked_with_a_token() {
    let mut key = key_of_ctap_2_2().altering(|data| {
        if data.attested_credential.is_none() {
            data.extensions = Some(Value::text_map([("thirdPartyPayment", Value::from(true))]));
        }
    });
    key.credentials.push(vec![9; 16]);
    key.intervene = Box::new(|message| {
        let bare = message[0] == Command::GET_ASSERTION.0 && {
            let request = GetAssertionRequest::from_slice(&message[1..], Strictness::Canonical);
            request.unwrap().pin_uv_auth_param.is_none()
        };
        bare.then(|| vec![Status::NO_CREDENTIALS.0])
    });
    let wanted = Registration {
        third_party_payment: true,
        user_verification: Requirement::Required,
        ..registration()
    };
    assert!(registering(key, &wanted).is_ok());
}

#[test]
fn key_that_tells_payments_only_in_assertions_is_believed() {
    let mut key = key_of_ctap_2_2().altering(|data| {
        if data.attested_credential.is_none() {
            data.extensions = Some(Value::text_map([("thirdPartyPayment", Value::from(true))]));
        }
    });
    key.credentials.push(vec![9; 16]);
    let wanted = Registration { third_party_payment: true, ..registration() };
    assert!(registering(key, &wanted).is_ok());
}
