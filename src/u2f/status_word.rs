//! Status words (FIDO U2F Raw Message Formats §3.3, CTAP 2.2 §11.1.8).

use std::fmt::{Display, Formatter, Result};

/// The last two bytes of every answer; all values are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StatusWord(pub u16);

impl StatusWord {
    /// Done.
    pub const NO_ERROR: Self = Self(0x9000);
    /// The key must be touched; for a check-only request: the key handle is known.
    pub const CONDITIONS_NOT_SATISFIED: Self = Self(0x6985);
    /// The key handle is not of this key, or not for this application.
    pub const WRONG_DATA: Self = Self(0x6A80);
    /// Lengths do not fit.
    pub const WRONG_LENGTH: Self = Self(0x6700);
    /// U2F is switched off.
    pub const COMMAND_NOT_ALLOWED: Self = Self(0x6986);
    /// The class is unknown.
    pub const CLA_NOT_SUPPORTED: Self = Self(0x6E00);
    /// The instruction is unknown.
    pub const INS_NOT_SUPPORTED: Self = Self(0x6D00);
    /// A fault inside the key.
    pub const NO_PRECISE_DIAGNOSIS: Self = Self(0x6F00);

    /// Returns the tries left of a U2F PIN of the vendor's own, if that is what it says (ISO
    /// 7816-4, 63Cx).
    pub fn tries_left(self) -> Option<u64> {
        matches!(self, Self(0x63C0..=0x63CF)).then(|| u64::from(self.0 & 0x0F))
    }

    /// Returns the standard's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::NO_ERROR => "SW_NO_ERROR",
            Self::CONDITIONS_NOT_SATISFIED => "SW_CONDITIONS_NOT_SATISFIED",
            Self::WRONG_DATA => "SW_WRONG_DATA",
            Self::WRONG_LENGTH => "SW_WRONG_LENGTH",
            Self::COMMAND_NOT_ALLOWED => "SW_COMMAND_NOT_ALLOWED",
            Self::CLA_NOT_SUPPORTED => "SW_CLA_NOT_SUPPORTED",
            Self::INS_NOT_SUPPORTED => "SW_INS_NOT_SUPPORTED",
            Self::NO_PRECISE_DIAGNOSIS => "SW_NO_PRECISE_DIAGNOSIS",
            Self(0x6100..=0x61FF) => "SW_BYTES_REMAINING",
            // What keys with a U2F PIN of their vendor's own say; the last digit counts the tries.
            Self(0x63C0..=0x63CF) => "SW_VERIFY_FAIL",
            Self(_) => "unassigned status word",
        }
    }
}

impl Display for StatusWord {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{}, 0x{:04x}", self.name(), self.0)
    }
}
