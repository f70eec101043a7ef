//! Command and response APDUs (ISO 7816-4), with extended and with short lengths.

use super::{Error, StatusWord};

/// As long an answer as there may be, in the extended form of Le.
pub const ANY_LENGTH: u32 = 0x1_0000;

/// A command: header, data, and how long the answer may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandApdu {
    /// CLA; 0 in U2F.
    pub class: u8,
    /// INS.
    pub instruction: u8,
    /// P1.
    pub p1: u8,
    /// P2.
    pub p2: u8,
    /// The data, at most 65535 bytes.
    pub data: Vec<u8>,
    /// Le in bytes, where there is one.
    pub expected_length: Option<u32>,
}

impl CommandApdu {
    /// Makes a command of class 0 that takes an answer of any length.
    pub fn new(instruction: u8, p1: u8, data: Vec<u8>) -> Self {
        let expected_length = Some(ANY_LENGTH);
        CommandApdu { class: 0, instruction, p1, p2: 0, data, expected_length }
    }

    /// Encodes with extended lengths, the only form that U2F knows over HID.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut out = vec![self.class, self.instruction, self.p1, self.p2];
        if !self.data.is_empty() || self.expected_length.is_some() {
            out.push(0);
        }
        if !self.data.is_empty() {
            let length = u16::try_from(self.data.len()).unwrap_or(u16::MAX);
            out.extend(length.to_be_bytes());
            out.extend(self.data.iter().take(usize::from(length)));
        }
        if let Some(length) = self.expected_length {
            // 65536 is written as 0.
            out.extend(u16::try_from(length).unwrap_or_default().to_be_bytes());
        }
        out
    }

    /// Decodes either form.
    ///
    /// Some clients write Lc as `00 00 00` where there is no data, with and without an Le behind.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let ([class, instruction, p1, p2], body) =
            bytes.split_first_chunk().ok_or(Error::Truncated("header of the APDU"))?;
        let (data, expected_length) = parse_body(body).ok_or(Error::ApduLength(bytes.len()))?;
        Ok(CommandApdu {
            class: *class,
            instruction: *instruction,
            p1: *p1,
            p2: *p2,
            data: data.to_vec(),
            expected_length,
        })
    }
}

/// Takes data and Le out of what follows the header; `None` where no case of ISO 7816-4 fits.
fn parse_body(body: &[u8]) -> Option<(&[u8], Option<u32>)> {
    match body {
        [] => Some((&[], None)),
        [length] => Some((&[], Some(short_length(*length)))),
        [0, 0, 0] => Some((&[], Some(ANY_LENGTH))),
        [0, high, low] => Some((&[], Some(extended_length(*high, *low)))),
        [0, 0, 0, high, low] => Some((&[], Some(extended_length(*high, *low)))),
        [0, high, low, rest @ ..] => {
            let (data, rest) =
                rest.split_at_checked(usize::from(u16::from_be_bytes([*high, *low])))?;
            match rest {
                [] => Some((data, None)),
                [high, low] => Some((data, Some(extended_length(*high, *low)))),
                _ => None,
            }
        }
        [length, rest @ ..] => {
            let (data, rest) = rest.split_at_checked(usize::from(*length))?;
            match rest {
                [] => Some((data, None)),
                [length] => Some((data, Some(short_length(*length)))),
                _ => None,
            }
        }
    }
}

fn short_length(length: u8) -> u32 {
    if length == 0 { 0x100 } else { u32::from(length) }
}

fn extended_length(high: u8, low: u8) -> u32 {
    match u16::from_be_bytes([high, low]) {
        0 => ANY_LENGTH,
        length => u32::from(length),
    }
}

/// An answer: data and status word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseApdu {
    /// The data.
    pub data: Vec<u8>,
    /// SW1 and SW2.
    pub status: StatusWord,
}

impl ResponseApdu {
    /// Makes an answer without data.
    pub fn of_status(status: StatusWord) -> Self {
        ResponseApdu { data: Vec::new(), status }
    }

    /// Encodes the answer.
    pub fn to_vec(&self) -> Vec<u8> {
        [self.data.as_slice(), &self.status.0.to_be_bytes()].concat()
    }

    /// Decodes an answer.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let (data, status) = bytes.split_last_chunk().ok_or(Error::Truncated("status word"))?;
        Ok(ResponseApdu { data: data.to_vec(), status: StatusWord(u16::from_be_bytes(*status)) })
    }
}
