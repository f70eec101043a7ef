//! Command bytes and keepalive statuses.

use std::fmt::{Display, Formatter, Result};

/// A CTAPHID command, without the bit that marks initialisation packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Command(pub u8);

impl Command {
    /// CTAPHID_PING: echo.
    pub const PING: Self = Self(0x01);
    /// CTAPHID_MSG: a CTAP1/U2F message.
    pub const MSG: Self = Self(0x03);
    /// CTAPHID_LOCK: keep the key for this channel.
    pub const LOCK: Self = Self(0x04);
    /// CTAPHID_INIT: allocate or resynchronise a channel.
    pub const INIT: Self = Self(0x06);
    /// CTAPHID_WINK: show yourself.
    pub const WINK: Self = Self(0x08);
    /// CTAPHID_CBOR: a CTAP2 message.
    pub const CBOR: Self = Self(0x10);
    /// CTAPHID_CANCEL: give up the request in flight; never answered itself.
    pub const CANCEL: Self = Self(0x11);
    /// CTAPHID_KEEPALIVE: still at work.
    pub const KEEPALIVE: Self = Self(0x3B);
    /// CTAPHID_ERROR: refused.
    pub const ERROR: Self = Self(0x3F);

    /// Returns the standard's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::PING => "CTAPHID_PING",
            Self::MSG => "CTAPHID_MSG",
            Self::LOCK => "CTAPHID_LOCK",
            Self::INIT => "CTAPHID_INIT",
            Self::WINK => "CTAPHID_WINK",
            Self::CBOR => "CTAPHID_CBOR",
            Self::CANCEL => "CTAPHID_CANCEL",
            Self::KEEPALIVE => "CTAPHID_KEEPALIVE",
            Self::ERROR => "CTAPHID_ERROR",
            Self(0x40..=0x7F) => "CTAPHID vendor command",
            Self(_) => "unassigned CTAPHID command",
        }
    }
}

impl Display for Command {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{} (0x{:02x})", self.name(), self.0)
    }
}

/// What a key says while it works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keepalive {
    /// At work; also stands for values not known here.
    Processing,
    /// Waiting for the person.
    UserPresenceNeeded,
}

impl Keepalive {
    /// Reads the status byte.
    pub fn from_byte(byte: u8) -> Self {
        if byte == 0x02 { Self::UserPresenceNeeded } else { Self::Processing }
    }

    /// Returns the status byte.
    pub fn to_byte(self) -> u8 {
        match self {
            Self::Processing => 0x01,
            Self::UserPresenceNeeded => 0x02,
        }
    }
}
