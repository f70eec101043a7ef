//! The embedded virtual key as a [`ReportPipe`]: same reports, no process in between.
//!
//! The key stays plugged in between invocations: only its state file's power facts say since when.

use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::{PipeError, ReportPipe};
use crate::authenticator::{
    AttestationError, Authenticator, CreationOptions, CtapHidDevice, FingerScript, HostEnvironment,
    State, StateFile, StoreError, Touch,
};
use crate::ctaphid::Report;
use crate::pin_uv::OsRandom;

/// How long another process may keep the key before opening it fails.
const LOCK_PATIENCE: Duration = Duration::from_secs(1);

/// How often the lock is tried meanwhile.
const LOCK_INTERVAL: Duration = Duration::from_millis(20);

/// A virtual key in this process.
pub struct VirtualKeyPipe {
    path: PathBuf,
    device: CtapHidDevice,
}

impl VirtualKeyPipe {
    /// Opens the key in the state file; makes one where there is none.
    pub fn open(path: &Path, touch: Touch) -> Result<Self, PipeError> {
        Self::open_with_fingers(path, touch, FingerScript::default())
    }

    /// Opens the key as [`Self::open`] does, with these fingers on its sensor if it has one.
    pub fn open_with_fingers(
        path: &Path,
        touch: Touch,
        fingers: FingerScript,
    ) -> Result<Self, PipeError> {
        let deadline = Instant::now() + LOCK_PATIENCE;
        loop {
            match open_state(path) {
                Err(OpenError::Store(StoreError::InUse { .. })) if Instant::now() < deadline => {
                    sleep(LOCK_INTERVAL);
                }
                Err(error) => return Err(error.into()),
                Ok((file, state)) => {
                    let path = file.path().to_owned();
                    let environment = HostEnvironment::new(file, Box::new(touch));
                    let environment = environment.with_fingers(Box::new(fingers));
                    let authenticator = Authenticator::new(state, Box::new(environment));
                    return Ok(VirtualKeyPipe { path, device: CtapHidDevice::new(authenticator) });
                }
            }
        }
    }

    /// Does what unplugging and plugging in again does.
    pub fn power_cycle(&mut self) -> Result<(), PipeError> {
        self.device.power_cycle().map_err(|error| pipe_error(&error))
    }

    /// Returns where the key's state is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A key that could not store what it did is no longer to be trusted.
    fn check_store(&mut self) -> Result<(), PipeError> {
        match self.device.authenticator().take_store_error() {
            Some(error) => Err(pipe_error(&error)),
            None => Ok(()),
        }
    }
}

impl ReportPipe for VirtualKeyPipe {
    fn write(&mut self, report: &Report) -> Result<(), PipeError> {
        self.device.receive(report);
        self.check_store()
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
            self.check_store()?;
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

fn open_state(path: &Path) -> Result<(StateFile, State), OpenError> {
    StateFile::open_or_create(path, || {
        let now = HostEnvironment::system_time();
        Ok(State::create(&CreationOptions::default(), &mut OsRandom, now)?)
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
