//! The advisory lock that keeps two programs from mixing their traffic on one key.
//!
//! The same `flock` on the device node that libfido2 takes.

use std::fs::{File, TryLockError};
use std::thread;
use std::time::Duration;

use super::PipeError;

const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(50);

/// Locks the file, trying for about a second; the lock ends with `file`.
pub(super) fn lock(file: &File, path: &str) -> Result<(), PipeError> {
    for _ in 0..TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
            Err(TryLockError::Error(source)) => return Err(PipeError::from_io(path, source)),
        }
    }
    Err(PipeError::InUse { path: path.to_owned() })
}
