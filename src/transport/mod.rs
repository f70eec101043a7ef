//! How bytes travel between client and key.
//!
//! Two seams: [`ReportPipe`] carries 64-byte reports (real HID, sockets, the embedded key, a test's
//! scripted pipe); [`Transport`] carries whole messages. Must never know CTAP2 messages or PINs.

pub mod address;
pub mod clock;
pub mod ctaphid_host;
pub mod discovery;
#[cfg(feature = "hid")]
pub mod hid;
#[cfg(unix)]
mod lock;
pub mod matching;
pub mod open;
pub mod presence;
#[cfg(unix)]
pub mod pty;
pub mod record;
pub mod replay;
mod report_log;
pub mod report_pipe;
pub mod selector;
pub mod socket;
pub mod timing;
pub mod udp;
#[cfg(feature = "virtual-key")]
pub mod virtual_key;

use std::time::Duration;

use crate::ctaphid;
pub use crate::ctaphid::{Capabilities, ErrorCode, Keepalive};
pub use address::Address;
pub use clock::{Clock, SystemClock};
pub use ctaphid_host::CtapHidHost;
pub use discovery::KeyDescription;
pub use record::Recorder;
pub use replay::{Replay, ReplayError};
pub use report_pipe::{PipeError, ReportPipe};
pub use selector::Selector;
pub use timing::Timing;

/// Carries whole messages to one key and back; an INIT has been exchanged when one exists.
pub trait Transport: Send {
    /// Sends a CTAP2 message (command byte and parameters) and returns the answer (status byte and
    /// results).
    fn transact(
        &mut self,
        message: &[u8],
        watch: &mut dyn Watch,
    ) -> Result<Vec<u8>, TransportError>;

    /// Sends a U2F message (command APDU) and returns the answer (response APDU).
    ///
    /// Keys answer at once and never wait for a touch.
    fn msg(&mut self, apdu: &[u8], watch: &mut dyn Watch) -> Result<Vec<u8>, TransportError>;

    /// Sends any CTAPHID command and returns the payload of its answer.
    fn exchange(
        &mut self,
        command: ctaphid::Command,
        payload: &[u8],
        watch: &mut dyn Watch,
    ) -> Result<Vec<u8>, TransportError>;

    /// Sends bytes that the key echoes, at most 7609.
    fn ping(&mut self, data: &[u8], watch: &mut dyn Watch) -> Result<Vec<u8>, TransportError>;

    /// Asks the key to show itself.
    fn wink(&mut self, watch: &mut dyn Watch) -> Result<(), TransportError>;

    /// Returns what the key said of itself when the channel was opened.
    fn properties(&self) -> Properties;
}

/// What a key says of itself on opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Properties {
    /// Transport protocol version; 2 for CTAPHID.
    pub protocol_version: u8,
    /// Device version: major, minor, build.
    pub device_version: [u8; 3],
    /// Capabilities.
    pub capabilities: Capabilities,
}

/// Follows an exchange and may end it.
pub trait Watch {
    /// Hears what the key is doing; called on change only.
    fn keepalive(&mut self, status: Keepalive);

    /// Says whether to give up; asked several times a second. The key is then sent CTAPHID_CANCEL
    /// and its answer awaited.
    fn interruption(&self) -> Option<Interruption>;
}

/// Why an exchange was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interruption {
    /// Somebody wants it to end.
    Cancelled,
    /// The time allowed is over.
    DeadlinePassed,
}

/// Why an exchange failed.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The way to the key failed.
    #[error(transparent)]
    Pipe(#[from] PipeError),
    /// The key refused with CTAPHID_ERROR.
    #[error("the key refused {command} ({code})")]
    Refused {
        /// What was sent.
        command: ctaphid::Command,
        /// What came.
        code: ctaphid::ErrorCode,
    },
    /// The key stayed busy with another program.
    #[error("the key stayed busy with another program for {} s", .waited.as_secs())]
    Busy {
        /// How long it was tried.
        waited: Duration,
    },
    /// Nothing came on our channel.
    #[error("the key did not answer {command} within {} s", .waited.as_secs())]
    NoAnswer {
        /// What was sent.
        command: ctaphid::Command,
        /// How long was waited.
        waited: Duration,
    },
    /// Something came that CTAPHID does not allow.
    #[error("the key answered {command} against the rules: {problem}")]
    Malformed {
        /// What was sent.
        command: ctaphid::Command,
        /// Which rule broke.
        problem: String,
    },
    /// The exchange was given up; the key has been told.
    #[error("given up: {0:?}")]
    Interrupted(Interruption),
    /// The message is longer than the transport carries.
    #[error(transparent)]
    TooLong(#[from] ctaphid::MessageTooLong),
}
