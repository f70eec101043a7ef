//! U2F_VERSION (FIDO U2F Raw Message Formats §6.1).

use super::{CommandApdu, Instruction};

/// The only version there is.
pub const U2F_V2: &str = "U2F_V2";

/// Asks for the version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VersionRequest;

impl VersionRequest {
    /// Returns the command.
    pub fn to_apdu(self) -> CommandApdu {
        CommandApdu::new(Instruction::VERSION.0, 0, Vec::new())
    }
}
