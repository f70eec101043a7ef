//! Levels of credential protection, as WebAuthn names them (CTAP 2.2 §12.1).

/// Levels of `credProtect`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CredProtect {
    /// userVerificationOptional
    Optional,
    /// userVerificationOptionalWithCredentialIDList
    OptionalWithCredentialIdList,
    /// userVerificationRequired
    Required,
}

impl CredProtect {
    const ALL: [Self; 3] = [Self::Optional, Self::OptionalWithCredentialIdList, Self::Required];

    /// Finds a level by its number on the wire.
    pub fn from_level(level: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|this| this.level() == level)
    }

    /// Finds a level by its name in WebAuthn (CTAP 2.2 §12.1).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|this| this.name() == name)
    }

    /// Returns the number on the wire.
    pub fn level(self) -> u64 {
        match self {
            Self::Optional => 1,
            Self::OptionalWithCredentialIdList => 2,
            Self::Required => 3,
        }
    }

    /// Returns the name in WebAuthn.
    pub fn name(self) -> &'static str {
        match self {
            Self::Optional => "userVerificationOptional",
            Self::OptionalWithCredentialIdList => "userVerificationOptionalWithCredentialIDList",
            Self::Required => "userVerificationRequired",
        }
    }
}
