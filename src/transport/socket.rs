//! Keys behind a stream of 64-byte reports: Unix and TCP sockets.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
#[cfg(unix)]
use std::path::Path;
use std::time::{Duration, Instant};

use super::{PipeError, ReportPipe};
use crate::ctaphid::{REPORT_LENGTH, Report};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const WRITE_TIMEOUT: Duration = Duration::from_secs(5);

/// Reports to and from a socket.
pub struct SocketPipe {
    stream: Stream,
    name: String,
    /// The beginning of a report whose end has not come.
    partial: Vec<u8>,
}

enum Stream {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

impl SocketPipe {
    /// Connects to a TCP socket; `name` is what errors call it.
    pub fn connect_tcp(address: SocketAddr, name: &str) -> Result<Self, PipeError> {
        let stream = TcpStream::connect_timeout(&address, CONNECT_TIMEOUT)
            .map_err(|error| refused(name, error))?;
        // Reports are small, and every one is waited for.
        stream.set_nodelay(true).map_err(|error| PipeError::from_io(name, error))?;
        Self::new(Stream::Tcp(stream), name)
    }

    /// Connects to a Unix socket.
    #[cfg(unix)]
    pub fn connect_unix(path: &Path) -> Result<Self, PipeError> {
        let name = path.display().to_string();
        let stream = UnixStream::connect(path).map_err(|error| refused(&name, error))?;
        Self::new(Stream::Unix(stream), &name)
    }

    fn new(stream: Stream, name: &str) -> Result<Self, PipeError> {
        let limited = match &stream {
            Stream::Tcp(stream) => stream.set_write_timeout(Some(WRITE_TIMEOUT)),
            #[cfg(unix)]
            Stream::Unix(stream) => stream.set_write_timeout(Some(WRITE_TIMEOUT)),
        };
        limited.map_err(|error| PipeError::from_io(name, error))?;
        Ok(SocketPipe { stream, name: name.to_owned(), partial: Vec::new() })
    }

    fn read_some(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize> {
        let timeout = Some(timeout.max(Duration::from_millis(1)));
        match &mut self.stream {
            Stream::Tcp(stream) => {
                stream.set_read_timeout(timeout)?;
                stream.read(buffer)
            }
            #[cfg(unix)]
            Stream::Unix(stream) => {
                stream.set_read_timeout(timeout)?;
                stream.read(buffer)
            }
        }
    }
}

impl ReportPipe for SocketPipe {
    fn write(&mut self, report: &Report) -> Result<(), PipeError> {
        let written = match &mut self.stream {
            Stream::Tcp(stream) => stream.write_all(report),
            #[cfg(unix)]
            Stream::Unix(stream) => stream.write_all(report),
        };
        written.map_err(|error| PipeError::from_traffic(&self.name, error))
    }

    fn read(&mut self, timeout: Duration) -> Result<Option<Report>, PipeError> {
        let begun = Instant::now();
        loop {
            let missing = REPORT_LENGTH.saturating_sub(self.partial.len());
            let mut buffer = vec![0; missing];
            let left = timeout.saturating_sub(begun.elapsed());
            match self.read_some(&mut buffer, left) {
                Ok(0) => return Err(PipeError::Gone),
                Ok(count) => self.partial.extend(buffer.iter().take(count)),
                Err(error) if is_no_news(&error) => return Ok(None),
                Err(error) => return Err(PipeError::from_traffic(&self.name, error)),
            }
            if let Ok(report) = Report::try_from(self.partial.as_slice()) {
                self.partial.clear();
                return Ok(Some(report));
            }
            if begun.elapsed() >= timeout {
                return Ok(None);
            }
        }
    }
}

fn is_no_news(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), Interrupted | TimedOut | WouldBlock)
}

/// Nobody listening is no key, as nothing there at all is.
fn refused(name: &str, error: io::Error) -> PipeError {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => PipeError::NotFound { path: name.to_owned() },
        _ => PipeError::from_io(name, error),
    }
}
