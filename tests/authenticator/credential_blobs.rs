//! credBlob, largeBlobKey and largeBlob.

use fidoctl::authenticator::{CreationOptions, LargeBlobOptions, LargeBlobs};
use fidoctl::cbor::{self, Value};
use fidoctl::ctap2::extensions::{
    GetAssertionExtensions, LargeBlobAccess, LargeBlobCreation, LargeBlobOutput,
    MakeCredentialExtensions, UnsignedExtensionOutputs,
};
use fidoctl::ctap2::{MakeCredentialRequest, Status};
use fidoctl::webauthn::Flags;

use crate::rig::{
    GA, Got, Key, MC, Made, RP, authorize_get, authorize_make, discoverable, get_request,
    make_request, silent,
};

fn asking(inputs: MakeCredentialExtensions) -> MakeCredentialRequest {
    let mut request = make_request(RP, "alice");
    request.options = discoverable();
    request.extensions = Some(inputs);
    request
}

fn with_cred_blob(blob: &[u8]) -> MakeCredentialRequest {
    asking(MakeCredentialExtensions { cred_blob: Some(blob.to_vec().into()), ..Default::default() })
}

fn with_key(wanted: bool) -> MakeCredentialRequest {
    asking(MakeCredentialExtensions { large_blob_key: Some(wanted), ..Default::default() })
}

fn with_support(support: &str) -> MakeCredentialRequest {
    let large_blob = Some(LargeBlobCreation { support: support.to_owned() });
    asking(MakeCredentialExtensions { large_blob, ..Default::default() })
}

fn get_with(key: &mut Key, made: &Made, inputs: GetAssertionExtensions) -> Result<Got, Status> {
    let mut request = get_request(RP, &[made.id()]);
    request.extensions = Some(inputs);
    if key.info().pin_is_set() {
        let token = key.token("1234", GA, Some(RP)).unwrap();
        authorize_get(&mut request, &token);
    }
    key.get(&request)
}

fn cred_blob(key: &mut Key, made: &Made) -> Value {
    let inputs = GetAssertionExtensions { cred_blob: Some(true), ..Default::default() };
    get_with(key, made, inputs).unwrap().data.extension("credBlob").unwrap().clone()
}

fn key_of(key: &mut Key, made: &Made) -> Option<Vec<u8>> {
    let inputs = GetAssertionExtensions { large_blob_key: Some(true), ..Default::default() };
    get_with(key, made, inputs).unwrap().response.large_blob_key.map(|key| key.to_vec())
}

// credBlob

#[test]
fn cred_blob_comes_back() {
    let mut key = Key::new();
    let made = key.make(&with_cred_blob(&[7; 64])).unwrap();
    assert_eq!(made.data.extension("credBlob"), Some(&Value::from(true)));
    assert_eq!(cred_blob(&mut key, &made), Value::from(vec![7; 64]));
}

#[test]
fn cred_blob_too_long_is_not_stored_and_no_error() {
    let mut key = Key::new();
    let made = key.make(&with_cred_blob(&[7; 65])).unwrap();
    assert_eq!(made.data.extension("credBlob"), Some(&Value::from(false)));
    assert_eq!(cred_blob(&mut key, &made), Value::from(Vec::new()));
}

#[test]
fn cred_blob_of_a_server_side_credential_is_not_stored() {
    let mut key = Key::new();
    let made = key.make(&MakeCredentialRequest { options: None, ..with_cred_blob(&[7]) }).unwrap();
    assert_eq!(made.data.extension("credBlob"), Some(&Value::from(false)));
    assert_eq!(cred_blob(&mut key, &made), Value::from(Vec::new()));
}

#[test]
fn cred_blob_is_not_shown_to_who_does_not_ask() {
    let mut key = Key::new();
    let made = key.make(&with_cred_blob(&[7])).unwrap();
    let inputs = GetAssertionExtensions { cred_blob: Some(false), ..Default::default() };
    let got = get_with(&mut key, &made, inputs).unwrap();
    assert_eq!(got.data.extensions, None);
    assert!(!got.data.flags.contains(Flags::ED));
}

#[test]
fn cred_blob_of_another_type_is_refused() {
    let mut key = Key::new();
    let mut message = fidoctl::ctap2::Request::to_message(&with_cred_blob(b"seven"));
    let at = message.windows(5).position(|window| window == b"seven").unwrap();
    // The same bytes as a text string.
    message[at - 1] = 0x65;
    assert_eq!(key.raw(&message), [Status::CBOR_UNEXPECTED_TYPE.0]);
}

// largeBlobKey

#[test]
fn large_blob_key_stays_the_same() {
    let mut key = Key::new();
    let made = key.make(&with_key(true)).unwrap();
    let large_blob_key = made.response.large_blob_key.clone().unwrap().to_vec();
    assert_eq!(large_blob_key.len(), 32);
    assert!(!made.data.flags.contains(Flags::ED), "it is not in authenticator data");
    assert_eq!(key_of(&mut key, &made), Some(large_blob_key));
}

#[test]
fn large_blob_keys_differ() {
    let mut key = Key::new();
    let first = key.make(&with_key(true)).unwrap().response.large_blob_key;
    let second = key.make(&with_key(true)).unwrap().response.large_blob_key;
    assert_ne!(first, second);
}

#[test]
fn large_blob_key_wants_a_discoverable_credential() {
    let mut key = Key::new();
    let request = MakeCredentialRequest { options: None, ..with_key(true) };
    assert_eq!(key.make(&request).unwrap_err(), Status::INVALID_OPTION);
}

#[test]
fn large_blob_key_false_is_refused() {
    let mut key = Key::new();
    assert_eq!(key.make(&with_key(false)).unwrap_err(), Status::INVALID_OPTION);
    let made = key.make(&with_key(true)).unwrap();
    let inputs = GetAssertionExtensions { large_blob_key: Some(false), ..Default::default() };
    assert_eq!(get_with(&mut key, &made, inputs).unwrap_err(), Status::INVALID_OPTION);
}

#[test]
fn large_blob_key_is_given_to_who_asks_and_has_one_only() {
    let mut key = Key::new();
    let with = key.make(&with_key(true)).unwrap();
    let got = get_with(&mut key, &with, GetAssertionExtensions::default()).unwrap();
    assert_eq!(got.response.large_blob_key, None);
    let without = key.enroll("other.example", "alice");
    let mut request = get_request("other.example", &[without.id()]);
    request.extensions =
        Some(GetAssertionExtensions { large_blob_key: Some(true), ..Default::default() });
    assert_eq!(key.get(&request).unwrap().response.large_blob_key, None);
}

// largeBlob

fn key_with_extension() -> Key {
    let large_blobs = LargeBlobOptions { way: LargeBlobs::LargeBlob, ..Default::default() };
    let mut key = Key::with(&CreationOptions { large_blobs, ..Default::default() });
    key.set_pin("1234").unwrap();
    key
}

fn make(key: &mut Key, mut request: MakeCredentialRequest) -> Result<Made, Status> {
    let token = key.token("1234", MC, Some(RP)).unwrap();
    authorize_make(&mut request, &token);
    key.make(&request)
}

fn unsigned(outputs: Option<&Value>) -> Option<LargeBlobOutput> {
    let outputs: UnsignedExtensionOutputs = cbor::from_slice(&cbor::to_vec(outputs?)).unwrap();
    outputs.large_blob
}

fn reading() -> LargeBlobAccess {
    LargeBlobAccess { read: Some(true), ..Default::default() }
}

fn writing(compressed: &[u8], original_size: u64) -> LargeBlobAccess {
    LargeBlobAccess {
        read: None,
        write: Some(compressed.to_vec().into()),
        original_size: Some(original_size),
    }
}

fn access(
    key: &mut Key,
    made: &Made,
    large_blob: LargeBlobAccess,
) -> Result<Option<LargeBlobOutput>, Status> {
    let inputs = GetAssertionExtensions { large_blob: Some(large_blob), ..Default::default() };
    let got = get_with(key, made, inputs)?;
    assert_eq!(got.data.extensions, None, "the output is not signed");
    Ok(unsigned(got.response.unsigned_extension_outputs.as_ref()))
}

#[test]
fn large_blob_lives_with_its_credential() {
    let mut key = key_with_extension();
    let made = make(&mut key, with_support("required")).unwrap();
    let output = unsigned(made.response.unsigned_extension_outputs.as_ref()).unwrap();
    assert_eq!(output.supported, Some(true));
    assert_eq!(made.response.large_blob_key, None);
    assert_eq!(access(&mut key, &made, reading()), Ok(None), "nothing is stored yet");
    let written = access(&mut key, &made, writing(b"compressed", 77)).unwrap().unwrap();
    assert_eq!(written.written, Some(true));
    let read = access(&mut key, &made, reading()).unwrap().unwrap();
    assert_eq!(read.blob.unwrap().to_vec(), b"compressed");
    assert_eq!(read.original_size, Some(77));
}

#[test]
fn large_blob_of_a_server_side_credential_has_no_room() {
    let mut key = key_with_extension();
    let required = MakeCredentialRequest { options: None, ..with_support("required") };
    assert_eq!(make(&mut key, required).unwrap_err(), Status::INVALID_OPTION);
    let preferred = MakeCredentialRequest { options: None, ..with_support("preferred") };
    let made = make(&mut key, preferred).unwrap();
    let output = unsigned(made.response.unsigned_extension_outputs.as_ref()).unwrap();
    assert_eq!(output.supported, Some(false));
    let written = access(&mut key, &made, writing(b"x", 1)).unwrap().unwrap();
    assert_eq!(written.written, Some(false));
}

#[test]
fn large_blob_longer_than_the_room_is_not_written() {
    let large_blobs = LargeBlobOptions { way: LargeBlobs::LargeBlob, capacity: 1024 };
    let mut key = Key::with(&CreationOptions { large_blobs, ..Default::default() });
    key.set_pin("1234").unwrap();
    let made = make(&mut key, with_support("preferred")).unwrap();
    access(&mut key, &made, writing(&[1; 1024], 3)).unwrap();
    let written = access(&mut key, &made, writing(&[2; 1025], 9000)).unwrap().unwrap();
    assert_eq!(written.written, Some(false));
    let read = access(&mut key, &made, reading()).unwrap().unwrap();
    assert_eq!(read.blob.unwrap().to_vec(), [1; 1024]);
}

#[test]
fn large_blob_is_written_by_a_verified_user_to_one_credential() {
    let mut key = key_with_extension();
    let made = make(&mut key, with_support("required")).unwrap();
    let inputs = || {
        let large_blob = Some(writing(b"x", 1));
        Some(GetAssertionExtensions { large_blob, ..Default::default() })
    };
    let mut request = get_request(RP, &[made.id()]);
    request.extensions = inputs();
    assert_eq!(key.get(&request).unwrap_err(), Status::INVALID_OPTION, "without verification");
    let mut request = get_request(RP, &[]);
    request.extensions = inputs();
    let token = key.token("1234", GA, Some(RP)).unwrap();
    authorize_get(&mut request, &token);
    assert_eq!(key.get(&request).unwrap_err(), Status::INVALID_OPTION, "without a list");
}

#[test]
fn large_blob_is_either_read_or_written() {
    let mut key = key_with_extension();
    let made = make(&mut key, with_support("required")).unwrap();
    for wrong in [
        LargeBlobAccess::default(),
        LargeBlobAccess { read: Some(false), ..Default::default() },
        LargeBlobAccess { original_size: None, ..writing(b"x", 1) },
        LargeBlobAccess { read: Some(true), ..writing(b"x", 1) },
    ] {
        let refused = access(&mut key, &made, wrong.clone()).unwrap_err();
        assert_eq!(refused, Status::INVALID_OPTION, "{wrong:?}");
    }
    assert_eq!(make(&mut key, with_support("maybe")).unwrap_err(), Status::INVALID_OPTION);
}

#[test]
fn ways_of_keeping_large_blobs_exclude_each_other() {
    let mut key = key_with_extension();
    let made = make(&mut key, with_key(true)).unwrap();
    assert_eq!(made.response.large_blob_key, None);
    let mut key = Key::new();
    let made = key.make(&with_support("required")).unwrap();
    assert_eq!(made.response.unsigned_extension_outputs, None);
}

#[test]
fn blobs_are_gone_with_a_reset() {
    let mut key = Key::new();
    let made = key.make(&with_key(true)).unwrap();
    key.authenticator.power_cycle().unwrap();
    key.send(&fidoctl::ctap2::Reset).unwrap();
    let mut request = get_request(RP, &[made.id()]);
    request.options = silent();
    assert_eq!(key.get(&request).unwrap_err(), Status::NO_CREDENTIALS);
}
