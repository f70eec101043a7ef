//! Waiting for descriptors, for the device, and for the flag that ends a server.

use std::io;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// How often the flag is looked at.
const SLICE: Duration = Duration::from_millis(50);

/// Waits until a descriptor is ready or the device wants to work, and returns what each is ready
/// for.
pub(super) fn wait(
    descriptors: &mut [PollFd<'_>],
    next_poll: Option<Duration>,
) -> io::Result<Vec<PollFlags>> {
    let timeout = next_poll.unwrap_or(SLICE).clamp(Duration::from_millis(1), SLICE);
    match poll(descriptors, Timespec::try_from(timeout).ok().as_ref()) {
        Ok(_) => Ok(descriptors.iter().map(PollFd::revents).collect()),
        Err(rustix::io::Errno::INTR) => Ok(vec![PollFlags::empty(); descriptors.len()]),
        Err(errno) => Err(errno.into()),
    }
}
