//! authenticatorLargeBlobs (CTAP 2.2 §6.10).

use minicbor::{Decode, Encode};

use super::{Command, Request};
use crate::cbor::ByteVec;

/// What a fragment leaves of the message size for the rest of the message, in bytes
/// (CTAP 2.2 §6.10: maxFragmentLength is maxMsgSize less 64).
const FRAGMENT_OVERHEAD: u64 = 64;

/// Returns the longest fragment in bytes that a key of this message size reads or writes at once.
pub fn max_fragment_length(max_msg_size: u64) -> u64 {
    max_msg_size.saturating_sub(FRAGMENT_OVERHEAD)
}

/// Parameters of largeBlobs: either `get` or `set`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct LargeBlobsRequest {
    /// How many bytes to read.
    #[n(0x01)]
    pub get: Option<u64>,
    /// A fragment to write.
    #[n(0x02)]
    pub set: Option<ByteVec>,
    /// Where to read or write; always there.
    #[n(0x03)]
    pub offset: Option<u64>,
    /// Length of the whole new array; with the first fragment only.
    #[n(0x04)]
    pub length: Option<u64>,
    /// MAC over [`pin_uv_auth_message`].
    #[n(0x05)]
    pub pin_uv_auth_param: Option<ByteVec>,
    /// The protocol of `pin_uv_auth_param`.
    #[n(0x06)]
    pub pin_uv_auth_protocol: Option<u64>,
}

/// Results of largeBlobs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct LargeBlobsResponse {
    /// The bytes read.
    #[n(0x01)]
    pub config: Option<ByteVec>,
}

impl Request for LargeBlobsRequest {
    const COMMAND: Command = Command::LARGE_BLOBS;
    type Response = LargeBlobsResponse;
}

/// Returns what pinUvAuthParam authenticates, given the SHA-256 of the fragment:
/// `32×ff ‖ 0c00 ‖ uint32LittleEndian(offset) ‖ hash`.
pub fn pin_uv_auth_message(offset: u32, fragment_hash: &[u8; 32]) -> Vec<u8> {
    let mut message = vec![0xFF; 32];
    message.extend([Command::LARGE_BLOBS.0, 0x00]);
    message.extend(offset.to_le_bytes());
    message.extend(fragment_hash);
    message
}
