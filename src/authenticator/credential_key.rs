//! Key pairs of credentials: ES256 and EdDSA.

use p256::ecdsa::{DerSignature, SigningKey, signature::Signer};
use serde::{Deserialize, Serialize};

use super::secret::Secret;
use crate::cose::{Algorithm, CoseKey};
use crate::pin_uv::{Random, RandomUnavailable};

/// What a key signs with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum KeyType {
    /// ECDSA on P-256 with SHA-256.
    #[serde(rename = "ES256")]
    Es256,
    /// Ed25519.
    #[serde(rename = "EdDSA")]
    EdDsa,
}

impl KeyType {
    /// All of them, in the order of preference that getInfo tells.
    pub(super) const ALL: [Self; 2] = [Self::Es256, Self::EdDsa];

    pub(super) fn algorithm(self) -> Algorithm {
        match self {
            Self::Es256 => Algorithm::ES256,
            Self::EdDsa => Algorithm::EDDSA,
        }
    }

    pub(super) fn to_byte(self) -> u8 {
        match self {
            Self::Es256 => 1,
            Self::EdDsa => 2,
        }
    }

    pub(super) fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|this| this.to_byte() == byte)
    }
}

/// A private key as stored; checked to be one on the way in.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "StoredKey")]
pub(super) struct CredentialKey {
    algorithm: KeyType,
    private_key: Secret<32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredKey {
    algorithm: KeyType,
    private_key: Secret<32>,
}

impl TryFrom<StoredKey> for CredentialKey {
    type Error = &'static str;

    fn try_from(stored: StoredKey) -> Result<Self, Self::Error> {
        CredentialKey::new(stored.algorithm, stored.private_key)
            .ok_or("a private key beyond the order of its curve")
    }
}

impl CredentialKey {
    /// Takes a private key; `None` if it is none of that type.
    pub(super) fn new(algorithm: KeyType, private_key: Secret<32>) -> Option<Self> {
        let key = CredentialKey { algorithm, private_key };
        (algorithm != KeyType::Es256 || key.p256().is_some()).then_some(key)
    }

    /// Makes a key pair.
    pub(super) fn generate(
        algorithm: KeyType,
        random: &mut dyn Random,
    ) -> Result<Self, RandomUnavailable> {
        // One try in 2^32 fails on P-256; a source that fails so often gives no random bytes.
        for _ in 0..8 {
            if let Some(key) = Self::new(algorithm, Secret::generate(random)?) {
                return Ok(key);
            }
        }
        Err(RandomUnavailable)
    }

    pub(super) fn key_type(&self) -> KeyType {
        self.algorithm
    }

    pub(super) fn private_key(&self) -> &Secret<32> {
        &self.private_key
    }

    /// Returns the P-256 key; `None` for Ed25519.
    pub(super) fn p256(&self) -> Option<SigningKey> {
        match self.algorithm {
            KeyType::Es256 => SigningKey::from_slice(self.private_key.as_bytes()).ok(),
            KeyType::EdDsa => None,
        }
    }

    fn ed25519(&self) -> ed25519_dalek::SigningKey {
        ed25519_dalek::SigningKey::from_bytes(self.private_key.as_bytes())
    }

    pub(super) fn public_key(&self) -> CoseKey {
        match self.p256() {
            Some(key) => {
                let point = key.verifying_key().to_sec1_point(false);
                let coordinate = |bytes: Option<&p256::FieldBytes>| {
                    bytes.map(|b| <[u8; 32]>::from(*b)).unwrap_or_default()
                };
                CoseKey::es256(coordinate(point.x()), coordinate(point.y()))
            }
            None => CoseKey::ed25519(self.ed25519().verifying_key().to_bytes()),
        }
    }

    /// Returns the public key as an uncompressed point; `None` for Ed25519.
    pub(super) fn uncompressed_point(&self) -> Option<[u8; 65]> {
        self.p256()?.verifying_key().to_sec1_point(false).as_bytes().try_into().ok()
    }

    /// Signs; DER for ES256, 64 bytes for EdDSA (WebAuthn L3 §6.5.5).
    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self.p256() {
            Some(key) => {
                let signature: DerSignature = key.sign(message);
                signature.as_bytes().to_vec()
            }
            None => self.ed25519().sign(message).to_bytes().to_vec(),
        }
    }
}
