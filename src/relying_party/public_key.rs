//! Public keys that signatures are verified with, whatever named them: COSE or a certificate.

use p256::ecdsa::signature::Verifier;
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::rsa_key::{RsaKey, RsaScheme};
use crate::cose::{Algorithm, CoseKey, Curve};

/// Bytes of a coordinate of P-521, the longest here.
const LONGEST_FIELD: usize = 66;

/// A key that can be used: a point on its curve, a modulus within bounds.
pub(super) enum PublicKey {
    P256(p256::ecdsa::VerifyingKey),
    P384(p384::ecdsa::VerifyingKey),
    P521(Box<p521::ecdsa::VerifyingKey>),
    Ed25519(ed25519_dalek::VerifyingKey),
    Ed448(Box<ed448_goldilocks::VerifyingKey>),
    Rsa(Box<RsaKey>),
    MlDsa44(Box<ml_dsa::VerifyingKey<ml_dsa::MlDsa44>>),
    MlDsa65(Box<ml_dsa::VerifyingKey<ml_dsa::MlDsa65>>),
    MlDsa87(Box<ml_dsa::VerifyingKey<ml_dsa::MlDsa87>>),
}

/// How a signature was made.
#[derive(Clone, Copy)]
pub(super) enum Scheme {
    /// ECDSA in strict DER, on any curve, over this hash.
    Ecdsa(Hash),
    /// RFC 8032 without its leniencies, or ML-DSA with an empty context: the key says it all.
    OfKey,
    /// RSA.
    Rsa(RsaScheme),
}

/// Hashes of messages.
#[derive(Clone, Copy)]
pub(super) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Scheme {
    /// Returns what an algorithm means; `None` for those not known here.
    pub(super) fn of(algorithm: Algorithm) -> Option<Self> {
        Some(match algorithm {
            Algorithm::ES256 | Algorithm::ESP256 => Self::Ecdsa(Hash::Sha256),
            Algorithm::ES384 | Algorithm::ESP384 => Self::Ecdsa(Hash::Sha384),
            Algorithm::ES512 | Algorithm::ESP512 => Self::Ecdsa(Hash::Sha512),
            Algorithm::EDDSA
            | Algorithm::ED25519
            | Algorithm::ED448
            | Algorithm::ML_DSA_44
            | Algorithm::ML_DSA_65
            | Algorithm::ML_DSA_87 => Self::OfKey,
            _ => Self::Rsa(RsaScheme::of(algorithm)?),
        })
    }
}

impl Hash {
    fn digest(self, message: &[u8]) -> Vec<u8> {
        match self {
            Hash::Sha256 => Vec::from(Sha256::digest(message).as_slice()),
            Hash::Sha384 => Vec::from(Sha384::digest(message).as_slice()),
            Hash::Sha512 => Vec::from(Sha512::digest(message).as_slice()),
        }
    }
}

impl PublicKey {
    /// Takes a key, whatever its algorithm; `None` if nothing can be verified with it.
    pub(super) fn new(key: &CoseKey) -> Option<Self> {
        match key {
            CoseKey::Ec2 { curve, x, y, .. } if x.len() == y.len() => {
                let point = [&[4], x.as_slice(), y].concat();
                Some(match *curve {
                    Curve::P256 => {
                        Self::P256(p256::ecdsa::VerifyingKey::from_sec1_bytes(&point).ok()?)
                    }
                    Curve::P384 => {
                        Self::P384(p384::ecdsa::VerifyingKey::from_sec1_bytes(&point).ok()?)
                    }
                    Curve::P521 => Self::P521(Box::new(
                        p521::ecdsa::VerifyingKey::from_sec1_bytes(&point).ok()?,
                    )),
                    _ => return None,
                })
            }
            CoseKey::Okp { curve: Curve::ED25519, x, .. } => {
                let bytes = x.as_slice().try_into().ok()?;
                let key = ed25519_dalek::VerifyingKey::from_bytes(bytes).ok()?;
                // Anybody can sign for a point of low order.
                (!key.is_weak()).then_some(Self::Ed25519(key))
            }
            CoseKey::Okp { curve: Curve::ED448, x, .. } => {
                let bytes = x.as_slice().try_into().ok()?;
                let key = ed448_goldilocks::VerifyingKey::from_bytes(bytes).ok()?;
                let in_group = bool::from(key.to_edwards().is_torsion_free());
                in_group.then(|| Self::Ed448(Box::new(key)))
            }
            CoseKey::Rsa { n, e, .. } => RsaKey::new(n, e).map(|key| Self::Rsa(Box::new(key))),
            CoseKey::Akp { algorithm, public } => {
                let bytes = public.as_slice();
                Some(match *algorithm {
                    Algorithm::ML_DSA_44 => {
                        let bytes = bytes.try_into().ok()?;
                        Self::MlDsa44(Box::new(ml_dsa::VerifyingKey::decode(bytes)))
                    }
                    Algorithm::ML_DSA_65 => {
                        let bytes = bytes.try_into().ok()?;
                        Self::MlDsa65(Box::new(ml_dsa::VerifyingKey::decode(bytes)))
                    }
                    Algorithm::ML_DSA_87 => {
                        let bytes = bytes.try_into().ok()?;
                        Self::MlDsa87(Box::new(ml_dsa::VerifyingKey::decode(bytes)))
                    }
                    _ => return None,
                })
            }
            _ => None,
        }
    }

    /// Tells whether WebAuthn lets a key of this kind be used with an algorithm (WebAuthn L3
    /// §5.8.5): ECDSA and EdDSA are bound to one curve each.
    pub(super) fn fits(&self, algorithm: Algorithm) -> bool {
        match self {
            Self::P256(_) => matches!(algorithm, Algorithm::ES256 | Algorithm::ESP256),
            Self::P384(_) => matches!(algorithm, Algorithm::ES384 | Algorithm::ESP384),
            Self::P521(_) => matches!(algorithm, Algorithm::ES512 | Algorithm::ESP512),
            Self::Ed25519(_) => matches!(algorithm, Algorithm::EDDSA | Algorithm::ED25519),
            Self::Ed448(_) => algorithm == Algorithm::ED448,
            Self::Rsa(_) => RsaScheme::of(algorithm).is_some(),
            Self::MlDsa44(_) => algorithm == Algorithm::ML_DSA_44,
            Self::MlDsa65(_) => algorithm == Algorithm::ML_DSA_65,
            Self::MlDsa87(_) => algorithm == Algorithm::ML_DSA_87,
        }
    }

    /// Tells whether a signature is right; false as well if the scheme is not the key's.
    pub(super) fn verifies(&self, scheme: Scheme, message: &[u8], signature: &[u8]) -> bool {
        match (self, scheme) {
            (Self::P256(key), Scheme::Ecdsa(hash)) => p256::ecdsa::Signature::from_der(signature)
                .and_then(|s| key.verify_prehash(&padded(&hash.digest(message), 32), &s)),
            (Self::P384(key), Scheme::Ecdsa(hash)) => p384::ecdsa::Signature::from_der(signature)
                .and_then(|s| key.verify_prehash(&padded(&hash.digest(message), 48), &s)),
            (Self::P521(key), Scheme::Ecdsa(hash)) => p521::ecdsa::Signature::from_der(signature)
                .and_then(|s| {
                    key.verify_prehash(&padded(&hash.digest(message), LONGEST_FIELD), &s)
                }),
            (Self::Ed25519(key), Scheme::OfKey) => ed25519_dalek::Signature::from_slice(signature)
                .and_then(|signature| key.verify_strict(message, &signature)),
            (Self::Ed448(key), Scheme::OfKey) => ed448_goldilocks::Signature::from_slice(signature)
                .and_then(|signature| key.verify_raw(&signature, message)),
            (Self::MlDsa44(key), Scheme::OfKey) => {
                ml_dsa::Signature::try_from(signature).and_then(|s| key.verify(message, &s))
            }
            (Self::MlDsa65(key), Scheme::OfKey) => {
                ml_dsa::Signature::try_from(signature).and_then(|s| key.verify(message, &s))
            }
            (Self::MlDsa87(key), Scheme::OfKey) => {
                ml_dsa::Signature::try_from(signature).and_then(|s| key.verify(message, &s))
            }
            (Self::Rsa(key), Scheme::Rsa(scheme)) => {
                return key.verifies(scheme, message, signature);
            }
            _ => return false,
        }
        .is_ok()
    }
}

/// A hash shorter than the field is the same number with zeros in front; a longer one is left to
/// be cut off (SEC 1 §4.1.4).
fn padded(hash: &[u8], length: usize) -> Vec<u8> {
    let zeros = length.saturating_sub(hash.len());
    [&vec![0; zeros], hash].concat()
}
