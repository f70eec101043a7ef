//! Large blobs as they are stored: the serialized large-blob array, its entries, their encryption
//! and compression (CTAP 2.2 §6.10.2, §6.10.3).
//!
//! Must never know sessions or the state of a key.

mod array;
mod compression;
mod entry;
mod key;
mod write_message;

pub use array::{ArrayError, LargeBlobArray, MIN_SERIALIZED_LENGTH, is_intact};
pub use compression::{MAX_BLOB_LENGTH, deflate, inflate};
pub use entry::{BlobError, Entry};
pub use key::LargeBlobKey;
pub use write_message::write_message;
