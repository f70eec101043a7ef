//! COSEAlgorithmIdentifier.

use std::fmt::{Display, Formatter, Result};

/// A number of the IANA COSE Algorithms registry; unknown ones are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Algorithm(pub i64);

impl Algorithm {
    /// ECDSA with SHA-256; in WebAuthn always on P-256.
    pub const ES256: Self = Self(-7);
    /// EdDSA; in WebAuthn always Ed25519.
    pub const EDDSA: Self = Self(-8);
    /// ECDH-ES + HKDF-256, the label of PIN/UV key agreement keys.
    pub const ECDH_ES_HKDF_256: Self = Self(-25);
    /// ECDSA with SHA-384.
    pub const ES384: Self = Self(-35);
    /// ECDSA with SHA-512.
    pub const ES512: Self = Self(-36);
    /// ECDSA on P-256 with SHA-256, fully specified.
    pub const ESP256: Self = Self(-9);
    /// ECDSA on P-384 with SHA-384, fully specified.
    pub const ESP384: Self = Self(-51);
    /// ECDSA on P-521 with SHA-512, fully specified.
    pub const ESP512: Self = Self(-52);
    /// Ed25519, fully specified.
    pub const ED25519: Self = Self(-19);
    /// Ed448, fully specified.
    pub const ED448: Self = Self(-53);
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    pub const RS256: Self = Self(-257);
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    pub const RS384: Self = Self(-258);
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    pub const RS512: Self = Self(-259);
    /// RSASSA-PKCS1-v1_5 with SHA-1, which older TPMs sign with.
    pub const RS1: Self = Self(-65535);
    /// RSASSA-PSS with SHA-256.
    pub const PS256: Self = Self(-37);
    /// RSASSA-PSS with SHA-384.
    pub const PS384: Self = Self(-38);
    /// RSASSA-PSS with SHA-512.
    pub const PS512: Self = Self(-39);
    /// ML-DSA-44 (FIPS 204).
    pub const ML_DSA_44: Self = Self(-48);
    /// ML-DSA-65 (FIPS 204).
    pub const ML_DSA_65: Self = Self(-49);
    /// ML-DSA-87 (FIPS 204).
    pub const ML_DSA_87: Self = Self(-50);

    const NAMES: [(i64, &'static str); 21] = [
        (-7, "ES256"),
        (-8, "EdDSA"),
        (-9, "ESP256"),
        (-19, "Ed25519"),
        (-25, "ECDH-ES+HKDF-256"),
        (-35, "ES384"),
        (-36, "ES512"),
        (-37, "PS256"),
        (-47, "ES256K"),
        (-48, "ML-DSA-44"),
        (-49, "ML-DSA-65"),
        (-50, "ML-DSA-87"),
        (-51, "ESP384"),
        (-52, "ESP512"),
        (-53, "Ed448"),
        (-257, "RS256"),
        (-258, "RS384"),
        (-259, "RS512"),
        (-38, "PS384"),
        (-39, "PS512"),
        (-65535, "RS1"),
    ];

    /// Returns the registry's name, if the number is known here.
    pub fn name(self) -> Option<&'static str> {
        Self::NAMES.iter().find_map(|(number, name)| (*number == self.0).then_some(*name))
    }

    /// Finds an algorithm by its registry name, whatever the case, or by its number.
    pub fn parse(text: &str) -> Option<Self> {
        Self::NAMES
            .iter()
            .find_map(|(number, name)| name.eq_ignore_ascii_case(text).then_some(Self(*number)))
            .or_else(|| text.parse().ok().map(Self))
    }
}

impl Display for Algorithm {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "COSE algorithm {}", self.0),
        }
    }
}

impl<C> minicbor::Encode<C> for Algorithm {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> std::result::Result<(), minicbor::encode::Error<W::Error>> {
        e.i64(self.0)?.ok()
    }
}

impl<'b, C> minicbor::Decode<'b, C> for Algorithm {
    fn decode(
        d: &mut minicbor::Decoder<'b>,
        _: &mut C,
    ) -> std::result::Result<Self, minicbor::decode::Error> {
        d.i64().map(Self)
    }
}
