//! Structs whose CBOR form is a map with text keys.

/// Declares a struct that encodes as a map with text keys, and decodes from one.
///
/// Fields are written in CTAP2 key order (shorter first, then bytewise), which is checked at
/// compile time. `Option` fields that are `None` are left out; unknown keys are skipped.
macro_rules! text_map {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $( $(#[$field_meta:meta])* $key:literal => $field:ident: $type:ty, )+
        }
    ) => {
        $(#[$meta])*
        pub struct $name {
            $( $(#[$field_meta])* pub $field: $type, )+
        }

        const _: () = $crate::cbor::assert_key_order(&[$($key),+]);

        impl<C> ::minicbor::Encode<C> for $name {
            fn encode<W: ::minicbor::encode::Write>(
                &self,
                e: &mut ::minicbor::Encoder<W>,
                ctx: &mut C,
            ) -> Result<(), ::minicbor::encode::Error<W::Error>> {
                let mut present = 0_u64;
                $( if !::minicbor::Encode::<C>::is_nil(&self.$field) { present += 1; } )+
                e.map(present)?;
                $(
                    if !::minicbor::Encode::<C>::is_nil(&self.$field) {
                        e.str($key)?;
                        ::minicbor::Encode::<C>::encode(&self.$field, e, ctx)?;
                    }
                )+
                Ok(())
            }
        }

        impl<'b, C> ::minicbor::Decode<'b, C> for $name {
            fn decode(
                d: &mut ::minicbor::Decoder<'b>,
                ctx: &mut C,
            ) -> Result<Self, ::minicbor::decode::Error> {
                $( let mut $field: Option<$type> = None; )+
                let pairs = d.map()?.ok_or_else(|| {
                    ::minicbor::decode::Error::message("indefinite-length map")
                })?;
                for _ in 0..pairs {
                    if d.datatype()? != ::minicbor::data::Type::String {
                        d.skip()?;
                        d.skip()?;
                        continue;
                    }
                    match d.str()? {
                        $( $key => $field = Some(::minicbor::Decode::<'b, C>::decode(d, ctx)?), )+
                        _ => d.skip()?,
                    }
                }
                Ok($name {
                    $(
                        $field: match $field.or_else(<$type as ::minicbor::Decode<'b, C>>::nil) {
                            Some(value) => value,
                            None => return Err(
                                ::minicbor::decode::Error::missing_value(0).with_message($key)
                            ),
                        },
                    )+
                })
            }
        }
    };
}

pub(crate) use text_map;

/// Stops compilation where text keys are not in CTAP2 order.
pub(crate) const fn assert_key_order(keys: &[&str]) {
    let mut rest = keys;
    while let [first, tail @ ..] = rest {
        if let [second, ..] = tail {
            assert!(precedes(first.as_bytes(), second.as_bytes()), "text keys out of CTAP2 order");
        }
        rest = tail;
    }
}

const fn precedes(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return a.len() < b.len();
    }
    let (mut a, mut b) = (a, b);
    while let ([x, a_tail @ ..], [y, b_tail @ ..]) = (a, b) {
        if *x != *y {
            return *x < *y;
        }
        (a, b) = (a_tail, b_tail);
    }
    false
}
