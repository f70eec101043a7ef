//! Where large blobs live on a key: in one array for all, or with their credentials.

use serde::{Deserialize, Serialize};

use super::State;
use super::limits::{DEFAULT_LARGE_BLOB_CAPACITY, LARGE_BLOB_CAPACITIES};
use super::version_line::Feature;
use crate::large_blob::{LargeBlobArray, is_intact};
use crate::webauthn::Base64Url;

/// How a key keeps large blobs; no key has both ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LargeBlobs {
    /// In the large-blob array, by extension `largeBlobKey` (CTAP 2.2 §6.10, §12.3).
    LargeBlobKey,
    /// With the credential, by extension `largeBlob` (CTAP 2.3 §12.4).
    LargeBlob,
    /// Not at all.
    None,
}

/// What may be chosen of a new key's large blobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LargeBlobOptions {
    /// Where they live.
    pub way: LargeBlobs,
    /// Room in bytes: of the array, or for each credential's blob as compressed.
    pub capacity: u32,
}

impl Default for LargeBlobOptions {
    fn default() -> Self {
        LargeBlobOptions { way: LargeBlobs::LargeBlobKey, capacity: DEFAULT_LARGE_BLOB_CAPACITY }
    }
}

/// The array and what surrounds it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LargeBlobStore {
    pub(super) way: LargeBlobs,
    pub(super) capacity: u32,
    /// The serialized large-blob array.
    pub(super) array: Base64Url,
}

impl LargeBlobStore {
    pub(super) fn new(options: &LargeBlobOptions) -> Self {
        let (least, most) = LARGE_BLOB_CAPACITIES;
        LargeBlobStore {
            way: options.way,
            capacity: options.capacity.clamp(least, most),
            array: initial_array(),
        }
    }

    /// Forgets every blob.
    pub(super) fn clear(&mut self) {
        self.array = initial_array();
    }

    pub(super) fn capacity(&self) -> usize {
        usize::try_from(self.capacity).unwrap_or(usize::MAX)
    }

    /// Checks what types do not; says what is wrong.
    pub(super) fn check(&self) -> Result<(), String> {
        let length = self.array.0.len();
        if length > self.capacity() {
            return Err(format!("{length} bytes of large blobs in room for {}", self.capacity));
        }
        if !is_intact(&self.array.0) {
            return Err("a large-blob array whose hash does not match".to_owned());
        }
        Ok(())
    }
}

impl State {
    /// Returns how this key keeps large blobs, as far as its version of CTAP knows any way.
    pub(super) fn large_blob_way(&self) -> LargeBlobs {
        let feature = match self.large_blobs.way {
            LargeBlobs::LargeBlobKey => Feature::LargeBlobs,
            LargeBlobs::LargeBlob => Feature::LargeBlobExtension,
            LargeBlobs::None => return LargeBlobs::None,
        };
        if self.line().has(feature) { self.large_blobs.way } else { LargeBlobs::None }
    }

    /// Tells whether the key has a large-blob array.
    pub(super) fn has_large_blob_array(&self) -> bool {
        self.large_blob_way() == LargeBlobs::LargeBlobKey
    }
}

impl Default for LargeBlobStore {
    fn default() -> Self {
        Self::new(&LargeBlobOptions::default())
    }
}

fn initial_array() -> Base64Url {
    Base64Url(LargeBlobArray::default().to_vec())
}
