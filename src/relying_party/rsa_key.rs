//! RSA public keys: bounds, and the signature schemes that COSE and X.509 name (RFC 8017).

use rsa::{BoxedUint, Pkcs1v15Sign, Pss, RsaPublicKey};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::cose::Algorithm;

/// Shortest and longest modulus taken, in bits: below nothing is proven, above time is wasted.
const MODULUS_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;
/// Longest exponent looked at, in bytes.
const EXPONENT_BYTES: usize = 8;

/// A public key within bounds.
pub(super) struct RsaKey(RsaPublicKey);

/// Padding and hash.
#[derive(Clone, Copy)]
pub(super) enum RsaScheme {
    /// RSASSA-PKCS1-v1_5 with SHA-1.
    Pkcs1Sha1,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Pkcs1Sha256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Pkcs1Sha384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Pkcs1Sha512,
    /// RSASSA-PSS with SHA-256 throughout.
    PssSha256,
    /// RSASSA-PSS with SHA-384 throughout.
    PssSha384,
    /// RSASSA-PSS with SHA-512 throughout.
    PssSha512,
}

impl RsaScheme {
    /// Returns the scheme that an algorithm means; `None` if it is not one of RSA.
    pub(super) fn of(algorithm: Algorithm) -> Option<Self> {
        Some(match algorithm {
            Algorithm::RS1 => Self::Pkcs1Sha1,
            Algorithm::RS256 => Self::Pkcs1Sha256,
            Algorithm::RS384 => Self::Pkcs1Sha384,
            Algorithm::RS512 => Self::Pkcs1Sha512,
            Algorithm::PS256 => Self::PssSha256,
            Algorithm::PS384 => Self::PssSha384,
            Algorithm::PS512 => Self::PssSha512,
            _ => return None,
        })
    }
}

impl RsaKey {
    /// Takes modulus and exponent, big-endian; `None` if they are out of bounds.
    pub(super) fn new(n: &[u8], e: &[u8]) -> Option<Self> {
        let e = without_leading_zeros(e);
        if e.len() > EXPONENT_BYTES {
            return None;
        }
        let modulus = integer(without_leading_zeros(n))?;
        let exponent = integer(e)?;
        let odd_and_not_one = e.last().is_some_and(|last| last & 1 == 1) && e != [1];
        let key = RsaPublicKey::new_with_size_limits(modulus, exponent, MODULUS_BITS).ok()?;
        odd_and_not_one.then_some(RsaKey(key))
    }

    /// Tells whether a signature is right.
    pub(super) fn verifies(&self, scheme: RsaScheme, message: &[u8], signature: &[u8]) -> bool {
        match scheme {
            RsaScheme::Pkcs1Sha1 => {
                let padding = Pkcs1v15Sign::new::<Sha1>();
                self.0.verify(padding, &Sha1::digest(message), signature)
            }
            RsaScheme::Pkcs1Sha256 => {
                let padding = Pkcs1v15Sign::new::<Sha256>();
                self.0.verify(padding, &Sha256::digest(message), signature)
            }
            RsaScheme::Pkcs1Sha384 => {
                let padding = Pkcs1v15Sign::new::<Sha384>();
                self.0.verify(padding, &Sha384::digest(message), signature)
            }
            RsaScheme::Pkcs1Sha512 => {
                let padding = Pkcs1v15Sign::new::<Sha512>();
                self.0.verify(padding, &Sha512::digest(message), signature)
            }
            RsaScheme::PssSha256 => {
                self.0.verify(Pss::<Sha256>::new(), &Sha256::digest(message), signature)
            }
            RsaScheme::PssSha384 => {
                self.0.verify(Pss::<Sha384>::new(), &Sha384::digest(message), signature)
            }
            RsaScheme::PssSha512 => {
                self.0.verify(Pss::<Sha512>::new(), &Sha512::digest(message), signature)
            }
        }
        .is_ok()
    }
}

fn without_leading_zeros(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}

fn integer(bytes: &[u8]) -> Option<BoxedUint> {
    let bits = u32::try_from(bytes.len().checked_mul(8)?).ok()?;
    BoxedUint::from_be_slice(bytes, bits).ok()
}
