//! The serialized large-blob array: a CBOR array and the first half of its SHA-256.

use minicbor::{Decoder, Encoder};
use sha2::{Digest, Sha256};

use super::{BlobError, Entry, LargeBlobKey};
use crate::cbor::{self, Strictness, canonical};

/// Length of the hash at the end, in bytes.
const TRAILER_LENGTH: usize = 16;

/// Length of the shortest array there is: no entries, and the hash.
pub const MIN_SERIALIZED_LENGTH: usize = 1 + TRAILER_LENGTH;

/// How deep the entries of others may be nested.
const ENTRY_NESTING: usize = 16;

/// Why a stored array cannot be understood.
#[derive(Debug, thiserror::Error)]
pub enum ArrayError {
    /// The hash at the end does not match: the array counts as empty (CTAP 2.2 §6.10.2).
    #[error("the large-blob array is damaged: its hash does not match")]
    Hash,
    /// The hash matches, but it is no CBOR array.
    #[error("the large-blob array is not the standard's: {0}")]
    Cbor(#[from] cbor::Error),
}

/// The entries of all credentials, each kept as the bytes that it came in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LargeBlobArray {
    elements: Vec<Vec<u8>>,
}

impl LargeBlobArray {
    /// Takes the stored form apart; the entries' content is not looked at.
    pub fn parse(serialized: &[u8]) -> Result<Self, ArrayError> {
        let array = content(serialized).ok_or(ArrayError::Hash)?;
        let mut decoder = Decoder::new(array);
        let length = decoder.array().map_err(cbor::Error::from)?;
        let length = length.ok_or_else(|| malformed("an array of indefinite length"))?;
        let mut rest = array.get(decoder.position()..).unwrap_or_default();
        let mut elements = Vec::new();
        for _ in 0..length {
            let end = canonical::item_length(rest, Strictness::Tolerant, ENTRY_NESTING)
                .map_err(cbor::Error::from)?;
            let (element, tail) =
                rest.split_at_checked(end).ok_or_else(|| malformed("a truncated entry"))?;
            elements.push(element.to_vec());
            rest = tail;
        }
        if rest.is_empty() {
            Ok(LargeBlobArray { elements })
        } else {
            Err(malformed("bytes behind the array").into())
        }
    }

    /// Returns the stored form; entries are byte for byte what they were.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut encoder = Encoder::new(Vec::new());
        // Writing to a Vec has no error.
        let _infallible = encoder.array(u64::try_from(self.elements.len()).unwrap_or(u64::MAX));
        let mut serialized = encoder.into_writer();
        self.elements.iter().for_each(|element| serialized.extend(element));
        let trailer = trailer(&serialized);
        serialized.extend(trailer);
        serialized
    }

    /// Goes through the entries; `None` for one that is not the standard's. Lengths are in bytes as
    /// stored.
    pub fn entries(&self) -> impl Iterator<Item = (Option<Entry>, usize)> {
        self.elements.iter().map(|element| (entry(element), element.len()))
    }

    /// Returns the blob made with this key; `None` if there is none.
    ///
    /// Of several entries the first that is not damaged counts.
    pub fn blob(&self, key: &LargeBlobKey) -> Option<Result<Vec<u8>, BlobError>> {
        let mut found = None;
        for blob in self.elements.iter().filter_map(|element| entry(element)?.open(key)) {
            if blob.is_ok() {
                return Some(blob);
            }
            found = Some(blob);
        }
        found
    }

    /// Puts a blob in the place of every entry made with this key.
    pub fn put(
        &mut self,
        key: &LargeBlobKey,
        nonce: [u8; 12],
        blob: &[u8],
    ) -> Result<(), BlobError> {
        let sealed = Entry::seal(key, nonce, blob)?;
        self.remove(key);
        self.elements.push(cbor::to_vec(&sealed));
        Ok(())
    }

    /// Takes away every entry made with this key; returns how many there were.
    pub fn remove(&mut self, key: &LargeBlobKey) -> usize {
        self.retain(|entry| !entry.is_sealed_with(key))
    }

    /// Takes away every entry made with none of these keys; returns how many there were. What is
    /// not the standard's stays.
    pub fn keep_only(&mut self, keys: &[LargeBlobKey]) -> usize {
        self.retain(|entry| keys.iter().any(|key| entry.is_sealed_with(key)))
    }

    fn retain(&mut self, wanted: impl Fn(&Entry) -> bool) -> usize {
        let before = self.elements.len();
        self.elements.retain(|element| entry(element).is_none_or(|entry| wanted(&entry)));
        before.saturating_sub(self.elements.len())
    }
}

/// Tells whether the hash at the end matches.
pub fn is_intact(serialized: &[u8]) -> bool {
    content(serialized).is_some()
}

fn content(serialized: &[u8]) -> Option<&[u8]> {
    let (array, hash) = serialized.split_last_chunk::<TRAILER_LENGTH>()?;
    (trailer(array) == *hash).then_some(array)
}

fn trailer(array: &[u8]) -> [u8; TRAILER_LENGTH] {
    let hash: [u8; 32] = Sha256::digest(array).into();
    hash.first_chunk().copied().unwrap_or_default()
}

fn entry(element: &[u8]) -> Option<Entry> {
    cbor::from_slice_with(element, Strictness::Tolerant, cbor::MESSAGE_NESTING).ok()
}

fn malformed(what: &str) -> cbor::Error {
    cbor::Error::Type(what.to_owned())
}
