//! What a pinUvAuthParam over a fragment authenticates.

use sha2::{Digest, Sha256};

use crate::ctap2::large_blobs::pin_uv_auth_message;

/// Returns the message under the MAC of a fragment that goes to `offset`.
pub fn write_message(offset: u32, fragment: &[u8]) -> Vec<u8> {
    pin_uv_auth_message(offset, &Sha256::digest(fragment).into())
}
