//! Command bytes.

/// A command byte; unknown and vendor ones are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Command(pub u8);

impl Command {
    /// authenticatorMakeCredential
    pub const MAKE_CREDENTIAL: Self = Self(0x01);
    /// authenticatorGetAssertion
    pub const GET_ASSERTION: Self = Self(0x02);
    /// authenticatorGetInfo
    pub const GET_INFO: Self = Self(0x04);
    /// authenticatorClientPIN
    pub const CLIENT_PIN: Self = Self(0x06);
    /// authenticatorReset
    pub const RESET: Self = Self(0x07);
    /// authenticatorGetNextAssertion
    pub const GET_NEXT_ASSERTION: Self = Self(0x08);
    /// authenticatorCredentialManagement
    pub const CREDENTIAL_MANAGEMENT: Self = Self(0x0A);
    /// authenticatorSelection
    pub const SELECTION: Self = Self(0x0B);
    /// authenticatorLargeBlobs
    pub const LARGE_BLOBS: Self = Self(0x0C);
    /// authenticatorCredentialManagement of FIDO_2_1_PRE
    pub const CREDENTIAL_MANAGEMENT_PREVIEW: Self = Self(0x41);
    /// authenticatorConfig
    pub const CONFIG: Self = Self(0x0D);

    /// Returns the standard's name.
    pub fn name(self) -> &'static str {
        match self.0 {
            0x01 => "authenticatorMakeCredential",
            0x02 => "authenticatorGetAssertion",
            0x04 => "authenticatorGetInfo",
            0x06 => "authenticatorClientPIN",
            0x07 => "authenticatorReset",
            0x08 => "authenticatorGetNextAssertion",
            0x09 => "authenticatorBioEnrollment",
            0x0A => "authenticatorCredentialManagement",
            0x0B => "authenticatorSelection",
            0x0C => "authenticatorLargeBlobs",
            0x0D => "authenticatorConfig",
            0x41 => "authenticatorCredentialManagement (prototype)",
            0x40..=0xBF => "vendor command",
            _ => "unknown command",
        }
    }
}

impl std::fmt::Display for Command {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} (0x{:02x})", self.name(), self.0)
    }
}
