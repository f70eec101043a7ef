//! Salts of WebAuthn's `prf` extension (WebAuthn L3 §10.1.4).

use sha2::{Digest, Sha256};

const LABEL: &[u8] = b"WebAuthn PRF\0";

/// Returns the salt that stands for a `prf` input.
pub fn prf_salt(input: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(LABEL).chain_update(input).finalize().into()
}
