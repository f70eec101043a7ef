//! One client on a stream of bytes: what has come in part, what is still to go out.

use std::io;

use crate::ctaphid::{REPORT_LENGTH, Report};

/// A client that has left this many bytes unread is given up.
const MAX_UNREAD: usize = 4096 * REPORT_LENGTH;

/// Bytes waiting on either side of a connection.
#[derive(Default)]
pub(super) struct Buffers {
    partial: Vec<u8>,
    unread: Vec<u8>,
}

impl Buffers {
    /// Takes bytes and returns the reports that they complete.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Vec<Report> {
        self.partial.extend(bytes);
        let (reports, rest) = self.partial.as_chunks::<REPORT_LENGTH>();
        let (reports, rest) = (reports.to_vec(), rest.to_vec());
        self.partial = rest;
        reports
    }

    /// Queues a report; fails if the client does not read.
    pub(super) fn push(&mut self, report: &Report) -> io::Result<()> {
        if self.unread.len() > MAX_UNREAD {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.unread.extend(report);
        Ok(())
    }

    /// Tells whether something is still to go out.
    pub(super) fn is_writing(&self) -> bool {
        !self.unread.is_empty()
    }

    /// Writes what can be written without waiting.
    pub(super) fn flush(
        &mut self,
        write: &mut dyn FnMut(&[u8]) -> io::Result<usize>,
    ) -> io::Result<()> {
        while !self.unread.is_empty() {
            match write(&self.unread) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => drop(self.unread.drain(..count.min(self.unread.len()))),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.partial.clear();
        self.unread.clear();
    }
}
