//! Keys behind UDP datagrams of one report each, as firmware simulators offer them.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use super::{PipeError, ReportPipe};
use crate::ctaphid::{REPORT_LENGTH, Report};

/// Reports to and from a UDP socket.
pub struct UdpPipe {
    socket: UdpSocket,
    name: String,
    /// True once the key has said anything.
    heard: bool,
}

impl UdpPipe {
    /// Makes a socket that speaks to `peer` alone, with a port of its own that may be fixed; `name`
    /// is what errors call it. Tells nothing about anybody being there.
    pub fn open(peer: SocketAddr, local: Option<u16>, name: &str) -> Result<Self, PipeError> {
        let own = match (peer.ip(), peer.ip().is_loopback()) {
            (IpAddr::V4(_), true) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            (IpAddr::V4(_), false) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            (IpAddr::V6(_), true) => IpAddr::V6(Ipv6Addr::LOCALHOST),
            (IpAddr::V6(_), false) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        };
        let bound = UdpSocket::bind((own, local.unwrap_or(0)));
        let socket = bound.map_err(|error| match error.kind() {
            io::ErrorKind::AddrInUse => PipeError::InUse { path: name.to_owned() },
            _ => PipeError::from_io(name, error),
        })?;
        // From now on the system drops what others send.
        socket.connect(peer).map_err(|error| PipeError::from_io(name, error))?;
        Ok(UdpPipe { socket, name: name.to_owned(), heard: false })
    }

    fn fault(&self, error: io::Error) -> PipeError {
        match error.kind() {
            io::ErrorKind::ConnectionRefused if !self.heard => {
                PipeError::NotFound { path: self.name.clone() }
            }
            _ => PipeError::from_traffic(&self.name, error),
        }
    }
}

impl ReportPipe for UdpPipe {
    fn write(&mut self, report: &Report) -> Result<(), PipeError> {
        self.socket.send(report).map(drop).map_err(|error| self.fault(error))
    }

    fn read(&mut self, timeout: Duration) -> Result<Option<Report>, PipeError> {
        let begun = Instant::now();
        loop {
            let left = timeout.saturating_sub(begun.elapsed()).max(Duration::from_millis(1));
            let limited = self.socket.set_read_timeout(Some(left));
            limited.map_err(|error| PipeError::from_io(&self.name, error))?;
            // One byte more than a report, to tell a longer datagram.
            let mut datagram = [0; REPORT_LENGTH + 1];
            match self.socket.recv(&mut datagram) {
                Ok(REPORT_LENGTH) => {
                    self.heard = true;
                    return Ok(datagram.first_chunk().copied());
                }
                Ok(_) => {}
                Err(error) => match error.kind() {
                    io::ErrorKind::Interrupted
                    | io::ErrorKind::TimedOut
                    | io::ErrorKind::WouldBlock => return Ok(None),
                    _ => return Err(self.fault(error)),
                },
            }
            if begun.elapsed() >= timeout {
                return Ok(None);
            }
        }
    }
}
