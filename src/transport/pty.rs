//! Keys behind a pseudo-terminal: 65 bytes out (report number 0 first), 64 in, as `hidraw` has it.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::termios::{OptionalActions, QueueSelector, tcflush, tcgetattr, tcsetattr};

use super::{PipeError, ReportPipe};
use crate::ctaphid::{REPORT_LENGTH, Report};

const WRITE_TIMEOUT: Duration = Duration::from_secs(5);

/// Reports to and from a pseudo-terminal's slave side.
pub struct PtyPipe {
    terminal: File,
    name: String,
    /// The beginning of a report whose end has not come.
    partial: Vec<u8>,
}

impl PtyPipe {
    /// Opens and locks the terminal, and makes it carry bytes as they are.
    pub fn open(path: &Path) -> Result<Self, PipeError> {
        let name = path.display().to_string();
        let fault = |error: io::Error| PipeError::from_io(&name, error);
        let open_flags = i32::try_from((OFlags::NONBLOCK | OFlags::NOCTTY).bits())
            .map_err(|error| fault(io::Error::other(error)))?;
        let terminal = File::options()
            .read(true)
            .write(true)
            .custom_flags(open_flags)
            .open(path)
            .map_err(fault)?;
        super::lock::lock(&terminal, &name)?;
        let mut modes = tcgetattr(&terminal).map_err(|errno| fault(errno.into()))?;
        modes.make_raw();
        tcsetattr(&terminal, OptionalActions::Now, &modes).map_err(|errno| fault(errno.into()))?;
        // What was meant for a program before us would put us out of step.
        tcflush(&terminal, QueueSelector::IFlush).map_err(|errno| fault(errno.into()))?;
        Ok(PtyPipe { terminal, name, partial: Vec::new() })
    }

    fn fault(&self, error: io::Error) -> PipeError {
        PipeError::from_traffic(&self.name, error)
    }

    /// Waits until the terminal can be read or written; false if it cannot in time.
    fn wait(&self, events: PollFlags, timeout: Duration) -> Result<bool, PipeError> {
        let mut descriptors = [PollFd::new(&self.terminal, events)];
        let timeout = Timespec::try_from(timeout).ok();
        match poll(&mut descriptors, timeout.as_ref()) {
            Ok(count) => Ok(count > 0),
            Err(rustix::io::Errno::INTR) => Ok(false),
            Err(errno) => Err(self.fault(errno.into())),
        }
    }
}

impl ReportPipe for PtyPipe {
    fn write(&mut self, report: &Report) -> Result<(), PipeError> {
        let numbered: Vec<u8> = std::iter::once(0).chain(report.iter().copied()).collect();
        let mut rest = numbered.as_slice();
        let begun = Instant::now();
        while !rest.is_empty() {
            match self.terminal.write(rest) {
                Ok(count) => rest = rest.get(count..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let left = WRITE_TIMEOUT.saturating_sub(begun.elapsed());
                    if left.is_zero() {
                        return Err(self.fault(io::ErrorKind::TimedOut.into()));
                    }
                    self.wait(PollFlags::OUT, left)?;
                }
                Err(error) => return Err(self.fault(error)),
            }
        }
        Ok(())
    }

    fn read(&mut self, timeout: Duration) -> Result<Option<Report>, PipeError> {
        let begun = Instant::now();
        loop {
            let left = timeout.saturating_sub(begun.elapsed());
            if !self.wait(PollFlags::IN, left)? {
                return Ok(None);
            }
            let mut buffer = vec![0; REPORT_LENGTH.saturating_sub(self.partial.len())];
            match self.terminal.read(&mut buffer) {
                Ok(0) => return Err(PipeError::Gone),
                Ok(count) => self.partial.extend(buffer.iter().take(count)),
                Err(error) => match error.kind() {
                    io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock => {}
                    _ => return Err(self.fault(error)),
                },
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
