//! The environment of a key that lives in a process: a state file, the system's clock, and the
//! system's randomness unless another is wanted.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::{
    Controls, Environment, Finger, FingerScript, FingerSource, Presence, State, StateFile,
    StoreError, TouchSource,
};
use crate::pin_uv::{OsRandom, Random};

/// State file, system clock; touch and randomness as asked for.
pub struct HostEnvironment {
    file: StateFile,
    touch: Box<dyn TouchSource>,
    fingers: Box<dyn FingerSource>,
    random: Box<dyn Random + Send>,
    controls: Controls,
    started: Instant,
    started_since_epoch: Duration,
}

impl HostEnvironment {
    /// Takes an open state file.
    pub fn new(file: StateFile, touch: Box<dyn TouchSource>) -> Self {
        HostEnvironment {
            file,
            touch,
            fingers: Box::new(FingerScript::default()),
            random: Box::new(OsRandom),
            controls: Controls::default(),
            started: Instant::now(),
            started_since_epoch: Self::system_time(),
        }
    }

    /// Lays these fingers on the sensor instead of the right one.
    pub fn with_fingers(mut self, fingers: Box<dyn FingerSource>) -> Self {
        self.fingers = fingers;
        self
    }

    /// Takes random bytes from here instead of the system.
    pub fn with_random(mut self, random: Box<dyn Random + Send>) -> Self {
        self.random = random;
        self
    }

    /// Takes orders that come before what the touch and the fingers would do by themselves.
    pub fn with_controls(mut self, controls: Controls) -> Self {
        self.controls = controls;
        self
    }

    /// Tells the system's time since the Unix epoch, for [`State::create`].
    pub fn system_time() -> Duration {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }
}

impl Environment for HostEnvironment {
    fn random(&mut self) -> &mut dyn Random {
        self.random.as_mut()
    }

    // The system's clock may be set back, this one never runs backwards.
    fn now(&self) -> Duration {
        self.started_since_epoch + self.started.elapsed() + self.controls.ahead()
    }

    fn user_presence(&mut self, since: Duration) -> Presence {
        let now = self.now();
        self.controls.take_answer().unwrap_or_else(|| self.touch.presence(since, now))
    }

    fn long_touch(&mut self, since: Duration) -> Presence {
        let now = self.now();
        self.controls.take_answer().unwrap_or_else(|| self.touch.long_presence(since, now))
    }

    fn finger(&mut self, since: Duration) -> Finger {
        let now = self.now();
        let ordered = self.controls.finger(since, now);
        ordered.unwrap_or_else(|| self.fingers.finger(since, now))
    }

    fn save(&mut self, state: &State) -> Result<(), StoreError> {
        self.file.save(state)
    }
}
