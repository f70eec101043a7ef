//! One line after the other.

use std::str::Lines;

use data_encoding::BASE64;

use crate::cbor::{self, ByteVec};

/// Why lines could not be read.
#[derive(Debug, thiserror::Error)]
pub enum LinesError {
    /// The text is not UTF-8.
    #[error("this is not text")]
    NotText,
    /// The lines end too early; what should have come.
    #[error("line {number} is missing: the {what}")]
    Missing {
        /// Counted from one.
        number: usize,
        /// What should be in it.
        what: &'static str,
    },
    /// A line is not what should be in it.
    #[error("line {number}: this is no {what}")]
    Unfit {
        /// Counted from one.
        number: usize,
        /// What should be in it.
        what: &'static str,
    },
    /// More lines follow than there should be.
    #[error("line {number} is one too many")]
    TooMany {
        /// Counted from one.
        number: usize,
    },
}

/// What is still to be read.
pub(super) struct Reader<'t> {
    lines: Lines<'t>,
    number: usize,
}

impl<'t> Reader<'t> {
    pub(super) fn new(content: &'t [u8]) -> Result<Self, LinesError> {
        let text = std::str::from_utf8(content).map_err(|_| LinesError::NotText)?;
        Ok(Reader { lines: text.lines(), number: 0 })
    }

    /// Returns the next line, if there is one.
    pub(super) fn optional(&mut self) -> Option<&'t str> {
        let line = self.lines.next()?;
        self.number = self.number.saturating_add(1);
        Some(line)
    }

    /// Returns the next line, which holds text.
    pub(super) fn text(&mut self, what: &'static str) -> Result<String, LinesError> {
        let number = self.number.saturating_add(1);
        let line = self.optional().ok_or(LinesError::Missing { number, what })?;
        if line.contains('\0') { Err(self.unfit(what)) } else { Ok(line.to_owned()) }
    }

    /// Returns the bytes of the next line.
    pub(super) fn bytes(&mut self, what: &'static str) -> Result<Vec<u8>, LinesError> {
        let text = self.text(what)?;
        self.decode(&text, what)
    }

    /// Returns the bytes of the line that was read last.
    pub(super) fn decode(&self, line: &str, what: &'static str) -> Result<Vec<u8>, LinesError> {
        BASE64.decode(line.as_bytes()).map_err(|_| self.unfit(what))
    }

    /// Returns the 32 bytes of the next line.
    pub(super) fn hash(&mut self, what: &'static str) -> Result<[u8; 32], LinesError> {
        self.bytes(what)?.try_into().map_err(|_| self.unfit(what))
    }

    /// Returns the bytes inside the CBOR byte string of the next line.
    pub(super) fn wrapped(&mut self, what: &'static str) -> Result<Vec<u8>, LinesError> {
        let bytes = self.bytes(what)?;
        let inner: Result<ByteVec, _> = cbor::from_slice(&bytes);
        inner.map(Into::into).map_err(|_| self.unfit(what))
    }

    /// Says that the line that was read last is not what it should be.
    pub(super) fn unfit(&self, what: &'static str) -> LinesError {
        LinesError::Unfit { number: self.number, what }
    }

    /// Makes sure that nothing follows but empty lines.
    pub(super) fn end(mut self) -> Result<(), LinesError> {
        while let Some(line) = self.optional() {
            if !line.is_empty() {
                return Err(LinesError::TooMany { number: self.number });
            }
        }
        Ok(())
    }
}

/// Returns a line of bytes.
pub(super) fn bytes_line(bytes: &[u8]) -> String {
    format!("{}\n", BASE64.encode(bytes))
}

/// Returns a line of bytes inside a CBOR byte string.
pub(super) fn wrapped_line(bytes: &[u8]) -> String {
    bytes_line(&cbor::to_vec(&ByteVec::from(bytes.to_vec())))
}
