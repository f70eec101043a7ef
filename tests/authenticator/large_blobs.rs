//! authenticatorLargeBlobs.

use fidoctl::authenticator::{
    CreationOptions, FactorySettings, LargeBlobOptions, LargeBlobs, State,
};
use fidoctl::ctap2::{Command, LargeBlobsRequest, Permissions, Request, Status};
use fidoctl::ctaphid::ChannelId;
use fidoctl::large_blob::{LargeBlobArray, LargeBlobKey, write_message};
use fidoctl::pin_uv::PinUvAuthToken;

use crate::rig::{CHANNEL, GA, Key, MC, RP, authenticator_from, authorize_get, get_request, parse};

const LBW: Permissions = Permissions::LARGE_BLOB_WRITE;
const FRAGMENT: usize = 57 + 29 * 59 - 64;

/// An array with one entry of about this many bytes, which do not compress.
fn array_of(length: usize) -> Vec<u8> {
    let key = LargeBlobKey::from_slice(&[1; 32]).unwrap();
    let mut array = LargeBlobArray::default();
    let mut noise = vec![0; length];
    let mut random = crate::rig::SeededRandom(9);
    fidoctl::pin_uv::Random::fill(&mut random, &mut noise).unwrap();
    array.put(&key, [2; 12], &noise).unwrap();
    array.to_vec()
}

fn set(offset: usize, fragment: &[u8], length: Option<usize>) -> LargeBlobsRequest {
    LargeBlobsRequest {
        set: Some(fragment.to_vec().into()),
        offset: u64::try_from(offset).ok(),
        length: length.and_then(|length| u64::try_from(length).ok()),
        ..Default::default()
    }
}

fn authorized(mut request: LargeBlobsRequest, token: &PinUvAuthToken) -> LargeBlobsRequest {
    let offset = u32::try_from(request.offset.unwrap()).unwrap();
    let message = write_message(offset, request.set.as_ref().unwrap());
    request.pin_uv_auth_param = Some(token.authenticate(&message).into());
    request.pin_uv_auth_protocol = Some(token.protocol().id());
    request
}

fn get(count: u64, offset: u64) -> LargeBlobsRequest {
    LargeBlobsRequest { get: Some(count), offset: Some(offset), ..Default::default() }
}

fn stored(key: &mut Key) -> Vec<u8> {
    let mut array = Vec::new();
    loop {
        let offset = u64::try_from(array.len()).unwrap();
        let fragment = key.send(&get(500, offset)).unwrap().config.unwrap();
        array.extend_from_slice(&fragment);
        if fragment.len() < 500 {
            return array;
        }
    }
}

fn refused(key: &mut Key, request: &LargeBlobsRequest) -> Status {
    key.send(request).unwrap_err()
}

#[test]
fn new_key_holds_the_initial_array() {
    let mut key = Key::new();
    assert_eq!(stored(&mut key), LargeBlobArray::default().to_vec());
    let info = key.info();
    assert!(info.option_is_true("largeBlobs"));
    assert!(info.has_extension("largeBlobKey") && info.has_extension("credBlob"));
    assert_eq!(info.max_serialized_large_blob_array, Some(2048));
    assert!(info.max_cred_blob_length.unwrap() >= 32);
}

#[test]
fn array_in_one_fragment_is_stored() {
    let mut key = Key::new();
    let array = array_of(300);
    key.send(&set(0, &array, Some(array.len()))).unwrap();
    assert_eq!(stored(&mut key), array);
    let saved = key.world.get().saved.clone().unwrap();
    key.authenticator = authenticator_from(&key.world, saved);
    assert_eq!(stored(&mut key), array, "it outlives the process");
}

#[test]
fn array_in_fragments_is_stored_with_the_last() {
    let mut key = Key::new();
    let array = array_of(1900);
    let (first, second) = array.split_at(FRAGMENT);
    key.send(&set(0, first, Some(array.len()))).unwrap();
    assert_eq!(stored(&mut key), LargeBlobArray::default().to_vec(), "the old one until then");
    key.send(&set(FRAGMENT, second, None)).unwrap();
    assert_eq!(stored(&mut key), array);
}

#[test]
fn reading_ends_where_the_array_ends() {
    let mut key = Key::new();
    let read = |key: &mut Key, count, offset| key.send(&get(count, offset)).unwrap().config;
    assert_eq!(read(&mut key, 5, 0).unwrap().len(), 5);
    assert_eq!(read(&mut key, 100, 10).unwrap().len(), 7);
    assert_eq!(read(&mut key, 100, 17).unwrap().len(), 0);
    assert_eq!(read(&mut key, 0, 0).unwrap().len(), 0);
    assert_eq!(refused(&mut key, &get(100, 18)), Status::INVALID_PARAMETER);
}

#[test]
fn neither_or_both_of_get_and_set_are_refused() {
    let mut key = Key::new();
    let neither = LargeBlobsRequest { offset: Some(0), ..Default::default() };
    assert_eq!(refused(&mut key, &neither), Status::INVALID_PARAMETER);
    let both = LargeBlobsRequest { get: Some(1), ..set(0, &[0; 17], Some(17)) };
    assert_eq!(refused(&mut key, &both), Status::INVALID_PARAMETER);
    let nowhere = LargeBlobsRequest { get: Some(1), ..Default::default() };
    assert_eq!(refused(&mut key, &nowhere), Status::INVALID_PARAMETER);
}

#[test]
fn reading_takes_neither_length_nor_token() {
    let mut key = Key::new();
    for wrong in [
        LargeBlobsRequest { length: Some(17), ..get(17, 0) },
        LargeBlobsRequest { pin_uv_auth_param: Some(vec![0; 32].into()), ..get(17, 0) },
        LargeBlobsRequest { pin_uv_auth_protocol: Some(2), ..get(17, 0) },
    ] {
        assert_eq!(refused(&mut key, &wrong), Status::INVALID_PARAMETER);
    }
}

#[test]
fn fragments_longer_than_a_message_are_refused() {
    let mut key = Key::new();
    let longest = u64::try_from(FRAGMENT).unwrap();
    key.send(&get(longest, 0)).unwrap();
    assert_eq!(refused(&mut key, &get(longest + 1, 0)), Status::INVALID_LENGTH);
    let fragment = vec![0; FRAGMENT + 1];
    assert_eq!(refused(&mut key, &set(0, &fragment, Some(2048))), Status::INVALID_LENGTH);
}

#[test]
fn length_is_told_once_and_in_bounds() {
    let mut key = Key::new();
    let array = array_of(100);
    assert_eq!(refused(&mut key, &set(0, &array, None)), Status::INVALID_PARAMETER);
    assert_eq!(refused(&mut key, &set(0, &[0; 16], Some(16))), Status::INVALID_PARAMETER);
    let full = Status::LARGE_BLOB_STORAGE_FULL;
    assert_eq!(refused(&mut key, &set(0, &array, Some(2049))), full);
    key.send(&set(0, &array[..50], Some(array.len()))).unwrap();
    let again = set(50, &array[50..], Some(array.len()));
    assert_eq!(refused(&mut key, &again), Status::INVALID_PARAMETER);
    assert_eq!(stored(&mut key), LargeBlobArray::default().to_vec());
}

#[test]
fn more_than_was_announced_is_refused() {
    let mut key = Key::new();
    let array = array_of(100);
    let request = set(0, &array, Some(array.len() - 1));
    assert_eq!(refused(&mut key, &request), Status::INVALID_PARAMETER);
}

#[test]
fn fragments_out_of_order_are_refused() {
    let mut key = Key::new();
    let array = array_of(100);
    assert_eq!(refused(&mut key, &set(50, &array[50..], None)), Status::INVALID_SEQ);
    key.send(&set(0, &array[..50], Some(array.len()))).unwrap();
    assert_eq!(refused(&mut key, &set(60, &array[60..], None)), Status::INVALID_SEQ);
    key.send(&set(50, &array[50..], None)).unwrap();
    assert_eq!(stored(&mut key), array);
}

#[test]
fn array_with_a_wrong_hash_changes_nothing() {
    let mut key = Key::new();
    let good = array_of(100);
    key.send(&set(0, &good, Some(good.len()))).unwrap();
    let mut bad = array_of(200);
    *bad.last_mut().unwrap() ^= 1;
    let request = set(0, &bad, Some(bad.len()));
    assert_eq!(refused(&mut key, &request), Status::INTEGRITY_FAILURE);
    assert_eq!(stored(&mut key), good);
}

#[test]
fn array_that_cannot_be_saved_changes_nothing() {
    let mut key = Key::new();
    let array = array_of(100);
    key.world.get().disk_is_full = true;
    assert_eq!(refused(&mut key, &set(0, &array, Some(array.len()))), Status::OTHER);
    assert_eq!(stored(&mut key), LargeBlobArray::default().to_vec());
}

#[test]
fn unfinished_array_waits_thirty_seconds() {
    let mut key = Key::new();
    let array = array_of(100);
    key.send(&set(0, &array[..50], Some(array.len()))).unwrap();
    key.pass_seconds(30);
    key.send(&set(50, &array[50..60], None)).unwrap();
    key.pass_seconds(31);
    assert_eq!(refused(&mut key, &set(60, &array[60..], None)), Status::INVALID_SEQ);
}

#[test]
fn another_command_and_a_power_cycle_end_an_unfinished_array() {
    let mut key = Key::new();
    let array = array_of(100);
    key.send(&set(0, &array[..50], Some(array.len()))).unwrap();
    key.info();
    assert_eq!(refused(&mut key, &set(50, &array[50..], None)), Status::INVALID_SEQ);
    key.send(&set(0, &array[..50], Some(array.len()))).unwrap();
    key.authenticator.power_cycle().unwrap();
    assert_eq!(refused(&mut key, &set(50, &array[50..], None)), Status::INVALID_SEQ);
}

#[test]
fn another_channel_cannot_go_on_but_start_over() {
    let mut key = Key::new();
    let array = array_of(100);
    let other = ChannelId([0, 0, 0, 2]);
    key.send(&set(0, &array[..50], Some(array.len()))).unwrap();
    let rest = set(50, &array[50..], None).to_message();
    let reply = key.raw_on(other, &rest);
    assert_eq!(parse::<LargeBlobsRequest>(&reply).unwrap_err(), Status::INVALID_SEQ);
    let reply = key.raw_on(other, &set(0, &array, Some(array.len())).to_message());
    parse::<LargeBlobsRequest>(&reply).unwrap();
    let reply = key.raw_on(CHANNEL, &rest);
    assert_eq!(parse::<LargeBlobsRequest>(&reply).unwrap_err(), Status::INVALID_SEQ);
}

#[test]
fn with_a_pin_every_fragment_wants_a_token_that_may_write() {
    let mut key = Key::with_pin();
    let array = array_of(100);
    let length = Some(array.len());
    assert_eq!(refused(&mut key, &set(0, &array, length)), Status::PUAT_REQUIRED);
    let other = key.token("1234", MC | GA, Some(RP)).unwrap();
    let request = authorized(set(0, &array, length), &other);
    assert_eq!(refused(&mut key, &request), Status::PIN_AUTH_INVALID);
    let token = key.token("1234", LBW, None).unwrap();
    let without = LargeBlobsRequest {
        pin_uv_auth_protocol: None,
        ..authorized(set(0, &array, length), &token)
    };
    assert_eq!(refused(&mut key, &without), Status::MISSING_PARAMETER);
    key.send(&authorized(set(0, &array[..50], length), &token)).unwrap();
    assert_eq!(refused(&mut key, &set(50, &array[50..], None)), Status::PUAT_REQUIRED);
    key.send(&authorized(set(50, &array[50..], None), &token)).unwrap();
    assert_eq!(stored(&mut key), array);
}

#[test]
fn without_a_pin_a_key_that_always_verifies_is_not_written_to() {
    let settings = FactorySettings { always_uv: true, ..Default::default() };
    let mut key = Key::with(&CreationOptions { settings, ..Default::default() });
    let array = array_of(100);
    assert_eq!(refused(&mut key, &set(0, &array, Some(array.len()))), Status::PUAT_REQUIRED);
    assert_eq!(stored(&mut key), LargeBlobArray::default().to_vec());
}

#[test]
fn token_authenticates_offset_and_content() {
    let mut key = Key::with_pin();
    let array = array_of(100);
    let token = key.token("1234", LBW, None).unwrap();
    let mut request = authorized(set(0, &array, Some(array.len())), &token);
    request.set = Some(array_of(101)[..array.len()].to_vec().into());
    assert_eq!(refused(&mut key, &request), Status::PIN_AUTH_INVALID);
    key.send(&authorized(set(0, &array[..50], Some(array.len())), &token)).unwrap();
    let mut request = authorized(set(49, &array[50..], None), &token);
    request.offset = Some(50);
    assert_eq!(refused(&mut key, &request), Status::PIN_AUTH_INVALID);
}

#[test]
fn token_may_write_after_its_touch_is_spent() {
    let mut key = Key::with_pin();
    key.enroll(RP, "alice");
    let token = key.token("1234", GA | LBW, Some(RP)).unwrap();
    let mut request = get_request(RP, &[]);
    authorize_get(&mut request, &token);
    key.get(&request).unwrap();
    let array = array_of(100);
    key.send(&authorized(set(0, &array, Some(array.len())), &token)).unwrap();
    assert_eq!(stored(&mut key), array);
}

#[test]
fn token_by_the_old_subcommand_may_not_write() {
    let mut key = Key::with_pin();
    let array = array_of(100);
    let token = key.legacy_token("1234").unwrap();
    let request = authorized(set(0, &array, Some(array.len())), &token);
    assert_eq!(refused(&mut key, &request), Status::PIN_AUTH_INVALID);
}

#[test]
fn reset_restores_the_initial_array() {
    let mut key = Key::new();
    let array = array_of(100);
    key.send(&set(0, &array, Some(array.len()))).unwrap();
    key.authenticator.power_cycle().unwrap();
    assert_eq!(stored(&mut key), array);
    key.send(&fidoctl::ctap2::Reset).unwrap();
    assert_eq!(stored(&mut key), LargeBlobArray::default().to_vec());
}

#[test]
fn room_is_chosen_with_the_key() {
    let large_blobs = LargeBlobOptions { capacity: 5000, ..Default::default() };
    let mut key = Key::with(&CreationOptions { large_blobs, ..Default::default() });
    assert_eq!(key.info().max_serialized_large_blob_array, Some(5000));
    assert_eq!(refused(&mut key, &set(0, &[0; 17], Some(5001))), Status::LARGE_BLOB_STORAGE_FULL);
    key.send(&set(0, &[0; 17], Some(5000))).unwrap();
}

#[test]
fn keys_without_an_array_do_not_know_the_command() {
    for way in [LargeBlobs::LargeBlob, LargeBlobs::None] {
        let large_blobs = LargeBlobOptions { way, ..Default::default() };
        let mut key = Key::with(&CreationOptions { large_blobs, ..Default::default() });
        let info = key.info();
        assert_eq!(info.option("largeBlobs"), None);
        assert_eq!(info.max_serialized_large_blob_array, None);
        assert!(!info.has_extension("largeBlobKey"));
        assert_eq!(info.has_extension("largeBlob"), way == LargeBlobs::LargeBlob);
        assert_eq!(key.raw(&get(17, 0).to_message()), [Status::INVALID_COMMAND.0]);
        key.set_pin("1234").unwrap();
        let refused = key.token("1234", LBW, None).unwrap_err();
        assert_eq!(refused, Status::UNAUTHORIZED_PERMISSION);
    }
}

#[test]
fn state_of_a_key_older_than_large_blobs_is_taken() {
    let mut key = Key::new();
    let mut state = serde_json::to_value(key.authenticator.state()).unwrap();
    state.as_object_mut().unwrap().remove("large_blobs").unwrap();
    let state: State = serde_json::from_value(state).unwrap();
    key.authenticator = authenticator_from(&key.world, state);
    assert_eq!(stored(&mut key), LargeBlobArray::default().to_vec());
}

#[test]
fn command_has_its_own_byte() {
    assert_eq!(LargeBlobsRequest::COMMAND, Command(0x0C));
}
