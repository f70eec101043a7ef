//! COSE_Key: EC2, OKP, RSA and AKP public keys.

use minicbor::decode::{Decode, Decoder, Error};
use minicbor::encode::{Encode, Encoder, Write};

use super::Algorithm;
use crate::cbor::Value;

/// A number of the IANA COSE Elliptic Curves registry; unknown ones are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Curve(pub i64);

impl Curve {
    /// NIST P-256.
    pub const P256: Self = Self(1);
    /// NIST P-384.
    pub const P384: Self = Self(2);
    /// NIST P-521.
    pub const P521: Self = Self(3);
    /// Ed25519.
    pub const ED25519: Self = Self(6);
    /// Ed448.
    pub const ED448: Self = Self(7);
}

/// A public key. Members that WebAuthn does not use are ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CoseKey {
    /// Elliptic curve with both coordinates, big-endian, of the curve's full length.
    Ec2 {
        /// Label 3.
        algorithm: Algorithm,
        /// Label -1.
        curve: Curve,
        /// Label -2.
        x: Vec<u8>,
        /// Label -3.
        y: Vec<u8>,
    },
    /// Octet key pair, Ed25519 in practice.
    Okp {
        /// Label 3.
        algorithm: Algorithm,
        /// Label -1.
        curve: Curve,
        /// Label -2.
        x: Vec<u8>,
    },
    /// RSA.
    Rsa {
        /// Label 3.
        algorithm: Algorithm,
        /// Label -1, the modulus, big-endian.
        n: Vec<u8>,
        /// Label -2, the exponent, big-endian.
        e: Vec<u8>,
    },
    /// Algorithm key pair, ML-DSA in practice (RFC 9964).
    Akp {
        /// Label 3.
        algorithm: Algorithm,
        /// Label -1.
        public: Vec<u8>,
    },
    /// A key of a type not known here.
    Other {
        /// Label 3.
        algorithm: Algorithm,
        /// The whole map.
        key: Value,
    },
}

const KEY_TYPE_OKP: i64 = 1;
const KEY_TYPE_EC2: i64 = 2;
const KEY_TYPE_RSA: i64 = 3;
const KEY_TYPE_AKP: i64 = 7;

impl CoseKey {
    /// Makes an ES256 key from affine coordinates.
    pub fn es256(x: [u8; 32], y: [u8; 32]) -> Self {
        Self::p256(Algorithm::ES256, x, y)
    }

    /// Makes a PIN/UV key agreement key from affine coordinates (CTAP 2.2 §6.5.6).
    pub fn key_agreement(x: [u8; 32], y: [u8; 32]) -> Self {
        Self::p256(Algorithm::ECDH_ES_HKDF_256, x, y)
    }

    fn p256(algorithm: Algorithm, x: [u8; 32], y: [u8; 32]) -> Self {
        CoseKey::Ec2 { algorithm, curve: Curve::P256, x: x.to_vec(), y: y.to_vec() }
    }

    /// Makes an Ed25519 key for EdDSA.
    pub fn ed25519(x: [u8; 32]) -> Self {
        CoseKey::Okp { algorithm: Algorithm::EDDSA, curve: Curve::ED25519, x: x.to_vec() }
    }

    /// Returns what the key says it is for.
    pub fn algorithm(&self) -> Algorithm {
        match self {
            CoseKey::Ec2 { algorithm, .. }
            | CoseKey::Okp { algorithm, .. }
            | CoseKey::Rsa { algorithm, .. }
            | CoseKey::Akp { algorithm, .. }
            | CoseKey::Other { algorithm, .. } => *algorithm,
        }
    }

    /// Returns the coordinates of a P-256 point, whatever the algorithm; `None` for other keys.
    pub fn p256_point(&self) -> Option<([u8; 32], [u8; 32])> {
        match self {
            CoseKey::Ec2 { curve: Curve::P256, x, y, .. } => {
                Some((x.as_slice().try_into().ok()?, y.as_slice().try_into().ok()?))
            }
            _ => None,
        }
    }
}

impl<C> Encode<C> for CoseKey {
    fn encode<W: Write>(
        &self,
        e: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        match self {
            CoseKey::Ec2 { algorithm, curve, x, y } => e
                .map(5)?
                .i64(1)?
                .i64(KEY_TYPE_EC2)?
                .i64(3)?
                .i64(algorithm.0)?
                .i64(-1)?
                .i64(curve.0)?
                .i64(-2)?
                .bytes(x)?
                .i64(-3)?
                .bytes(y)?
                .ok(),
            CoseKey::Okp { algorithm, curve, x } => e
                .map(4)?
                .i64(1)?
                .i64(KEY_TYPE_OKP)?
                .i64(3)?
                .i64(algorithm.0)?
                .i64(-1)?
                .i64(curve.0)?
                .i64(-2)?
                .bytes(x)?
                .ok(),
            CoseKey::Rsa { algorithm, n, e: exponent } => e
                .map(4)?
                .i64(1)?
                .i64(KEY_TYPE_RSA)?
                .i64(3)?
                .i64(algorithm.0)?
                .i64(-1)?
                .bytes(n)?
                .i64(-2)?
                .bytes(exponent)?
                .ok(),
            CoseKey::Akp { algorithm, public } => e
                .map(3)?
                .i64(1)?
                .i64(KEY_TYPE_AKP)?
                .i64(3)?
                .i64(algorithm.0)?
                .i64(-1)?
                .bytes(public)?
                .ok(),
            CoseKey::Other { key, .. } => key.encode(e, ctx),
        }
    }
}

impl<'b, C> Decode<'b, C> for CoseKey {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, Error> {
        let at = d.position();
        let wrong = |what: &'static str| Error::message(what).at(at);
        let key = Value::decode(d, ctx)?;
        let Value::Map(members) = &key else {
            return Err(wrong("a COSE key is a map"));
        };
        let label = |wanted: i64| {
            members.iter().find_map(|(k, v)| (k.as_i64() == Some(wanted)).then_some(v))
        };
        let integer = |wanted: i64| label(wanted).and_then(Value::as_i64);
        let bytes = |wanted: i64| {
            label(wanted)
                .and_then(Value::as_bytes)
                .map(<[u8]>::to_vec)
                .ok_or_else(|| wrong("a COSE key parameter is missing or not a byte string"))
        };
        let key_type = integer(1).ok_or_else(|| wrong("COSE key without kty"))?;
        let algorithm =
            integer(3).map(Algorithm).ok_or_else(|| wrong("COSE key without algorithm"))?;
        let curve = || integer(-1).map(Curve).ok_or_else(|| wrong("COSE key without curve"));
        match key_type {
            KEY_TYPE_EC2 => {
                Ok(CoseKey::Ec2 { algorithm, curve: curve()?, x: bytes(-2)?, y: bytes(-3)? })
            }
            KEY_TYPE_OKP => Ok(CoseKey::Okp { algorithm, curve: curve()?, x: bytes(-2)? }),
            KEY_TYPE_RSA => Ok(CoseKey::Rsa { algorithm, n: bytes(-1)?, e: bytes(-2)? }),
            KEY_TYPE_AKP => Ok(CoseKey::Akp { algorithm, public: bytes(-1)? }),
            _ => Ok(CoseKey::Other { algorithm, key }),
        }
    }
}
