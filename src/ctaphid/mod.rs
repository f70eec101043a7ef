//! CTAPHID (CTAP 2.2 §11.2): messages to reports and back.
//!
//! Pure data: no I/O, no clock, no CBOR. Used by both ends of the wire.

mod assembler;
mod command;
mod error;
mod init;
mod report;

pub use assembler::{AssembleError, Assembler};
pub use command::{Command, Keepalive};
pub use error::ErrorCode;
pub use init::{Capabilities, InitResponse, NONCE_LENGTH};
pub use report::{
    ChannelId, MAX_MESSAGE_LENGTH, Message, MessageTooLong, REPORT_LENGTH, Report, ReportKind,
};
