//! COSE_Key as text: the encoded map in hex, base64 or base64url, as databases keep it.

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER, HEXLOWER_PERMISSIVE};

use super::PublicKeyError;
use crate::cbor::{self, MESSAGE_NESTING, Strictness};
use crate::cose::CoseKey;

/// Returns the encoded key in lower-case hex.
pub fn to_hex(key: &CoseKey) -> String {
    HEXLOWER.encode(&cbor::to_vec(key))
}

/// Returns the encoded key in base64 with padding.
pub fn to_base64(key: &CoseKey) -> String {
    BASE64.encode(&cbor::to_vec(key))
}

/// Reads a key: its bytes, or one of the texts.
///
/// No text can be mistaken: an encoded key begins with a map's byte, which is no letter or digit.
pub fn from_bytes(content: &[u8]) -> Result<CoseKey, PublicKeyError> {
    let encoded = content.first().is_some_and(|first| !first.is_ascii());
    let bytes = if encoded { content.to_vec() } else { bytes_of(content)? };
    cbor::from_slice_with(&bytes, Strictness::Tolerant, MESSAGE_NESTING)
        .map_err(PublicKeyError::Cose)
}

fn bytes_of(text: &[u8]) -> Result<Vec<u8>, PublicKeyError> {
    let text = text.trim_ascii();
    HEXLOWER_PERMISSIVE
        .decode(text)
        .or_else(|_| BASE64.decode(text))
        .or_else(|_| BASE64URL_NOPAD.decode(text))
        .map_err(|_| PublicKeyError::Unknown)
}
