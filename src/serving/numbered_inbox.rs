//! Reports as hosts write them to `hidraw`: 65 bytes, report number 0 first. Some write 64.

use std::time::{Duration, Instant};

use crate::ctaphid::{REPORT_LENGTH, Report};

/// How a message that opens a channel begins: the broadcast channel, CTAPHID_INIT.
const OPENING: [u8; 5] = [0xff, 0xff, 0xff, 0xff, 0x86];

/// A report whose rest has not come after this time was cut off by its sender's end.
const PATIENCE: Duration = Duration::from_millis(200);

/// Cuts a terminal's bytes into reports.
#[derive(Default)]
pub(super) struct NumberedInbox {
    partial: Vec<u8>,
    /// True while the host writes no report numbers, as seen when it opened its channel.
    bare: bool,
    touched: Option<Instant>,
}

impl NumberedInbox {
    /// Takes bytes that came at `now` and returns the reports that they complete.
    pub(super) fn take(&mut self, bytes: &[u8], now: Instant) -> Vec<Report> {
        let idle = self.touched.map(|touched| now.saturating_duration_since(touched));
        if idle.is_some_and(|idle| idle > PATIENCE) {
            self.partial.clear();
        }
        self.touched = Some(now);
        self.partial.extend(bytes);
        let mut reports = Vec::new();
        while let Some(report) = self.next() {
            reports.push(report);
        }
        reports
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    fn next(&mut self) -> Option<Report> {
        match self.partial.as_slice() {
            [0, rest @ ..] if rest.starts_with(&OPENING) => self.bare = false,
            bytes if bytes.starts_with(&OPENING) => self.bare = true,
            _ => {}
        }
        // Without an opening to tell: a channel may begin with 0, a report number is nothing else.
        let bare = self.bare || self.partial.first().is_some_and(|first| *first != 0);
        let skipped = usize::from(!bare);
        let report = self.partial.get(skipped..)?.first_chunk::<REPORT_LENGTH>().copied()?;
        self.partial.drain(..skipped + REPORT_LENGTH);
        Some(report)
    }
}
