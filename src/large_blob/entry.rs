//! One element of the array: a blob, compressed and encrypted (CTAP 2.2 §6.10.3).

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit};
use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

use super::LargeBlobKey;
use super::compression::{deflate, inflate};
use crate::cbor::{ByteArray, ByteVec};

/// Length of a nonce in bytes.
const NONCE_LENGTH: usize = 12;

/// A large-blob map.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Entry {
    /// AEAD_AES_256_GCM ciphertext, its tag at the end.
    #[n(0x01)]
    pub ciphertext: ByteVec,
    /// The nonce.
    #[n(0x02)]
    pub nonce: ByteArray<NONCE_LENGTH>,
    /// Length in bytes before compression.
    #[n(0x03)]
    pub original_size: u64,
}

/// Why an entry gives no blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlobError {
    /// The entry is this key's, but what is in it is no compressed blob of the length stated.
    #[error("the large blob is damaged: it is not DEFLATE of {original_size} bytes")]
    Damaged {
        /// The length stated.
        original_size: u64,
    },
    /// The blob is longer than any key can store; its length in bytes.
    #[error("a blob of {0} bytes is longer than any key can store")]
    TooLong(usize),
}

impl Entry {
    /// Compresses and encrypts a blob; the nonce must be fresh.
    pub fn seal(
        key: &LargeBlobKey,
        nonce: [u8; NONCE_LENGTH],
        blob: &[u8],
    ) -> Result<Self, BlobError> {
        let too_long = || BlobError::TooLong(blob.len());
        if blob.len() > super::MAX_BLOB_LENGTH {
            return Err(too_long());
        }
        let original_size = u64::try_from(blob.len()).map_err(|_| too_long())?;
        let compressed = Zeroizing::new(deflate(blob));
        let aad = associated_data(original_size);
        let payload = Payload { msg: &compressed, aad: &aad };
        let ciphertext = cipher(key).encrypt(&nonce.into(), payload).map_err(|_| too_long())?;
        Ok(Entry { ciphertext: ciphertext.into(), nonce: nonce.into(), original_size })
    }

    /// Tells whether the entry was made with this key.
    pub fn is_sealed_with(&self, key: &LargeBlobKey) -> bool {
        self.decrypt(key).is_some()
    }

    /// Decrypts and decompresses; `None` if the entry was made with another key.
    pub fn open(&self, key: &LargeBlobKey) -> Option<Result<Vec<u8>, BlobError>> {
        let compressed = self.decrypt(key)?;
        let damaged = BlobError::Damaged { original_size: self.original_size };
        Some(inflate(&compressed, self.original_size).ok_or(damaged))
    }

    fn decrypt(&self, key: &LargeBlobKey) -> Option<Zeroizing<Vec<u8>>> {
        let aad = associated_data(self.original_size);
        let payload = Payload { msg: &self.ciphertext, aad: &aad };
        let nonce: [u8; NONCE_LENGTH] = *self.nonce;
        cipher(key).decrypt(&nonce.into(), payload).ok().map(Zeroizing::new)
    }
}

fn cipher(key: &LargeBlobKey) -> Aes256Gcm {
    Aes256Gcm::new(key.as_bytes().into())
}

/// `blob` and the length before compression, 64 bits, little-endian.
fn associated_data(original_size: u64) -> Vec<u8> {
    let mut data = b"blob".to_vec();
    data.extend(original_size.to_le_bytes());
    data
}
