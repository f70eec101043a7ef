//! U2F, which CTAP calls CTAP1: APDUs and the three messages in them (FIDO U2F Raw Message
//! Formats 1.2).
//!
//! What the client encodes is what the virtual key decodes. Must never know CTAP2, cryptography or
//! transports.

pub mod apdu;
pub mod authenticate;
mod error;
pub mod register;
mod status_word;
mod version;

pub use apdu::{CommandApdu, ResponseApdu};
pub use authenticate::{AuthenticateRequest, AuthenticateResponse, Control};
pub use error::Error;
pub use register::{RegisterRequest, RegisterResponse};
pub use status_word::StatusWord;
pub use version::{U2F_V2, VersionRequest};

/// Longest key handle in bytes: its length is told in one byte.
pub const MAX_KEY_HANDLE_LENGTH: usize = 255;

/// An instruction byte; unknown and vendor ones are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Instruction(pub u8);

impl Instruction {
    /// U2F_REGISTER
    pub const REGISTER: Self = Self(0x01);
    /// U2F_AUTHENTICATE
    pub const AUTHENTICATE: Self = Self(0x02);
    /// U2F_VERSION
    pub const VERSION: Self = Self(0x03);

    /// Returns the standard's name.
    pub fn name(self) -> &'static str {
        match self.0 {
            0x01 => "U2F_REGISTER",
            0x02 => "U2F_AUTHENTICATE",
            0x03 => "U2F_VERSION",
            0x40..=0xBF => "U2F vendor instruction",
            _ => "unknown U2F instruction",
        }
    }
}

impl std::fmt::Display for Instruction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} (0x{:02x})", self.name(), self.0)
    }
}
