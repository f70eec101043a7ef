//! Large blobs whose credentials are gone (CTAP 2.2 §6.10.6).

use super::credentials::{CredentialStore, Listing};
use super::large_blob_array::{self, update};
use super::verification::token_without_rp;
use super::{Error, Session};
use crate::ctap2::Permissions;
use crate::ctap2::extensions::LARGE_BLOB_KEY;
use crate::large_blob::LargeBlobKey;
use crate::relying_party;

/// What became of the large blobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Collected {
    /// Entries that no credential on the key opens.
    pub garbage: usize,
    /// Entries that stay.
    pub kept: usize,
    /// Whether the garbage was taken away.
    pub removed: bool,
}

/// Takes away every large blob that no credential on the key opens; what is not the standard's
/// stays.
///
/// `consent` is asked once, with the number, if there are any; where it says no, nothing changes.
/// One token lists the credentials and writes. Without entries no token is asked for.
pub fn collect(
    session: &mut Session<'_>,
    consent: &mut dyn FnMut(usize) -> bool,
) -> Result<Collected, Error> {
    let before = large_blob_array::read(session)?.array.entries().count();
    if before == 0 {
        return Ok(Collected { garbage: 0, kept: 0, removed: false });
    }
    let permissions = Permissions::CREDENTIAL_MANAGEMENT | Permissions::LARGE_BLOB_WRITE;
    let token = token_without_rp(session, permissions)?;
    let mut store = CredentialStore::with_token(session, token)?;
    let listing = store.list()?;
    let token = store.into_token();
    let keys = keys(&listing)?;
    let mut garbage = 0;
    let mut kept = 0;
    let mut consented = None;
    let removed = update(session, Some(&token), &mut |array| {
        garbage = array.keep_only(&keys);
        kept = array.entries().count();
        // A second try after a lost race is no second question.
        Ok(garbage > 0 && *consented.get_or_insert_with(|| consent(garbage)))
    })?;
    Ok(Collected { garbage, kept, removed })
}

fn keys(listing: &Listing) -> Result<Vec<LargeBlobKey>, Error> {
    if listing.discrepancies.iter().any(|d| d.claimed.is_some_and(|claimed| claimed > d.found)) {
        return Err(Error::IncompleteListing);
    }
    let keys =
        listing.credentials().filter_map(|(_, credential)| credential.large_blob_key.as_ref());
    let read = |key: &zeroize::Zeroizing<Vec<u8>>| {
        LargeBlobKey::from_slice(key)
            .ok_or_else(|| relying_party::Error::ExtensionOutput(LARGE_BLOB_KEY).into())
    };
    keys.map(read).collect()
}
