//! One direction of the cable: frames on their way, in order.

use std::collections::VecDeque;
use std::time::Duration;

use super::script::FrameFault;
use crate::ctaphid::Report;

/// Frames on their way; those of a host that sends and never listens are dropped.
const MOST_FRAMES: usize = 4096;

const CHANNEL: usize = 3;
const COMMAND_OR_SEQUENCE: usize = 4;
const INIT_BIT: u8 = 0x80;

/// The key was unplugged.
pub(super) struct Unplugged;

/// Frames in one direction, with the time at which each arrives.
#[derive(Default)]
pub(super) struct Line {
    frames: VecDeque<(Duration, Report)>,
    /// A frame that comes after the next.
    held: Option<Report>,
    /// How many were sent.
    count: u64,
}

impl Line {
    /// Sends a frame at `now`, which meets the faults for its number; none that comes later
    /// overtakes it.
    pub(super) fn send<'f>(
        &mut self,
        mut report: Report,
        mut now: Duration,
        faults: impl Iterator<Item = (u64, &'f FrameFault)>,
    ) -> Result<(), Unplugged> {
        self.count = self.count.saturating_add(1);
        let (mut copies, mut held) = (1, false);
        for (_, fault) in faults.filter(|(number, _)| *number == self.count) {
            match fault {
                FrameFault::Drop => copies = 0,
                FrameFault::Delay(delay) => now += *delay,
                FrameFault::Duplicate => copies = 2,
                FrameFault::Reorder => held = true,
                FrameFault::Truncate(length) => {
                    report.iter_mut().skip(*length).for_each(|byte| *byte = 0);
                }
                FrameFault::Corrupt(place) => alter(&mut report, *place, |byte| !byte),
                FrameFault::Channel => alter(&mut report, CHANNEL, |byte| byte ^ 0x55),
                FrameFault::Sequence => alter(&mut report, COMMAND_OR_SEQUENCE, |byte| {
                    if byte & INIT_BIT == 0 { (byte + 1) & !INIT_BIT } else { byte }
                }),
                FrameFault::Vanish => return Err(Unplugged),
            }
        }
        if held {
            self.held = Some(report);
            return Ok(());
        }
        for _ in 0..copies {
            self.push(report, now);
        }
        if let Some(held) = self.held.take() {
            self.push(held, now);
        }
        Ok(())
    }

    fn push(&mut self, report: Report, now: Duration) {
        let last = self.frames.back().map_or(now, |(due, _)| *due);
        if self.frames.len() < MOST_FRAMES {
            self.frames.push_back((now.max(last), report));
        }
    }

    /// Takes a frame that has arrived at `now`.
    pub(super) fn arrive(&mut self, now: Duration) -> Option<Report> {
        self.next_arrival().filter(|due| *due <= now)?;
        self.frames.pop_front().map(|(_, report)| report)
    }

    /// Tells when the next frame arrives.
    pub(super) fn next_arrival(&self) -> Option<Duration> {
        self.frames.front().map(|(due, _)| *due)
    }

    /// Loses all that is on its way.
    pub(super) fn clear(&mut self) {
        self.frames.clear();
        self.held = None;
    }
}

fn alter(report: &mut Report, place: usize, change: impl Fn(u8) -> u8) {
    if let Some(byte) = report.get_mut(place) {
        *byte = change(*byte);
    }
}
