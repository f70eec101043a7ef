//! authenticatorLargeBlobs (CTAP 2.2 §6.10).

use std::time::Duration;

use super::Authenticator;
use super::dispatch::{Outcome, protocol};
use super::limits::LARGE_BLOB_WRITE_TIMEOUT;
use crate::ctap2::large_blobs::max_fragment_length;
use crate::ctap2::{LargeBlobsRequest, LargeBlobsResponse, Status};
use crate::ctaphid::ChannelId;
use crate::large_blob::{MIN_SERIALIZED_LENGTH, is_intact, write_message};

/// An array of which the rest is still to come.
pub(super) struct LargeBlobWrite {
    channel: ChannelId,
    expected_length: usize,
    array: Vec<u8>,
    last: Duration,
}

impl Authenticator {
    pub(super) fn large_blobs(
        &mut self,
        channel: ChannelId,
        request: &LargeBlobsRequest,
    ) -> Result<Outcome, Status> {
        if !self.state.has_large_blob_array() {
            return Err(Status::INVALID_COMMAND);
        }
        let offset = request.offset.ok_or(Status::INVALID_PARAMETER)?;
        match (request.get, &request.set) {
            (Some(count), None) => self.read_large_blobs(count, offset, request),
            (None, Some(fragment)) => self.write_large_blobs(channel, fragment, offset, request),
            _ => Err(Status::INVALID_PARAMETER),
        }
    }

    /// Reads; an unfinished write shows nothing of itself, and goes on afterwards.
    fn read_large_blobs(
        &self,
        count: u64,
        offset: u64,
        request: &LargeBlobsRequest,
    ) -> Result<Outcome, Status> {
        let forbidden = request.length.is_some()
            || request.pin_uv_auth_param.is_some()
            || request.pin_uv_auth_protocol.is_some();
        if forbidden {
            return Err(Status::INVALID_PARAMETER);
        }
        let count = self.fragment_length(count)?;
        let array = self.state.large_blobs.array.0.as_slice();
        let offset = usize::try_from(offset).map_err(|_| Status::INVALID_PARAMETER)?;
        let rest = array.get(offset..).ok_or(Status::INVALID_PARAMETER)?;
        let config = rest.get(..count).unwrap_or(rest).to_vec();
        Ok(Outcome::results(&LargeBlobsResponse { config: Some(config.into()) }))
    }

    /// Takes the next fragment; one out of its place or without a right MAC leaves the write as it was.
    fn write_large_blobs(
        &mut self,
        channel: ChannelId,
        fragment: &[u8],
        offset: u64,
        request: &LargeBlobsRequest,
    ) -> Result<Outcome, Status> {
        self.fragment_length(u64::try_from(fragment.len()).unwrap_or(u64::MAX))?;
        let now = self.now();
        let expected_length = if offset == 0 {
            self.announced_length(request.length)?
        } else if request.length.is_some() {
            return Err(Status::INVALID_PARAMETER);
        } else {
            let running = self.large_blob_write.as_ref();
            running.ok_or(Status::INVALID_SEQ)?.go_on(channel, offset, now)?
        };
        self.authorize_large_blob_write(fragment, offset, request)?;
        let running = self.large_blob_write.take().filter(|_| offset != 0);
        let mut array = running.map(|write| write.array).unwrap_or_default();
        if array.len().saturating_add(fragment.len()) > expected_length {
            return Err(Status::INVALID_PARAMETER);
        }
        array.extend_from_slice(fragment);
        if array.len() < expected_length {
            self.large_blob_write =
                Some(LargeBlobWrite { channel, expected_length, array, last: now });
        } else if is_intact(&array) {
            let mut next = self.state.clone();
            next.large_blobs.array.0 = array;
            self.commit(next)?;
        } else {
            return Err(Status::INTEGRITY_FAILURE);
        }
        Ok(Outcome::nothing())
    }

    /// Refuses more than fits in a message.
    fn fragment_length(&self, length: u64) -> Result<usize, Status> {
        let maximum = u64::try_from(self.max_msg_size()).unwrap_or(u64::MAX);
        let maximum = max_fragment_length(maximum);
        let fits = usize::try_from(length).ok().filter(|_| length <= maximum);
        fits.ok_or(Status::INVALID_LENGTH)
    }

    fn announced_length(&self, length: Option<u64>) -> Result<usize, Status> {
        let length = length.ok_or(Status::INVALID_PARAMETER)?;
        let length = usize::try_from(length).map_err(|_| Status::LARGE_BLOB_STORAGE_FULL)?;
        if length > self.state.large_blobs.capacity() {
            return Err(Status::LARGE_BLOB_STORAGE_FULL);
        }
        if length < MIN_SERIALIZED_LENGTH {
            return Err(Status::INVALID_PARAMETER);
        }
        Ok(length)
    }

    fn authorize_large_blob_write(
        &mut self,
        fragment: &[u8],
        offset: u64,
        request: &LargeBlobsRequest,
    ) -> Result<(), Status> {
        if !self.is_protected() && !self.state.settings.always_uv {
            return Ok(());
        }
        let param = request.pin_uv_auth_param.as_ref().ok_or(Status::PUAT_REQUIRED)?;
        let protocol = protocol(request.pin_uv_auth_protocol)?;
        let offset = u32::try_from(offset).map_err(|_| Status::INVALID_PARAMETER)?;
        let token = self.token.as_mut().ok_or(Status::PIN_AUTH_INVALID)?;
        if token.verify(protocol, &write_message(offset, fragment), param)
            && token.may_write_large_blobs()
        {
            Ok(())
        } else {
            Err(Status::PIN_AUTH_INVALID)
        }
    }
}

impl LargeBlobWrite {
    /// Returns the expected length if a fragment for `offset` goes on with this write.
    fn go_on(&self, channel: ChannelId, offset: u64, now: Duration) -> Result<usize, Status> {
        let waited = now.checked_sub(self.last);
        let awaited = self.channel == channel
            && usize::try_from(offset).is_ok_and(|offset| offset == self.array.len())
            && waited.is_some_and(|waited| waited <= LARGE_BLOB_WRITE_TIMEOUT);
        if awaited { Ok(self.expected_length) } else { Err(Status::INVALID_SEQ) }
    }
}
