//! FIDO metadata that a person has in a file.

mod seen;
mod source;

pub use source::{Loaded, MetadataArgs, TrustArgs};
