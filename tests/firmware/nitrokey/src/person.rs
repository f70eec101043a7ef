//! The person at the key, as the firmware's board sees and asks them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use fido_authenticator::{Conforming, Error, Result, TrussedRequirements, UserPresence};
use trussed::platform::UserInterface;
use trussed::types::ui::Status;
use trussed_core::types::consent::Level;

use crate::options::Touch;

/// Read by the transport, for its keepalives.
pub static TOUCH_WANTED: AtomicBool = AtomicBool::new(false);

pub struct Person {
    touch: Touch,
    started: Instant,
    asked: Option<Instant>,
    last_look: Instant,
}

impl Person {
    pub fn new(touch: Touch) -> Self {
        let now = Instant::now();
        Self { touch, started: now, asked: None, last_look: now }
    }
}

impl UserInterface for Person {
    fn check_user_presence(&mut self) -> Level {
        self.last_look = Instant::now();
        if self.asked.is_some_and(|asked| self.touch.given(asked.elapsed())) {
            self.asked = None;
            return Level::Strong;
        }
        Level::None
    }

    fn set_status(&mut self, status: Status) {
        let wanted = matches!(status, Status::WaitingForUserPresence);
        // U2F hosts ask again and again for one touch; only a longer pause means it was given up.
        let given_up = self.last_look.elapsed() > Duration::from_secs(1);
        if wanted && (self.asked.is_none() || given_up) {
            self.asked = Some(Instant::now());
        }
        TOUCH_WANTED.store(wanted, Ordering::Relaxed);
    }

    /// Called all the time while waiting for a touch: leave the processor to others.
    fn refresh(&mut self) {
        thread::sleep(Duration::from_millis(1));
    }

    fn uptime(&mut self) -> Duration {
        self.started.elapsed()
    }
}

/// Adds what the board has no button for: a person who says no.
#[derive(Clone, Copy)]
pub struct Finger(pub Touch);

impl UserPresence for Finger {
    fn user_present<T: TrussedRequirements>(
        self,
        trussed: &mut T,
        timeout_milliseconds: u32,
    ) -> Result<()> {
        match self.0 {
            Touch::Refuse => Err(Error::OperationDenied),
            _ => Conforming {}.user_present(trussed, timeout_milliseconds),
        }
    }
}
