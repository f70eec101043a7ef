//! CTAPHID_ERROR codes; a name space apart from CTAP2 status bytes.

use std::fmt::{Display, Formatter, Result};

/// An error code; unknown ones are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ErrorCode(pub u8);

impl ErrorCode {
    /// Unknown command.
    pub const INVALID_CMD: Self = Self(0x01);
    /// Parameter out of range.
    pub const INVALID_PAR: Self = Self(0x02);
    /// Wrong message length.
    pub const INVALID_LEN: Self = Self(0x03);
    /// Packet out of sequence.
    pub const INVALID_SEQ: Self = Self(0x04);
    /// The rest of the message did not come.
    pub const MSG_TIMEOUT: Self = Self(0x05);
    /// Busy with another channel.
    pub const CHANNEL_BUSY: Self = Self(0x06);
    /// The command needs a lock.
    pub const LOCK_REQUIRED: Self = Self(0x0A);
    /// The channel was never allocated.
    pub const INVALID_CHANNEL: Self = Self(0x0B);
    /// Anything else.
    pub const OTHER: Self = Self(0x7F);

    /// Returns the standard's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::INVALID_CMD => "ERR_INVALID_CMD",
            Self::INVALID_PAR => "ERR_INVALID_PAR",
            Self::INVALID_LEN => "ERR_INVALID_LEN",
            Self::INVALID_SEQ => "ERR_INVALID_SEQ",
            Self::MSG_TIMEOUT => "ERR_MSG_TIMEOUT",
            Self::CHANNEL_BUSY => "ERR_CHANNEL_BUSY",
            Self::LOCK_REQUIRED => "ERR_LOCK_REQUIRED",
            Self::INVALID_CHANNEL => "ERR_INVALID_CHANNEL",
            Self::OTHER => "ERR_OTHER",
            Self(_) => "unassigned CTAPHID error",
        }
    }
}

impl Display for ErrorCode {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{}, 0x{:02x}", self.name(), self.0)
    }
}
