//! SubjectPublicKeyInfo (RFC 5280 §4.1.2.7), the form in which the rest of the world reads keys.

use data_encoding::BASE64;
use x509_cert::der::asn1::{Any, BitString, ObjectIdentifier, UintRef};
use x509_cert::der::{self, Encode, Tag};
use x509_cert::spki::{AlgorithmIdentifier, SubjectPublicKeyInfo};

use super::{CoseKey, Curve};

const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

impl CoseKey {
    /// Returns the key as DER SubjectPublicKeyInfo; `None` if its type has no such form here.
    pub fn to_spki_der(&self) -> Option<Vec<u8>> {
        self.encode_spki().ok().flatten()
    }

    /// Returns the key as PEM (`PUBLIC KEY`); `None` if its type has no such form here.
    pub fn to_pem(&self) -> Option<String> {
        let encoded = BASE64.encode(&self.to_spki_der()?);
        let mut pem = String::from("-----BEGIN PUBLIC KEY-----\n");
        for (index, character) in encoded.chars().enumerate() {
            if index > 0 && index % 64 == 0 {
                pem.push('\n');
            }
            pem.push(character);
        }
        pem.push_str("\n-----END PUBLIC KEY-----\n");
        Some(pem)
    }

    fn encode_spki(&self) -> der::Result<Option<Vec<u8>>> {
        let (oid, parameters, key) = match self {
            CoseKey::Ec2 { curve, x, y, .. } => {
                let (curve, length) = match *curve {
                    Curve::P256 => ("1.2.840.10045.3.1.7", 32),
                    Curve::P384 => ("1.3.132.0.34", 48),
                    Curve::P521 => ("1.3.132.0.35", 66),
                    _ => return Ok(None),
                };
                if x.len() != length || y.len() != length {
                    return Ok(None);
                }
                let curve = Any::from(&ObjectIdentifier::new(curve)?);
                (EC_PUBLIC_KEY, Some(curve), [&[4], x.as_slice(), y].concat())
            }
            CoseKey::Okp { curve: Curve::ED25519, x, .. } => (ED25519, None, x.clone()),
            CoseKey::Rsa { n, e, .. } => {
                let integers = [UintRef::new(n)?.to_der()?, UintRef::new(e)?.to_der()?].concat();
                let key = Any::new(Tag::Sequence, integers)?.to_der()?;
                (RSA_ENCRYPTION, Some(Any::null()), key)
            }
            _ => return Ok(None),
        };
        let info = SubjectPublicKeyInfo {
            algorithm: AlgorithmIdentifier { oid, parameters },
            subject_public_key: BitString::from_bytes(&key)?,
        };
        info.to_der().map(Some)
    }
}
