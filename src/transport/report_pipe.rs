//! The lower seam: reports of 64 bytes.

use std::io;
use std::time::Duration;

use crate::ctaphid::Report;

/// Carries reports to a key and back, in order.
pub trait ReportPipe: Send {
    /// Sends a report.
    fn write(&mut self, report: &Report) -> Result<(), PipeError>;

    /// Returns the next report; `None` if nothing came in time.
    fn read(&mut self, timeout: Duration) -> Result<Option<Report>, PipeError>;
}

/// Why reports do not travel.
#[derive(Debug, thiserror::Error)]
pub enum PipeError {
    /// The key is gone: unplugged, or its process ended.
    #[error("the key was unplugged")]
    Gone,
    /// Nothing is there to be opened.
    #[error("no key at {path}")]
    NotFound {
        /// Where it was looked for.
        path: String,
    },
    /// The operating system does not let this user open the key.
    #[error("no permission to open {path}")]
    PermissionDenied {
        /// The device node or socket.
        path: String,
    },
    /// Another program holds the lock on the key.
    #[error("{path} is in use by another program")]
    InUse {
        /// The device node or state file.
        path: String,
    },
    /// Any other fault of the operating system.
    #[error("{path}: {source}")]
    Io {
        /// The device node or socket.
        path: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The virtual key behind the pipe cannot be used; what it said.
    #[error("virtual key: {0}")]
    VirtualKey(String),
}
