//! Large blobs and credBlobs from the client to the virtual key and back, with others in between.

#![cfg(test)]

mod plugged_in;
mod scripted_key;

use std::sync::{Arc, Mutex};

use fidoctl::authenticator::{CreationOptions, LargeBlobOptions, LargeBlobs};
use fidoctl::client::authenticate::{AllowedCredential, Assertion, Authentication, authenticate};
use fidoctl::client::authenticate_blobs::{LargeBlobAction, LargeBlobOutcome};
use fidoctl::client::large_blob_array;
use fidoctl::client::large_blob_garbage::{Collected, collect};
use fidoctl::client::register::{Registered, Registration, register};
use fidoctl::client::register_blobs::LargeBlobSupport;
use fidoctl::client::{Error, Requirement, Session, Unsupported, pin};
use fidoctl::ctap2::{
    Command, LargeBlobsRequest, LargeBlobsResponse, Message, Permissions, Status,
};
use fidoctl::large_blob::{LargeBlobArray, LargeBlobKey};
use fidoctl::transport::{Properties, Transport, TransportError, Watch};
use fidoctl::webauthn::CredentialDescriptor;
use plugged_in::PluggedKey;
use scripted_key::{PIN, ScriptedKey, ScriptedPerson, authentication, limits, registration};

type Intervene = Box<dyn FnMut(&[u8], &mut dyn Transport) -> Option<Vec<u8>> + Send>;

/// Somebody who sees every message before the key does, and may answer in its place.
struct Between {
    key: Box<dyn Transport>,
    intervene: Intervene,
}

impl Transport for Between {
    fn transact(
        &mut self,
        message: &[u8],
        watch: &mut dyn Watch,
    ) -> Result<Vec<u8>, TransportError> {
        match (self.intervene)(message, self.key.as_mut()) {
            Some(answer) => Ok(answer),
            None => self.key.transact(message, watch),
        }
    }

    fn msg(&mut self, apdu: &[u8], watch: &mut dyn Watch) -> Result<Vec<u8>, TransportError> {
        self.key.msg(apdu, watch)
    }

    fn exchange(
        &mut self,
        command: fidoctl::ctaphid::Command,
        data: &[u8],
        watch: &mut dyn Watch,
    ) -> Result<Vec<u8>, TransportError> {
        self.key.exchange(command, data, watch)
    }

    fn ping(&mut self, data: &[u8], watch: &mut dyn Watch) -> Result<Vec<u8>, TransportError> {
        self.key.ping(data, watch)
    }

    fn wink(&mut self, watch: &mut dyn Watch) -> Result<(), TransportError> {
        self.key.wink(watch)
    }

    fn properties(&self) -> Properties {
        self.key.properties()
    }
}

fn with_session<T>(
    key: &PluggedKey,
    run: impl FnOnce(&mut Session<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut person = ScriptedPerson::typing(&[PIN, PIN]).and_new_pin(PIN);
    run(&mut Session::open(key.open(), &mut person, limits()).unwrap())
}

fn watched<T>(
    key: &PluggedKey,
    intervene: impl FnMut(&[u8], &mut dyn Transport) -> Option<Vec<u8>> + Send + 'static,
    run: impl FnOnce(&mut Session<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut person = ScriptedPerson::typing(&[PIN, PIN]);
    let transport = Between { key: key.open(), intervene: Box::new(intervene) };
    run(&mut Session::open(Box::new(transport), &mut person, limits()).unwrap())
}

fn with_pin(key: PluggedKey) -> PluggedKey {
    with_session(&key, pin::set).unwrap();
    key.take_messages();
    key
}

fn key_with_extension() -> PluggedKey {
    let large_blobs = LargeBlobOptions { way: LargeBlobs::LargeBlob, ..Default::default() };
    with_pin(PluggedKey::with(&CreationOptions { large_blobs, ..Default::default() }))
}

fn wanting_room(user: u8) -> Registration {
    let mut wanted = registration();
    wanted.user.id = vec![user].into();
    wanted.resident_key = Requirement::Required;
    wanted.blobs.large_blob = Some(LargeBlobSupport::Required);
    wanted
}

fn enroll(key: &PluggedKey, wanted: &Registration) -> Result<Registered, Error> {
    with_session(key, |session| register(session, wanted))
}

fn made(key: &PluggedKey, user: u8) -> Registered {
    enroll(key, &wanting_room(user)).unwrap()
}

fn naming(registered: &Registered, action: LargeBlobAction) -> Authentication {
    let credential = registered.authenticator_data.attested_credential.as_ref().unwrap();
    let mut wanted = authentication(&[]);
    wanted.allow = vec![AllowedCredential {
        descriptor: CredentialDescriptor::new(credential.credential_id.clone()),
        public_key: Some(credential.public_key.clone()),
    }];
    wanted.blobs.large_blob = Some(action);
    wanted
}

fn write(blob: &[u8]) -> LargeBlobAction {
    LargeBlobAction::Write { blob: blob.to_vec(), replace: true }
}

fn outcome_of(assertions: Vec<Assertion>) -> LargeBlobOutcome {
    assertions[0].blobs.large_blob.clone().unwrap()
}

fn access(
    key: &PluggedKey,
    registered: &Registered,
    action: LargeBlobAction,
) -> Result<LargeBlobOutcome, Error> {
    let wanted = naming(registered, action);
    with_session(key, |session| authenticate(session, &wanted).map(outcome_of))
}

fn read(key: &PluggedKey, registered: &Registered) -> LargeBlobOutcome {
    access(key, registered, LargeBlobAction::Read).unwrap()
}

fn is_blob(outcome: &LargeBlobOutcome, blob: &[u8]) -> bool {
    *outcome == LargeBlobOutcome::Blob(blob.to_vec())
}

fn entries(key: &PluggedKey) -> usize {
    with_session(key, large_blob_array::read).unwrap().array.entries().count()
}

/// Bytes that do not compress.
fn noise(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    fidoctl::pin_uv::Random::fill(&mut fidoctl::pin_uv::OsRandom, &mut bytes).unwrap();
    bytes
}

// credBlob

#[test]
fn cred_blob_comes_back() {
    let key = with_pin(PluggedKey::new());
    let mut wanted = wanting_room(1);
    wanted.blobs.cred_blob = Some((Vec::from(b"a few bytes"), true));
    let registered = enroll(&key, &wanted).unwrap();
    assert_eq!(registered.blobs.cred_blob, Some(true));
    let mut wanted = naming(&registered, LargeBlobAction::Read);
    wanted.blobs.cred_blob = true;
    let assertions = with_session(&key, |session| authenticate(session, &wanted)).unwrap();
    assert_eq!(assertions[0].blobs.cred_blob.as_deref(), Some(&b"a few bytes"[..]));
}

#[test]
fn cred_blob_that_is_not_stored_is_an_error_where_it_is_enforced() {
    let key = PluggedKey::new();
    let mut wanted = registration();
    wanted.blobs.cred_blob = Some((vec![1], true));
    assert!(matches!(enroll(&key, &wanted), Err(Error::ExtensionNotApplied("credBlob"))));
    wanted.blobs.cred_blob = Some((vec![1], false));
    assert_eq!(enroll(&key, &wanted).unwrap().blobs.cred_blob, Some(false));
}

#[test]
fn cred_blob_too_long_is_not_sent() {
    let key = PluggedKey::new();
    let mut wanted = registration();
    wanted.blobs.cred_blob = Some((vec![1; 65], true));
    let error = enroll(&key, &wanted).unwrap_err();
    assert!(matches!(error, Error::CredBlobTooLong { length: 65, maximum: 64 }), "{error}");
    wanted.blobs.cred_blob = Some((vec![1; 65], false));
    assert_eq!(enroll(&key, &wanted).unwrap().blobs.cred_blob, Some(false));
}

#[test]
fn key_without_blobs_is_told_apart() {
    let mut person = ScriptedPerson::typing(&[PIN]);
    let key = Box::new(ScriptedKey::with_pin());
    let mut session = Session::open(key, &mut person, limits()).unwrap();
    let mut wanted = registration();
    wanted.blobs.cred_blob = Some((vec![1], true));
    let error = register(&mut session, &wanted).unwrap_err();
    assert!(matches!(error, Error::Unsupported(Unsupported::Extension("credBlob"))), "{error}");
    let error = register(&mut session, &wanting_room(1)).unwrap_err();
    assert!(matches!(error, Error::Unsupported(Unsupported::Extension("largeBlobKey"))), "{error}");
    let error = large_blob_array::read(&mut session).unwrap_err();
    assert!(matches!(error, Error::Unsupported(Unsupported::Option("largeBlobs"))), "{error}");
    let mut preferred = registration();
    preferred.blobs.large_blob = Some(LargeBlobSupport::Preferred);
    let registered = register(&mut session, &preferred).unwrap();
    assert_eq!(registered.blobs.large_blob, Some(false));
}

// Large blobs

#[test]
fn large_blob_is_written_read_and_deleted() {
    for key in [with_pin(PluggedKey::new()), PluggedKey::new()] {
        let registered = made(&key, 1);
        assert_eq!(registered.blobs.large_blob, Some(true));
        assert_eq!(read(&key, &registered), LargeBlobOutcome::Absent);
        let blob = noise(1700);
        assert_eq!(access(&key, &registered, write(&blob)).unwrap(), LargeBlobOutcome::Written);
        assert!(is_blob(&read(&key, &registered), &blob));
        access(&key, &registered, write(b"short")).unwrap();
        assert!(is_blob(&read(&key, &registered), b"short"));
        assert_eq!(entries(&key), 1);
        let deleted = access(&key, &registered, LargeBlobAction::Delete).unwrap();
        assert_eq!(deleted, LargeBlobOutcome::Deleted);
        let again = access(&key, &registered, LargeBlobAction::Delete).unwrap();
        assert_eq!(again, LargeBlobOutcome::Absent);
        assert_eq!(entries(&key), 0);
    }
}

#[test]
fn large_blob_that_is_there_stays_unless_it_is_to_be_replaced() {
    let key = PluggedKey::new();
    let registered = made(&key, 1);
    let keep = |blob: &[u8]| LargeBlobAction::Write { blob: blob.to_vec(), replace: false };
    assert_eq!(access(&key, &registered, keep(b"one")).unwrap(), LargeBlobOutcome::Written);
    assert_eq!(access(&key, &registered, keep(b"two")).unwrap(), LargeBlobOutcome::Exists);
    assert!(is_blob(&read(&key, &registered), b"one"));
}

#[test]
fn large_blobs_of_others_stay() {
    let key = with_pin(PluggedKey::new());
    let (first, second) = (made(&key, 1), made(&key, 2));
    access(&key, &first, write(b"first")).unwrap();
    access(&key, &second, write(b"second")).unwrap();
    access(&key, &first, LargeBlobAction::Delete).unwrap();
    assert!(is_blob(&read(&key, &second), b"second"));
}

#[test]
fn large_blob_too_long_for_the_key_changes_nothing() {
    let key = with_pin(PluggedKey::new());
    let (first, second) = (made(&key, 1), made(&key, 2));
    access(&key, &first, write(b"first")).unwrap();
    let error = access(&key, &second, write(&noise(2048))).unwrap_err();
    assert!(matches!(error, Error::LargeBlobStorageFull { length } if length > 2048), "{error}");
    assert!(is_blob(&read(&key, &first), b"first"));
    assert_eq!(read(&key, &second), LargeBlobOutcome::Absent);
}

#[test]
fn messages_are_as_few_as_the_protocol_allows() {
    let key = with_pin(PluggedKey::new());
    let registered = made(&key, 1);
    key.take_messages();
    access(&key, &registered, write(b"short")).unwrap();
    // INIT, getInfo, tries, key agreement, token, assertion, read, write.
    assert_eq!(key.take_messages(), 8);
    access(&key, &registered, LargeBlobAction::Read).unwrap();
    assert_eq!(key.take_messages(), 7);
    entries(&key);
    assert_eq!(key.take_messages(), 3, "listing needs no PIN");
}

#[test]
fn one_token_asserts_and_writes() {
    let key = with_pin(PluggedKey::new());
    let registered = made(&key, 1);
    let wanted = naming(&registered, write(b"blob"));
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = asked.clone();
    let watch = move |message: &[u8], _: &mut dyn Transport| {
        if message[0] == Command::CLIENT_PIN.0 {
            let request = fidoctl::ctap2::ClientPinRequest::from_slice(
                &message[1..],
                fidoctl::cbor::Strictness::Canonical,
            );
            log.lock().unwrap().extend(request.unwrap().permissions);
        }
        None
    };
    watched(&key, watch, |session| authenticate(session, &wanted)).unwrap();
    let both = Permissions::GET_ASSERTION | Permissions::LARGE_BLOB_WRITE;
    assert_eq!(*asked.lock().unwrap(), [both.bits()]);
}

fn is_write(message: &[u8]) -> bool {
    message[0] == Command::LARGE_BLOBS.0
        && LargeBlobsRequest::from_slice(&message[1..], fidoctl::cbor::Strictness::Canonical)
            .unwrap()
            .set
            .is_some()
}

#[test]
fn token_that_may_not_write_after_the_touch_is_asked_for_anew() {
    let key = with_pin(PluggedKey::new());
    let registered = made(&key, 1);
    let wanted = naming(&registered, write(b"blob"));
    let mut first = true;
    let refuse_once = move |message: &[u8], _: &mut dyn Transport| {
        let refuse = is_write(message) && std::mem::take(&mut first);
        refuse.then(|| vec![Status::PIN_AUTH_INVALID.0])
    };
    watched(&key, refuse_once, |session| authenticate(session, &wanted)).unwrap();
    assert!(is_blob(&read(&key, &registered), b"blob"));
}

#[test]
fn lost_race_is_tried_once_more_from_the_start() {
    for status in [Status::INTEGRITY_FAILURE, Status::INVALID_SEQ] {
        let key = PluggedKey::new();
        let (own, other) = (made(&key, 1), made(&key, 2));
        let wanted = naming(&own, write(b"own"));
        let rival = naming(&other, write(b"other"));
        let mut first = true;
        let handle = key.clone();
        let race = move |message: &[u8], _: &mut dyn Transport| {
            if !is_write(message) || !std::mem::take(&mut first) {
                return None;
            }
            with_session(&handle, |session| authenticate(session, &rival)).unwrap();
            Some(vec![status.0])
        };
        watched(&key, race, |session| authenticate(session, &wanted)).unwrap();
        assert!(is_blob(&read(&key, &own), b"own"), "{status}");
        assert!(is_blob(&read(&key, &other), b"other"), "{status}");
    }
}

#[test]
fn race_lost_twice_changes_nothing() {
    let key = PluggedKey::new();
    let registered = made(&key, 1);
    let wanted = naming(&registered, write(b"own"));
    let lose = |message: &[u8], _: &mut dyn Transport| {
        is_write(message).then(|| vec![Status::INVALID_SEQ.0])
    };
    let error = watched(&key, lose, |session| authenticate(session, &wanted)).unwrap_err();
    assert!(matches!(error, Error::Refused { status: Status::INVALID_SEQ, .. }), "{error}");
    assert_eq!(read(&key, &registered), LargeBlobOutcome::Absent);
}

fn answering_reads(
    content: Vec<u8>,
) -> impl FnMut(&[u8], &mut dyn Transport) -> Option<Vec<u8>> + Send + 'static {
    move |message, _| {
        if message[0] != Command::LARGE_BLOBS.0 || is_write(message) {
            return None;
        }
        let request =
            LargeBlobsRequest::from_slice(&message[1..], fidoctl::cbor::Strictness::Canonical)
                .unwrap();
        let offset = usize::try_from(request.offset.unwrap()).unwrap();
        let count = usize::try_from(request.get.unwrap()).unwrap();
        let rest = content.get(offset..).unwrap_or_default();
        let config = rest.get(..count).unwrap_or(rest).to_vec();
        let response = LargeBlobsResponse { config: Some(config.into()) };
        Some([vec![0], response.to_vec()].concat())
    }
}

#[test]
fn damaged_array_counts_as_empty_and_is_written_anew() {
    let key = PluggedKey::new();
    let registered = made(&key, 1);
    let damaged = answering_reads(vec![0x81; 40]);
    let stored = watched(&key, damaged, large_blob_array::read).unwrap();
    assert!(stored.damaged);
    assert_eq!((stored.array.entries().count(), stored.length), (0, 40));
    let wanted = naming(&registered, write(b"blob"));
    let damaged = answering_reads(vec![0x81; 40]);
    watched(&key, damaged, |session| authenticate(session, &wanted)).unwrap();
    assert!(is_blob(&read(&key, &registered), b"blob"));
}

#[test]
fn array_that_is_none_is_not_written_over() {
    use sha2::{Digest, Sha256};
    let key = PluggedKey::new();
    let registered = made(&key, 1);
    let map = [&[0xa0][..], &Sha256::digest([0xa0])[..16]].concat();
    let wanted = naming(&registered, write(b"blob"));
    let error = watched(&key, answering_reads(map), |session| authenticate(session, &wanted));
    assert!(matches!(error, Err(Error::LargeBlobArray(_))));
    assert_eq!(read(&key, &registered), LargeBlobOutcome::Absent);
}

#[test]
fn key_that_never_stops_reading_is_stopped() {
    let key = PluggedKey::new();
    let endless = answering_reads(vec![0; 100_000]);
    let error = watched(&key, endless, large_blob_array::read).unwrap_err();
    assert!(matches!(error, Error::TooMany { .. }), "{error}");
}

#[test]
fn credential_without_room_is_told_apart() {
    let key = PluggedKey::new();
    let mut wanted = registration();
    wanted.resident_key = Requirement::Required;
    let registered = enroll(&key, &wanted).unwrap();
    assert_eq!(read(&key, &registered), LargeBlobOutcome::NoRoom);
    assert_eq!(access(&key, &registered, write(b"x")).unwrap(), LargeBlobOutcome::NoRoom);
}

#[test]
fn room_for_a_server_side_credential_is_refused_before_it_is_made() {
    let key = PluggedKey::new();
    let wanted = Registration { resident_key: Requirement::Discouraged, ..wanting_room(1) };
    assert!(matches!(enroll(&key, &wanted), Err(Error::LargeBlobNotDiscoverable)));
}

#[test]
fn every_account_reads_its_own() {
    let key = with_pin(PluggedKey::new());
    for user in [1, 2] {
        let registered = made(&key, user);
        access(&key, &registered, write(&[user; 9])).unwrap();
    }
    let mut wanted = authentication(&[]);
    wanted.all_accounts = true;
    wanted.blobs.large_blob = Some(LargeBlobAction::Read);
    let assertions = with_session(&key, |session| authenticate(session, &wanted)).unwrap();
    for assertion in &assertions {
        let user = assertion.user.as_ref().unwrap().id[0];
        assert!(is_blob(assertion.blobs.large_blob.as_ref().unwrap(), &[user; 9]));
    }
    wanted.blobs.large_blob = Some(write(b"which?"));
    let error = with_session(&key, |session| authenticate(session, &wanted)).unwrap_err();
    assert!(matches!(error, Error::LargeBlobWantsOneCredential), "{error}");
}

// The extension largeBlob

#[test]
fn large_blob_with_its_credential_is_written_and_read() {
    let key = key_with_extension();
    let registered = made(&key, 1);
    assert_eq!(registered.blobs.large_blob, Some(true));
    assert_eq!(read(&key, &registered), LargeBlobOutcome::Absent);
    let blob = vec![7; 5000];
    assert_eq!(access(&key, &registered, write(&blob)).unwrap(), LargeBlobOutcome::Written);
    assert!(is_blob(&read(&key, &registered), &blob));
    key.take_messages();
    read(&key, &registered);
    assert_eq!(key.take_messages(), 6);
}

#[test]
fn what_the_extension_cannot_do_is_refused_before_anything_is_sent() {
    let key = key_with_extension();
    let registered = made(&key, 1);
    let error = access(&key, &registered, LargeBlobAction::Delete).unwrap_err();
    assert!(matches!(error, Error::Unsupported(Unsupported::LargeBlobDeletion)), "{error}");
    let keep = LargeBlobAction::Write { blob: vec![1], replace: false };
    let error = access(&key, &registered, keep).unwrap_err();
    assert!(matches!(error, Error::Unsupported(Unsupported::LargeBlobKeeping)), "{error}");
}

// Garbage

#[test]
fn large_blobs_without_a_credential_are_garbage() {
    let key = with_pin(PluggedKey::new());
    let (first, second) = (made(&key, 1), made(&key, 2));
    access(&key, &first, write(b"first")).unwrap();
    access(&key, &second, write(b"second")).unwrap();
    // The same account again: the credential before is gone, and with it the key to its blob.
    made(&key, 1);
    let gc = |answer: bool| {
        with_session(&key, |session| collect(session, &mut |count| count == 1 && answer)).unwrap()
    };
    assert_eq!(gc(false), Collected { garbage: 1, kept: 1, removed: false });
    assert_eq!(entries(&key), 2, "without consent nothing changes");
    assert_eq!(gc(true), Collected { garbage: 1, kept: 1, removed: true });
    assert!(is_blob(&read(&key, &second), b"second"));
    assert_eq!(gc(true), Collected { garbage: 0, kept: 1, removed: false });
}

#[test]
fn garbage_of_an_empty_array_needs_no_pin() {
    let key = with_pin(PluggedKey::new());
    key.take_messages();
    with_session(&key, |session| collect(session, &mut |_| true)).unwrap();
    assert_eq!(key.take_messages(), 3);
}

#[test]
fn foreign_entries_are_no_garbage() {
    let key = with_pin(PluggedKey::new());
    let foreign = LargeBlobKey::from_slice(&[1; 32]).unwrap();
    let mut array = LargeBlobArray::default();
    array.put(&foreign, [0; 12], b"lost").unwrap();
    let mut stored = array.to_vec();
    stored.truncate(stored.len() - 16);
    stored[0] += 1;
    stored.extend(b"\x63abc");
    let hash = <sha2::Sha256 as sha2::Digest>::digest(&stored);
    stored.extend(&hash[..16]);
    let mut written = Vec::new();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = seen.clone();
    let mut reads = answering_reads(stored);
    let watch = move |message: &[u8], key: &mut dyn Transport| {
        if is_write(message) {
            log.lock().unwrap().push(message.to_vec());
        }
        reads(message, key)
    };
    let collected = watched(&key, watch, |session| collect(session, &mut |_| true)).unwrap();
    assert_eq!(collected, Collected { garbage: 1, kept: 1, removed: true });
    for message in seen.lock().unwrap().iter() {
        let request =
            LargeBlobsRequest::from_slice(&message[1..], fidoctl::cbor::Strictness::Canonical);
        written.extend(Vec::from(request.unwrap().set.unwrap()));
    }
    assert_eq!(&written[..5], b"\x81\x63abc");
}
