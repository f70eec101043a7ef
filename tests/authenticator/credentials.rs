//! authenticatorMakeCredential.

use fidoctl::authenticator::Presence;
use fidoctl::cose::{Algorithm, CoseKey};
use fidoctl::ctap2::Status;
use fidoctl::ctap2::extensions::MakeCredentialExtensions;
use fidoctl::ctap2::make_credential::MakeCredentialOptions;
use fidoctl::webauthn::{CredentialDescriptor, CredentialParameters, Flags, rp_id_hash};

use crate::rig::{Key, MC, RP, authorize_make, discoverable, get_request, make_request, silent};

fn excluding(id: &[u8]) -> Option<Vec<CredentialDescriptor>> {
    Some(vec![CredentialDescriptor::new(id.to_vec())])
}

#[test]
fn authenticator_data_name_the_rp_the_model_and_the_credential() {
    let mut key = Key::new();
    let made = key.make(&make_request(RP, "alice")).unwrap();
    assert_eq!(made.data.rp_id_hash, rp_id_hash(RP));
    assert_eq!(made.data.flags, Flags::UP | Flags::AT);
    let attested = made.data.attested_credential.as_ref().unwrap();
    assert_eq!(attested.aaguid, fidoctl::authenticator::AAGUID);
    assert_eq!(*key.info().aaguid, fidoctl::authenticator::AAGUID);
}

#[test]
fn credential_ids_keep_to_the_declared_length() {
    let mut key = Key::new();
    let limit = key.info().max_credential_id_length.unwrap();
    let server_side = key.make(&make_request(RP, "alice")).unwrap();
    let discoverable = key.enroll(RP, "alice");
    for made in [server_side, discoverable] {
        assert!(u64::try_from(made.id().len()).unwrap() <= limit);
    }
}

#[test]
fn the_first_algorithm_known_is_taken() {
    let mut key = Key::new();
    let mut request = make_request(RP, "alice");
    let wanted = [Algorithm::RS256, Algorithm::EDDSA, Algorithm::ES256];
    request.pub_key_cred_params = wanted.map(CredentialParameters::new).into();
    let made = key.make(&request).unwrap();
    assert!(matches!(made.public_key(), CoseKey::Okp { algorithm: Algorithm::EDDSA, .. }));
}

#[test]
fn no_known_algorithm_is_an_error() {
    let mut key = Key::new();
    let mut request = make_request(RP, "alice");
    request.pub_key_cred_params = vec![CredentialParameters::new(Algorithm::RS256)];
    assert_eq!(key.make(&request).unwrap_err(), Status::UNSUPPORTED_ALGORITHM);
    request.pub_key_cred_params = vec![CredentialParameters {
        algorithm: Algorithm::ES256,
        credential_type: "private-key".to_owned(),
    }];
    assert_eq!(key.make(&request).unwrap_err(), Status::UNSUPPORTED_ALGORITHM);
}

#[test]
fn options_that_cannot_be_met_are_refused() {
    let mut key = Key::new();
    for (options, status) in [
        (MakeCredentialOptions { up: Some(false), ..Default::default() }, Status::INVALID_OPTION),
        (MakeCredentialOptions { uv: Some(true), ..Default::default() }, Status::INVALID_OPTION),
    ] {
        let mut request = make_request(RP, "alice");
        request.options = Some(options);
        assert_eq!(key.make(&request).unwrap_err(), status);
    }
    let mut request = make_request(RP, "alice");
    request.options =
        Some(MakeCredentialOptions { up: Some(true), uv: Some(false), rk: Some(false) });
    key.make(&request).unwrap();
}

#[test]
fn enterprise_attestation_is_refused() {
    let mut key = Key::new();
    let mut request = make_request(RP, "alice");
    request.enterprise_attestation = Some(1);
    assert_eq!(key.make(&request).unwrap_err(), Status::INVALID_PARAMETER);
}

#[test]
fn a_parameter_needs_its_protocol() {
    let mut key = Key::with_pin();
    let token = key.token("1234", MC, Some(RP)).unwrap();
    let mut request = make_request(RP, "alice");
    authorize_make(&mut request, &token);
    request.pin_uv_auth_protocol = None;
    assert_eq!(key.make(&request).unwrap_err(), Status::MISSING_PARAMETER);
    request.pin_uv_auth_protocol = Some(3);
    assert_eq!(key.make(&request).unwrap_err(), Status::INVALID_PARAMETER);
    request.pin_uv_auth_protocol = Some(1);
    assert_eq!(key.make(&request).unwrap_err(), Status::PIN_AUTH_INVALID);
}

#[test]
fn an_empty_parameter_asks_for_a_touch_and_tells_whether_a_pin_is_set() {
    for (mut key, status) in
        [(Key::new(), Status::PIN_NOT_SET), (Key::with_pin(), Status::PIN_INVALID)]
    {
        let mut request = make_request(RP, "alice");
        request.pin_uv_auth_param = Some(Vec::new().into());
        assert_eq!(key.make(&request).unwrap_err(), status);
        key.world.get().presence = Presence::Refused;
        assert_eq!(key.make(&request).unwrap_err(), Status::OPERATION_DENIED);
    }
}

#[test]
fn an_excluded_credential_is_found_with_either_kind_of_id() {
    let mut key = Key::new();
    let server_side = key.make(&make_request(RP, "alice")).unwrap();
    let discoverable = key.enroll(RP, "alice");
    for made in [server_side, discoverable] {
        let mut request = make_request(RP, "bob");
        request.exclude_list = excluding(made.id());
        assert_eq!(key.make(&request).unwrap_err(), Status::CREDENTIAL_EXCLUDED);
    }
}

#[test]
fn an_excluded_credential_is_told_even_without_a_touch() {
    let mut key = Key::new();
    let made = key.enroll(RP, "alice");
    let mut request = make_request(RP, "bob");
    request.exclude_list = excluding(made.id());
    key.world.get().presence = Presence::Refused;
    assert_eq!(key.make(&request).unwrap_err(), Status::CREDENTIAL_EXCLUDED);
}

#[test]
fn excluded_credentials_of_other_rps_do_not_count() {
    let mut key = Key::new();
    let server_side = key.make(&make_request("other.example", "alice")).unwrap();
    let discoverable = key.enroll("other.example", "alice");
    for made in [server_side, discoverable] {
        let mut request = make_request(RP, "bob");
        request.exclude_list = excluding(made.id());
        key.make(&request).unwrap();
    }
}

#[test]
fn a_level_three_credential_is_excluded_only_with_verification() {
    let mut key = Key::with_pin();
    let made = key.enroll_protected(RP, "alice", Some(3));
    let mut request = make_request(RP, "bob");
    request.exclude_list = excluding(made.id());
    key.make(&request).unwrap();
    let token = key.token("1234", MC, Some(RP)).unwrap();
    authorize_make(&mut request, &token);
    assert_eq!(key.make(&request).unwrap_err(), Status::CREDENTIAL_EXCLUDED);
}

#[test]
fn nine_descriptors_are_one_too_many() {
    let mut key = Key::new();
    let descriptors = |n| Some(vec![CredentialDescriptor::new(vec![7; 32]); n]);
    let mut request = make_request(RP, "alice");
    request.exclude_list = descriptors(8);
    key.make(&request).unwrap();
    request.exclude_list = descriptors(9);
    assert_eq!(key.make(&request).unwrap_err(), Status::LIMIT_EXCEEDED);
}

#[test]
fn a_second_credential_for_an_account_replaces_the_first() {
    let mut key = Key::new();
    let first = key.enroll(RP, "alice");
    let second = key.enroll(RP, "alice");
    key.enroll("other.example", "alice");
    assert_eq!(key.get(&get_request(RP, &[])).unwrap().id(), second.id());
    let gone = key.get(&get_request(RP, &[first.id()])).unwrap_err();
    assert_eq!(gone, Status::NO_CREDENTIALS);
    assert_eq!(key.authenticator.state().summary().credentials.len(), 2);
}

#[test]
fn a_full_key_takes_no_more_accounts_but_replaces_them() {
    let mut key = Key::new();
    for n in 0..100 {
        key.enroll(RP, &format!("user {n}"));
    }
    assert_eq!(key.info().remaining_discoverable_credentials, Some(0));
    let mut request = make_request(RP, "one more");
    request.options = discoverable();
    assert_eq!(key.make(&request).unwrap_err(), Status::KEY_STORE_FULL);
    key.enroll(RP, "user 50");
    key.make(&make_request(RP, "server-side")).unwrap();
}

#[test]
fn a_credential_that_cannot_be_stored_is_not_made() {
    let mut key = Key::new();
    key.world.get().disk_is_full = true;
    let mut request = make_request(RP, "alice");
    request.options = discoverable();
    assert_eq!(key.make(&request).unwrap_err(), Status::OTHER);
    let why = key.authenticator.take_store_error().unwrap();
    assert!(matches!(why, fidoctl::authenticator::StoreError::DiskFull { .. }));
    key.world.get().disk_is_full = false;
    assert_eq!(key.get(&get_request(RP, &[])).unwrap_err(), Status::NO_CREDENTIALS);
}

#[test]
fn cred_protect_answers_the_level_in_force() {
    let mut key = Key::new();
    for level in 1..=3 {
        let mut request = make_request(RP, "alice");
        request.extensions =
            Some(MakeCredentialExtensions { cred_protect: Some(level), ..Default::default() });
        let made = key.make(&request).unwrap();
        let told = made.data.extension("credProtect").unwrap().as_i64().unwrap();
        assert_eq!(u64::try_from(told).unwrap(), level);
    }
    let made = key.make(&make_request(RP, "alice")).unwrap();
    assert_eq!(made.data.extensions, None);
}

#[test]
fn cred_protect_levels_that_do_not_exist_are_refused() {
    let mut key = Key::new();
    for level in [0, 4] {
        let mut request = make_request(RP, "alice");
        request.extensions =
            Some(MakeCredentialExtensions { cred_protect: Some(level), ..Default::default() });
        assert_eq!(key.make(&request).unwrap_err(), Status::INVALID_OPTION);
    }
}

#[test]
fn server_side_credentials_keep_their_protection() {
    let mut key = Key::with_pin();
    let mut request = make_request(RP, "alice");
    request.extensions =
        Some(MakeCredentialExtensions { cred_protect: Some(3), ..Default::default() });
    let made = key.make(&request).unwrap();
    let mut probe = get_request(RP, &[made.id()]);
    probe.options = silent();
    assert_eq!(key.get(&probe).unwrap_err(), Status::NO_CREDENTIALS);
}
