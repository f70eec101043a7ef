//! A tree for the parts that are passed through: attestation statements, unknown members,
//! extension outputs.

use minicbor::data::{Int, Type};
use minicbor::decode::{Decode, Decoder, Error};
use minicbor::encode::{Encode, Encoder, Write};

/// Any item that CTAP2 allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Major types 0 and 1.
    Integer(Int),
    /// Major type 2.
    Bytes(Vec<u8>),
    /// Major type 3.
    Text(String),
    /// Major type 4.
    Array(Vec<Value>),
    /// Major type 5, in the order met.
    Map(Vec<(Value, Value)>),
    /// `false` or `true`.
    Bool(bool),
    /// `null`.
    Null,
}

impl Value {
    /// Returns the member of a map with this text key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        let Value::Map(members) = self else {
            return None;
        };
        members.iter().find_map(|(k, v)| matches!(k, Value::Text(t) if t == key).then_some(v))
    }

    /// Returns the integer, if it is one that fits.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Value::Integer(value) => i64::try_from(*value).ok(),
            _ => None,
        }
    }

    /// Returns the byte string, if it is one.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Value::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Returns the text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the truth value, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// Returns the items of an array, if it is one.
    pub fn as_array(&self) -> Option<&[Value]> {
        match self {
            Value::Array(items) => Some(items),
            _ => None,
        }
    }

    /// Makes a map with text keys, put into CTAP2 order.
    pub fn text_map(members: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
        let mut members: Vec<_> = members.into_iter().collect();
        members.sort_by_key(|(key, _)| (key.len(), *key));
        Value::Map(members.into_iter().map(|(key, value)| (Value::from(key), value)).collect())
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::Integer(Int::from(value))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Value::Text(value.to_owned())
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Value::Bytes(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}

impl<C> Encode<C> for Value {
    fn encode<W: Write>(
        &self,
        e: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        match self {
            Value::Integer(value) => e.int(*value)?.ok(),
            Value::Bytes(bytes) => e.bytes(bytes)?.ok(),
            Value::Text(text) => e.str(text)?.ok(),
            Value::Array(items) => {
                e.array(length(items.len()))?;
                items.iter().try_for_each(|item| item.encode(e, ctx))
            }
            Value::Map(members) => {
                e.map(length(members.len()))?;
                members.iter().try_for_each(|(key, value)| {
                    key.encode(e, ctx)?;
                    value.encode(e, ctx)
                })
            }
            Value::Bool(value) => e.bool(*value)?.ok(),
            Value::Null => e.null()?.ok(),
        }
    }
}

fn length(items: usize) -> u64 {
    u64::try_from(items).unwrap_or(u64::MAX)
}

/// Recurses as deep as the input nests, which the checker in front of every decode has bounded.
impl<'b, C> Decode<'b, C> for Value {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, Error> {
        let at = d.position();
        let indefinite = || Error::message("indefinite length").at(at);
        match d.datatype()? {
            Type::Bool => Ok(Value::Bool(d.bool()?)),
            Type::Null => d.null().map(|()| Value::Null),
            Type::Bytes => Ok(Value::Bytes(d.bytes()?.to_vec())),
            Type::String => Ok(Value::Text(super::LossyText::decode(d, ctx)?.0)),
            Type::Array => {
                let count = d.array()?.ok_or_else(indefinite)?;
                (0..count)
                    .map(|_| Value::decode(d, ctx))
                    .collect::<Result<_, _>>()
                    .map(Value::Array)
            }
            Type::Map => {
                let count = d.map()?.ok_or_else(indefinite)?;
                (0..count)
                    .map(|_| Ok((Value::decode(d, ctx)?, Value::decode(d, ctx)?)))
                    .collect::<Result<_, _>>()
                    .map(Value::Map)
            }
            _ => Ok(Value::Integer(d.int()?)),
        }
    }
}
