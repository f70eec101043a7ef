//! Self-contained credential IDs: a server-side credential, encrypted, lives in its own ID.
//!
//! `01 ‖ IV 16 ‖ AES-256-CBC(private key 32 ‖ algorithm 1 ‖ credProtect 1 ‖ payment 1 ‖ zeros 13) ‖ HMAC 32`;
//! the HMAC covers what is in front of it and the RP ID's hash. Both keys are made anew by a reset,
//! which thereby kills every ID given out before.

use aes::Aes256;
use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit, block_padding::NoPadding};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::credential_key::{CredentialKey, KeyType};
use super::secret::Secret;
use crate::ctap2::extensions::CredProtect;
use crate::pin_uv::{Random, RandomUnavailable, random_bytes};

const FORMAT: u8 = 1;
const IV_LENGTH: usize = 16;
const CONTENT_LENGTH: usize = 48;
const MAC_LENGTH: usize = 32;

/// Length of every self-contained ID in bytes.
const LENGTH: usize = 1 + IV_LENGTH + CONTENT_LENGTH + MAC_LENGTH;

/// The keys under which IDs are made.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrappingKeys {
    encryption: Secret<32>,
    authentication: Secret<32>,
    cred_random: Secret<32>,
}

/// What an ID holds.
pub(super) struct Unwrapped {
    pub(super) key: CredentialKey,
    pub(super) traits: Traits,
}

/// What was settled when the credential was made.
#[derive(Clone, Copy)]
pub(super) struct Traits {
    pub(super) cred_protect: CredProtect,
    pub(super) third_party_payment: bool,
}

/// Those of a credential for which nothing was asked.
impl Default for Traits {
    fn default() -> Self {
        Traits { cred_protect: CredProtect::Optional, third_party_payment: false }
    }
}

impl WrappingKeys {
    pub(super) fn generate(random: &mut dyn Random) -> Result<Self, RandomUnavailable> {
        Ok(WrappingKeys {
            encryption: Secret::generate(random)?,
            authentication: Secret::generate(random)?,
            cred_random: Secret::generate(random)?,
        })
    }

    /// Makes the ID of a credential.
    pub(super) fn wrap(
        &self,
        random: &mut dyn Random,
        rp_id_hash: &[u8; 32],
        key: &CredentialKey,
        traits: Traits,
    ) -> Result<Vec<u8>, RandomUnavailable> {
        let iv: [u8; IV_LENGTH] = random_bytes(random)?;
        let mut content = Zeroizing::new([0_u8; CONTENT_LENGTH]);
        let level = u8::try_from(traits.cred_protect.level()).unwrap_or_default();
        let parts = key.private_key().as_bytes().iter().copied();
        let payment = u8::from(traits.third_party_payment);
        let parts = parts.chain([key.key_type().to_byte(), level, payment]);
        content.iter_mut().zip(parts).for_each(|(slot, byte)| *slot = byte);
        let cipher = cbc::Encryptor::<Aes256>::new(self.encryption.as_bytes().into(), (&iv).into());
        let mut id = vec![FORMAT];
        id.extend(iv);
        id.extend(cipher.encrypt_padded_vec::<NoPadding>(content.as_slice()));
        let mac = self.mac(&id, rp_id_hash);
        id.extend(mac);
        Ok(id)
    }

    /// Opens an ID; `None` if it was not made with these keys for this RP.
    pub(super) fn unwrap(&self, id: &[u8], rp_id_hash: &[u8; 32]) -> Option<Unwrapped> {
        if id.len() != LENGTH {
            return None;
        }
        let (sealed, mac) = id.split_last_chunk::<MAC_LENGTH>()?;
        if !bool::from(self.mac(sealed, rp_id_hash).ct_eq(mac)) {
            return None;
        }
        let (format, sealed) = sealed.split_first()?;
        let (iv, ciphertext) = sealed.split_first_chunk::<IV_LENGTH>()?;
        if *format != FORMAT {
            return None;
        }
        let cipher = cbc::Decryptor::<Aes256>::new(self.encryption.as_bytes().into(), iv.into());
        let content = Zeroizing::new(cipher.decrypt_padded_vec::<NoPadding>(ciphertext).ok()?);
        let (private_key, rest) = content.split_first_chunk::<32>()?;
        let ([algorithm, level, payment], _) = rest.split_first_chunk::<3>()?;
        Some(Unwrapped {
            key: CredentialKey::new(
                KeyType::from_byte(*algorithm)?,
                Secret::from_slice(private_key)?,
            )?,
            traits: Traits {
                cred_protect: CredProtect::from_level(u64::from(*level))?,
                third_party_payment: *payment == 1,
            },
        })
    }

    /// Returns the hmac-secret key of a self-contained credential.
    pub(super) fn cred_random(&self, id: &[u8], user_verified: bool) -> Option<Secret<32>> {
        let label: &[u8] = if user_verified { b"with UV" } else { b"without UV" };
        Secret::from_slice(Zeroizing::new(hmac(&self.cred_random, &[label, id])).as_slice())
    }

    fn mac(&self, sealed: &[u8], rp_id_hash: &[u8; 32]) -> [u8; MAC_LENGTH] {
        hmac(&self.authentication, &[sealed, rp_id_hash])
    }
}

/// HMAC-SHA-256 over the parts in a row.
pub(super) fn hmac(key: &Secret<32>, parts: &[&[u8]]) -> [u8; 32] {
    // HMAC takes keys of any length; `new_from_slice` cannot fail.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else {
        return [0; 32];
    };
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}
