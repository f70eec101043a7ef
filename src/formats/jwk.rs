//! JWK (RFC 7517, RFC 7518 §6, RFC 8037, RFC 9964): a public key in JSON.

use serde::{Deserialize, Serialize};

use super::PublicKeyError;
use crate::cose::{Algorithm, CoseKey, Curve};
use crate::webauthn::Base64Url;

/// A public key as JWK; other members are ignored when read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwk {
    /// `EC`, `OKP`, `RSA` or `AKP`.
    pub kty: String,
    /// The curve.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub crv: Option<String>,
    /// The first coordinate, or the whole key for `OKP`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub x: Option<Base64Url>,
    /// The second coordinate.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub y: Option<Base64Url>,
    /// RSA's modulus.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub n: Option<Base64Url>,
    /// RSA's exponent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub e: Option<Base64Url>,
    /// The whole key for `AKP`.
    #[serde(rename = "pub", skip_serializing_if = "Option::is_none", default)]
    pub public: Option<Base64Url>,
    /// The algorithm's JOSE name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub alg: Option<String>,
    /// The key's name: here the credential ID in base64url.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub kid: Option<String>,
}

/// Curves with their names and the length of a coordinate in bytes.
const CURVES: [(Curve, &str, usize); 4] = [
    (Curve::P256, "P-256", 32),
    (Curve::P384, "P-384", 48),
    (Curve::P521, "P-521", 66),
    (Curve::ED25519, "Ed25519", 32),
];

/// COSE algorithms with their JOSE names; of two with one name the first is read. JOSE's own
/// names of ECDSA say the curve already (RFC 9864 §2.1).
const ALGORITHMS: [(Algorithm, &str); 15] = [
    (Algorithm::ES256, "ES256"),
    (Algorithm::ES384, "ES384"),
    (Algorithm::ES512, "ES512"),
    (Algorithm::ESP256, "ES256"),
    (Algorithm::ESP384, "ES384"),
    (Algorithm::ESP512, "ES512"),
    (Algorithm::EDDSA, "EdDSA"),
    (Algorithm::ED25519, "Ed25519"),
    (Algorithm::RS256, "RS256"),
    (Algorithm(-258), "RS384"),
    (Algorithm(-259), "RS512"),
    (Algorithm(-37), "PS256"),
    (Algorithm::ML_DSA_44, "ML-DSA-44"),
    (Algorithm::ML_DSA_65, "ML-DSA-65"),
    (Algorithm::ML_DSA_87, "ML-DSA-87"),
];

impl Jwk {
    /// Writes a credential's key; `None` if JOSE has no form for it.
    pub fn new(key: &CoseKey, credential_id: &[u8]) -> Option<Self> {
        let alg = ALGORITHMS.iter().find(|(algorithm, _)| *algorithm == key.algorithm());
        let empty = Jwk {
            kty: String::new(),
            crv: None,
            x: None,
            y: None,
            n: None,
            e: None,
            public: None,
            alg: alg.map(|(_, name)| (*name).to_owned()),
            kid: Some(Base64Url::from(credential_id).to_string()),
        };
        let bytes = |bytes: &Vec<u8>| Some(Base64Url(bytes.clone()));
        let name = |wanted: &Curve| {
            CURVES.iter().find_map(|(curve, name, _)| (curve == wanted).then(|| (*name).to_owned()))
        };
        match key {
            CoseKey::Ec2 { curve, x, y, .. } => Some(Jwk {
                kty: "EC".to_owned(),
                crv: Some(name(curve)?),
                x: bytes(x),
                y: bytes(y),
                ..empty
            }),
            CoseKey::Okp { curve, x, .. } => {
                Some(Jwk { kty: "OKP".to_owned(), crv: Some(name(curve)?), x: bytes(x), ..empty })
            }
            CoseKey::Rsa { n, e, .. } => {
                Some(Jwk { kty: "RSA".to_owned(), n: bytes(n), e: bytes(e), ..empty })
            }
            CoseKey::Akp { public, .. } => {
                // Here the algorithm is all that says what the bytes are.
                alg?;
                Some(Jwk { kty: "AKP".to_owned(), public: bytes(public), ..empty })
            }
            CoseKey::Other { .. } => None,
        }
    }

    /// Reads the key; without `alg` the usual algorithm of its kind is assumed.
    pub fn to_key(&self) -> Result<CoseKey, PublicKeyError> {
        let wrong = PublicKeyError::Jwk;
        let bytes = |member: &Option<Base64Url>, name| {
            member.as_ref().map(|bytes| bytes.0.clone()).ok_or(wrong(name))
        };
        let (algorithm, named) = (self.algorithm()?, self.crv.as_deref());
        let curve = CURVES.iter().find(|(_, name, _)| Some(*name) == named);
        let (curve, length) = curve.map_or((None, 0), |(curve, _, length)| (Some(*curve), *length));
        let sized = |coordinate: Vec<u8>| {
            if coordinate.len() == length { Ok(coordinate) } else { Err(wrong("crv and x, y")) }
        };
        match (self.kty.as_str(), curve) {
            ("EC", Some(curve)) if curve != Curve::ED25519 => Ok(CoseKey::Ec2 {
                algorithm,
                curve,
                x: sized(bytes(&self.x, "x")?)?,
                y: sized(bytes(&self.y, "y")?)?,
            }),
            ("OKP", Some(curve @ Curve::ED25519)) => {
                Ok(CoseKey::Okp { algorithm, curve, x: sized(bytes(&self.x, "x")?)? })
            }
            ("RSA", _) => {
                Ok(CoseKey::Rsa { algorithm, n: bytes(&self.n, "n")?, e: bytes(&self.e, "e")? })
            }
            ("AKP", _) => Ok(CoseKey::Akp { algorithm, public: bytes(&self.public, "pub")? }),
            ("EC" | "OKP", _) => Err(wrong("crv")),
            _ => Err(wrong("kty")),
        }
    }

    fn algorithm(&self) -> Result<Algorithm, PublicKeyError> {
        let usual = match (self.kty.as_str(), self.crv.as_deref()) {
            ("AKP", _) => "",
            ("RSA", _) => "RS256",
            ("OKP", _) => "EdDSA",
            (_, Some("P-384")) => "ES384",
            (_, Some("P-521")) => "ES512",
            _ => "ES256",
        };
        let wanted = self.alg.as_deref().unwrap_or(usual);
        ALGORITHMS
            .iter()
            .find_map(|(algorithm, name)| (*name == wanted).then_some(*algorithm))
            .ok_or(PublicKeyError::Jwk("alg"))
    }
}
