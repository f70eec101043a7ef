//! Text that a key may have cut in the middle of a character.

use minicbor::data::Type;
use minicbor::decode::{Decode, Decoder, Error};
use minicbor::encode::{Encode, Encoder, Write};

/// Text whose broken UTF-8 is replaced by U+FFFD on decoding.
///
/// Authenticators may cut user names at 64 bytes, wherever that falls (CTAP 2.2 §6.1.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LossyText(pub String);

impl<C> Encode<C> for LossyText {
    fn encode<W: Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.str(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for LossyText {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, Error> {
        if d.datatype()? != Type::String {
            return Err(Error::message("text wanted").at(d.position()));
        }
        let start = d.position();
        match d.str() {
            Ok(text) => return Ok(LossyText(text.to_owned())),
            Err(error) if error.is_end_of_input() => return Err(error),
            // It is all there and not UTF-8: the decoder stands behind it.
            Err(_) => {}
        }
        let item = d.input().get(start..d.position()).unwrap_or_default();
        let head = match item.first().map(|initial| initial & 0x1f) {
            Some(24) => 2,
            Some(25) => 3,
            Some(26) => 5,
            Some(27) => 9,
            _ => 1,
        };
        let text = item.get(head..).unwrap_or_default();
        Ok(LossyText(String::from_utf8_lossy(text).into_owned()))
    }
}
