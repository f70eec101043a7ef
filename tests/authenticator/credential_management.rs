//! What is stored: seen, counted, deleted and renamed, by whom and in which order.

use fidoctl::authenticator::{CreationOptions, VersionLine};
use fidoctl::cbor::LossyText;
use fidoctl::ctap2::credential_management::{SubCommand, SubCommandParams};
use fidoctl::ctap2::extensions::MakeCredentialExtensions;
use fidoctl::ctap2::{
    CredentialManagementRequest, CredentialManagementResponse, Permissions,
    PreviewCredentialManagementRequest, Request, Status,
};
use fidoctl::ctaphid::ChannelId;
use fidoctl::pin_uv::PinUvAuthProtocol::One;
use fidoctl::pin_uv::{EncryptedMember, PinUvAuthToken};
use fidoctl::webauthn::{CredentialDescriptor, UserEntity, rp_id_hash};

use crate::rig::{CHANNEL, Key, MC, RP, authorize_make, discoverable, make_request, parse};

const CM: Permissions = Permissions::CREDENTIAL_MANAGEMENT;
const PCMR: Permissions = Permissions::PERSISTENT_CREDENTIAL_MANAGEMENT_READ_ONLY;
const OTHER_CHANNEL: ChannelId = ChannelId([0, 0, 0, 2]);

type Answer = Result<CredentialManagementResponse, Status>;

fn authorized(
    token: &PinUvAuthToken,
    sub_command: SubCommand,
    params: Option<&SubCommandParams>,
) -> CredentialManagementRequest {
    let mut request = CredentialManagementRequest::new(sub_command, params);
    request.pin_uv_auth_param = Some(token.authenticate(&request.authenticated_bytes()).into());
    request.pin_uv_auth_protocol = Some(token.protocol().id());
    request
}

fn metadata(key: &mut Key, token: &PinUvAuthToken) -> Answer {
    key.send(&authorized(token, SubCommand::GET_CREDS_METADATA, None))
}

fn rps(key: &mut Key, token: &PinUvAuthToken) -> Answer {
    key.send(&authorized(token, SubCommand::ENUMERATE_RPS_BEGIN, None))
}

fn next_rp(key: &mut Key) -> Answer {
    key.send(&CredentialManagementRequest::new(SubCommand::ENUMERATE_RPS_GET_NEXT_RP, None))
}

fn credentials(key: &mut Key, token: &PinUvAuthToken, rp_id: &str) -> Answer {
    let params = SubCommandParams {
        rp_id_hash: Some(rp_id_hash(rp_id).to_vec().into()),
        ..Default::default()
    };
    key.send(&authorized(token, SubCommand::ENUMERATE_CREDENTIALS_BEGIN, Some(&params)))
}

fn next_credential(key: &mut Key) -> Answer {
    key.send(&next_credential_request())
}

fn next_credential_request() -> CredentialManagementRequest {
    let sub_command = SubCommand::ENUMERATE_CREDENTIALS_GET_NEXT_CREDENTIAL;
    CredentialManagementRequest::new(sub_command, None)
}

fn delete(key: &mut Key, token: &PinUvAuthToken, id: &[u8]) -> Result<(), Status> {
    let params = SubCommandParams {
        credential_id: Some(CredentialDescriptor::new(id)),
        ..Default::default()
    };
    key.send(&authorized(token, SubCommand::DELETE_CREDENTIAL, Some(&params))).map(drop)
}

fn update(
    key: &mut Key,
    token: &PinUvAuthToken,
    id: &[u8],
    user_id: &str,
    names: [Option<&str>; 2],
) -> Result<(), Status> {
    let [name, display_name] = names.map(|name| name.map(|name| LossyText(name.to_owned())));
    let user = UserEntity { id: user_id.as_bytes().to_vec().into(), name, display_name };
    let params = SubCommandParams {
        credential_id: Some(CredentialDescriptor::new(id)),
        user: Some(user),
        ..Default::default()
    };
    key.send(&authorized(token, SubCommand::UPDATE_USER_INFORMATION, Some(&params))).map(drop)
}

fn manager(key: &mut Key) -> PinUvAuthToken {
    key.token("1234", CM, None).unwrap()
}

fn user_of(answer: &CredentialManagementResponse) -> (String, Option<String>, Option<String>) {
    let user = answer.user.clone().unwrap();
    let text = |text: Option<LossyText>| text.map(|text| text.0);
    let id = String::from_utf8(user.id.to_vec()).unwrap();
    (id, text(user.name), text(user.display_name))
}

fn rp_of(answer: &CredentialManagementResponse) -> String {
    let rp = answer.rp.clone().unwrap().id.unwrap().0;
    assert_eq!(answer.rp_id_hash.as_ref().unwrap().as_slice(), rp_id_hash(&rp));
    rp
}

#[test]
fn get_info_tells_of_credential_management() {
    let mut key = Key::new();
    let info = key.info();
    assert!(info.option_is_true("credMgmt"));
    assert!(info.option_is_true("perCredMgmtRO"));
}

#[test]
fn the_prototype_does_the_same_as_the_final_command() {
    let mut key = Key::with_pin();
    let alice = key.enroll(RP, "alice").id().to_vec();
    let token = manager(&mut key);
    assert!(key.info().option_is_true("credentialMgmtPreview"));
    let begin = authorized(&token, SubCommand::ENUMERATE_RPS_BEGIN, None);
    let answer = key.send(&PreviewCredentialManagementRequest(begin)).unwrap();
    assert_eq!(rp_of(&answer), RP);
    let params = SubCommandParams {
        credential_id: Some(CredentialDescriptor::new(alice)),
        ..Default::default()
    };
    let request = authorized(&token, SubCommand::DELETE_CREDENTIAL, Some(&params));
    key.send(&PreviewCredentialManagementRequest(request)).unwrap();
    assert_eq!(rps(&mut key, &token).unwrap_err(), Status::NO_CREDENTIALS);
}

#[test]
fn metadata_counts_what_is_there_and_what_fits() {
    let mut key = Key::with_pin();
    let token = manager(&mut key);
    let empty = metadata(&mut key, &token).unwrap();
    assert_eq!(empty.existing_resident_credentials_count, Some(0));
    assert_eq!(empty.max_possible_remaining_resident_credentials_count, Some(100));
    key.enroll(RP, "alice");
    let token = manager(&mut key);
    let one = metadata(&mut key, &token).unwrap();
    assert_eq!(one.existing_resident_credentials_count, Some(1));
    assert_eq!(one.max_possible_remaining_resident_credentials_count, Some(99));
}

#[test]
fn an_empty_store_has_nothing_to_list() {
    let mut key = Key::with_pin();
    let token = manager(&mut key);
    assert_eq!(rps(&mut key, &token).unwrap_err(), Status::NO_CREDENTIALS);
    assert_eq!(credentials(&mut key, &token, RP).unwrap_err(), Status::NO_CREDENTIALS);
}

#[test]
fn relying_parties_come_one_by_one_with_the_total_first() {
    let mut key = Key::with_pin();
    for (rp_id, user) in [(RP, "alice"), ("b.example", "bob"), (RP, "carol"), ("c.example", "dan")]
    {
        key.enroll(rp_id, user);
    }
    let token = manager(&mut key);
    let first = rps(&mut key, &token).unwrap();
    assert_eq!((rp_of(&first).as_str(), first.total_rps), (RP, Some(3)));
    let second = next_rp(&mut key).unwrap();
    assert_eq!((rp_of(&second).as_str(), second.total_rps), ("b.example", None));
    assert_eq!(rp_of(&next_rp(&mut key).unwrap()), "c.example");
    assert_eq!(next_rp(&mut key).unwrap_err(), Status::NOT_ALLOWED);
}

#[test]
fn credentials_come_one_by_one_with_all_that_is_known_of_them() {
    let mut key = Key::with_pin();
    let alice = key.enroll_protected(RP, "alice", Some(3));
    key.enroll("b.example", "bob");
    let carol = key.enroll(RP, "carol");
    let token = manager(&mut key);
    let first = credentials(&mut key, &token, RP).unwrap();
    assert_eq!(first.total_credentials, Some(2));
    assert_eq!(first.credential_id.as_ref().unwrap().id.as_slice(), alice.id());
    assert_eq!(first.public_key.as_ref().unwrap(), alice.public_key());
    assert_eq!(first.cred_protect, Some(3));
    let (id, name, display_name) = user_of(&first);
    assert_eq!(
        (id.as_str(), name.as_deref(), display_name.as_deref()),
        ("alice", Some("alice@example.com"), Some("ALICE"))
    );
    let second = next_credential(&mut key).unwrap();
    assert_eq!(second.total_credentials, None);
    assert_eq!(second.credential_id.as_ref().unwrap().id.as_slice(), carol.id());
    assert_eq!(second.cred_protect, Some(1));
    assert_eq!(next_credential(&mut key).unwrap_err(), Status::NOT_ALLOWED);
}

#[test]
fn a_listing_goes_on_only_right_after_its_own_beginning() {
    let mut key = Key::with_pin();
    for (rp_id, user) in [(RP, "alice"), (RP, "bob"), ("b.example", "carol")] {
        key.enroll(rp_id, user);
    }
    let token = manager(&mut key);
    assert_eq!(next_rp(&mut key).unwrap_err(), Status::NOT_ALLOWED);
    rps(&mut key, &token).unwrap();
    assert_eq!(next_credential(&mut key).unwrap_err(), Status::NOT_ALLOWED);
    rps(&mut key, &token).unwrap();
    key.info();
    assert_eq!(next_rp(&mut key).unwrap_err(), Status::NOT_ALLOWED);
    rps(&mut key, &token).unwrap();
    metadata(&mut key, &token).unwrap();
    assert_eq!(next_rp(&mut key).unwrap_err(), Status::NOT_ALLOWED);
}

#[test]
fn a_listing_belongs_to_its_channel() {
    let mut key = Key::with_pin();
    key.enroll(RP, "alice");
    key.enroll(RP, "bob");
    let token = manager(&mut key);
    credentials(&mut key, &token, RP).unwrap();
    let next = next_credential_request();
    let reply = key.raw_on(OTHER_CHANNEL, &next.to_message());
    let answer = parse::<CredentialManagementRequest>(&reply);
    assert_eq!(answer.unwrap_err(), Status::NOT_ALLOWED);
    let reply = key.raw_on(CHANNEL, &next.to_message());
    parse::<CredentialManagementRequest>(&reply).unwrap();
}

#[test]
fn a_listing_waits_for_thirty_seconds() {
    for (seconds, outcome) in [(30, Ok(())), (31, Err(Status::NOT_ALLOWED))] {
        let mut key = Key::with_pin();
        key.enroll(RP, "alice");
        key.enroll(RP, "bob");
        let token = manager(&mut key);
        credentials(&mut key, &token, RP).unwrap();
        key.pass_seconds(seconds);
        assert_eq!(next_credential(&mut key).map(drop), outcome);
    }
}

#[test]
fn a_power_cycle_ends_a_listing() {
    let mut key = Key::with_pin();
    key.enroll(RP, "alice");
    key.enroll(RP, "bob");
    let token = manager(&mut key);
    credentials(&mut key, &token, RP).unwrap();
    key.authenticator.power_cycle().unwrap();
    assert_eq!(next_credential(&mut key).unwrap_err(), Status::NOT_ALLOWED);
}

#[test]
fn nothing_is_told_without_authorisation_not_even_with_no_pin() {
    let mut key = Key::new();
    for sub_command in [1, 2, 4, 6, 7] {
        let request = CredentialManagementRequest::new(SubCommand(sub_command), None);
        assert_eq!(key.send(&request).unwrap_err(), Status::PUAT_REQUIRED);
    }
}

#[test]
fn unknown_subcommands_are_refused_as_such() {
    let mut key = Key::with_pin();
    for sub_command in [0, 8, 0x1_0001] {
        let request = CredentialManagementRequest::new(SubCommand(sub_command), None);
        assert_eq!(key.send(&request).unwrap_err(), Status::INVALID_SUBCOMMAND);
    }
}

#[test]
fn what_is_missing_is_named_before_the_mac_is_looked_at() {
    let mut key = Key::with_pin();
    for sub_command in [4, 6, 7] {
        let mut request = CredentialManagementRequest::new(SubCommand(sub_command), None);
        request.pin_uv_auth_param = Some(vec![0; 32].into());
        request.pin_uv_auth_protocol = Some(2);
        assert_eq!(key.send(&request).unwrap_err(), Status::MISSING_PARAMETER);
    }
    let mut request = CredentialManagementRequest::new(SubCommand(1), None);
    request.pin_uv_auth_param = Some(vec![0; 32].into());
    assert_eq!(key.send(&request).unwrap_err(), Status::MISSING_PARAMETER);
    request.pin_uv_auth_protocol = Some(3);
    assert_eq!(key.send(&request).unwrap_err(), Status::INVALID_PARAMETER);
}

#[test]
fn the_mac_covers_the_parameters_as_they_were_sent() {
    let mut key = Key::with_pin();
    key.enroll(RP, "alice");
    let token = manager(&mut key);
    let hash = rp_id_hash(RP).to_vec();
    // An unknown member that a key's own encoding of the parameters would not have.
    let params = [&[0xa2, 0x01, 0x58, 0x20], hash.as_slice(), &[0x18, 0x63, 0x01]].concat();
    let mac = token.authenticate(&[&[0x04], params.as_slice()].concat());
    let message =
        [&[0x0a, 0xa4, 0x01, 0x04, 0x02], params.as_slice(), &[0x03, 0x02, 0x04, 0x58, 0x20], &mac]
            .concat();
    let answer = parse::<CredentialManagementRequest>(&key.raw(&message)).unwrap();
    assert_eq!(answer.total_credentials, Some(1));
}

#[test]
fn a_mac_for_one_subcommand_is_none_for_another() {
    let mut key = Key::with_pin();
    key.enroll(RP, "alice");
    let token = manager(&mut key);
    let mut request = authorized(&token, SubCommand::GET_CREDS_METADATA, None);
    request.sub_command = SubCommand::ENUMERATE_RPS_BEGIN;
    assert_eq!(key.send(&request).unwrap_err(), Status::PIN_AUTH_INVALID);
}

#[test]
fn a_token_without_the_permission_sees_nothing() {
    let mut key = Key::with_pin();
    key.enroll(RP, "alice");
    let token = key.token("1234", MC, Some(RP)).unwrap();
    assert_eq!(metadata(&mut key, &token).unwrap_err(), Status::PIN_AUTH_INVALID);
    let legacy = key.legacy_token("1234").unwrap();
    assert_eq!(metadata(&mut key, &legacy).unwrap_err(), Status::PIN_AUTH_INVALID);
}

#[test]
fn a_token_is_not_spent_by_managing() {
    let mut key = Key::with_pin();
    key.enroll(RP, "alice");
    let token = key.token_of(One, "1234", CM.bits(), None).unwrap();
    for _ in 0..3 {
        metadata(&mut key, &token).unwrap();
        rps(&mut key, &token).unwrap();
    }
}

#[test]
fn a_token_bound_to_a_relying_party_is_good_for_that_one_only() {
    let mut key = Key::with_pin();
    let alice = key.enroll(RP, "alice").id().to_vec();
    let bob = key.enroll("b.example", "bob").id().to_vec();
    let token = key.token("1234", CM, Some(RP)).unwrap();
    assert_eq!(metadata(&mut key, &token).unwrap_err(), Status::PIN_AUTH_INVALID);
    assert_eq!(rps(&mut key, &token).unwrap_err(), Status::PIN_AUTH_INVALID);
    let other = credentials(&mut key, &token, "b.example");
    assert_eq!(other.unwrap_err(), Status::PIN_AUTH_INVALID);
    assert_eq!(delete(&mut key, &token, &bob).unwrap_err(), Status::PIN_AUTH_INVALID);
    let renamed = update(&mut key, &token, &bob, "bob", [None, None]);
    assert_eq!(renamed.unwrap_err(), Status::PIN_AUTH_INVALID);
    credentials(&mut key, &token, RP).unwrap();
    update(&mut key, &token, &alice, "alice", [None, None]).unwrap();
    delete(&mut key, &token, &alice).unwrap();
}

#[test]
fn a_deleted_credential_is_gone() {
    let mut key = Key::with_pin();
    let alice = key.enroll(RP, "alice").id().to_vec();
    key.enroll(RP, "bob");
    let token = manager(&mut key);
    delete(&mut key, &token, &alice).unwrap();
    let left = credentials(&mut key, &token, RP).unwrap();
    assert_eq!((user_of(&left).0.as_str(), left.total_credentials), ("bob", Some(1)));
    assert_eq!(delete(&mut key, &token, &alice).unwrap_err(), Status::NO_CREDENTIALS);
    assert_eq!(key.info().remaining_discoverable_credentials, Some(99));
}

#[test]
fn a_full_disk_deletes_nothing() {
    let mut key = Key::with_pin();
    let alice = key.enroll(RP, "alice").id().to_vec();
    let token = manager(&mut key);
    key.world.get().disk_is_full = true;
    assert_eq!(delete(&mut key, &token, &alice).unwrap_err(), Status::OTHER);
    credentials(&mut key, &token, RP).unwrap();
}

#[test]
fn names_are_replaced_and_those_left_out_or_empty_are_taken_away() {
    let mut key = Key::with_pin();
    let alice = key.enroll(RP, "alice").id().to_vec();
    let token = manager(&mut key);
    let now = |key: &mut Key| {
        let (_, name, display_name) = user_of(&credentials(key, &token, RP).unwrap());
        (name, display_name)
    };
    update(&mut key, &token, &alice, "alice", [Some("a"), Some("A")]).unwrap();
    assert_eq!(now(&mut key), (Some("a".to_owned()), Some("A".to_owned())));
    update(&mut key, &token, &alice, "alice", [Some("b"), None]).unwrap();
    assert_eq!(now(&mut key), (Some("b".to_owned()), None));
    update(&mut key, &token, &alice, "alice", [Some(""), Some("")]).unwrap();
    assert_eq!(now(&mut key), (None, None));
}

#[test]
fn the_user_handle_never_changes() {
    let mut key = Key::with_pin();
    let alice = key.enroll(RP, "alice").id().to_vec();
    let token = manager(&mut key);
    let other = update(&mut key, &token, &alice, "mallory", [None, None]);
    assert_eq!(other.unwrap_err(), Status::INVALID_PARAMETER);
    let nobody = update(&mut key, &token, &[9; 32], "alice", [None, None]);
    assert_eq!(nobody.unwrap_err(), Status::NO_CREDENTIALS);
}

#[test]
fn the_persistent_token_reads_and_never_changes_anything() {
    let mut key = Key::with_pin();
    let alice = key.enroll(RP, "alice").id().to_vec();
    let token = key.token("1234", PCMR, None).unwrap();
    metadata(&mut key, &token).unwrap();
    rps(&mut key, &token).unwrap();
    credentials(&mut key, &token, RP).unwrap();
    assert_eq!(delete(&mut key, &token, &alice).unwrap_err(), Status::PIN_AUTH_INVALID);
    let renamed = update(&mut key, &token, &alice, "alice", [None, None]);
    assert_eq!(renamed.unwrap_err(), Status::PIN_AUTH_INVALID);
}

#[test]
fn the_persistent_token_outlives_time_power_and_other_tokens() {
    let mut key = Key::with_pin();
    let token = key.token("1234", PCMR, None).unwrap();
    key.pass_seconds(100_000);
    key.authenticator.power_cycle().unwrap();
    manager(&mut key);
    metadata(&mut key, &token).unwrap();
    let again = key.token_of(One, "1234", PCMR.bits(), None).unwrap();
    assert_eq!(again.as_bytes(), token.as_bytes());
    metadata(&mut key, &again).unwrap();
}

#[test]
fn asking_for_the_persistent_token_leaves_the_ordinary_one_alone() {
    let mut key = Key::with_pin();
    let token = manager(&mut key);
    key.token("1234", PCMR, None).unwrap();
    metadata(&mut key, &token).unwrap();
}

#[test]
fn the_persistent_token_is_asked_for_alone() {
    let mut key = Key::with_pin();
    for other in [CM, MC] {
        let error = key.token("1234", PCMR | other, Some(RP)).unwrap_err();
        assert_eq!(error, Status::UNAUTHORIZED_PERMISSION);
    }
}

#[test]
fn a_new_pin_and_a_reset_end_the_persistent_token() {
    let mut key = Key::with_pin();
    let token = key.token("1234", PCMR, None).unwrap();
    key.change_pin("1234", "4321").unwrap();
    assert_eq!(metadata(&mut key, &token).unwrap_err(), Status::PIN_AUTH_INVALID);
    let token = key.token("4321", PCMR, None).unwrap();
    key.authenticator.power_cycle().unwrap();
    assert_eq!(key.raw(&[0x07]), [0]);
    assert_eq!(metadata(&mut key, &token).unwrap_err(), Status::PIN_AUTH_INVALID);
    assert_eq!(key.info().enc_identifier, None);
}

/// What the key says to the holder of the token: identifier and store state.
fn secrets(key: &mut Key, token: &PinUvAuthToken) -> [[u8; 16]; 2] {
    let info = key.info();
    let decrypt = |member: EncryptedMember, value: Option<_>| {
        let value: fidoctl::cbor::ByteVec = value.unwrap();
        member.decrypt(token.as_bytes(), &value).unwrap()
    };
    [
        decrypt(EncryptedMember::Identifier, info.enc_identifier),
        decrypt(EncryptedMember::CredStoreState, info.enc_cred_store_state),
    ]
}

#[test]
fn the_identifier_stays_and_is_encrypted_anew_each_time() {
    let mut key = Key::with_pin();
    assert_eq!(key.info().enc_identifier, None);
    let token = key.token("1234", PCMR, None).unwrap();
    let before = secrets(&mut key, &token);
    assert_ne!(key.info().enc_identifier, key.info().enc_identifier);
    assert_ne!(key.info().enc_cred_store_state, key.info().enc_cred_store_state);
    key.authenticator.power_cycle().unwrap();
    assert_eq!(secrets(&mut key, &token), before);
    key.change_pin("1234", "4321").unwrap();
    let token = key.token("4321", PCMR, None).unwrap();
    assert_eq!(secrets(&mut key, &token), before);
}

#[test]
fn every_change_of_the_credentials_changes_the_store_state() {
    let mut key = Key::with_pin();
    let token = key.token("1234", PCMR, None).unwrap();
    let [identifier, mut last] = secrets(&mut key, &token);
    let mut changed = |key: &mut Key, expected: bool| {
        let [same, state] = secrets(key, &token);
        assert_eq!(same, identifier);
        assert_eq!(state != last, expected);
        last = state;
    };
    let alice = key.enroll(RP, "alice").id().to_vec();
    changed(&mut key, true);
    let cm = manager(&mut key);
    update(&mut key, &cm, &alice, "alice", [Some("a"), None]).unwrap();
    changed(&mut key, true);
    rps(&mut key, &cm).unwrap();
    changed(&mut key, false);
    delete(&mut key, &cm, &alice).unwrap();
    changed(&mut key, true);
    // A server-side credential is not stored.
    let mut request = make_request(RP, "alice");
    let token = key.token("1234", MC, Some(RP)).unwrap();
    authorize_make(&mut request, &token);
    key.make(&request).unwrap();
    changed(&mut key, false);
}

#[test]
fn capacity_is_chosen_at_creation() {
    let options = CreationOptions { capacity: Some(2), ..Default::default() };
    let mut key = Key::with(&options);
    assert_eq!(key.info().remaining_discoverable_credentials, Some(2));
    key.enroll(RP, "alice");
    key.enroll(RP, "bob");
    let mut request = make_request(RP, "carol");
    request.options = discoverable();
    assert_eq!(key.make(&request).unwrap_err(), Status::KEY_STORE_FULL);
}

#[test]
fn a_preview_key_has_the_prototype_only() {
    let options = CreationOptions { version_line: VersionLine::Ctap2_1Pre, ..Default::default() };
    let mut key = Key::with(&options);
    key.set_pin("1234").unwrap();
    let info = key.info();
    assert_eq!(info.versions, ["U2F_V2", "FIDO_2_0", "FIDO_2_1_PRE"]);
    assert_eq!(info.option("credMgmt"), None);
    assert_eq!(info.option("pinUvAuthToken"), None);
    assert!(info.option_is_true("credentialMgmtPreview"));
    let refused = key.token_of(One, "1234", CM.bits(), None).unwrap_err();
    assert_eq!(refused, Status::INVALID_SUBCOMMAND);
    let token = key.legacy_token("1234").unwrap();
    let request = authorized(&token, SubCommand::GET_CREDS_METADATA, None);
    assert_eq!(key.send(&request).unwrap_err(), Status::INVALID_COMMAND);
    let answer = key.send(&PreviewCredentialManagementRequest(request)).unwrap();
    assert_eq!(answer.existing_resident_credentials_count, Some(0));
    let params = SubCommandParams::default();
    let update = authorized(&token, SubCommand::UPDATE_USER_INFORMATION, Some(&params));
    let answer = key.send(&PreviewCredentialManagementRequest(update));
    assert_eq!(answer.unwrap_err(), Status::INVALID_SUBCOMMAND);
}

#[test]
fn a_listing_tells_of_payments_and_blobs_as_the_version_does() {
    let told = |version_line| {
        let mut key = Key::with(&CreationOptions { version_line, ..Default::default() });
        key.set_pin("1234").unwrap();
        let token = key.token("1234", MC, Some(RP)).unwrap();
        let mut request = make_request(RP, "alice");
        request.options = discoverable();
        request.extensions = Some(MakeCredentialExtensions {
            large_blob_key: Some(true),
            third_party_payment: Some(true),
            ..Default::default()
        });
        authorize_make(&mut request, &token);
        key.make(&request).unwrap();
        let token = manager(&mut key);
        let answer = credentials(&mut key, &token, RP).unwrap();
        (answer.large_blob_key.is_some(), answer.third_party_payment)
    };
    assert_eq!(told(VersionLine::Ctap2_1), (true, None));
    assert_eq!(told(VersionLine::Ctap2_2), (true, Some(true)));
    assert_eq!(told(VersionLine::Ctap2_3), (true, Some(true)));
}
