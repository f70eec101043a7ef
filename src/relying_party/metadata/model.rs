//! What names a model.

use std::fmt;

use data_encoding::HEXLOWER_PERMISSIVE;
use sha1::{Digest, Sha1};
use x509_cert::der::Decode;
use x509_cert::spki::SubjectPublicKeyInfoRef;

/// The name of a model: of a FIDO2, a U2F or a UAF one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ModelId {
    /// FIDO2.
    Aaguid([u8; 16]),
    /// U2F: SHA-1 of the attestation key, as the subject key identifier has it (RFC 5280
    /// §4.2.1.2, method 1).
    KeyIdentifier([u8; 20]),
    /// UAF: vendor and model, `1234#abcd`.
    Aaid(String),
}

impl ModelId {
    /// Reads an AAGUID as a UUID, with or without hyphens, a key identifier in hex, or an AAID.
    pub fn parse(text: &str) -> Option<Self> {
        if is_aaid(text) {
            return Some(ModelId::Aaid(text.to_ascii_lowercase()));
        }
        let aaguid = || parse_aaguid(text).map(ModelId::Aaguid);
        let undashed = || hex(text).map(ModelId::Aaguid);
        aaguid().or_else(undashed).or_else(|| hex(text).map(ModelId::KeyIdentifier))
    }

    /// Names a U2F model by its attestation certificate's key: DER SubjectPublicKeyInfo.
    pub fn of_attestation_key(spki: &[u8]) -> Option<Self> {
        let spki = SubjectPublicKeyInfoRef::from_der(spki).ok()?;
        let digest = Sha1::digest(spki.subject_public_key.raw_bytes());
        Some(ModelId::KeyIdentifier(digest.into()))
    }
}

/// Reads a UUID, as metadata write it.
pub(super) fn parse_aaguid(text: &str) -> Option<[u8; 16]> {
    let lengths: Vec<_> = text.split('-').map(str::len).collect();
    (lengths == [8, 4, 4, 4, 12]).then(|| hex(&text.replace('-', "")))?
}

/// Reads exactly `N` bytes of hex.
pub(super) fn hex<const N: usize>(digits: &str) -> Option<[u8; N]> {
    HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).ok()?.try_into().ok()
}

/// Four hex digits, `#`, four hex digits.
pub(super) fn is_aaid(text: &str) -> bool {
    let part = |part: &str| part.len() == 4 && part.bytes().all(|b| b.is_ascii_hexdigit());
    text.split_once('#').is_some_and(|(vendor, model)| part(vendor) && part(model))
}

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ModelId::Aaguid(bytes) => {
                for (place, byte) in bytes.iter().enumerate() {
                    let hyphen = if matches!(place, 4 | 6 | 8 | 10) { "-" } else { "" };
                    write!(f, "{hyphen}{byte:02x}")?;
                }
                Ok(())
            }
            ModelId::KeyIdentifier(bytes) => {
                bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
            ModelId::Aaid(text) => f.write_str(text),
        }
    }
}
