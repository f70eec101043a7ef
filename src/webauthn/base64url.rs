//! Base64URLString (WebAuthn L3 §5.1): base64url without padding.

use std::fmt::{Display, Formatter};

use data_encoding::BASE64URL_NOPAD;
use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};

/// Bytes that are written as base64url without padding.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Base64Url(pub Vec<u8>);

impl Base64Url {
    /// Parses strictly: no padding, no `+` or `/`, no stray bits.
    pub fn parse(text: &str) -> Option<Self> {
        BASE64URL_NOPAD.decode(text.as_bytes()).ok().map(Self)
    }
}

impl Display for Base64Url {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(&BASE64URL_NOPAD.encode(&self.0))
    }
}

impl From<&[u8]> for Base64Url {
    fn from(bytes: &[u8]) -> Self {
        Base64Url(bytes.to_vec())
    }
}

impl Serialize for Base64Url {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Base64Url {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("base64url without padding wanted"))
    }
}
