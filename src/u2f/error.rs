//! Why bytes are no U2F message.

/// Why bytes are no U2F message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The bytes end too early; inside what.
    #[error("the message ends inside the {0}")]
    Truncated(&'static str),
    /// Bytes follow the message; how many.
    #[error("{0} bytes follow the message")]
    TrailingBytes(usize),
    /// The lengths in an APDU do not fit what is there.
    #[error("the APDU's lengths do not fit its {0} bytes")]
    ApduLength(usize),
    /// Data of a length that the message does not have.
    #[error("{found} bytes of data, where {wanted} are due")]
    DataLength {
        /// Bytes found.
        found: usize,
        /// Bytes due.
        wanted: usize,
    },
    /// A byte that must have another value; which, and what it is.
    #[error("the {0} is 0x{1:02x}")]
    Byte(&'static str, u8),
}
