//! The secret that both ends share, and what is done with it.

use aes::Aes256;
use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit, block_padding::NoPadding};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{Error, PinUvAuthProtocol, Random, random_bytes};

const BLOCK: usize = 16;

/// A shared secret: one key in protocol one, an HMAC key and an AES key in protocol two.
pub struct SharedSecret {
    protocol: PinUvAuthProtocol,
    hmac_key: Zeroizing<[u8; 32]>,
    aes_key: Zeroizing<[u8; 32]>,
}

impl SharedSecret {
    /// Derives the keys from the ECDH x coordinate (`kdf(Z)`).
    pub(super) fn derive(protocol: PinUvAuthProtocol, z: &[u8]) -> Self {
        let mut hmac_key = Zeroizing::new([0; 32]);
        let mut aes_key = Zeroizing::new([0; 32]);
        match protocol {
            PinUvAuthProtocol::One => {
                hmac_key.copy_from_slice(&Sha256::digest(z));
                aes_key.copy_from_slice(hmac_key.as_slice());
            }
            PinUvAuthProtocol::Two => {
                let hkdf = Hkdf::<Sha256>::new(Some(&[0; 32]), z);
                // HKDF fails only for more than 255 blocks of output; this is one.
                let _one = hkdf.expand(b"CTAP2 HMAC key", hmac_key.as_mut_slice());
                let _one = hkdf.expand(b"CTAP2 AES key", aes_key.as_mut_slice());
            }
        }
        SharedSecret { protocol, hmac_key, aes_key }
    }

    /// Returns the protocol that the secret belongs to.
    pub fn protocol(&self) -> PinUvAuthProtocol {
        self.protocol
    }

    /// Encrypts a whole number of AES blocks; protocol two puts a random IV in front.
    pub fn encrypt(&self, random: &mut dyn Random, plaintext: &[u8]) -> Result<Vec<u8>, Error> {
        if !plaintext.len().is_multiple_of(BLOCK) {
            return Err(Error::PlaintextLength(plaintext.len()));
        }
        let iv = match self.protocol {
            PinUvAuthProtocol::One => [0; BLOCK],
            PinUvAuthProtocol::Two => random_bytes(random)?,
        };
        let cipher = cbc::Encryptor::<Aes256>::new((&*self.aes_key).into(), (&iv).into());
        let ciphertext = cipher.encrypt_padded_vec::<NoPadding>(plaintext);
        Ok(match self.protocol {
            PinUvAuthProtocol::One => ciphertext,
            PinUvAuthProtocol::Two => [iv.as_slice(), &ciphertext].concat(),
        })
    }

    /// Decrypts what [`Self::encrypt`] of the peer made.
    pub fn decrypt(&self, ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let wrong_length = Error::CiphertextLength(ciphertext.len());
        let (iv, blocks) = match self.protocol {
            PinUvAuthProtocol::One => ([0; BLOCK], ciphertext),
            PinUvAuthProtocol::Two => match ciphertext.split_first_chunk() {
                Some((iv, blocks)) => (*iv, blocks),
                None => return Err(wrong_length),
            },
        };
        let cipher = cbc::Decryptor::<Aes256>::new((&*self.aes_key).into(), (&iv).into());
        cipher.decrypt_padded_vec::<NoPadding>(blocks).map(Zeroizing::new).map_err(|_| wrong_length)
    }

    /// Returns the MAC of `message`: 16 bytes in protocol one, 32 in protocol two.
    pub fn authenticate(&self, message: &[u8]) -> Vec<u8> {
        authenticate(self.protocol, self.hmac_key.as_slice(), message)
    }

    /// Tells in constant time whether `mac` is that of `message`.
    pub fn verify(&self, message: &[u8], mac: &[u8]) -> bool {
        self.authenticate(message).ct_eq(mac).into()
    }
}

impl std::fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SharedSecret")
    }
}

/// `authenticate(key, message)` of both protocols.
pub(super) fn authenticate(protocol: PinUvAuthProtocol, key: &[u8], message: &[u8]) -> Vec<u8> {
    // HMAC takes keys of any length; `new_from_slice` cannot fail.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return Vec::new();
    };
    mac.update(message);
    let mut code = mac.finalize().into_bytes().to_vec();
    if protocol == PinUvAuthProtocol::One {
        code.truncate(16);
    }
    code
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::*;

    fn hex<const N: usize>(digits: &str) -> [u8; N] {
        HEXLOWER.decode(digits.as_bytes()).unwrap().try_into().unwrap()
    }

    /// From mozilla authenticator-rs, `test_pin_uv_auth2_kdf`.
    #[test]
    fn protocol_two_derives_two_keys_from_one_secret() {
        let secret = SharedSecret::derive(PinUvAuthProtocol::Two, &[0xff; 32]);
        let keys = [*secret.hmac_key, *secret.aes_key];
        let hmac_key = "570b4ed82aa5dfb49db79dbeaf4b315d8abb1a9867b245f3367026987c0d47a1";
        let aes_key = "7d9a93c39baec741d141c6238d8e1846de323d8eed022cb397d19a73b98945e2";
        assert_eq!(keys, [hex(hmac_key), hex(aes_key)]);
    }

    /// From mozilla authenticator-rs, crypto tests.
    #[test]
    fn protocol_one_encrypts_a_pin_as_others_do() {
        let key = hex("82e3d841e25c5c13462c123cc3d3987865ba3d204674fbedd47ef5abab8d1372");
        let secret = SharedSecret {
            protocol: PinUvAuthProtocol::One,
            hmac_key: Zeroizing::new(key),
            aes_key: Zeroizing::new(key),
        };
        let pin = crate::pin_uv::Pin::new("1234").unwrap();
        let new_pin_enc = secret.encrypt(&mut crate::pin_uv::OsRandom, &*pin.padded()).unwrap();
        assert_eq!(new_pin_enc, NEW_PIN_ENC);
        let param: [u8; 16] = hex("8e7f016997f3b0a27ba4347a0e49fdf5");
        assert_eq!(secret.authenticate(&new_pin_enc), param);
    }

    const NEW_PIN_ENC: [u8; 64] = [
        0x70, 0x66, 0x4b, 0xb5, 0x81, 0xe2, 0x57, 0x45, 0x1a, 0x3a, 0xb9, 0x1b, 0xf1, 0xaa, 0xd8,
        0xe4, 0x5f, 0x6c, 0xe9, 0xb5, 0xc3, 0xb0, 0xf3, 0x2b, 0x5e, 0xcd, 0x62, 0xd0, 0xba, 0x3b,
        0x60, 0x5f, 0xd9, 0x18, 0x31, 0x66, 0xf6, 0xc5, 0xfa, 0xf3, 0xe4, 0xda, 0x24, 0x81, 0x50,
        0x2c, 0xd0, 0xce, 0xe0, 0x15, 0x8b, 0x35, 0x1f, 0xc3, 0x92, 0x08, 0xa7, 0x7c, 0xb2, 0x74,
        0x4b, 0xd4, 0x3c, 0xf9,
    ];
}
