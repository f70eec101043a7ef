//! Signatures of credentials and attestation keys (WebAuthn L3 §5.8.5, §6.5.5).

use p256::ecdsa::signature::Verifier;

use super::Error;
use crate::cose::{Algorithm, CoseKey, Curve};

/// Verifies a credential's signature over `message`, with the hash that the key's algorithm names.
///
/// ECDSA signatures are strict DER, Ed25519 is RFC 8032 without its leniencies.
/// [`Error::UnsupportedAlgorithm`] says nothing about the signature; the other errors do.
pub fn verify(key: &CoseKey, message: &[u8], signature: &[u8]) -> Result<(), Error> {
    PublicKey::new(key)?.verify(message, signature)
}

/// Verifies with the public key of a certificate: DER SubjectPublicKeyInfo, and the algorithm that
/// the signer named.
pub fn verify_with_spki(
    spki: &[u8],
    algorithm: Algorithm,
    message: &[u8],
    signature: &[u8],
) -> Result<(), Error> {
    let key = CoseKey::from_spki_der(spki, algorithm).ok_or(Error::PublicKey(algorithm))?;
    verify(&key, message, signature)
}

/// Checks that a key can verify anything: right curve, a point on it.
pub fn check_key(key: &CoseKey) -> Result<(), Error> {
    PublicKey::new(key).map(|_| ())
}

enum PublicKey {
    P256(p256::ecdsa::VerifyingKey),
    P384(p384::ecdsa::VerifyingKey),
    P521(Box<p521::ecdsa::VerifyingKey>),
    Ed25519(ed25519_dalek::VerifyingKey),
}

impl PublicKey {
    fn new(key: &CoseKey) -> Result<Self, Error> {
        let algorithm = key.algorithm();
        let curve = match algorithm {
            Algorithm::ES256 | Algorithm::ESP256 => Curve::P256,
            Algorithm::ES384 | Algorithm::ESP384 => Curve::P384,
            Algorithm::ES512 | Algorithm::ESP512 => Curve::P521,
            Algorithm::EDDSA | Algorithm::ED25519 => Curve::ED25519,
            _ => return Err(Error::UnsupportedAlgorithm(algorithm)),
        };
        Self::on_curve(key, curve).ok_or(Error::PublicKey(algorithm))
    }

    fn on_curve(key: &CoseKey, wanted: Curve) -> Option<Self> {
        match key {
            CoseKey::Ec2 { curve, x, y, .. } if *curve == wanted && x.len() == y.len() => {
                let point = [&[4], x.as_slice(), y].concat();
                match wanted {
                    Curve::P256 => {
                        p256::ecdsa::VerifyingKey::from_sec1_bytes(&point).ok().map(Self::P256)
                    }
                    Curve::P384 => {
                        p384::ecdsa::VerifyingKey::from_sec1_bytes(&point).ok().map(Self::P384)
                    }
                    Curve::P521 => p521::ecdsa::VerifyingKey::from_sec1_bytes(&point)
                        .ok()
                        .map(|key| Self::P521(Box::new(key))),
                    _ => None,
                }
            }
            CoseKey::Okp { curve, x, .. } if *curve == wanted && wanted == Curve::ED25519 => {
                let bytes = x.as_slice().try_into().ok()?;
                let key = ed25519_dalek::VerifyingKey::from_bytes(bytes).ok()?;
                // Anybody can sign for a point of low order.
                (!key.is_weak()).then_some(Self::Ed25519(key))
            }
            _ => None,
        }
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        let verified = match self {
            Self::P256(key) => p256::ecdsa::DerSignature::try_from(signature)
                .and_then(|signature| key.verify(message, &signature)),
            Self::P384(key) => p384::ecdsa::DerSignature::try_from(signature)
                .and_then(|signature| key.verify(message, &signature)),
            Self::P521(key) => p521::ecdsa::DerSignature::try_from(signature)
                .and_then(|signature| key.verify(message, &signature)),
            Self::Ed25519(key) => ed25519_dalek::Signature::from_slice(signature)
                .and_then(|signature| key.verify_strict(message, &signature)),
        };
        verified.map_err(|_| Error::Signature)
    }
}
