//! Public keys as SubjectPublicKeyInfo, which the library does not read.

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ctap_hid_fido2::public_key::{PublicKey, PublicKeyType};

/// Everything before the point, for P-256 and for Ed25519.
const P256: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
const ED25519: &[u8] = &[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

pub fn from_pem(pem: &str) -> Result<PublicKey> {
    let body = pem
        .trim()
        .strip_prefix("-----BEGIN PUBLIC KEY-----")
        .and_then(|rest| rest.strip_suffix("-----END PUBLIC KEY-----"))
        .context("no PEM public key")?;
    let base64: String = body.split_whitespace().collect();
    let info = STANDARD.decode(base64)?;
    match (info.strip_prefix(P256), info.strip_prefix(ED25519)) {
        (Some(point), _) => Ok(PublicKey::with_der(point, PublicKeyType::Ecdsa256)),
        (_, Some(point)) => Ok(PublicKey::with_der(point, PublicKeyType::Ed25519)),
        _ => bail!("neither a P-256 nor an Ed25519 key"),
    }
}

/// The key as SubjectPublicKeyInfo, and its COSE algorithm.
pub fn describe(key: &PublicKey) -> Result<(Vec<u8>, i64)> {
    match key.key_type {
        PublicKeyType::Ecdsa256 => Ok(([P256, &key.der].concat(), -7)),
        PublicKeyType::Ed25519 => Ok(([ED25519, &key.der].concat(), -8)),
        PublicKeyType::Unknown => bail!("a key type the library does not know"),
    }
}
