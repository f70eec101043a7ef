//! Signatures: stands in until the checks are there.

use super::Error;
use crate::cose::{Algorithm, CoseKey};

/// Checks a signature.
pub fn verify(key: &CoseKey, message: &[u8], signature: &[u8]) -> Result<(), Error> {
    use p256::ecdsa::signature::Verifier;
    let (x, y) = key.p256_point().ok_or(Error::UnsupportedAlgorithm(key.algorithm()))?;
    let point = p256::Sec1Point::from_affine_coordinates(&x.into(), &y.into(), false);
    let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(point.as_bytes())
        .map_err(|_| Error::PublicKey(Algorithm::ES256))?;
    let signature =
        p256::ecdsa::DerSignature::from_bytes(signature).map_err(|_| Error::Signature)?;
    key.verify(message, &signature).map_err(|_| Error::Signature)
}
