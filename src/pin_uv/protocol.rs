//! Which protocol.

/// A PIN/UV auth protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinUvAuthProtocol {
    /// CTAP 2.2 §6.5.6.
    One,
    /// CTAP 2.2 §6.5.7.
    Two,
}

impl PinUvAuthProtocol {
    /// Finds a protocol by its number on the wire.
    pub fn from_id(id: u64) -> Option<Self> {
        match id {
            1 => Some(Self::One),
            2 => Some(Self::Two),
            _ => None,
        }
    }

    /// Returns the number on the wire.
    pub fn id(self) -> u64 {
        match self {
            Self::One => 1,
            Self::Two => 2,
        }
    }
}
