//! The names under which browsers tell errors (Web IDL §2.8.1, WebAuthn L3 §5.1.3.1, §5.1.4.3).

/// A name that web developers can look up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DomException {
    /// Cancelled by the caller.
    Abort,
    /// A discoverable credential or user verification is required, and the key can do neither.
    Constraint,
    /// A binary member is not base64url.
    Encoding,
    /// An excluded credential is on the key.
    InvalidState,
    /// Everything that a website is not to tell apart: no touch, no credential, no consent.
    NotAllowed,
    /// No algorithm that can be asked for, or an extension used wrongly.
    NotSupported,
    /// The origin may not use the RP ID.
    Security,
    /// Not JSON, or a key of `evalByCredential` that names no credential.
    Syntax,
    /// A member is missing, or of the wrong type.
    Type,
    /// The key failed in a way that has no name.
    Unknown,
}

impl DomException {
    /// Returns the name.
    pub fn name(self) -> &'static str {
        match self {
            DomException::Abort => "AbortError",
            DomException::Constraint => "ConstraintError",
            DomException::Encoding => "EncodingError",
            DomException::InvalidState => "InvalidStateError",
            DomException::NotAllowed => "NotAllowedError",
            DomException::NotSupported => "NotSupportedError",
            DomException::Security => "SecurityError",
            DomException::Syntax => "SyntaxError",
            DomException::Type => "TypeError",
            DomException::Unknown => "UnknownError",
        }
    }
}
