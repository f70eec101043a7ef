//! A key on a pseudo-terminal, for programs that open device nodes: they write 65 bytes (report
//! number 0 first) and read 64, as with `hidraw`.

use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, QueueSelector, tcflush, tcgetattr, tcsetattr};

use super::client::Buffers;
use super::device::Device;
use super::error::ServeError;
use super::numbered_inbox::NumberedInbox;
use super::place::Place;
use super::ready_wait::wait;
use super::switchboard::{ClientId, Delivery, Switchboard};
use crate::ctaphid::{ChannelId, ReportKind};

/// How often is looked for a client while there is none: the system does not tell.
const PAUSE: Duration = Duration::from_millis(10);

/// Serves until `stop` is set, with a symbolic link at `link` if one is wanted. `ready` is called
/// once with the selector to use: `pty:PATH`.
///
/// One program at a time: the lock that CTAPHID hosts take on device nodes sees to that. What it
/// leaves unfinished when it closes the terminal is aborted.
pub fn serve_pty(
    device: &mut dyn Device,
    link: Option<&Path>,
    stop: &AtomicBool,
    ready: &mut dyn FnMut(&str),
) -> Result<(), ServeError> {
    let fault = ServeError::about::<io::Error>("the pseudo-terminal");
    let (controller, path) = open().map_err(&fault)?;
    let selector = format!("pty:{}", link.unwrap_or(&path).display());
    let _place = link.map(|link| Place::link(link, &path)).transpose()?;
    let switchboard = Switchboard::new(device);
    let mut server = Server {
        controller,
        path,
        switchboard,
        inbox: NumberedInbox::default(),
        buffers: Buffers::default(),
        client: None,
        next_client: 0,
    };
    ready(&selector);
    while !stop.load(Ordering::Relaxed) {
        server.turn().map_err(&fault)?;
        server.switchboard.check()?;
    }
    Ok(())
}

/// Opens a raw pseudo-terminal; returns our side and the path of the other.
fn open() -> io::Result<(OwnedFd, PathBuf)> {
    let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
    rustix::io::fcntl_setfd(&controller, rustix::io::FdFlags::CLOEXEC)?;
    grantpt(&controller)?;
    unlockpt(&controller)?;
    let path: PathBuf = OsString::from_vec(ptsname(&controller, Vec::new())?.into_bytes()).into();
    // From its first opening on, the other side's closing shows.
    freshen(&path)?;
    rustix::io::ioctl_fionbio(&controller, true)?;
    Ok((controller, path))
}

/// Makes the other side as the next client needs it: bytes as they are, none from before.
fn freshen(path: &Path) -> io::Result<()> {
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let terminal = rustix::fs::open(path, flags, Mode::empty())?;
    let mut modes = tcgetattr(&terminal)?;
    modes.make_raw();
    tcsetattr(&terminal, OptionalActions::Now, &modes)?;
    Ok(tcflush(&terminal, QueueSelector::IFlush)?)
}

struct Server<'a> {
    controller: OwnedFd,
    path: PathBuf,
    switchboard: Switchboard<'a>,
    inbox: NumberedInbox,
    buffers: Buffers,
    /// Whoever has the terminal open.
    client: Option<ClientId>,
    next_client: ClientId,
}

impl Server<'_> {
    fn turn(&mut self) -> io::Result<()> {
        if self.client.is_none() && !self.welcome()? {
            self.switchboard.poll();
            thread::sleep(PAUSE);
            return Ok(());
        }
        let writing = self.buffers.is_writing();
        let wanted = if writing { PollFlags::IN | PollFlags::OUT } else { PollFlags::IN };
        let mut descriptors = [PollFd::new(&self.controller, wanted)];
        let events = wait(&mut descriptors, self.switchboard.next_poll())?;
        let events = events.first().copied().unwrap_or(PollFlags::empty());
        if events.intersects(PollFlags::IN | PollFlags::HUP | PollFlags::ERR) && !self.read()? {
            return self.leave();
        }
        let deliveries = self.switchboard.poll();
        self.queue(deliveries);
        let controller = &self.controller;
        match self.buffers.flush(&mut |bytes| Ok(rustix::io::write(controller, bytes)?)) {
            Err(error) if Errno::from_io_error(&error) == Some(Errno::IO) => self.leave(),
            flushed => flushed,
        }
    }

    /// Tells whether somebody has the terminal open.
    fn welcome(&mut self) -> io::Result<bool> {
        let mut descriptors = [PollFd::new(&self.controller, PollFlags::IN)];
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        match poll(&mut descriptors, Some(&now)) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
        let [descriptor] = &descriptors;
        let events = descriptor.revents();
        // A client that wrote and closed at once has left its reports behind.
        if events.contains(PollFlags::HUP) && !events.contains(PollFlags::IN) {
            return Ok(false);
        }
        self.client = Some(self.next_client);
        self.next_client = self.next_client.wrapping_add(1);
        Ok(true)
    }

    /// Reads what has come; false once the terminal was closed.
    fn read(&mut self) -> io::Result<bool> {
        let mut bytes = [0; 4096];
        let count = match rustix::io::read(&self.controller, &mut bytes) {
            Ok(0) | Err(Errno::IO) => return Ok(false),
            Ok(count) => count,
            Err(Errno::INTR | Errno::AGAIN) => return Ok(true),
            Err(errno) => return Err(errno.into()),
        };
        let reports = self.inbox.take(bytes.get(..count).unwrap_or_default(), Instant::now());
        for report in reports {
            // A host opens its channel first of all: what is still about was meant for another.
            if ReportKind::parse(&report).0 == ChannelId::BROADCAST {
                self.renew()?;
            }
            let Some(client) = self.client else { continue };
            let deliveries = self.switchboard.receive(client, &report);
            self.queue(deliveries);
        }
        Ok(true)
    }

    fn queue(&mut self, deliveries: Vec<Delivery>) {
        for (_, report) in deliveries {
            if self.buffers.push(&report).is_err() {
                // As `hidraw` does: what nobody reads is lost.
                log::debug!("a report was lost: nobody reads");
            }
        }
    }

    /// Ends what a client left unfinished and awaits another.
    fn leave(&mut self) -> io::Result<()> {
        self.renew()?;
        self.client = None;
        self.inbox.clear();
        Ok(())
    }

    /// Puts a new client in the place of the old.
    fn renew(&mut self) -> io::Result<()> {
        self.buffers.clear();
        freshen(&self.path)?;
        if let Some(client) = self.client.replace(self.next_client) {
            self.switchboard.leave(client);
        }
        self.next_client = self.next_client.wrapping_add(1);
        Ok(())
    }
}
