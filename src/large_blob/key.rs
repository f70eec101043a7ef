//! The key of one credential's large blob.

use zeroize::Zeroizing;

/// A largeBlobKey: 32 secret bytes, wiped when dropped, not printed (CTAP 2.2 §12.3).
#[derive(Clone, PartialEq, Eq)]
pub struct LargeBlobKey(Zeroizing<[u8; 32]>);

impl LargeBlobKey {
    /// Takes a key as it came; `None` if it is of another length.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(|bytes| LargeBlobKey(Zeroizing::new(bytes)))
    }

    pub(super) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Debug for LargeBlobKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LargeBlobKey")
    }
}
