//! PEM (RFC 7468): `PUBLIC KEY`, read. It is written by [`CoseKey::to_pem`].

use data_encoding::BASE64;

use super::PublicKeyError;
use crate::cose::{Algorithm, CoseKey, Curve};

/// What stands in front of the key.
pub(super) const BEGIN: &str = "-----BEGIN PUBLIC KEY-----";
const END: &str = "-----END PUBLIC KEY-----";

/// Reads the first public key of a text; what stands around it is ignored.
///
/// PEM names no algorithm: the usual one of the curve is assumed, and RS256 for RSA.
pub fn from_pem(text: &str) -> Result<CoseKey, PublicKeyError> {
    let wrong = PublicKeyError::Pem;
    let (_, rest) = text.split_once(BEGIN).ok_or(wrong("no BEGIN PUBLIC KEY"))?;
    let (body, _) = rest.split_once(END).ok_or(wrong("no END PUBLIC KEY"))?;
    let encoded: String = body.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let der = BASE64.decode(encoded.as_bytes()).map_err(|_| wrong("not base64"))?;
    let key = CoseKey::from_spki_der(&der, Algorithm::ES256)
        .ok_or(wrong("a key of a kind not known here"))?;
    Ok(with_usual_algorithm(key))
}

fn with_usual_algorithm(key: CoseKey) -> CoseKey {
    match key {
        CoseKey::Ec2 { curve, x, y, .. } => {
            let algorithm = match curve {
                Curve::P384 => Algorithm::ES384,
                Curve::P521 => Algorithm::ES512,
                _ => Algorithm::ES256,
            };
            CoseKey::Ec2 { algorithm, curve, x, y }
        }
        CoseKey::Okp { curve, x, .. } => CoseKey::Okp { algorithm: Algorithm::EDDSA, curve, x },
        CoseKey::Rsa { n, e, .. } => CoseKey::Rsa { algorithm: Algorithm::RS256, n, e },
        CoseKey::Akp { public, .. } => {
            let algorithm = match public.len() {
                1312 => Algorithm::ML_DSA_44,
                1952 => Algorithm::ML_DSA_65,
                _ => Algorithm::ML_DSA_87,
            };
            CoseKey::Akp { algorithm, public }
        }
        other @ CoseKey::Other { .. } => other,
    }
}
