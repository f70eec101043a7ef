//! A key on a pair of pipes, such as standard input and output: 64-byte reports.

use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::event::{PollFd, PollFlags};

use super::client::Buffers;
use super::device::Device;
use super::error::ServeError;
use super::ready_wait::wait;
use super::switchboard::{Delivery, Switchboard};
use crate::ctaphid::REPORT_LENGTH;

const CLIENT: u64 = 0;

/// Serves until `input` ends, the key is unplugged or `stop` is set. `ready` is called once, with
/// `-`. The descriptors stay as they are: nothing is made non-blocking, as others may share them.
pub fn serve_stdio(
    device: &mut dyn Device,
    input: BorrowedFd<'_>,
    output: BorrowedFd<'_>,
    stop: &AtomicBool,
    ready: &mut dyn FnMut(&str),
) -> Result<(), ServeError> {
    let mut switchboard = Switchboard::new(device);
    let mut buffers = Buffers::default();
    let fault = ServeError::about::<std::io::Error>("standard input and output");
    let push = |buffers: &mut Buffers, deliveries: Vec<Delivery>| {
        deliveries.iter().try_for_each(|(_, report)| buffers.push(report))
    };
    ready("-");
    while !stop.load(Ordering::Relaxed) && switchboard.is_plugged_in() {
        let mut descriptors = vec![PollFd::from_borrowed_fd(input, PollFlags::IN)];
        if buffers.is_writing() {
            descriptors.push(PollFd::from_borrowed_fd(output, PollFlags::OUT));
        }
        let events = wait(&mut descriptors, switchboard.next_poll()).map_err(&fault)?;
        if events.first().is_some_and(|events| !events.is_empty()) {
            let mut bytes = [0; REPORT_LENGTH];
            let count = match rustix::io::read(input, &mut bytes) {
                Ok(0) => return Ok(()),
                Ok(count) => count,
                Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => 0,
                Err(errno) => return Err(fault(errno.into())),
            };
            for report in buffers.take(bytes.get(..count).unwrap_or_default()) {
                let deliveries = switchboard.receive(CLIENT, &report);
                push(&mut buffers, deliveries).map_err(&fault)?;
            }
        }
        let deliveries = switchboard.poll();
        switchboard.check()?;
        push(&mut buffers, deliveries).map_err(&fault)?;
        if events.get(1).is_some_and(|events| !events.is_empty()) {
            // A pipe that is ready takes a report without blocking; more might not fit.
            let mut written = false;
            let flushed = buffers.flush(&mut |bytes| {
                if std::mem::replace(&mut written, true) {
                    return Err(std::io::ErrorKind::WouldBlock.into());
                }
                let some = bytes.get(..REPORT_LENGTH).unwrap_or(bytes);
                Ok(rustix::io::write(output, some)?)
            });
            match flushed {
                Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => return Ok(()),
                flushed => flushed.map_err(&fault)?,
            }
        }
    }
    Ok(())
}
