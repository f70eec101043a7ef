//! Transcripts: what went over the wire, message by message.
//!
//! One model, written and read as JSON lines, written for Wireshark, and read from what libfido2
//! prints. What is a secret is decided in one table, [`members`]; [`Redactor`] blanks it before
//! anything is kept. Must never know transports, sessions or files.

mod blank;
mod fido_debug;
mod json_lines;
pub mod members;
mod model;
mod names;
mod pcapng;
mod redact;

pub use fido_debug::parse_fido_debug;
pub use json_lines::ReadError;
pub use model::{Direction, Event, Header, Key, Message, Secrets, Seed, Transcript, What};
pub use pcapng::{LINK_TYPE, to_pcapng};
pub use redact::Redactor;
