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

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(report: &Report) -> Vec<u8> {
        [&[0], &report[..]].concat()
    }

    /// A report on a channel that begins with a zero byte.
    fn later(fill: u8) -> Report {
        let mut report = [fill; REPORT_LENGTH];
        report[..5].copy_from_slice(&[0, 0, 0, 1, 0x81]);
        report
    }

    fn opening() -> Report {
        let mut report = [7; REPORT_LENGTH];
        report[..5].copy_from_slice(&OPENING);
        report
    }

    #[test]
    fn any_cut_gives_the_same_reports() {
        let now = Instant::now();
        let wanted = [opening(), later(1), later(2)];
        let bytes: Vec<u8> = wanted.iter().flat_map(numbered).collect();
        for size in [1, 7, 64, 65, 66, 1000] {
            let mut inbox = NumberedInbox::default();
            let reports: Vec<Report> =
                bytes.chunks(size).flat_map(|chunk| inbox.take(chunk, now)).collect();
            assert_eq!(reports, wanted, "{size}");
        }
    }

    #[test]
    fn reports_without_number_are_known_by_their_opening() {
        let now = Instant::now();
        let mut inbox = NumberedInbox::default();
        let wanted = [opening(), later(1), later(2)];
        assert_eq!(inbox.take(&wanted.concat(), now), wanted);
        // Another host with numbers follows.
        let bytes: Vec<u8> = wanted.iter().flat_map(numbered).collect();
        assert_eq!(inbox.take(&bytes, now), wanted);
    }

    #[test]
    fn a_report_cut_off_is_forgotten_after_a_while() {
        let now = Instant::now();
        let mut inbox = NumberedInbox::default();
        assert_eq!(inbox.take(&[0; 30], now), [[0; REPORT_LENGTH]; 0]);
        let wanted = [opening()];
        assert_eq!(inbox.take(&numbered(&wanted[0]), now + 2 * PATIENCE), wanted);
    }
}
