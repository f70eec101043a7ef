//! What a key says of itself only to the holder of its persistent pinUvAuthToken (CTAP 2.2 §6.4,
//! members 0x19 and 0x1E).

use aes::Aes128;
use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit, block_padding::NoPadding};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{Random, RandomUnavailable, random_bytes};

const BLOCK: usize = 16;

/// An encrypted member of getInfo's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EncryptedMember {
    /// encIdentifier: the same until a reset.
    Identifier,
    /// encCredStoreState: another one after every change of the discoverable credentials.
    CredStoreState,
}

impl EncryptedMember {
    fn info(self) -> &'static [u8] {
        match self {
            Self::Identifier => b"encIdentifier",
            Self::CredStoreState => b"encCredStoreState",
        }
    }

    fn key(self, token: &[u8]) -> Zeroizing<[u8; BLOCK]> {
        let mut key = Zeroizing::new([0; BLOCK]);
        // HKDF fails only for more than 255 blocks of output; this is one.
        let _one =
            Hkdf::<Sha256>::new(Some(&[0; 32]), token).expand(self.info(), key.as_mut_slice());
        key
    }

    /// Encrypts under a persistent token: a random IV, then one block.
    pub fn encrypt(
        self,
        random: &mut dyn Random,
        token: &[u8],
        plaintext: &[u8; BLOCK],
    ) -> Result<Vec<u8>, RandomUnavailable> {
        let iv: [u8; BLOCK] = random_bytes(random)?;
        let key = self.key(token);
        let cipher = cbc::Encryptor::<Aes128>::new((&*key).into(), (&iv).into());
        Ok([iv.as_slice(), &cipher.encrypt_padded_vec::<NoPadding>(plaintext)].concat())
    }

    /// Decrypts; `None` if `value` is not 32 bytes long. Nothing shows that the token is the
    /// right one: under another the result is noise.
    pub fn decrypt(self, token: &[u8], value: &[u8]) -> Option<[u8; BLOCK]> {
        let (iv, block) = value.split_first_chunk::<BLOCK>()?;
        let key = self.key(token);
        let cipher = cbc::Decryptor::<Aes128>::new((&*key).into(), iv.into());
        cipher.decrypt_padded_vec::<NoPadding>(block).ok()?.try_into().ok()
    }
}
