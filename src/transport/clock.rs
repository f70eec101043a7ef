//! Time, so that a test can move it by hand.

use std::thread;
use std::time::{Duration, Instant};

/// Tells the time and lets it pass.
pub trait Clock: Send {
    /// Returns the present; never runs backwards.
    fn now(&self) -> Instant;

    /// Returns when the time has passed.
    fn sleep(&self, duration: Duration);
}

/// The clock of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn sleep(&self, duration: Duration) {
        thread::sleep(duration);
    }
}
