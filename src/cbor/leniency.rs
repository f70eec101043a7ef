//! What decoding forgives even in canonical form, for those who must not forgive it.

use minicbor::data::Type;
use minicbor::decode::{Decoder, Error};

/// Something that passes the checker and the types all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leniency {
    /// A text string that is not UTF-8; [`super::LossyText`] mends it.
    BrokenText,
    /// `null`, which stands for an absent member on decoding.
    Null,
}

/// Finds the first such thing in an item that [`super::canonical::check`] has passed.
pub fn leniency(checked: &[u8]) -> Option<Leniency> {
    let mut decoder = Decoder::new(checked);
    while decoder.position() < checked.len() {
        match enter_item(&mut decoder) {
            Ok(Type::Null) => return Some(Leniency::Null),
            Ok(_) => {}
            // Nothing else can be wrong with a checked item.
            Err(_) => return Some(Leniency::BrokenText),
        }
    }
    None
}

/// Goes past an item; of an array or a map past its head only.
fn enter_item(decoder: &mut Decoder<'_>) -> Result<Type, Error> {
    let kind = decoder.datatype()?;
    match kind {
        Type::Array => decoder.array().map(drop)?,
        Type::Map => decoder.map().map(drop)?,
        Type::String => decoder.str().map(drop)?,
        _ => decoder.skip()?,
    }
    Ok(kind)
}
