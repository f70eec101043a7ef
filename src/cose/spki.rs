//! SubjectPublicKeyInfo (RFC 5280 §4.1.2.7), the form in which the rest of the world reads keys.

use data_encoding::BASE64;
use x509_cert::der::asn1::{Any, BitString, ObjectIdentifier, UintRef};
use x509_cert::der::{self, Decode, Encode, Reader, SliceReader, Tag};
use x509_cert::spki::{AlgorithmIdentifier, SubjectPublicKeyInfo, SubjectPublicKeyInfoRef};

use super::{Algorithm, CoseKey, Curve};

const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const ED448: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.113");
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// Named curves with the length of a coordinate in bytes.
const CURVES: [(Curve, ObjectIdentifier, usize); 3] = [
    (Curve::P256, ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7"), 32),
    (Curve::P384, ObjectIdentifier::new_unwrap("1.3.132.0.34"), 48),
    (Curve::P521, ObjectIdentifier::new_unwrap("1.3.132.0.35"), 66),
];

/// ML-DSA with the length of a public key in bytes.
const ML_DSA: [(Algorithm, ObjectIdentifier, usize); 3] = [
    (Algorithm::ML_DSA_44, ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.17"), 1312),
    (Algorithm::ML_DSA_65, ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.18"), 1952),
    (Algorithm::ML_DSA_87, ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.19"), 2592),
];

impl CoseKey {
    /// Reads DER SubjectPublicKeyInfo and labels the key with an algorithm; `None` if the form is
    /// not one that [`Self::to_spki_der`] writes. Whether algorithm and key fit is not looked at.
    pub fn from_spki_der(der: &[u8], algorithm: Algorithm) -> Option<Self> {
        let info = SubjectPublicKeyInfoRef::from_der(der).ok()?;
        let key = info.subject_public_key.as_bytes()?;
        match info.algorithm.oid {
            EC_PUBLIC_KEY => {
                let named = info.algorithm.parameters_oid().ok()?;
                let (curve, _, length) = CURVES.into_iter().find(|(_, oid, _)| *oid == named)?;
                let (x, y) = key.strip_prefix(&[4])?.split_at_checked(length)?;
                (y.len() == length).then(|| CoseKey::Ec2 {
                    algorithm,
                    curve,
                    x: x.to_vec(),
                    y: y.to_vec(),
                })
            }
            ED25519 => Some(CoseKey::Okp { algorithm, curve: Curve::ED25519, x: key.to_vec() }),
            ED448 => Some(CoseKey::Okp { algorithm, curve: Curve::ED448, x: key.to_vec() }),
            RSA_ENCRYPTION => {
                let mut reader = SliceReader::new(key).ok()?;
                let (n, e) = reader
                    .sequence(|r| Ok::<_, der::Error>((UintRef::decode(r)?, UintRef::decode(r)?)))
                    .ok()?;
                let (n, e) = (n.as_bytes().to_vec(), e.as_bytes().to_vec());
                reader.finish().ok().map(|()| CoseKey::Rsa { algorithm, n, e })
            }
            named => {
                let (_, _, length) = ML_DSA.into_iter().find(|(_, oid, _)| *oid == named)?;
                (key.len() == length).then(|| CoseKey::Akp { algorithm, public: key.to_vec() })
            }
        }
    }

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
                let Some((_, oid, length)) = CURVES.into_iter().find(|(c, _, _)| c == curve) else {
                    return Ok(None);
                };
                if x.len() != length || y.len() != length {
                    return Ok(None);
                }
                let curve = Any::from(&oid);
                (EC_PUBLIC_KEY, Some(curve), [&[4], x.as_slice(), y].concat())
            }
            CoseKey::Okp { curve: Curve::ED25519, x, .. } => (ED25519, None, x.clone()),
            CoseKey::Okp { curve: Curve::ED448, x, .. } => (ED448, None, x.clone()),
            CoseKey::Akp { algorithm, public } => {
                let Some((_, oid, _)) = ML_DSA.into_iter().find(|(a, _, _)| a == algorithm) else {
                    return Ok(None);
                };
                (oid, None, public.clone())
            }
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
