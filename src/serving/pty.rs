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
use super::session::while_plugged_in;
use super::switchboard::{ClientId, Delivery, Switchboard};
use crate::ctaphid::{ChannelId, REPORT_LENGTH, ReportKind};

/// How often is looked for a client while there is none: the system does not tell.
const PAUSE: Duration = Duration::from_millis(10);

/// Bytes written before the client must have read them all. A terminal keeps 4095 unread; what
/// exceeds them reaches the client in pieces, where it expects whole reports.
const WINDOW: usize = 63 * REPORT_LENGTH;

/// How soon is looked again when the window is used up.
const WINDOW_PAUSE: Duration = Duration::from_millis(1);

/// Serves until `stop` is set, with a symbolic link at `link` if one is wanted. `ready` is called
/// with the selector to use, `pty:PATH`, whenever the key is plugged in; without a link the path is
/// another one each time.
///
/// One program at a time: the lock that CTAPHID hosts take on device nodes sees to that. What it
/// leaves unfinished when it closes the terminal is aborted.
pub fn serve_pty(
    device: &mut dyn Device,
    link: Option<&Path>,
    stop: &AtomicBool,
    ready: &mut dyn FnMut(&str),
) -> Result<(), ServeError> {
    while_plugged_in(device, stop, &mut |device| serve(device, link, stop, ready))
}

fn serve(
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
        window: WINDOW,
        client: None,
        next_client: 0,
    };
    ready(&selector);
    while !stop.load(Ordering::Relaxed) && server.switchboard.is_plugged_in() {
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
    let terminal = other_side(path)?;
    let mut modes = tcgetattr(&terminal)?;
    modes.make_raw();
    tcsetattr(&terminal, OptionalActions::Now, &modes)?;
    Ok(tcflush(&terminal, QueueSelector::IFlush)?)
}

/// Tells whether the client has read everything. Asked with poll, which, unlike FIONREAD, has Linux
/// first deliver what is still on its way inside the terminal.
fn is_drained(path: &Path) -> io::Result<bool> {
    Ok(poll_now(&other_side(path)?, PollFlags::IN)?.is_empty())
}

fn poll_now(descriptor: &OwnedFd, wanted: PollFlags) -> io::Result<PollFlags> {
    let mut descriptors = [PollFd::new(descriptor, wanted)];
    match poll(&mut descriptors, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })) {
        Ok(_) => {}
        // Nothing is known; whoever asks, asks again.
        Err(Errno::INTR) => return Ok(PollFlags::IN),
        Err(errno) => return Err(errno.into()),
    }
    let [descriptor] = &descriptors;
    Ok(descriptor.revents())
}

fn other_side(path: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Ok(rustix::fs::open(path, flags, Mode::empty())?)
}

struct Server<'a> {
    controller: OwnedFd,
    path: PathBuf,
    switchboard: Switchboard<'a>,
    inbox: NumberedInbox,
    buffers: Buffers,
    /// Bytes that may be written yet.
    window: usize,
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
        if writing && self.window < WINDOW && is_drained(&self.path)? {
            self.window = WINDOW;
        }
        let held = writing && self.window == 0;
        let next_poll = if held { Some(WINDOW_PAUSE) } else { self.switchboard.next_poll() };
        let writing = writing && !held;
        let wanted = if writing { PollFlags::IN | PollFlags::OUT } else { PollFlags::IN };
        let mut descriptors = [PollFd::new(&self.controller, wanted)];
        let events = wait(&mut descriptors, next_poll)?;
        let events = events.first().copied().unwrap_or(PollFlags::empty());
        if events.intersects(PollFlags::IN | PollFlags::HUP | PollFlags::ERR) && !self.read()? {
            return self.leave();
        }
        let deliveries = self.switchboard.poll();
        self.queue(deliveries);
        self.flush()
    }

    fn flush(&mut self) -> io::Result<()> {
        let (controller, window) = (&self.controller, &mut self.window);
        let flushed = self.buffers.flush(&mut |bytes| {
            if *window == 0 {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            let count = rustix::io::write(controller, bytes.get(..*window).unwrap_or(bytes))?;
            *window = window.saturating_sub(count);
            Ok(count)
        });
        match flushed {
            Err(error) if Errno::from_io_error(&error) == Some(Errno::IO) => self.leave(),
            flushed => flushed,
        }
    }

    /// Tells whether somebody has the terminal open.
    fn welcome(&mut self) -> io::Result<bool> {
        let events = poll_now(&self.controller, PollFlags::IN)?;
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
        self.window = WINDOW;
        if let Some(client) = self.client.replace(self.next_client) {
            self.switchboard.leave(client);
        }
        self.next_client = self.next_client.wrapping_add(1);
        Ok(())
    }
}
