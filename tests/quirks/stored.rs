//! What is stored on a key: listings and large blobs.

use fidoctl::client::authenticate::{Authentication, authenticate};
use fidoctl::client::authenticate_blobs::{LargeBlobAction, LargeBlobOutcome};
use fidoctl::client::credentials::CredentialStore;
use fidoctl::client::register::Registration;
use fidoctl::client::register_blobs::LargeBlobSupport;
use fidoctl::client::{Error, Requirement, Unsupported};

use crate::plugged_in::PluggedKey;
use crate::{allowing, enroll, keys_of, on, registration, set_pin};

fn fill(key: &PluggedKey) {
    set_pin(key);
    for (rp_id, user) in [("a.example", 1), ("a.example", 2), ("b.example", 1)] {
        let mut wanted = Registration { resident_key: Requirement::Required, ..registration() };
        wanted.rp.id = rp_id.to_owned();
        wanted.user.id = vec![user].into();
        // A key may say that nobody was there; the credential is on it unless it was taken back.
        if let Err(error) = enroll(key, &wanted) {
            assert!(matches!(error, Error::CredentialRejected { removed: true, .. }), "{error:?}");
        }
    }
}

/// Lists; returns how many credentials there are, and of how many totals nothing was said.
fn count(key: &PluggedKey) -> (usize, usize) {
    let listing = on(key, |session| CredentialStore::open(session)?.list()).0.unwrap();
    let unsaid = listing.discrepancies.iter().filter(|total| total.claimed.is_none());
    (listing.credentials().count(), unsaid.count())
}

fn has_option(key: &PluggedKey, option: &str) -> bool {
    let mut has = false;
    let look = |session: &mut fidoctl::client::Session<'_>| {
        has = session.info().option_is_true(option);
        Ok(())
    };
    on(key, look).0.unwrap();
    has
}

#[test]
fn preview_command_is_chosen_by_option() {
    for key in keys_of("preview_command_is_chosen_by_option") {
        assert!(!has_option(&key, "credMgmt") && has_option(&key, "credentialMgmtPreview"));
        fill(&key);
        assert_eq!(count(&key), (3, 0));
    }
}

#[test]
fn final_command_is_chosen_by_option() {
    for key in keys_of("final_command_is_chosen_by_option") {
        assert!(has_option(&key, "credMgmt") && !has_option(&key, "credentialMgmtPreview"));
        set_pin(&key);
        assert_eq!(count(&key), (0, 0));
    }
}

#[test]
fn missing_credential_management_is_explained() {
    for key in keys_of("missing_credential_management_is_explained") {
        set_pin(&key);
        let error = on(&key, |session| CredentialStore::open(session).map(drop)).0.unwrap_err();
        let missing = Unsupported::Option("credMgmt");
        assert!(matches!(error, Error::Unsupported(ref what) if *what == missing), "{error:?}");
        // That there are hints too is for the program's own tests.
        crate::program::explains_missing_credential_management();
    }
}

#[test]
fn listing_is_one_token_and_bare_requests() {
    for key in keys_of("listing_is_one_token_and_bare_requests") {
        fill(&key);
        key.take_messages();
        assert_eq!(count(&key), (3, 0));
        // INIT and getInfo; tries, key agreement and token; metadata; two relying parties, three
        // credentials.
        assert_eq!(key.take_messages(), 2 + 3 + 1 + 2 + 3);
    }
}

#[test]
fn totals_are_not_needed() {
    for key in keys_of("totals_are_not_needed") {
        fill(&key);
        let (credentials, unsaid) = count(&key);
        // What was made without a touch was taken off the key again.
        let relying_parties = if credentials == 0 { 0 } else { 2 };
        assert!(credentials == 0 || credentials == 3, "{credentials}");
        assert_eq!(unsaid, if credentials == 0 { 0 } else { 1 + relying_parties });
    }
}

#[test]
fn large_blobs_are_cut_to_the_message_size() {
    for key in keys_of("large_blobs_are_cut_to_the_message_size") {
        let mut wanted = Registration { resident_key: Requirement::Required, ..registration() };
        wanted.blobs.large_blob = Some(LargeBlobSupport::Required);
        set_pin(&key);
        let registered = enroll(&key, &wanted).unwrap();
        // Longer than a message, and not to be made shorter.
        let blob: Vec<u8> =
            (0_u32..450).flat_map(|n| n.wrapping_mul(0x9E37_79B1).to_be_bytes()).collect();
        let access = |action| {
            let mut wanted = Authentication {
                user_verification: Requirement::Required,
                ..allowing(&[&registered])
            };
            wanted.blobs.large_blob = Some(action);
            let assertions = on(&key, |session| authenticate(session, &wanted)).0.unwrap();
            assertions.into_iter().next().unwrap().blobs.large_blob.unwrap()
        };
        let write = LargeBlobAction::Write { blob: blob.clone(), replace: false };
        assert_eq!(access(write), LargeBlobOutcome::Written);
        assert_eq!(access(LargeBlobAction::Read), LargeBlobOutcome::Blob(blob));
    }
}
