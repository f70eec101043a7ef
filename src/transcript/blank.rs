//! Blanks strings in encoded CBOR where they stand, so that every other byte stays as it came.

use std::ops::Range;

use super::members::{Content, Key, Member};

/// Bytes that are not CBOR as CTAP2 has it.
#[derive(Debug)]
pub(super) struct Unreadable;

/// Bytes of which some are blanked.
pub(super) struct Blanker<'b> {
    bytes: &'b mut [u8],
    /// What was blanked, by name.
    pub(super) left_out: Vec<String>,
}

/// The head of an item.
struct Head {
    major: u8,
    argument: u64,
    /// Where what follows begins.
    end: usize,
}

impl<'b> Blanker<'b> {
    pub(super) fn new(bytes: &'b mut [u8]) -> Self {
        Blanker { bytes, left_out: Vec::new() }
    }

    /// Blanks the secrets of the map that the bytes are, and whatever stands behind it.
    pub(super) fn message(&mut self, members: &[Member]) -> Result<(), Unreadable> {
        if self.bytes.is_empty() {
            return Ok(());
        }
        let end = self.item_end(0)?;
        self.members(0..end, members, "")?;
        if end < self.bytes.len() {
            self.fill(end..self.bytes.len(), 0)?;
            self.left_out.push("bytes behind the map".to_owned());
        }
        Ok(())
    }

    /// Blanks everything.
    pub(super) fn everything(&mut self, name: &str) {
        if !self.bytes.is_empty() {
            self.bytes.fill(0);
            self.left_out = vec![name.to_owned()];
        }
    }

    fn members(
        &mut self,
        range: Range<usize>,
        members: &[Member],
        path: &str,
    ) -> Result<(), Unreadable> {
        let map = self.head(range.start)?;
        if map.major != 5 {
            return self.strings(range, path);
        }
        let mut at = map.end;
        for _ in 0..map.argument {
            let value = self.item_end(at)?;
            let end = self.item_end(value)?;
            let member = members.iter().find(|member| self.is_key(at, value, member.key));
            let name = match member {
                Some(member) => member.name.to_owned(),
                None => self.key_name(at, value),
            };
            let path = if path.is_empty() { name } else { format!("{path}.{name}") };
            match member.map(|member| member.content) {
                Some(Content::Open) => {}
                Some(Content::Members(inner)) => self.members(value..end, inner, &path)?,
                Some(Content::AuthenticatorData(outputs)) => {
                    self.authenticator_data(value..end, outputs, &path)?;
                }
                Some(Content::Secret) | None => self.strings(value..end, &path)?,
            }
            at = end;
        }
        Ok(())
    }

    /// Blanks the secrets among the extension outputs (WebAuthn L3 §6.1).
    fn authenticator_data(
        &mut self,
        range: Range<usize>,
        outputs: &[Member],
        path: &str,
    ) -> Result<(), Unreadable> {
        const FIXED: usize = 37;
        const ATTESTED: u8 = 0x40;
        let start = self.head(range.start)?.end;
        let end = range.end;
        let Some(flags) = self.bytes.get(start..end).and_then(|data| data.get(32).copied()) else {
            return self.strings(range, path);
        };
        let mut at = start + FIXED;
        if flags & ATTESTED != 0 {
            let length = self.bytes.get(at + 16..at + 18).ok_or(Unreadable)?;
            let length = length.iter().fold(0, |sum, byte| sum * 256 + usize::from(*byte));
            at = self.item_end(at + 18 + length)?;
        }
        if at >= end {
            return if at == end { Ok(()) } else { Err(Unreadable) };
        }
        let behind = self.item_end(at)?;
        if behind > end {
            return Err(Unreadable);
        }
        self.members(at..behind, outputs, path)?;
        self.fill(behind..end, 0)
    }

    /// Blanks every string of an item.
    fn strings(&mut self, range: Range<usize>, path: &str) -> Result<(), Unreadable> {
        let mut at = range.start;
        let mut found = false;
        while at < range.end {
            let head = self.head(at)?;
            at = head.end;
            if head.major == 2 || head.major == 3 {
                let end = self.string_end(&head)?;
                found |= end > at;
                self.fill(at..end, if head.major == 2 { 0 } else { b'-' })?;
                at = end;
            }
        }
        if found {
            self.left_out.push(path.to_owned());
        }
        Ok(())
    }

    fn fill(&mut self, range: Range<usize>, with: u8) -> Result<(), Unreadable> {
        self.bytes.get_mut(range).ok_or(Unreadable)?.fill(with);
        Ok(())
    }

    fn is_key(&self, at: usize, end: usize, key: Key) -> bool {
        let Ok(head) = self.head(at) else { return false };
        match key {
            Key::Number(number) => head.major == 0 && head.argument == number,
            Key::Text(text) => {
                head.major == 3 && self.bytes.get(head.end..end) == Some(text.as_bytes())
            }
        }
    }

    /// Names a member that is not listed.
    fn key_name(&self, at: usize, end: usize) -> String {
        match self.head(at) {
            Ok(Head { major: 0, argument, .. }) => format!("0x{argument:02x}"),
            Ok(Head { major: 3, end: start, .. }) => {
                let text = self.bytes.get(start..end).unwrap_or_default();
                String::from_utf8_lossy(text).into_owned()
            }
            _ => "?".to_owned(),
        }
    }

    fn head(&self, at: usize) -> Result<Head, Unreadable> {
        let initial = *self.bytes.get(at).ok_or(Unreadable)?;
        let length = match initial & 0x1F {
            24 => 1,
            25 => 2,
            26 => 4,
            27 => 8,
            direct @ 0..=23 => {
                let argument = u64::from(direct);
                return Ok(Head { major: initial >> 5, argument, end: at + 1 });
            }
            _ => return Err(Unreadable),
        };
        let bytes = self.bytes.get(at + 1..at + 1 + length).ok_or(Unreadable)?;
        let argument = bytes.iter().fold(0, |sum: u64, byte| (sum << 8) | u64::from(*byte));
        Ok(Head { major: initial >> 5, argument, end: at + 1 + length })
    }

    fn string_end(&self, head: &Head) -> Result<usize, Unreadable> {
        let length = usize::try_from(head.argument).map_err(|_| Unreadable)?;
        let end = head.end.checked_add(length).ok_or(Unreadable)?;
        if end > self.bytes.len() { Err(Unreadable) } else { Ok(end) }
    }

    /// Returns where the item at a place ends. Every step takes a byte at least.
    fn item_end(&self, start: usize) -> Result<usize, Unreadable> {
        let (mut at, mut left) = (start, 1_u64);
        while left > 0 {
            let head = self.head(at)?;
            left -= 1;
            let inside = match head.major {
                4 => head.argument,
                5 => head.argument.checked_mul(2).ok_or(Unreadable)?,
                6 => 1,
                _ => 0,
            };
            left = left.checked_add(inside).ok_or(Unreadable)?;
            at = if matches!(head.major, 2 | 3) { self.string_end(&head)? } else { head.end };
        }
        Ok(at)
    }
}
