//! Authenticator data (WebAuthn L3 §6.1): read and built.

use crate::cbor::{self, MESSAGE_NESTING, Strictness, Value};
use crate::cose::CoseKey;

bitflags::bitflags! {
    /// The flags byte.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Flags: u8 {
        /// User present.
        const UP = 0x01;
        /// User verified.
        const UV = 0x04;
        /// Backup eligible.
        const BE = 0x08;
        /// Backed up now.
        const BS = 0x10;
        /// Attested credential data follow.
        const AT = 0x40;
        /// Extension outputs follow.
        const ED = 0x80;
        /// Reserved bits are kept as they came.
        const _ = !0;
    }
}

/// What a key says of itself and of the credential with every signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthenticatorData {
    /// SHA-256 of the RP ID.
    pub rp_id_hash: [u8; 32],
    /// The flags; `AT` and `ED` agree with the two optional members.
    pub flags: Flags,
    /// The signature counter.
    pub sign_count: u32,
    /// The new credential, at registration.
    pub attested_credential: Option<AttestedCredentialData>,
    /// Extension outputs: a map with text keys.
    pub extensions: Option<Value>,
}

/// Attested credential data (WebAuthn L3 §6.5.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttestedCredentialData {
    /// The key's model.
    pub aaguid: [u8; 16],
    /// The credential ID, at most 1023 bytes.
    pub credential_id: Vec<u8>,
    /// The credential's public key.
    pub public_key: CoseKey,
}

/// Why authenticator data could not be read.
#[derive(Debug, thiserror::Error)]
pub enum AuthenticatorDataError {
    /// The bytes end too early.
    #[error("authenticator data end after {0} bytes, inside the {1}")]
    Truncated(usize, &'static str),
    /// The credential ID is longer than WebAuthn allows; its length.
    #[error("credential ID of {0} bytes, where at most 1023 are allowed")]
    CredentialIdLength(usize),
    /// The public key cannot be read.
    #[error("public key: {0}")]
    PublicKey(#[source] cbor::Error),
    /// The extension outputs cannot be read.
    #[error("extension outputs: {0}")]
    Extensions(#[source] cbor::Error),
    /// Bytes follow what the flags announce; how many.
    #[error("{0} bytes follow the authenticator data")]
    TrailingBytes(usize),
}

impl AuthenticatorData {
    /// Reads authenticator data of the exact length.
    pub fn parse(bytes: &[u8], strictness: Strictness) -> Result<Self, AuthenticatorDataError> {
        let truncated = |part| AuthenticatorDataError::Truncated(bytes.len(), part);
        let (rp_id_hash, rest) =
            bytes.split_first_chunk::<32>().ok_or_else(|| truncated("RP ID hash"))?;
        let ([flags], rest) = rest.split_first_chunk().ok_or_else(|| truncated("flags"))?;
        let (sign_count, mut rest) =
            rest.split_first_chunk().ok_or_else(|| truncated("signature counter"))?;
        let flags = Flags::from_bits_retain(*flags);
        let mut attested_credential = None;
        if flags.contains(Flags::AT) {
            let (aaguid, tail) =
                rest.split_first_chunk::<16>().ok_or_else(|| truncated("AAGUID"))?;
            let (length, tail) =
                tail.split_first_chunk().ok_or_else(|| truncated("credential ID length"))?;
            let length = usize::from(u16::from_be_bytes(*length));
            if length > super::MAX_CREDENTIAL_ID_LENGTH {
                return Err(AuthenticatorDataError::CredentialIdLength(length));
            }
            let (credential_id, tail) =
                tail.split_at_checked(length).ok_or_else(|| truncated("credential ID"))?;
            let (public_key, tail) = cbor::first_item(tail, strictness, MESSAGE_NESTING)
                .map_err(AuthenticatorDataError::PublicKey)?;
            attested_credential = Some(AttestedCredentialData {
                aaguid: *aaguid,
                credential_id: credential_id.to_vec(),
                public_key,
            });
            rest = tail;
        }
        let mut extensions = None;
        if flags.contains(Flags::ED) {
            let (outputs, tail) = cbor::first_item(rest, strictness, MESSAGE_NESTING)
                .map_err(AuthenticatorDataError::Extensions)?;
            extensions = Some(outputs);
            rest = tail;
        }
        if !rest.is_empty() {
            return Err(AuthenticatorDataError::TrailingBytes(rest.len()));
        }
        Ok(AuthenticatorData {
            rp_id_hash: *rp_id_hash,
            flags,
            sign_count: u32::from_be_bytes(*sign_count),
            attested_credential,
            extensions,
        })
    }

    /// Encodes; `AT` and `ED` follow from what is there.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut flags = self.flags;
        flags.set(Flags::AT, self.attested_credential.is_some());
        flags.set(Flags::ED, self.extensions.is_some());
        let mut out = self.rp_id_hash.to_vec();
        out.push(flags.bits());
        out.extend(self.sign_count.to_be_bytes());
        if let Some(credential) = &self.attested_credential {
            out.extend(credential.aaguid);
            let length = u16::try_from(credential.credential_id.len()).unwrap_or(u16::MAX);
            out.extend(length.to_be_bytes());
            out.extend(&credential.credential_id);
            out.extend(cbor::to_vec(&credential.public_key));
        }
        if let Some(extensions) = &self.extensions {
            out.extend(cbor::to_vec(extensions));
        }
        out
    }

    /// Returns an extension's output.
    pub fn extension(&self, identifier: &str) -> Option<&Value> {
        self.extensions.as_ref()?.get(identifier)
    }
}
