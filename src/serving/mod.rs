//! A key in this process, offered to other programs: on sockets, datagrams, a pseudo-terminal,
//! standard input and output.
//!
//! Each server is one loop on one thread, ended by a flag; what it put into the file system it
//! takes away again. Must never know CTAP2 messages, nor what the device behind it is.

mod bind;
mod client;
mod control;
mod device;
mod error;
mod listener;
mod numbered_inbox;
mod place;
mod pty;
mod ready_wait;
mod session;
mod stdio;
mod stream;
mod switchboard;
mod udp;

pub use control::{ControlFailure, ControlSocket, control};
pub use device::Device;
pub use error::ServeError;
pub use pty::serve_pty;
pub use stdio::serve_stdio;
pub use stream::{serve_tcp, serve_unix};
pub use udp::serve_udp;
