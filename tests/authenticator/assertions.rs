//! authenticatorGetAssertion and getNextAssertion.

use fidoctl::authenticator::Presence;
use fidoctl::cose::{Algorithm, CoseKey};
use fidoctl::ctap2::get_assertion::GetAssertionOptions;
use fidoctl::ctap2::{GetInfo, GetNextAssertion, Request, Status};
use fidoctl::ctaphid::ChannelId;
use fidoctl::webauthn::{CredentialParameters, Flags};
use p256::ecdsa::signature::Verifier;

use crate::rig::{
    GA, Got, HASH, Key, RP, authenticator_from, authorize_get, get_request, make_request, parse,
    silent,
};

fn next(key: &mut Key) -> Result<Got, Status> {
    key.send(&GetNextAssertion).map(Got::new)
}

fn user_id(got: &Got) -> &[u8] {
    &got.response.user.as_ref().unwrap().id
}

/// Checks a signature without any code of the project.
fn verify(public_key: &CoseKey, got: &Got) {
    let message = [got.response.auth_data.as_slice(), &HASH].concat();
    match public_key {
        CoseKey::Ec2 { x, y, .. } => {
            let point = [&[4], x.as_slice(), y].concat();
            let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(&point).unwrap();
            let signature = p256::ecdsa::DerSignature::from_bytes(&got.response.signature).unwrap();
            key.verify(&message, &signature).unwrap();
        }
        CoseKey::Okp { x, .. } => {
            let x = x.as_slice().try_into().unwrap();
            let key = ed25519_dalek::VerifyingKey::from_bytes(x).unwrap();
            let signature = got.response.signature.as_slice().try_into().unwrap();
            key.verify_strict(&message, &ed25519_dalek::Signature::from_bytes(signature)).unwrap();
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn both_algorithms_sign_what_verifies() {
    let mut key = Key::new();
    for algorithm in [Algorithm::ES256, Algorithm::EDDSA] {
        let mut request = make_request(RP, "alice");
        request.pub_key_cred_params = vec![CredentialParameters::new(algorithm)];
        let made = key.make(&request).unwrap();
        let got = key.get(&get_request(RP, &[made.id()])).unwrap();
        verify(made.public_key(), &got);
    }
}

#[test]
fn a_discoverable_credential_is_found_without_its_id() {
    let mut key = Key::new();
    let made = key.enroll(RP, "alice");
    let got = key.get(&get_request(RP, &[])).unwrap();
    assert_eq!((got.id(), user_id(&got)), (made.id(), &b"alice"[..]));
    assert_eq!(got.response.number_of_credentials, None);
    assert_eq!(got.data.flags, Flags::UP);
    verify(made.public_key(), &got);
}

#[test]
fn an_empty_allow_list_is_none() {
    let mut key = Key::new();
    key.enroll(RP, "alice");
    let mut request = get_request(RP, &[]);
    request.allow_list = Some(Vec::new());
    key.get(&request).unwrap();
}

#[test]
fn server_side_credentials_need_their_id_and_name_no_user() {
    let mut key = Key::new();
    let made = key.make(&make_request(RP, "alice")).unwrap();
    assert_eq!(key.get(&get_request(RP, &[])).unwrap_err(), Status::NO_CREDENTIALS);
    let got = key.get(&get_request(RP, &[b"unknown", made.id()])).unwrap();
    assert_eq!((got.id(), &got.response.user), (made.id(), &None));
}

#[test]
fn credentials_serve_only_their_rp() {
    let mut key = Key::new();
    let server_side = key.make(&make_request(RP, "alice")).unwrap();
    let discoverable = key.enroll(RP, "alice");
    for made in [server_side, discoverable] {
        let elsewhere = key.get(&get_request("other.example", &[made.id()]));
        assert_eq!(elsewhere.unwrap_err(), Status::NO_CREDENTIALS);
    }
}

#[test]
fn a_changed_id_is_no_credential() {
    let mut key = Key::new();
    let id = key.make(&make_request(RP, "alice")).unwrap().id().to_vec();
    for position in 0..id.len() {
        let mut changed = id.clone();
        changed[position] ^= 1;
        let refused = key.get(&get_request(RP, &[&changed])).unwrap_err();
        assert_eq!(refused, Status::NO_CREDENTIALS, "byte {position}");
    }
}

#[test]
fn nothing_found_is_told_after_a_touch_only() {
    let mut key = Key::new();
    key.world.get().presence = Presence::Refused;
    assert_eq!(key.get(&get_request(RP, &[])).unwrap_err(), Status::OPERATION_DENIED);
    let mut request = get_request(RP, &[]);
    request.options = silent();
    assert_eq!(key.get(&request).unwrap_err(), Status::NO_CREDENTIALS);
}

#[test]
fn silent_assertions_need_no_touch_and_say_so() {
    let mut key = Key::new();
    key.enroll(RP, "alice");
    key.world.get().presence = Presence::Refused;
    let mut request = get_request(RP, &[]);
    request.options = silent();
    assert_eq!(key.get(&request).unwrap().data.flags, Flags::empty());
}

#[test]
fn options_that_make_no_sense_are_refused() {
    let mut key = Key::new();
    key.enroll(RP, "alice");
    for (options, status) in [
        (GetAssertionOptions { rk: Some(true), ..Default::default() }, Status::UNSUPPORTED_OPTION),
        (GetAssertionOptions { uv: Some(true), ..Default::default() }, Status::INVALID_OPTION),
    ] {
        let mut request = get_request(RP, &[]);
        request.options = Some(options);
        assert_eq!(key.get(&request).unwrap_err(), status);
    }
}

#[test]
fn the_signature_counter_grows_with_every_signature() {
    let mut key = Key::new();
    let mut last = key.enroll(RP, "alice").data.sign_count;
    for _ in 0..3 {
        let count = key.get(&get_request(RP, &[])).unwrap().data.sign_count;
        assert!(count > last);
        last = count;
    }
}

#[test]
fn a_count_that_cannot_be_stored_gives_no_signature() {
    let mut key = Key::new();
    key.enroll(RP, "alice");
    key.world.get().disk_is_full = true;
    assert_eq!(key.get(&get_request(RP, &[])).unwrap_err(), Status::OTHER);
}

#[test]
fn no_count_is_given_twice_whenever_the_power_goes() {
    let mut key = Key::new();
    key.enroll(RP, "alice");
    for signatures in [1, 2, 3, 5, 40, 300] {
        let mut last = 0;
        for _ in 0..signatures {
            let count = key.get(&get_request(RP, &[])).unwrap().data.sign_count;
            assert!(count > last);
            last = count;
        }
        let saved = key.world.get().saved.clone().unwrap();
        key.authenticator = authenticator_from(&key.world, saved);
        let next = key.get(&get_request(RP, &[])).unwrap().data.sign_count;
        assert!(next > last, "{next} after {last}");
    }
}

#[test]
fn many_signatures_are_few_writes() {
    let mut key = Key::new();
    key.enroll(RP, "alice");
    let mut writes = 0;
    for _ in 0..1000 {
        key.world.get().saved = None;
        key.get(&get_request(RP, &[])).unwrap();
        writes += u32::from(key.world.get().saved.is_some());
    }
    assert!(writes < 15, "{writes} writes");
}

#[test]
fn one_signature_leaves_no_gap() {
    let mut key = Key::new();
    let made = key.enroll(RP, "alice").data.sign_count;
    let saved = key.world.get().saved.clone().unwrap();
    key.authenticator = authenticator_from(&key.world, saved);
    let count = key.get(&get_request(RP, &[])).unwrap().data.sign_count;
    assert_eq!(count, made + 1);
}

#[test]
fn accounts_come_newest_first() {
    let mut key = Key::new();
    for user in ["alice", "bob", "carol"] {
        key.enroll(RP, user);
    }
    key.enroll(RP, "alice");
    let first = key.get(&get_request(RP, &[])).unwrap();
    assert_eq!(first.response.number_of_credentials, Some(3));
    let others = [next(&mut key).unwrap(), next(&mut key).unwrap()];
    let order = [&first, &others[0], &others[1]].map(user_id);
    assert_eq!(order, [&b"alice"[..], b"carol", b"bob"]);
    assert_eq!(others[0].response.number_of_credentials, None);
    assert_eq!(next(&mut key).unwrap_err(), Status::NOT_ALLOWED);
}

#[test]
fn every_account_signs_with_its_own_key() {
    let mut key = Key::new();
    let (alice, bob) = (key.enroll(RP, "alice"), key.enroll(RP, "bob"));
    verify(bob.public_key(), &key.get(&get_request(RP, &[])).unwrap());
    verify(alice.public_key(), &next(&mut key).unwrap());
}

#[test]
fn user_names_are_told_only_after_verification() {
    let mut key = Key::with_pin();
    key.enroll(RP, "alice");
    key.enroll(RP, "bob");
    let mut request = get_request(RP, &[]);
    let hidden = key.get(&request).unwrap().response.user.unwrap();
    assert_eq!((hidden.name, hidden.display_name), (None, None));
    let token = key.token("1234", GA, Some(RP)).unwrap();
    authorize_get(&mut request, &token);
    let told = key.get(&request).unwrap();
    assert_eq!(told.data.flags, Flags::UP | Flags::UV);
    assert_eq!(told.response.user.unwrap().name.unwrap().0, "bob@example.com");
    let second = next(&mut key).unwrap();
    assert_eq!(second.data.flags, Flags::UP | Flags::UV);
    assert_eq!(second.response.user.unwrap().display_name.unwrap().0, "ALICE");
}

#[test]
fn a_listed_credential_tells_the_user_handle_at_most() {
    let mut key = Key::with_pin();
    let made = key.enroll(RP, "alice");
    let mut request = get_request(RP, &[made.id()]);
    let token = key.token("1234", GA, Some(RP)).unwrap();
    authorize_get(&mut request, &token);
    let user = key.get(&request).unwrap().response.user.unwrap();
    assert_eq!((user.id.as_slice(), user.name), (&b"alice"[..], None));
}

fn two_accounts() -> Key {
    let mut key = Key::new();
    key.enroll(RP, "alice");
    key.enroll(RP, "bob");
    key.get(&get_request(RP, &[])).unwrap();
    key
}

#[test]
fn the_next_account_waits_for_thirty_seconds() {
    let mut key = two_accounts();
    key.pass_seconds(31);
    assert_eq!(next(&mut key).unwrap_err(), Status::NOT_ALLOWED);
    let mut key = two_accounts();
    key.pass_seconds(30);
    next(&mut key).unwrap();
}

#[test]
fn every_answer_starts_the_thirty_seconds_anew() {
    let mut key = Key::new();
    for user in ["alice", "bob", "carol"] {
        key.enroll(RP, user);
    }
    key.get(&get_request(RP, &[])).unwrap();
    for _ in 0..2 {
        key.pass_seconds(20);
        next(&mut key).unwrap();
    }
}

#[test]
fn of_several_listed_credentials_one_answers_alone() {
    let mut key = Key::new();
    let (alice, bob) = (key.enroll(RP, "alice"), key.enroll(RP, "bob"));
    let got = key.get(&get_request(RP, &[alice.id(), bob.id()])).unwrap();
    assert_eq!((got.id(), got.response.number_of_credentials), (alice.id(), None));
    assert_eq!(next(&mut key).unwrap_err(), Status::NOT_ALLOWED);
}

#[test]
fn the_next_account_is_only_for_the_channel_that_asked() {
    let mut key = two_accounts();
    let reply = key.raw_on(ChannelId([0, 0, 0, 2]), &GetNextAssertion.to_message());
    assert_eq!(parse::<GetNextAssertion>(&reply).unwrap_err(), Status::NOT_ALLOWED);
    next(&mut key).unwrap();
}

#[test]
fn another_command_on_any_channel_ends_the_sequence() {
    let mut key = two_accounts();
    key.raw_on(ChannelId([0, 0, 0, 2]), &GetInfo.to_message());
    assert_eq!(next(&mut key).unwrap_err(), Status::NOT_ALLOWED);
}

#[test]
fn a_power_cycle_ends_the_sequence() {
    let mut key = two_accounts();
    key.authenticator.power_cycle().unwrap();
    assert_eq!(next(&mut key).unwrap_err(), Status::NOT_ALLOWED);
}

#[test]
fn cred_protect_decides_who_is_seen_how() {
    // Level, found without a list, found with a list; both without verification.
    for (level, discovered, listed) in
        [(None, true, true), (Some(1), true, true), (Some(2), false, true), (Some(3), false, false)]
    {
        let mut key = Key::with_pin();
        let made = key.enroll_protected(RP, "alice", level);
        let without = key.get(&get_request(RP, &[])).is_ok();
        let with = key.get(&get_request(RP, &[made.id()])).is_ok();
        assert_eq!((without, with), (discovered, listed), "{level:?}");
        let token = key.token("1234", GA, Some(RP)).unwrap();
        let mut verified = get_request(RP, &[]);
        authorize_get(&mut verified, &token);
        key.get(&verified).unwrap();
    }
}

#[test]
fn hidden_accounts_are_not_counted() {
    let mut key = Key::with_pin();
    key.enroll(RP, "alice");
    key.enroll_protected(RP, "bob", Some(2));
    let got = key.get(&get_request(RP, &[])).unwrap();
    assert_eq!((user_id(&got), got.response.number_of_credentials), (&b"alice"[..], None));
}
