//! Where a key is: a device node, a socket, a pseudo-terminal.

use std::fmt::{Display, Formatter};
use std::path::PathBuf;
use std::str::FromStr;

use super::selector::SelectorError;

/// A place at which reports can be exchanged with one key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// A HID device, by the operating system's own name for it: `/dev/hidraw3`.
    Hid(String),
    /// A Unix socket that carries a stream of 64-byte reports: `unix:PATH`.
    Unix(PathBuf),
    /// A TCP socket that does: `tcp:HOST:PORT`.
    Tcp {
        /// Name or address.
        host: String,
        /// Port.
        port: u16,
    },
    /// A UDP socket that takes each report as a datagram: `udp:HOST:PORT?local=PORT`.
    Udp {
        /// Name or address.
        host: String,
        /// Port.
        port: u16,
        /// Our own port, where the key answers to a fixed one.
        local: Option<u16>,
    },
    /// A pseudo-terminal behind which a key speaks as `hidraw` does: `pty:PATH`.
    Pty(PathBuf),
}

impl FromStr for Address {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, SelectorError> {
        let wrong = |wanted| SelectorError::Form { text: text.to_owned(), wanted };
        if let Some(path) = text.strip_prefix("path:") {
            return filled(path).map(Address::Hid).ok_or(wrong("path:PATH"));
        }
        if let Some(path) = text.strip_prefix("unix:") {
            return filled(path).map(|path| Address::Unix(path.into())).ok_or(wrong("unix:PATH"));
        }
        if let Some(path) = text.strip_prefix("pty:") {
            return filled(path).map(|path| Address::Pty(path.into())).ok_or(wrong("pty:PATH"));
        }
        if let Some(rest) = text.strip_prefix("tcp:") {
            let (host, port) = endpoint(rest).ok_or(wrong("tcp:HOST:PORT"))?;
            return Ok(Address::Tcp { host, port });
        }
        if let Some(rest) = text.strip_prefix("udp:") {
            let wanted = "udp:HOST:PORT or udp:HOST:PORT?local=PORT";
            let (rest, local) = match rest.split_once('?') {
                None => (rest, None),
                Some((rest, query)) => {
                    let local = query.strip_prefix("local=").and_then(port).ok_or(wrong(wanted))?;
                    (rest, Some(local))
                }
            };
            let (host, port) = endpoint(rest).ok_or(wrong(wanted))?;
            return Ok(Address::Udp { host, port, local });
        }
        if is_path(text) {
            return Ok(Address::Hid(text.to_owned()));
        }
        Err(SelectorError::Unknown { text: text.to_owned() })
    }
}

impl Display for Address {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Address::Hid(path) if is_path(path) => f.write_str(path),
            Address::Hid(path) => write!(f, "path:{path}"),
            Address::Unix(path) => write!(f, "unix:{}", path.display()),
            Address::Tcp { host, port } => write!(f, "tcp:{}:{port}", bracketed(host)),
            Address::Udp { host, port, local: None } => {
                write!(f, "udp:{}:{port}", bracketed(host))
            }
            Address::Udp { host, port, local: Some(local) } => {
                write!(f, "udp:{}:{port}?local={local}", bracketed(host))
            }
            Address::Pty(path) => write!(f, "pty:{}", path.display()),
        }
    }
}

/// Tells whether a text cannot be anything but a path.
fn is_path(text: &str) -> bool {
    ["/", "./", "../", "\\\\"].iter().any(|start| text.starts_with(start))
}

fn filled(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// Reads `HOST:PORT`, with brackets around an IPv6 address.
fn endpoint(text: &str) -> Option<(String, u16)> {
    let (host, number) = text.rsplit_once(':')?;
    let host = match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']')?,
        None if host.contains([':', ']']) => return None,
        None => host,
    };
    Some((filled(host)?, port(number)?))
}

/// Reads a port: digits, not zero.
fn port(text: &str) -> Option<u16> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|port| *port != 0)
}

fn bracketed(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.to_owned() }
}
