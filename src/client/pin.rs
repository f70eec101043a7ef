//! PINs: status, set, change, verify (CTAP 2.2 §6.5).

use super::{Error, Session};
use crate::pin_uv::Pin;

/// What a key says about its PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PinStatus {
    /// `None`: this key has no PINs at all.
    pub set: Option<bool>,
    /// Tries left; `None` if no PIN is set.
    pub retries_left: Option<u64>,
    /// True if a power cycle is needed before the next try.
    pub power_cycle_needed: bool,
    /// Built-in verification tries left, where there is any configured.
    pub uv_retries_left: Option<u64>,
}

/// Asks the key about its PIN: one message, two where there is built-in verification.
pub fn status(session: &mut Session<'_>) -> Result<PinStatus, Error> {
    unimplemented!()
}

/// Sets the first PIN; the new PIN comes from the interaction. Two messages.
pub fn set(session: &mut Session<'_>) -> Result<(), Error> {
    unimplemented!()
}

/// Changes the PIN; both PINs come from the interaction, the current one first. Three messages.
pub fn change(session: &mut Session<'_>) -> Result<(), Error> {
    unimplemented!()
}

/// Checks the PIN (spends a try if it is wrong). Three messages.
pub fn verify(session: &mut Session<'_>) -> Result<(), Error> {
    unimplemented!()
}
