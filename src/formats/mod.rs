//! Forms in which other programs keep public keys, and the lines that libfido2's tools speak.
//!
//! Must never know sessions, keys on a wire or files: text and bytes in, values out.

pub mod cose_text;
pub mod jwk;
pub mod libfido2;
pub mod pem;
mod public_key;

pub use public_key::{PublicKeyError, read_public_key};
