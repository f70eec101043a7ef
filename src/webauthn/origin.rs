//! Origins of websites (RFC 6454, HTML §7.1.1), as a client is told them.

use std::fmt::{Display, Formatter};
use std::str::FromStr;

use super::host_name;

/// Scheme, host and port. Its text form is what client data carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    scheme: Scheme,
    host: String,
    port: Option<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Https,
    Http,
}

impl Scheme {
    fn name(self) -> &'static str {
        match self {
            Scheme::Https => "https",
            Scheme::Http => "http",
        }
    }

    fn default_port(self) -> u16 {
        match self {
            Scheme::Https => 443,
            Scheme::Http => 80,
        }
    }
}

/// Why text is no origin that can use WebAuthn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// Not scheme, host and port, or more than that.
    #[error("{0:?} is not an origin of a website")]
    Malformed(String),
    /// Neither https nor localhost.
    #[error("{0:?} is not a secure origin")]
    Insecure(String),
    /// The host is an address, and RP IDs are domains.
    #[error("the host of {0:?} is an IP address, not a domain")]
    Address(String),
}

impl Origin {
    /// Returns the host in ASCII, lower case.
    pub fn host(&self) -> &str {
        &self.host
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let malformed = || OriginError::Malformed(text.to_owned());
        let (scheme, rest) = text.split_once("://").ok_or_else(malformed)?;
        let scheme = [Scheme::Https, Scheme::Http]
            .into_iter()
            .find(|known| scheme.eq_ignore_ascii_case(known.name()))
            .ok_or_else(malformed)?;
        if rest.starts_with('[') && rest.contains(']') {
            return Err(OriginError::Address(text.to_owned()));
        }
        let (host, port) = match rest.split_once(':') {
            Some((host, port)) => (host, Some(port_number(port).ok_or_else(malformed)?)),
            None => (rest, None),
        };
        let host = host_name::to_ascii(host).ok_or_else(malformed)?;
        if host_name::ends_in_a_number(&host) {
            return Err(OriginError::Address(text.to_owned()));
        }
        let local = host == "localhost" || host.ends_with(".localhost");
        if scheme == Scheme::Http && !local {
            return Err(OriginError::Insecure(text.to_owned()));
        }
        let port = port.filter(|port| *port != scheme.default_port());
        Ok(Origin { scheme, host, port })
    }
}

impl Display for Origin {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}://{}", self.scheme.name(), self.host)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

fn port_number(text: &str) -> Option<u16> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_written_as_browsers_write_them() {
        for (text, written) in [
            ("https://login.example.com", "https://login.example.com"),
            ("HTTPS://Login.Example.COM:443", "https://login.example.com"),
            ("https://example.com:8443", "https://example.com:8443"),
            ("http://localhost:80", "http://localhost"),
            ("http://a.localhost:8080", "http://a.localhost:8080"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
        ] {
            assert_eq!(text.parse::<Origin>().map(|o| o.to_string()), Ok(written.to_owned()));
        }
    }

    #[test]
    fn what_is_no_secure_origin_of_a_domain_is_refused() {
        let check = |error: fn(String) -> OriginError, texts: &[&str]| {
            for text in texts {
                assert_eq!(text.parse::<Origin>(), Err(error((*text).to_owned())));
            }
        };
        check(OriginError::Address, &["https://127.0.0.1:8443", "https://[::1]", "https://0x7f.1"]);
        check(OriginError::Insecure, &["http://example.com", "http://notlocalhost"]);
        check(
            OriginError::Malformed,
            &[
                "example.com",
                "https://",
                "https://example.com/",
                "https://example.com?a",
                "https://me@example.com",
                "https://example.com:",
                "https://example.com:+1",
                "https://example.com:65536",
                "https://example..com",
                "https://example.com.",
                "https://exa mple.com",
                "android:apk-key-hash:abc",
            ],
        );
    }
}
