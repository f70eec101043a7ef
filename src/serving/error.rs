//! Why a key cannot be offered.

use std::error::Error;
use std::io;

/// Why a server did not start, or ended.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Something is at the path that the server did not make and will not replace.
    #[error("{path} exists and is no {wanted}")]
    Exists {
        /// The path.
        path: String,
        /// What may be replaced.
        wanted: &'static str,
    },
    /// Another server listens there.
    #[error("another program listens on {address}")]
    InUse {
        /// The path, or the address.
        address: String,
    },
    /// The address can be reached from other machines, and that was not insisted on.
    #[error("{address} can be reached from other machines")]
    NotLoopback {
        /// The address.
        address: String,
    },
    /// The key itself is of no use any longer.
    #[error("the key failed: {0}")]
    Device(#[source] Box<dyn Error + Send + Sync>),
    /// Any other fault of the operating system.
    #[error("{what}: {source}")]
    Io {
        /// What it was about.
        what: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl ServeError {
    /// Adds what it was about.
    pub(super) fn about<E: Into<io::Error>>(what: &str) -> impl Fn(E) -> Self + use<E> {
        let what = what.to_owned();
        move |error| ServeError::Io { what: what.clone(), source: error.into() }
    }
}
