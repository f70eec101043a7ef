//! From an address to a pipe.

use std::net::{SocketAddr, ToSocketAddrs};

use super::address::Address;
use super::socket::SocketPipe;
use super::udp::UdpPipe;
use super::{PipeError, ReportPipe};

/// Opens the way to the key at an address. Other machines are reached only with `allow_remote`:
/// nothing on the way protects PINs from whoever listens or pretends to be the key.
pub fn open_pipe(address: &Address, allow_remote: bool) -> Result<Box<dyn ReportPipe>, PipeError> {
    let name = address.to_string();
    match address {
        #[cfg(feature = "hid")]
        Address::Hid(path) => Ok(Box::new(super::hid::HidPipe::open(path)?)),
        #[cfg(not(feature = "hid"))]
        Address::Hid(_) => Err(PipeError::NotAvailable { what: "a HID device" }),
        #[cfg(unix)]
        Address::Unix(path) => Ok(Box::new(SocketPipe::connect_unix(path)?)),
        #[cfg(unix)]
        Address::Pty(path) => Ok(Box::new(super::pty::PtyPipe::open(path)?)),
        #[cfg(not(unix))]
        Address::Unix(_) => Err(PipeError::NotAvailable { what: "a Unix socket" }),
        #[cfg(not(unix))]
        Address::Pty(_) => Err(PipeError::NotAvailable { what: "a pseudo-terminal" }),
        Address::Tcp { host, port } => {
            let peer = resolve(host, *port, allow_remote, &name)?;
            Ok(Box::new(SocketPipe::connect_tcp(peer, &name)?))
        }
        Address::Udp { host, port, local } => {
            let peer = resolve(host, *port, allow_remote, &name)?;
            Ok(Box::new(UdpPipe::open(peer, *local, &name)?))
        }
    }
}

/// Finds the address behind a name; a loopback one unless remote ones are allowed.
fn resolve(host: &str, port: u16, allow_remote: bool, name: &str) -> Result<SocketAddr, PipeError> {
    let found = (host, port).to_socket_addrs().map_err(|error| PipeError::from_io(name, error))?;
    let mut found = found.peekable();
    if found.peek().is_none() {
        return Err(PipeError::NotFound { path: name.to_owned() });
    }
    found
        .find(|address| allow_remote || address.ip().is_loopback())
        .ok_or_else(|| PipeError::NotLoopback { address: name.to_owned() })
}
