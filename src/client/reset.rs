//! Erasing a key (CTAP 2.2 §6.6): the last step, after consent and replug.

use super::interaction::TouchReason;
use super::{Error, Session};
use crate::ctap2::{self, Status};

/// Sends authenticatorReset and waits for the touch. One message.
pub fn reset(session: &mut Session<'_>) -> Result<(), Error> {
    // Even a reset that seems to fail, by a lost answer for one, may have erased the key.
    session.mark_info_stale();
    session.forget_pin();
    let reason = match session.info().long_touch_for_reset {
        Some(true) => TouchReason::ResetLong,
        _ => TouchReason::Reset,
    };
    match session.call(&ctap2::Reset, reason) {
        Ok(ctap2::Empty) => Ok(()),
        // Some keys answer the second way when the first seconds are over.
        Err(Error::Refused { status: Status::NOT_ALLOWED, .. } | Error::PinAuthBlocked { .. }) => {
            Err(Error::ResetTooLate)
        }
        Err(error) => Err(error),
    }
}
