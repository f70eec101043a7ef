//! Signatures of credentials and attestation keys (WebAuthn L3 §5.8.5, §6.5.5).

use super::Error;
use super::public_key::{PublicKey, Scheme};
use crate::cose::{Algorithm, CoseKey};

/// Whether signatures over SHA-1 hashes are taken: somebody may have made a second message with
/// the same hash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sha1 {
    /// They are refused.
    #[default]
    Refused,
    /// They are taken, as older TPMs make no others.
    Allowed,
}

/// Verifies a credential's signature over `message`, with the hash that the key's algorithm names.
///
/// ECDSA signatures are strict DER, Ed25519 and Ed448 are RFC 8032 without its leniencies, RSA
/// keys have 2048 to 8192 bits. [`Error::UnsupportedAlgorithm`] says nothing about the signature;
/// the other errors do.
pub fn verify(key: &CoseKey, message: &[u8], signature: &[u8]) -> Result<(), Error> {
    verify_with(key, message, signature, Sha1::Refused)
}

/// Verifies with the public key of a certificate: DER SubjectPublicKeyInfo, and the algorithm that
/// the signer named.
pub fn verify_with_spki(
    spki: &[u8],
    algorithm: Algorithm,
    message: &[u8],
    signature: &[u8],
    sha1: Sha1,
) -> Result<(), Error> {
    let key = CoseKey::from_spki_der(spki, algorithm).ok_or(Error::PublicKey(algorithm))?;
    verify_with(&key, message, signature, sha1)
}

/// Checks that a key can verify anything: right curve, a point on it, a modulus within bounds.
pub fn check_key(key: &CoseKey) -> Result<(), Error> {
    usable(key).map(|_| ())
}

fn verify_with(key: &CoseKey, message: &[u8], signature: &[u8], sha1: Sha1) -> Result<(), Error> {
    let algorithm = key.algorithm();
    if algorithm == Algorithm::RS1 && sha1 == Sha1::Refused {
        return Err(Error::Sha1);
    }
    let scheme = Scheme::of(algorithm).ok_or(Error::UnsupportedAlgorithm(algorithm))?;
    let key = usable(key)?;
    if key.verifies(scheme, message, signature) { Ok(()) } else { Err(Error::Signature) }
}

fn usable(key: &CoseKey) -> Result<PublicKey, Error> {
    let algorithm = key.algorithm();
    Scheme::of(algorithm).ok_or(Error::UnsupportedAlgorithm(algorithm))?;
    let key = PublicKey::new(key).filter(|key| key.fits(algorithm));
    key.ok_or(Error::PublicKey(algorithm))
}
