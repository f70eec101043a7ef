//! Secret bytes of a fixed length.

use data_encoding::BASE64URL_NOPAD;
use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use crate::pin_uv::{Random, RandomUnavailable};

/// `N` secret bytes: wiped when dropped, not printed; base64url in the state file.
#[derive(Clone)]
pub(super) struct Secret<const N: usize>(Zeroizing<[u8; N]>);

impl<const N: usize> Secret<N> {
    pub(super) fn generate(random: &mut dyn Random) -> Result<Self, RandomUnavailable> {
        let mut bytes = Zeroizing::new([0; N]);
        random.fill(bytes.as_mut_slice())?;
        Ok(Secret(bytes))
    }

    pub(super) fn from_slice(bytes: &[u8]) -> Option<Self> {
        let mut secret = Zeroizing::new([0; N]);
        (bytes.len() == N).then(|| {
            secret.copy_from_slice(bytes);
            Secret(secret)
        })
    }

    pub(super) fn as_bytes(&self) -> &[u8; N] {
        &self.0
    }

    /// Compares in constant time.
    pub(super) fn matches(&self, bytes: &[u8]) -> bool {
        self.0.as_slice().ct_eq(bytes).into()
    }
}

impl<const N: usize> std::fmt::Debug for Secret<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

impl<const N: usize> Serialize for Secret<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = Zeroizing::new(BASE64URL_NOPAD.encode(self.0.as_slice()));
        serializer.serialize_str(&text)
    }
}

impl<'de, const N: usize> Deserialize<'de> for Secret<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        let mut bytes = BASE64URL_NOPAD
            .decode(text.as_bytes())
            .map_err(|_| D::Error::custom("base64url without padding wanted"))?;
        let secret = Self::from_slice(&bytes)
            .ok_or_else(|| D::Error::custom(format!("{N} bytes wanted, {} found", bytes.len())));
        bytes.zeroize();
        secret
    }
}
