//! The large-blob array over a session: read whole, write whole (CTAP 2.2 §6.10).

use super::interaction::{Notice, TouchReason};
use super::{Error, Session, Unsupported};
use crate::ctap2::large_blobs::max_fragment_length;
use crate::ctap2::{GetInfoResponse, LargeBlobsRequest, Request, Status};
use crate::large_blob::{ArrayError, LargeBlobArray, write_message};
use crate::pin_uv::PinUvAuthToken;

/// More than this no key stores, in bytes, whatever it says.
const MAX_ARRAY_LENGTH: usize = 1024 * 1024;

/// The array as it is on a key.
#[derive(Clone, Debug)]
pub struct StoredArray {
    /// The entries; none if the array is damaged.
    pub array: LargeBlobArray,
    /// True if the hash at the array's end does not match: by the standard it then counts as empty.
    pub damaged: bool,
    /// Length in bytes, hash included.
    pub length: usize,
    /// The most bytes that the key stores.
    pub capacity: usize,
}

/// Reads the array: one message a fragment. Needs neither touch nor token.
pub fn read(session: &mut Session<'_>) -> Result<StoredArray, Error> {
    session.refresh_if_stale()?;
    if !session.info().option_is_true("largeBlobs") {
        return Err(Error::Unsupported(Unsupported::Option("largeBlobs")));
    }
    let capacity = capacity(session.info());
    let serialized = fetch(session, capacity)?;
    let (array, damaged) = match LargeBlobArray::parse(&serialized) {
        Ok(array) => (array, false),
        Err(ArrayError::Hash) => {
            session.interaction().notice(&Notice::LargeBlobsDamaged);
            (LargeBlobArray::default(), true)
        }
        Err(error) => return Err(error.into()),
    };
    Ok(StoredArray { array, damaged, length: serialized.len(), capacity })
}

/// Reads, changes and writes the array; once more from the start if another program came between.
///
/// Nothing is written where `change` says that nothing is to be. Returns what `change` said.
pub(super) fn update(
    session: &mut Session<'_>,
    token: Option<&PinUvAuthToken>,
    change: &mut dyn FnMut(&mut LargeBlobArray) -> Result<bool, Error>,
) -> Result<bool, Error> {
    match try_update(session, token, change) {
        Err(Error::Refused { status: Status::INTEGRITY_FAILURE | Status::INVALID_SEQ, .. }) => {
            try_update(session, token, change)
        }
        outcome => outcome,
    }
}

fn try_update(
    session: &mut Session<'_>,
    token: Option<&PinUvAuthToken>,
    change: &mut dyn FnMut(&mut LargeBlobArray) -> Result<bool, Error>,
) -> Result<bool, Error> {
    let StoredArray { mut array, capacity, .. } = read(session)?;
    let changed = change(&mut array)?;
    if changed {
        write(session, token, &array.to_vec(), capacity)?;
    }
    Ok(changed)
}

fn capacity(info: &GetInfoResponse) -> usize {
    let stated = info.max_serialized_large_blob_array.and_then(|n| usize::try_from(n).ok());
    stated.unwrap_or(MAX_ARRAY_LENGTH).min(MAX_ARRAY_LENGTH)
}

fn fragment_length(session: &Session<'_>) -> usize {
    let message = u64::try_from(session.max_msg_size()).unwrap_or(u64::MAX);
    usize::try_from(max_fragment_length(message)).unwrap_or(usize::MAX)
}

fn fetch(session: &mut Session<'_>, capacity: usize) -> Result<Vec<u8>, Error> {
    let count = fragment_length(session);
    let mut serialized = Vec::new();
    loop {
        let number = |n: usize| u64::try_from(n).ok();
        let request = LargeBlobsRequest {
            get: number(count),
            offset: number(serialized.len()),
            ..Default::default()
        };
        let answer = session.call(&request, TouchReason::Assert)?;
        let command = LargeBlobsRequest::COMMAND;
        let fragment = answer.config.ok_or(Error::Incomplete { command, what: "config" })?;
        serialized.extend_from_slice(&fragment);
        if fragment.len() > count || serialized.len() > capacity {
            let claimed = number(serialized.len()).unwrap_or(u64::MAX);
            return Err(Error::TooMany { command, what: "bytes of large blobs", claimed });
        }
        if fragment.len() < count {
            return Ok(serialized);
        }
    }
}

/// Writes the whole array; nothing is sent if it is too long, and the key keeps the old one until
/// the last fragment.
fn write(
    session: &mut Session<'_>,
    token: Option<&PinUvAuthToken>,
    serialized: &[u8],
    capacity: usize,
) -> Result<(), Error> {
    let length = serialized.len();
    if length > capacity {
        return Err(Error::LargeBlobStorageFull { length });
    }
    let mut offset = 0_u32;
    for fragment in serialized.chunks(fragment_length(session).max(1)) {
        let message = write_message(offset, fragment);
        let request = LargeBlobsRequest {
            set: Some(fragment.to_vec().into()),
            offset: Some(u64::from(offset)),
            length: if offset == 0 { u64::try_from(length).ok() } else { None },
            pin_uv_auth_param: token.map(|token| token.authenticate(&message).into()),
            pin_uv_auth_protocol: token.map(|token| token.protocol().id()),
            get: None,
        };
        session.call(&request, TouchReason::Assert).map_err(|error| match error {
            Error::Refused { status: Status::LARGE_BLOB_STORAGE_FULL, .. } => {
                Error::LargeBlobStorageFull { length }
            }
            error => error,
        })?;
        offset = offset.saturating_add(u32::try_from(fragment.len()).unwrap_or(u32::MAX));
    }
    Ok(())
}
