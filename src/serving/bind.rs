//! Network addresses that a key may be offered at.

use std::io;
use std::net::SocketAddr;

use super::error::ServeError;

/// Binds to `address`, which `name` names; to one that other machines reach only if allowed.
pub(super) fn bind<S>(
    name: &str,
    address: SocketAddr,
    allow_remote: bool,
    bind: impl FnOnce(SocketAddr) -> io::Result<S>,
) -> Result<S, ServeError> {
    if !allow_remote && !address.ip().is_loopback() {
        return Err(ServeError::NotLoopback { address: name.to_owned() });
    }
    bind(address).map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => ServeError::InUse { address: name.to_owned() },
        _ => ServeError::about(name)(error),
    })
}
