//! The lower seam: reports of 64 bytes.

use std::io;
use std::time::Duration;

use super::replay::ReplayError;
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
    /// The address is on another machine, or may be, and that was not insisted on.
    #[error("{address} is not on this machine")]
    NotLoopback {
        /// The address as it was given.
        address: String,
    },
    /// This build or this operating system cannot reach keys that way.
    #[error("{what} cannot be reached with this build of the program")]
    NotAvailable {
        /// What cannot be reached.
        what: &'static str,
    },
    /// A transcript cannot play the key any further.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// The virtual key behind the pipe cannot be used; what it said.
    #[error("virtual key: {0}")]
    VirtualKey(String),
}

impl PipeError {
    /// Turns what the system said into what it means for a key.
    pub(crate) fn from_io(path: &str, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound => PipeError::NotFound { path },
            io::ErrorKind::PermissionDenied => PipeError::PermissionDenied { path },
            _ => PipeError::Io { path, source },
        }
    }

    /// The same for what was said while reports travelled: a broken connection is a key unplugged.
    pub(crate) fn from_traffic(path: &str, source: io::Error) -> Self {
        /// `EIO` and `ENODEV` have these numbers wherever there are device nodes.
        const EIO: i32 = 5;
        const ENODEV: i32 = 19;
        use io::ErrorKind::{
            BrokenPipe, ConnectionAborted, ConnectionRefused, ConnectionReset, NotConnected,
            UnexpectedEof,
        };
        let gone = matches!(
            source.kind(),
            BrokenPipe
                | ConnectionAborted
                | ConnectionRefused
                | ConnectionReset
                | NotConnected
                | UnexpectedEof
        );
        if gone || (cfg!(unix) && matches!(source.raw_os_error(), Some(EIO | ENODEV))) {
            return PipeError::Gone;
        }
        Self::from_io(path, source)
    }
}
