//! Maps from names to values, in CTAP2 key order.

use minicbor::decode::{Decode, Decoder, Error};
use minicbor::encode::{Encode, Encoder, Write};

/// A map with text keys that are not known beforehand, such as getInfo's options.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextKeyed<V>(Vec<(String, V)>);

impl<V> TextKeyed<V> {
    /// Returns the value of a key.
    pub fn get(&self, key: &str) -> Option<&V> {
        self.0.iter().find_map(|(k, v)| (k == key).then_some(v))
    }

    /// Goes through the map in CTAP2 order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &V)> {
        self.0.iter().map(|(k, v)| (k.as_str(), v))
    }
}

impl<K: Into<String>, V> FromIterator<(K, V)> for TextKeyed<V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(members: I) -> Self {
        let mut members: Vec<_> = members.into_iter().map(|(k, v)| (k.into(), v)).collect();
        members.sort_by(|(a, _): &(String, V), (b, _)| (a.len(), a).cmp(&(b.len(), b)));
        TextKeyed(members)
    }
}

impl<C, V: Encode<C>> Encode<C> for TextKeyed<V> {
    fn encode<W: Write>(
        &self,
        e: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.map(u64::try_from(self.0.len()).unwrap_or(u64::MAX))?;
        self.0.iter().try_for_each(|(key, value)| {
            e.str(key)?;
            value.encode(e, ctx)
        })
    }
}

impl<'b, C, V: Decode<'b, C>> Decode<'b, C> for TextKeyed<V> {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, Error> {
        let pairs = d.map()?.ok_or_else(|| Error::message("indefinite-length map"))?;
        (0..pairs).map(|_| Ok((d.str()?.to_owned(), V::decode(d, ctx)?))).collect()
    }
}
