//! A public key in whatever form somebody has it.

use super::{cose_text, jwk::Jwk, pem};
use crate::cbor;
use crate::cose::CoseKey;

/// Why a public key could not be read.
#[derive(Debug, thiserror::Error)]
pub enum PublicKeyError {
    /// It looks like no form known here.
    #[error("this is neither PEM, nor JWK, nor a COSE key in bytes, hex or base64")]
    Unknown,
    /// PEM with this fault.
    #[error("PEM: {0}")]
    Pem(&'static str),
    /// JSON of another shape.
    #[error("JWK: {0}")]
    Json(#[from] serde_json::Error),
    /// A JWK whose members are missing, unknown or do not fit; which.
    #[error("JWK: {0} is missing, unknown or does not fit")]
    Jwk(&'static str),
    /// Bytes that are no COSE key.
    #[error("COSE key: {0}")]
    Cose(#[source] cbor::Error),
}

/// Reads PEM, JWK, or a COSE key in bytes, hex or base64.
pub fn read_public_key(content: &[u8]) -> Result<CoseKey, PublicKeyError> {
    let text = std::str::from_utf8(content).unwrap_or_default();
    if text.contains(pem::BEGIN) {
        pem::from_pem(text)
    } else if text.trim_start().starts_with('{') {
        serde_json::from_str::<Jwk>(text)?.to_key()
    } else {
        cose_text::from_bytes(content)
    }
}
