//! U2F beside CTAP2.

use std::time::Duration;

use fidoctl::authenticator::{
    AttestationMode, CreationOptions, FactorySettings, Interfaces, Presence,
};
use fidoctl::cose::{Algorithm, CoseKey};
use fidoctl::ctap2::AuthenticatorConfigRequest;
use fidoctl::ctap2::authenticator_config::SubCommand;
use fidoctl::ctap2::extensions::MakeCredentialExtensions;
use fidoctl::u2f::{
    AuthenticateRequest, AuthenticateResponse, CommandApdu, Control, RegisterRequest,
    RegisterResponse, ResponseApdu, StatusWord, VersionRequest,
};
use fidoctl::webauthn::{CredentialParameters, rp_id_hash};
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{DerSignature, VerifyingKey};
use x509_cert::Certificate;
use x509_cert::der::Decode;

use crate::rig::{HASH, Key, RP, get_request, make_request, silent};

const TOUCH_WANTED: StatusWord = StatusWord::CONDITIONS_NOT_SATISFIED;

impl Key {
    fn u2f_apdu(&mut self, apdu: &CommandApdu) -> Result<Vec<u8>, StatusWord> {
        let answer = self.authenticator.u2f(&apdu.to_vec()).unwrap();
        let ResponseApdu { data, status } = ResponseApdu::parse(&answer).unwrap();
        if status == StatusWord::NO_ERROR { Ok(data) } else { Err(status) }
    }

    fn u2f_register(&mut self, rp_id: &str) -> Result<RegisterResponse, StatusWord> {
        let data = self.u2f_apdu(&registration(rp_id).to_apdu())?;
        Ok(RegisterResponse::parse(&data).unwrap())
    }

    fn u2f_sign(
        &mut self,
        rp_id: &str,
        key_handle: &[u8],
        control: Control,
    ) -> Result<AuthenticateResponse, StatusWord> {
        let data = self.u2f_apdu(&authentication(rp_id, key_handle).to_apdu(control))?;
        Ok(AuthenticateResponse::parse(&data).unwrap())
    }

    fn touch(&self, presence: Presence) {
        self.world.get().presence = presence;
    }
}

fn registration(rp_id: &str) -> RegisterRequest {
    RegisterRequest { challenge: HASH, application: rp_id_hash(rp_id) }
}

fn authentication(rp_id: &str, key_handle: &[u8]) -> AuthenticateRequest {
    let key_handle = key_handle.to_vec();
    AuthenticateRequest { challenge: HASH, application: rp_id_hash(rp_id), key_handle }
}

fn speaking(interfaces: Interfaces) -> Key {
    Key::with(&CreationOptions { interfaces, ..Default::default() })
}

fn verify(public_key: &[u8], message: &[u8], signature: &[u8]) {
    let key = VerifyingKey::from_sec1_bytes(public_key).unwrap();
    key.verify(message, &DerSignature::from_bytes(signature).unwrap()).unwrap();
}

fn verify_attestation(made: &RegisterResponse) -> Certificate {
    let certificate = Certificate::from_der(&made.certificate).unwrap();
    let info = certificate.tbs_certificate().subject_public_key_info().clone();
    let signed =
        RegisterResponse::signed_data(&registration(RP), &made.key_handle, &made.public_key);
    verify(info.subject_public_key.raw_bytes(), &signed, &made.signature);
    certificate
}

#[test]
fn version_is_u2f_v2() {
    assert_eq!(Key::new().u2f_apdu(&VersionRequest.to_apdu()).unwrap(), b"U2F_V2");
}

#[test]
fn registration_is_attested_by_the_batch_key() {
    let mut key = Key::new();
    let made = key.u2f_register(RP).unwrap();
    let certificate = verify_attestation(&made);
    let subject = certificate.tbs_certificate().subject().to_string();
    assert!(subject.contains("Test Attestation"), "{subject}");
}

#[test]
fn key_without_a_batch_certificate_certifies_the_credential_itself() {
    let attestation = AttestationMode::SelfAttestation;
    let mut key = Key::with(&CreationOptions { attestation, ..Default::default() });
    let made = key.u2f_register(RP).unwrap();
    let certificate = verify_attestation(&made);
    let info = certificate.tbs_certificate().subject_public_key_info();
    assert_eq!(info.subject_public_key.raw_bytes(), made.public_key);
}

#[test]
fn registered_key_signs_presence_counter_and_challenge() {
    let mut key = Key::new();
    let made = key.u2f_register(RP).unwrap();
    let control = Control::ENFORCE_USER_PRESENCE;
    let signed = key.u2f_sign(RP, &made.key_handle, control).unwrap();
    assert!(signed.user_present);
    let request = authentication(RP, &made.key_handle);
    let message = AuthenticateResponse::signed_data(&request, true, signed.counter);
    verify(&made.public_key, &message, &signed.signature);
}

#[test]
fn without_a_touch_both_ask_for_one_at_once() {
    let mut key = Key::new();
    let handle = key.u2f_register(RP).unwrap().key_handle;
    for presence in [Presence::Waiting, Presence::Refused] {
        key.touch(presence);
        assert_eq!(key.u2f_register(RP).unwrap_err(), TOUCH_WANTED);
        let signed = key.u2f_sign(RP, &handle, Control::ENFORCE_USER_PRESENCE);
        assert_eq!(signed.unwrap_err(), TOUCH_WANTED);
    }
    key.touch(Presence::Given);
    assert!(key.u2f_register(RP).is_ok());
}

#[test]
fn touch_is_waited_for_from_the_first_question_on() {
    let mut key = Key::new();
    key.world.get().touch_after = Some(Duration::from_secs(1));
    for _ in 0..5 {
        assert_eq!(key.u2f_register(RP).unwrap_err(), TOUCH_WANTED);
        key.world.pass(Duration::from_millis(200));
    }
    assert!(key.u2f_register(RP).is_ok());
}

#[test]
fn touch_pays_for_one_operation() {
    let mut key = Key::new();
    key.world.get().touch_after = Some(Duration::from_secs(1));
    assert!(key.u2f_register(RP).is_err());
    key.pass_seconds(1);
    assert!(key.u2f_register(RP).is_ok());
    assert_eq!(key.u2f_register(RP).unwrap_err(), TOUCH_WANTED);
}

#[test]
fn wait_that_was_given_up_begins_anew() {
    let mut key = Key::new();
    key.world.get().touch_after = Some(Duration::from_secs(1));
    assert!(key.u2f_register(RP).is_err());
    key.pass_seconds(10);
    assert_eq!(key.u2f_register(RP).unwrap_err(), TOUCH_WANTED);
}

#[test]
fn check_only_knows_its_own_handles_and_wants_no_touch() {
    let mut key = Key::new();
    let handle = key.u2f_register(RP).unwrap().key_handle;
    key.touch(Presence::Waiting);
    let mut check =
        |rp_id: &str, handle: &[u8]| key.u2f_sign(rp_id, handle, Control::CHECK_ONLY).unwrap_err();
    assert_eq!(check(RP, &handle), TOUCH_WANTED);
    assert_eq!(check("example.org", &handle), StatusWord::WRONG_DATA);
    assert_eq!(check(RP, &[4; 97]), StatusWord::WRONG_DATA);
    assert_eq!(check(RP, &[]), StatusWord::WRONG_DATA);
}

#[test]
fn foreign_handle_is_refused_without_a_touch() {
    let mut key = Key::new();
    key.touch(Presence::Waiting);
    let signed = key.u2f_sign(RP, &[4; 97], Control::ENFORCE_USER_PRESENCE);
    assert_eq!(signed.unwrap_err(), StatusWord::WRONG_DATA);
}

#[test]
fn signature_without_presence_says_so() {
    let mut key = Key::new();
    let made = key.u2f_register(RP).unwrap();
    key.touch(Presence::Waiting);
    let control = Control::DONT_ENFORCE_USER_PRESENCE;
    let signed = key.u2f_sign(RP, &made.key_handle, control).unwrap();
    assert!(!signed.user_present);
    let request = authentication(RP, &made.key_handle);
    let message = AuthenticateResponse::signed_data(&request, false, signed.counter);
    verify(&made.public_key, &message, &signed.signature);
}

#[test]
fn counter_is_shared_with_ctap2() {
    let mut key = Key::new();
    let handle = key.u2f_register(RP).unwrap().key_handle;
    let control = Control::ENFORCE_USER_PRESENCE;
    let first = key.u2f_sign(RP, &handle, control).unwrap().counter;
    let second = key.get(&get_request(RP, &[&handle])).unwrap().data.sign_count;
    let third = key.u2f_sign(RP, &handle, control).unwrap().counter;
    assert!(first < second && second < third, "{first} {second} {third}");
}

#[test]
fn u2f_credential_signs_over_ctap2_when_it_is_named() {
    let mut key = Key::new();
    let made = key.u2f_register(RP).unwrap();
    let got = key.get(&get_request(RP, &[&made.key_handle])).unwrap();
    let message = [got.response.auth_data.as_slice(), &HASH].concat();
    verify(&made.public_key, &message, &got.response.signature);
    // It excludes itself too, and is never found without its name.
    let mut request = make_request(RP, "alice");
    request.exclude_list = get_request(RP, &[&made.key_handle]).allow_list;
    assert_eq!(key.make(&request).unwrap_err(), fidoctl::ctap2::Status::CREDENTIAL_EXCLUDED);
    assert!(key.get(&get_request(RP, &[])).is_err());
}

#[test]
fn ctap2_credential_signs_over_u2f() {
    let mut key = Key::new();
    let made = key.make(&make_request(RP, "alice")).unwrap();
    let CoseKey::Ec2 { x, y, .. } = made.public_key() else { panic!("not on P-256") };
    let signed = key.u2f_sign(RP, made.id(), Control::ENFORCE_USER_PRESENCE).unwrap();
    let request = authentication(RP, made.id());
    let message = AuthenticateResponse::signed_data(&request, true, signed.counter);
    verify(&[&[4], x.as_slice(), y].concat(), &message, &signed.signature);
}

#[test]
fn what_wants_verification_is_never_signed_over_u2f() {
    let mut key = Key::new();
    for (level, answer) in [(1, TOUCH_WANTED), (2, TOUCH_WANTED), (3, StatusWord::WRONG_DATA)] {
        let mut request = make_request(RP, "alice");
        request.extensions =
            Some(MakeCredentialExtensions { cred_protect: Some(level), ..Default::default() });
        let made = key.make(&request).unwrap();
        let checked = key.u2f_sign(RP, made.id(), Control::CHECK_ONLY);
        assert_eq!(checked.unwrap_err(), answer, "level {level}");
    }
}

#[test]
fn other_algorithms_do_not_sign_over_u2f() {
    let mut key = Key::new();
    let mut request = make_request(RP, "alice");
    request.pub_key_cred_params = vec![CredentialParameters::new(Algorithm::EDDSA)];
    let made = key.make(&request).unwrap();
    let checked = key.u2f_sign(RP, made.id(), Control::CHECK_ONLY);
    assert_eq!(checked.unwrap_err(), StatusWord::WRONG_DATA);
}

#[test]
fn reset_forgets_key_handles() {
    let mut key = Key::new();
    let handle = key.u2f_register(RP).unwrap().key_handle;
    key.send(&fidoctl::ctap2::Reset).unwrap();
    let checked = key.u2f_sign(RP, &handle, Control::CHECK_ONLY);
    assert_eq!(checked.unwrap_err(), StatusWord::WRONG_DATA);
}

#[test]
fn broken_apdus_are_told_apart() {
    let mut key = Key::new();
    let mut answer =
        |apdu: &[u8]| ResponseApdu::parse(&key.authenticator.u2f(apdu).unwrap()).unwrap().status;
    assert_eq!(answer(&[0, 3, 0]), StatusWord::WRONG_LENGTH);
    assert_eq!(answer(&[0x80, 3, 0, 0]), StatusWord::CLA_NOT_SUPPORTED);
    assert_eq!(answer(&[0, 9, 0, 0]), StatusWord::INS_NOT_SUPPORTED);
    assert_eq!(answer(&[0, 1, 0, 0]), StatusWord::WRONG_LENGTH);
    assert_eq!(answer(&[0, 1, 0, 0, 0, 0, 64, 1, 2]), StatusWord::WRONG_LENGTH);
    let mut apdu = authentication(RP, &[1; 16]).to_apdu(Control::CHECK_ONLY);
    apdu.data.pop();
    assert_eq!(answer(&apdu.to_vec()), StatusWord::WRONG_LENGTH);
    let unknown_control = authentication(RP, &[1; 16]).to_apdu(Control(1));
    assert_eq!(answer(&unknown_control.to_vec()), StatusWord::WRONG_DATA);
}

#[test]
fn full_disk_is_a_fault_and_signs_nothing() {
    let mut key = Key::new();
    let handle = key.u2f_register(RP).unwrap().key_handle;
    key.world.get().disk_is_full = true;
    let signed = key.u2f_sign(RP, &handle, Control::ENFORCE_USER_PRESENCE);
    assert_eq!(signed.unwrap_err(), StatusWord::NO_PRECISE_DIAGNOSIS);
    assert!(key.authenticator.take_store_error().is_some());
}

#[test]
fn key_that_always_verifies_switches_u2f_off_until_it_no_longer_does() {
    let settings = FactorySettings { always_uv: true, ..Default::default() };
    let mut key = Key::with(&CreationOptions { settings, ..Default::default() });
    assert!(!key.info().has_version("U2F_V2"));
    assert!(!key.authenticator.serves_u2f());
    let off = StatusWord::COMMAND_NOT_ALLOWED;
    assert_eq!(key.u2f_register(RP).unwrap_err(), off);
    assert_eq!(key.u2f_sign(RP, &[1; 97], Control::CHECK_ONLY).unwrap_err(), off);
    assert_eq!(key.u2f_apdu(&VersionRequest.to_apdu()).unwrap(), b"U2F_V2");
    key.send(&AuthenticatorConfigRequest::new(SubCommand::TOGGLE_ALWAYS_UV, None)).unwrap();
    assert!(key.info().has_version("U2F_V2"));
    assert!(key.u2f_register(RP).is_ok());
}

#[test]
fn key_without_u2f_neither_lists_nor_serves_it() {
    let mut key = speaking(Interfaces::Ctap2);
    assert!(!key.info().has_version("U2F_V2"));
    assert_eq!(key.authenticator.u2f(&VersionRequest.to_apdu().to_vec()), None);
    let mut request = get_request(RP, &[&[1; 16]]);
    request.options = silent();
    assert!(key.get(&request).is_err());
}
