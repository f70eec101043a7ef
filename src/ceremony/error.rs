//! What went wrong, and what a browser would call it.

use crate::client;
use crate::client::Unsupported;
use crate::transport::{Interruption, TransportError};
use crate::webauthn::{AppIdError, Ceremony, DomException};

/// Why a ceremony failed.
#[derive(Debug, thiserror::Error)]
#[error("{problem}")]
pub struct Error {
    /// What happened.
    pub problem: Problem,
    /// The name that a browser gives it (WebAuthn L3 §5.1.3.1, §5.1.4.3).
    pub dom_exception: DomException,
}

/// What happened.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The client or the key.
    #[error(transparent)]
    Client(#[from] client::Error),
    /// A security key is not wanted.
    #[error("the options ask for an authenticator in the device itself, not for a security key")]
    PlatformWanted,
    /// An application ID of another site.
    #[error(transparent)]
    AppId(#[from] AppIdError),
}

impl Error {
    /// Names what the client met.
    pub(super) fn of_client(error: client::Error, ceremony: Ceremony) -> Self {
        let dom_exception = name(&error, ceremony);
        Error { problem: error.into(), dom_exception }
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Error { problem, dom_exception: DomException::NotAllowed }
    }
}

impl From<AppIdError> for Error {
    fn from(error: AppIdError) -> Self {
        let dom_exception = error.dom_exception();
        Error { problem: error.into(), dom_exception }
    }
}

fn name(error: &client::Error, ceremony: Ceremony) -> DomException {
    match error {
        client::Error::Transport(TransportError::Interrupted(Interruption::Cancelled)) => {
            DomException::Abort
        }
        client::Error::CredentialExcluded => DomException::InvalidState,
        client::Error::UserIdLength(_) => DomException::Type,
        client::Error::CredentialRejected { cause, .. } => name(cause, ceremony),
        client::Error::Answer { .. }
        | client::Error::Incomplete { .. }
        | client::Error::TooMany { .. }
        | client::Error::AuthenticatorData(_)
        | client::Error::NotGenuine(_)
        | client::Error::U2fAnswer { .. } => DomException::Unknown,
        // Only at registration are these told apart.
        client::Error::VerificationNotSetUp
        | client::Error::Unsupported(
            Unsupported::Option("rk")
            | Unsupported::ClientPin
            | Unsupported::PinForCredentials
            | Unsupported::OverU2f("user verification" | "discoverable credentials"),
        ) if ceremony == Ceremony::Create => DomException::Constraint,
        _ => DomException::NotAllowed,
    }
}
