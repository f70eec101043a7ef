//! The embedded virtual key as a [`ReportPipe`]: same reports, no process in between.
//!
//! The key stays plugged in between invocations: only its state file's power facts say since when.

use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::{PipeError, ReportPipe};
use crate::authenticator::{
    AttestationError, Authenticator, Controls, CreationOptions, CtapHidDevice, FaultScript,
    FaultyDevice, FingerScript, HostEnvironment, SeededRandom, State, StateFile, StoreError, Touch,
};
use crate::ctaphid::Report;
use crate::pin_uv::{OsRandom, Random};

/// How long another process may keep the key before opening it fails.
const LOCK_PATIENCE: Duration = Duration::from_secs(1);

/// How often the lock is tried meanwhile.
const LOCK_INTERVAL: Duration = Duration::from_millis(20);

/// A virtual key in this process.
pub struct VirtualKeyPipe {
    path: PathBuf,
    device: FaultyDevice,
}

/// How a virtual key behaves, its person and its cable included.
#[derive(Clone, Debug, Default)]
pub struct Behaviour {
    /// Who touches it.
    pub touch: Touch,
    /// Whose fingers lie on its sensor, if it has one.
    pub fingers: FingerScript,
    /// What happens on the way to it and back.
    pub faults: FaultScript,
    /// Where its random bytes come from; the system if absent.
    pub seed: Option<u64>,
    /// Who else has a say.
    pub controls: Controls,
}

impl Behaviour {
    /// Returns the random bytes of a key that is made now.
    pub fn random_of_new(&self) -> Box<dyn Random + Send> {
        match self.seed {
            Some(seed) => Box::new(SeededRandom::new(seed)),
            None => Box::new(OsRandom),
        }
    }

    /// Puts a key that behaves like this in front of its state.
    pub fn device(&self, file: StateFile, state: State) -> FaultyDevice {
        let mut environment = HostEnvironment::new(file, Box::new(self.touch))
            .with_fingers(Box::new(self.fingers.clone()))
            .with_controls(self.controls.clone());
        if let Some(seed) = self.seed {
            environment = environment.with_random(Box::new(SeededRandom::at(seed, &state)));
        }
        let authenticator = Authenticator::new(state, Box::new(environment));
        FaultyDevice::new(CtapHidDevice::new(authenticator), self.faults.clone())
            .with_controls(self.controls.clone())
    }
}

impl VirtualKeyPipe {
    /// Opens the key in the state file; makes one where there is none.
    pub fn open(path: &Path, touch: Touch) -> Result<Self, PipeError> {
        Self::open_with(path, &Behaviour { touch, ..Behaviour::default() })
    }

    /// Opens the key as [`Self::open`] does, to behave like this.
    pub fn open_with(path: &Path, behaviour: &Behaviour) -> Result<Self, PipeError> {
        let deadline = Instant::now() + LOCK_PATIENCE;
        loop {
            match open_state(path, behaviour) {
                Err(OpenError::Store(StoreError::InUse { .. })) if Instant::now() < deadline => {
                    sleep(LOCK_INTERVAL);
                }
                Err(error) => return Err(error.into()),
                Ok((file, state)) => {
                    let path = file.path().to_owned();
                    return Ok(VirtualKeyPipe { path, device: behaviour.device(file, state) });
                }
            }
        }
    }

    /// Does what unplugging and plugging in again does.
    pub fn power_cycle(&mut self) -> Result<(), PipeError> {
        self.device.plug_in().map_err(|error| pipe_error(&error))
    }

    /// Returns where the key's state is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A key that could not store what it did is no longer to be trusted; one that was unplugged
    /// is not there.
    fn check(&mut self) -> Result<(), PipeError> {
        if !self.device.is_plugged_in() {
            return Err(PipeError::Gone);
        }
        match self.device.authenticator().take_store_error() {
            Some(error) => Err(pipe_error(&error)),
            None => Ok(()),
        }
    }
}

impl ReportPipe for VirtualKeyPipe {
    fn write(&mut self, report: &Report) -> Result<(), PipeError> {
        self.check()?;
        self.device.receive(report);
        self.check()
    }

    fn read(&mut self, timeout: Duration) -> Result<Option<Report>, PipeError> {
        let started = Instant::now();
        loop {
            if let Some(report) = self.device.take_report() {
                return Ok(Some(report));
            }
            let left = timeout.saturating_sub(started.elapsed());
            if left.is_zero() {
                return Ok(None);
            }
            // Nothing else can bring a report: the client is busy here.
            sleep(self.device.next_poll().map_or(left, |due| due.min(left)));
            self.device.poll();
            self.check()?;
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum OpenError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Create(#[from] AttestationError),
}

fn open_state(path: &Path, behaviour: &Behaviour) -> Result<(StateFile, State), OpenError> {
    StateFile::open_or_create(path, || {
        let now = HostEnvironment::system_time();
        Ok(State::create(&CreationOptions::default(), behaviour.random_of_new().as_mut(), now)?)
    })
}

impl From<OpenError> for PipeError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Store(error) => pipe_error(&error),
            OpenError::Create(error) => PipeError::VirtualKey(error.to_string()),
        }
    }
}

fn pipe_error(error: &StoreError) -> PipeError {
    match error {
        StoreError::InUse { path } => PipeError::InUse { path: path.display().to_string() },
        StoreError::PermissionDenied { path } => {
            PipeError::PermissionDenied { path: path.display().to_string() }
        }
        other => PipeError::VirtualKey(other.to_string()),
    }
}
