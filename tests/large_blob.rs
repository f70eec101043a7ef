//! Stored large blobs against published bytes, and against damage.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop where it stands"
)]

mod vectors;

use fidoctl::cbor::{self, Strictness};
use fidoctl::ctap2::extensions::{
    GetAssertionExtensions, LargeBlobAccess, LargeBlobCreation, LargeBlobOutput,
    MakeCredentialExtensions, UnsignedExtensionOutputs,
};
use fidoctl::ctap2::{
    GetAssertionResponse, LargeBlobsRequest, LargeBlobsResponse, MakeCredentialResponse, Message,
    Request,
};
use fidoctl::large_blob::{
    ArrayError, BlobError, Entry, LargeBlobArray, LargeBlobKey, inflate, is_intact,
};
use serde_json::Value as Json;
use vectors::{case, each_bit_flipped, hex, load};

const FILLED: [&str; 3] = ["libfido2-legacy-zlib", "derived-raw-deflate", "derived-stored-deflate"];

fn item(id: &str) -> Json {
    case(&load("largeblob")["items"], id)
}

fn array(id: &str) -> LargeBlobArray {
    LargeBlobArray::parse(&hex(&item(id)["serialized_array"])).unwrap()
}

fn key(id: &str) -> LargeBlobKey {
    LargeBlobKey::from_slice(&hex(&item(id)["large_blob_key"])).unwrap()
}

fn own_key(byte: u8) -> LargeBlobKey {
    LargeBlobKey::from_slice(&[byte; 32]).unwrap()
}

/// Appends the hash, as every stored array has it.
fn with_hash(array: &[u8]) -> Vec<u8> {
    use sha2::{Digest, Sha256};
    [array, &Sha256::digest(array)[..16]].concat()
}

#[test]
fn empty_array_is_the_initial_one() {
    assert_eq!(LargeBlobArray::default().to_vec(), hex(&item("initial-array")["serialized_array"]));
    assert_eq!(array("initial-array").entries().count(), 0);
}

#[test]
fn stored_arrays_keep_their_bytes() {
    for id in FILLED {
        assert_eq!(array(id).to_vec(), hex(&item(id)["serialized_array"]), "{id}");
    }
}

#[test]
fn stored_blobs_open_with_their_key_only() {
    for id in FILLED {
        let blob = array(id).blob(&key(id)).unwrap().unwrap();
        assert_eq!(blob, hex(&item(id)["original"]), "{id}");
        assert_eq!(array(id).blob(&own_key(1)), None, "{id}");
    }
}

#[test]
fn compressed_plaintexts_inflate_in_both_forms() {
    for id in FILLED {
        let size = item(id)["orig_size"].as_u64().unwrap();
        let blob = inflate(&hex(&item(id)["compressed_plaintext"]), size).unwrap();
        assert_eq!(blob, hex(&item(id)["original"]), "{id}");
    }
}

#[test]
fn messages_keep_their_bytes() {
    let messages = &load("largeblob")["messages"];
    for id in ["get-960-offset-0", "set-first-fragment-no-auth"] {
        let bytes = hex(&case(messages, id)["request"]);
        let request = LargeBlobsRequest::from_slice(&bytes[1..], Strictness::Canonical).unwrap();
        assert_eq!(request.to_message(), bytes, "{id}");
    }
    let bytes = hex(&case(messages, "get-initial-response")["response"]);
    let response = LargeBlobsResponse::from_slice(&bytes[1..], Strictness::Canonical).unwrap();
    assert_eq!(Vec::from(response.config.unwrap()), LargeBlobArray::default().to_vec());
}

#[test]
fn every_flipped_bit_of_an_array_is_noticed() {
    each_bit_flipped(&hex(&item("derived-raw-deflate")["serialized_array"]), |bytes, bit| {
        assert!(matches!(LargeBlobArray::parse(bytes), Err(ArrayError::Hash)), "{bit}");
        assert!(!is_intact(bytes), "{bit}");
    });
}

#[test]
fn every_flipped_bit_of_an_entry_keeps_it_closed() {
    let id = "derived-raw-deflate";
    let (entry, _) = array(id).entries().next().unwrap();
    let entry = entry.unwrap();
    each_bit_flipped(&entry.ciphertext.to_vec(), |bytes, bit| {
        let entry = Entry { ciphertext: bytes.to_vec().into(), ..entry.clone() };
        assert_eq!(entry.open(&key(id)), None, "{bit}");
    });
    let entry = Entry { original_size: entry.original_size + 1, ..entry };
    assert_eq!(entry.open(&key(id)), None, "the length is authenticated");
}

#[test]
fn blob_takes_the_place_of_every_entry_of_its_key() {
    let mut array = LargeBlobArray::default();
    array.put(&own_key(1), [1; 12], b"first").unwrap();
    array.put(&own_key(2), [2; 12], b"other").unwrap();
    array.put(&own_key(1), [3; 12], b"second").unwrap();
    assert_eq!(array.entries().count(), 2);
    assert_eq!(array.blob(&own_key(1)).unwrap().unwrap(), b"second");
    assert_eq!(array.blob(&own_key(2)).unwrap().unwrap(), b"other");
    assert_eq!(array.remove(&own_key(1)), 1);
    assert_eq!(array.blob(&own_key(1)), None);
}

#[test]
fn entries_of_others_stay_byte_for_byte() {
    // A text, a map with another order than canonical, and an entry with a member of its own.
    let foreign: [&[u8]; 3] = [b"\x63abc", b"\xa2\x02\x01\x01\x02", b"\xa4\x01\x41\x00\x02\x4c\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x03\x18\x01\x04\x05"];
    let stored = with_hash(&[b"\x83", foreign.concat().as_slice()].concat());
    let mut array = LargeBlobArray::parse(&stored).unwrap();
    assert_eq!(array.to_vec(), stored);
    array.put(&own_key(1), [1; 12], b"mine").unwrap();
    let longer = array.to_vec();
    assert_eq!(&longer[1..=foreign.concat().len()], foreign.concat());
    array.remove(&own_key(1));
    assert_eq!(array.to_vec(), stored);
}

#[test]
fn garbage_is_what_no_key_opens_and_the_standard_knows() {
    let mut array = LargeBlobArray::parse(&with_hash(b"\x81\x63abc")).unwrap();
    array.put(&own_key(1), [1; 12], b"first").unwrap();
    array.put(&own_key(2), [2; 12], b"second").unwrap();
    assert_eq!(array.keep_only(&[own_key(2), own_key(3)]), 1);
    assert_eq!(array.entries().count(), 2);
    assert_eq!(array.blob(&own_key(2)).unwrap().unwrap(), b"second");
}

#[test]
fn arrays_that_are_none_are_refused() {
    for bytes in [
        &b"\xa0"[..],
        b"\x82\x01",
        b"\x81\x01\x01",
        b"\x9f\xff",
        b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x81\xc0\x01",
    ] {
        let parsed = LargeBlobArray::parse(&with_hash(bytes));
        assert!(matches!(parsed, Err(ArrayError::Cbor(_))), "{bytes:x?}");
    }
    assert!(matches!(LargeBlobArray::parse(&[0x80; 15]), Err(ArrayError::Hash)));
}

#[test]
fn authenticated_rubbish_is_damaged_and_can_be_replaced() {
    // Sealed right, but no DEFLATE of the length stated: what a careless program may write.
    use aes_gcm::aead::{Aead, Payload};
    use aes_gcm::{Aes256Gcm, KeyInit};
    let aad = [&b"blob"[..], &9_u64.to_le_bytes()].concat();
    let payload = Payload { msg: b"\xff\xff\xff", aad: &aad };
    let ciphertext = Aes256Gcm::new(&[1; 32].into()).encrypt(&[0; 12].into(), payload).unwrap();
    let entry = Entry { ciphertext: ciphertext.into(), nonce: [0; 12].into(), original_size: 9 };
    let stored = with_hash(&[b"\x81", cbor::to_vec(&entry).as_slice()].concat());
    let mut array = LargeBlobArray::parse(&stored).unwrap();
    assert_eq!(array.blob(&own_key(1)), Some(Err(BlobError::Damaged { original_size: 9 })));
    array.put(&own_key(1), [1; 12], b"good").unwrap();
    assert_eq!(array.entries().count(), 1);
    assert_eq!(array.blob(&own_key(1)).unwrap().unwrap(), b"good");
}

#[test]
fn blobs_longer_than_any_key_stores_are_refused() {
    let blob = vec![0; fidoctl::large_blob::MAX_BLOB_LENGTH + 1];
    let refused = LargeBlobArray::default().put(&own_key(1), [0; 12], &blob);
    assert_eq!(refused, Err(BlobError::TooLong(blob.len())));
}

// The extension `largeBlob` of CTAP 2.3 §12.4, byte for byte.

fn same_both_ways<T: Message + std::fmt::Debug + PartialEq>(value: &T, bytes: &[u8]) {
    assert_eq!(value.to_vec(), bytes, "{value:?}");
    assert_eq!(&T::from_slice(bytes, Strictness::Canonical).unwrap(), value);
}

#[test]
fn extension_inputs_have_the_standards_bytes() {
    let created = MakeCredentialExtensions {
        large_blob: Some(LargeBlobCreation { support: "required".to_owned() }),
        ..Default::default()
    };
    same_both_ways(&created, b"\xa1\x69largeBlob\xa1\x67support\x68required");
    let access = |access| GetAssertionExtensions { large_blob: Some(access), ..Default::default() };
    let read = access(LargeBlobAccess { read: Some(true), ..Default::default() });
    same_both_ways(&read, b"\xa1\x69largeBlob\xa1\x64read\xf5");
    let write = access(LargeBlobAccess {
        write: Some(vec![1, 2, 3].into()),
        original_size: Some(300),
        ..Default::default()
    });
    let bytes = b"\xa1\x69largeBlob\xa2\x65write\x43\x01\x02\x03\x6coriginalSize\x19\x01\x2c";
    same_both_ways(&write, bytes);
}

#[test]
fn extension_outputs_are_unsigned_and_have_the_standards_bytes() {
    let supported: &[u8] = b"\xa1\x69largeBlob\xa1\x69supported\xf5";
    let made = [b"\xa4\x01\x64none\x02\x41\x00\x03\xa0\x06", supported].concat();
    let made = MakeCredentialResponse::from_slice(&made, Strictness::Canonical).unwrap();
    let outputs = cbor::to_vec(&made.unsigned_extension_outputs.unwrap());
    let supported = LargeBlobOutput { supported: Some(true), ..Default::default() };
    same_both_ways(&UnsignedExtensionOutputs { large_blob: Some(supported) }, &outputs);

    let read: &[u8] = b"\xa1\x69largeBlob\xa2\x64blob\x43\x01\x02\x03\x6coriginalSize\x05";
    let read_output = LargeBlobOutput {
        blob: Some(vec![1, 2, 3].into()),
        original_size: Some(5),
        ..Default::default()
    };
    let written: &[u8] = b"\xa1\x69largeBlob\xa1\x67written\xf5";
    let written_output = LargeBlobOutput { written: Some(true), ..Default::default() };
    for (bytes, output) in [(read, read_output), (written, written_output)] {
        let answer = [b"\xa3\x02\x41\x00\x03\x41\x00\x08", bytes].concat();
        let answer = GetAssertionResponse::from_slice(&answer, Strictness::Canonical).unwrap();
        let outputs = cbor::to_vec(&answer.unsigned_extension_outputs.unwrap());
        same_both_ways(&UnsignedExtensionOutputs { large_blob: Some(output) }, &outputs);
    }
}
