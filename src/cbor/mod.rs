//! CTAP2 canonical CBOR (CTAP 2.2 §8). Knows nothing of FIDO.
//!
//! [`from_slice`] is the only way in: it checks the whole input with [`canonical::check`], decodes,
//! and sees that nothing is left over. What minicbor would let pass (order, duplicates,
//! longer-than-needed integers, indefinite lengths), the checker refuses once for everything.

pub mod canonical;
pub mod diagnostic;
pub mod diagnostic_parser;
mod encoded_item;
mod leniency;
mod lossy_text;
mod text_map;
mod value;

pub use canonical::{CanonicalError, Rule, Strictness};
pub use encoded_item::EncodedItem;
pub use leniency::{Leniency, leniency};
pub use lossy_text::LossyText;
pub use minicbor::bytes::{ByteArray, ByteVec};
pub use minicbor::{Decode, Encode};
pub(crate) use text_map::{assert_key_order, text_map};
pub use value::Value;

/// Nesting that CTAP2 allows in a message (CTAP 2.2 §8).
pub const MESSAGE_NESTING: usize = 4;

/// Nesting accepted in WebAuthn attestation objects, which may hold compound statements.
pub const ATTESTATION_NESTING: usize = 8;

/// Why bytes could not be understood.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The bytes break a rule of the encoding.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
    /// A required map member is missing; its key.
    #[error("required member {0} is missing")]
    Missing(String),
    /// A value is of another type than the one wanted.
    #[error("unexpected type: {0}")]
    Type(String),
}

impl From<minicbor::decode::Error> for Error {
    fn from(error: minicbor::decode::Error) -> Self {
        if error.is_missing_value() {
            Error::Missing(error.to_string())
        } else {
            Error::Type(error.to_string())
        }
    }
}

/// Encodes a value.
pub fn to_vec<T: Encode<()>>(value: &T) -> Vec<u8> {
    let mut out = Vec::new();
    // Writing to a Vec has no error; our own Encode impls have none either.
    let _infallible = minicbor::encode(value, &mut out);
    out
}

/// Decodes exactly one canonical item nested at most [`MESSAGE_NESTING`] deep.
pub fn from_slice<T: for<'b> Decode<'b, ()>>(bytes: &[u8]) -> Result<T, Error> {
    from_slice_with(bytes, Strictness::Canonical, MESSAGE_NESTING)
}

/// Decodes exactly one item with the strictness and nesting given.
pub fn from_slice_with<T: for<'b> Decode<'b, ()>>(
    bytes: &[u8],
    strictness: Strictness,
    nesting: usize,
) -> Result<T, Error> {
    canonical::check(bytes, strictness, nesting)?;
    let mut decoder = minicbor::Decoder::new(bytes);
    Ok(decoder.decode()?)
}

/// Decodes the first item of `bytes` and returns it with the bytes behind it.
pub fn first_item<'a, T: for<'b> Decode<'b, ()>>(
    bytes: &'a [u8],
    strictness: Strictness,
    nesting: usize,
) -> Result<(T, &'a [u8]), Error> {
    let length = canonical::item_length(bytes, strictness, nesting)?;
    let (item, rest) = bytes
        .split_at_checked(length)
        .ok_or(CanonicalError { rule: Rule::Truncated, offset: bytes.len() })?;
    Ok((minicbor::Decoder::new(item).decode()?, rest))
}
