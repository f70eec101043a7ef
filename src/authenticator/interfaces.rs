//! Which protocols a key speaks.

use serde::{Deserialize, Serialize};

/// Which protocols a key speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Interfaces {
    /// CTAP2, and U2F for those that know nothing else.
    #[default]
    Ctap2AndU2f,
    /// CTAP2 alone.
    Ctap2,
    /// U2F alone, as keys older than CTAP2 do.
    U2f,
}

impl Interfaces {
    /// Tells whether CTAP2 is spoken.
    pub fn has_ctap2(self) -> bool {
        self != Interfaces::U2f
    }

    /// Tells whether U2F is spoken.
    pub fn has_u2f(self) -> bool {
        self != Interfaces::Ctap2
    }
}
