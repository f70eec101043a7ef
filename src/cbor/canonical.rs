//! The checker: one pass over the bytes, no recursion, no allocation beyond the nesting limit.

use std::cmp::Ordering;
use std::collections::BTreeSet;

/// How much of the canonical form is demanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// Everything CTAP2 demands.
    Canonical,
    /// Key order and shortest lengths are forgiven, as some keys get them wrong.
    Tolerant,
}

/// A rule of the CTAP2 canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rule {
    /// The input ends inside an item.
    #[error("the input ends inside an item")]
    Truncated,
    /// Bytes follow the item.
    #[error("bytes follow the item")]
    TrailingBytes,
    /// An integer or a length is not in its shortest form.
    #[error("an integer or a length is not in its shortest form")]
    NotShortest,
    /// An indefinite length.
    #[error("an indefinite length")]
    IndefiniteLength,
    /// A tag.
    #[error("a tag")]
    Tag,
    /// A floating-point number or a simple value other than false, true and null.
    #[error("a floating-point number or an unassigned simple value")]
    Simple,
    /// Map keys are not in order.
    #[error("map keys out of order")]
    KeyOrder,
    /// A map key occurs twice.
    #[error("a map key occurs twice")]
    DuplicateKey,
    /// Maps and arrays are nested too deep.
    #[error("nested too deep")]
    Nesting,
}

/// Which rule broke, and at which byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not canonical CBOR at byte {offset}: {rule}")]
pub struct CanonicalError {
    /// The rule.
    pub rule: Rule,
    /// Offset into the input, in bytes.
    pub offset: usize,
}

/// Checks that `bytes` are exactly one item in the form demanded.
pub fn check(bytes: &[u8], strictness: Strictness, nesting: usize) -> Result<(), CanonicalError> {
    let length = item_length(bytes, strictness, nesting)?;
    if length == bytes.len() {
        Ok(())
    } else {
        Err(CanonicalError { rule: Rule::TrailingBytes, offset: length })
    }
}

/// Returns the length in bytes of the first item, checked; what follows it is not looked at.
pub fn item_length(
    bytes: &[u8],
    strictness: Strictness,
    nesting: usize,
) -> Result<usize, CanonicalError> {
    let mut cursor = Cursor { bytes, offset: 0, strictness };
    let mut open: Vec<Container<'_>> = Vec::new();
    loop {
        let start = cursor.offset;
        if let Some(children) = cursor.enter_item()? {
            if open.len() >= nesting {
                return Err(CanonicalError { rule: Rule::Nesting, offset: start });
            }
            if children.count > 0 {
                open.push(Container::new(children, cursor.offset));
                continue;
            }
        }
        // An item is complete, and with it every container that it was the last item of.
        loop {
            let Some(innermost) = open.last_mut() else {
                return Ok(cursor.offset);
            };
            if !innermost.child_complete(bytes, cursor.offset, strictness)? {
                break;
            }
            open.pop();
        }
    }
}

/// What an array or a map holds: the number of items, keys counted too.
struct Children {
    count: u64,
    is_map: bool,
}

struct Cursor<'a> {
    bytes: &'a [u8],
    offset: usize,
    strictness: Strictness,
}

impl Cursor<'_> {
    /// Reads an item's head and, for anything but arrays and maps, its content too.
    fn enter_item(&mut self) -> Result<Option<Children>, CanonicalError> {
        let start = self.offset;
        let fail = |rule| Err(CanonicalError { rule, offset: start });
        let initial = self.byte()?;
        let (major, information) = (initial >> 5, initial & 0x1f);
        if major == 7 {
            return match information {
                20..=22 => Ok(None),
                31 => fail(Rule::IndefiniteLength),
                _ => fail(Rule::Simple),
            };
        }
        let argument = self.argument(start, information)?;
        match major {
            0 | 1 => Ok(None),
            2 | 3 => {
                let length = usize::try_from(argument).unwrap_or(usize::MAX);
                self.offset =
                    self.offset.checked_add(length).filter(|end| *end <= self.bytes.len()).ok_or(
                        CanonicalError { rule: Rule::Truncated, offset: self.bytes.len() },
                    )?;
                Ok(None)
            }
            4 => Ok(Some(Children { count: argument, is_map: false })),
            5 => match argument.checked_mul(2) {
                Some(count) => Ok(Some(Children { count, is_map: true })),
                None => fail(Rule::Truncated),
            },
            _ => fail(Rule::Tag),
        }
    }

    fn argument(&mut self, start: usize, information: u8) -> Result<u64, CanonicalError> {
        let width = match information {
            0..=23 => return Ok(u64::from(information)),
            24 => 1,
            25 => 2,
            26 => 4,
            27 => 8,
            31 => return Err(CanonicalError { rule: Rule::IndefiniteLength, offset: start }),
            _ => return Err(CanonicalError { rule: Rule::Simple, offset: start }),
        };
        let mut value = 0_u64;
        for _ in 0..width {
            value = value << 8 | u64::from(self.byte()?);
        }
        let shortest = match width {
            1 => value > 23,
            2 => value > 0xff,
            4 => value > 0xffff,
            _ => value > 0xffff_ffff,
        };
        if shortest || self.strictness == Strictness::Tolerant {
            Ok(value)
        } else {
            Err(CanonicalError { rule: Rule::NotShortest, offset: start })
        }
    }

    fn byte(&mut self) -> Result<u8, CanonicalError> {
        let byte = self
            .bytes
            .get(self.offset)
            .ok_or(CanonicalError { rule: Rule::Truncated, offset: self.offset })?;
        self.offset += 1;
        Ok(*byte)
    }
}

/// An array or a map whose items are still being read.
struct Container<'a> {
    /// Items yet to come, the one being read included.
    remaining: u64,
    is_map: bool,
    child_start: usize,
    last_key: Option<&'a [u8]>,
    /// Every key seen; only kept where order cannot reveal a duplicate.
    keys: BTreeSet<&'a [u8]>,
}

impl<'a> Container<'a> {
    fn new(children: Children, child_start: usize) -> Self {
        Container {
            remaining: children.count,
            is_map: children.is_map,
            child_start,
            last_key: None,
            keys: BTreeSet::new(),
        }
    }

    /// Takes note that an item ended at `end`; returns true if it was the last.
    fn child_complete(
        &mut self,
        bytes: &'a [u8],
        end: usize,
        strictness: Strictness,
    ) -> Result<bool, CanonicalError> {
        if self.is_map && self.remaining.is_multiple_of(2) {
            let key = bytes.get(self.child_start..end).unwrap_or_default();
            let fail = |rule| Err(CanonicalError { rule, offset: self.child_start });
            match strictness {
                // CTAP2 orders by major type, length, bytes; for shortest forms that is the
                // order of the encodings themselves.
                Strictness::Canonical => match self.last_key.map(|last| last.cmp(key)) {
                    Some(Ordering::Equal) => return fail(Rule::DuplicateKey),
                    Some(Ordering::Greater) => return fail(Rule::KeyOrder),
                    _ => self.last_key = Some(key),
                },
                Strictness::Tolerant => {
                    if !self.keys.insert(key) {
                        return fail(Rule::DuplicateKey);
                    }
                }
            }
        }
        self.remaining -= 1;
        self.child_start = end;
        Ok(self.remaining == 0)
    }
}
