//! An item kept as the bytes that it came in, for what is authenticated as it was sent.

use minicbor::decode::{Decode, Decoder, Error};
use minicbor::encode::{Encode, Encoder, Write};

use super::{MESSAGE_NESTING, Strictness, from_slice_with, to_vec};

/// One encoded item. A MAC covers these bytes, and never what encoding them anew would give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedItem(Vec<u8>);

impl EncodedItem {
    /// Encodes a value.
    pub fn of<T: Encode<()>>(value: &T) -> Self {
        EncodedItem(to_vec(value))
    }

    /// Takes an encoded item, checked to be exactly one.
    pub fn from_slice(bytes: &[u8], strictness: Strictness) -> Result<Self, super::Error> {
        super::canonical::check(bytes, strictness, MESSAGE_NESTING)?;
        Ok(EncodedItem(bytes.to_vec()))
    }

    /// Returns the bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Decodes the item.
    pub fn decode<T: for<'b> Decode<'b, ()>>(
        &self,
        strictness: Strictness,
    ) -> Result<T, super::Error> {
        from_slice_with(&self.0, strictness, MESSAGE_NESTING)
    }
}

impl<C> Encode<C> for EncodedItem {
    fn encode<W: Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.writer_mut().write_all(&self.0).map_err(minicbor::encode::Error::write)
    }
}

impl<'b, C> Decode<'b, C> for EncodedItem {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, Error> {
        let start = d.position();
        d.skip()?;
        let item = d.input().get(start..d.position());
        Ok(EncodedItem(item.ok_or_else(Error::end_of_input)?.to_vec()))
    }
}
