//! The platform's side of the hmac-secret extension (CTAP 2.2 §12.7).

use zeroize::Zeroizing;

/// One or two salts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Salts {
    /// The first salt.
    pub first: [u8; 32],
    /// The second, if two secrets are wanted.
    pub second: Option<[u8; 32]>,
}

/// The secrets derived from the salts.
pub struct HmacSecrets {
    /// From the first salt.
    pub first: Zeroizing<[u8; 32]>,
    /// From the second.
    pub second: Option<Zeroizing<[u8; 32]>>,
}

impl std::fmt::Debug for HmacSecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HmacSecrets")
    }
}
