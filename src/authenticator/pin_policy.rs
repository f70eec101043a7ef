//! Which PINs are taken (CTAP 2.2 §6.5.5.5, pinComplexityPolicy).

use super::State;
use crate::ctap2::Status;
use crate::pin_uv::MAX_PIN_BYTES;

/// Checks a new PIN; returns its length in code points.
pub(super) fn check(state: &State, pin: &[u8]) -> Result<u8, Status> {
    let violation = Status::PIN_POLICY_VIOLATION;
    let pin = Some(pin).filter(|pin| pin.len() <= MAX_PIN_BYTES).ok_or(violation)?;
    let pin = std::str::from_utf8(pin).map_err(|_| violation)?;
    let length = u8::try_from(pin.chars().count()).map_err(|_| violation)?;
    let (least, most) = (state.pin.min_length, state.settings.factory.max_pin_length);
    if !(least..=most).contains(&length) {
        return Err(violation);
    }
    if state.settings.pin_complexity_policy && is_simple(pin) {
        return Err(violation);
    }
    Ok(length)
}

/// Tells whether every character is the one before it, or every one the next after it.
fn is_simple(pin: &str) -> bool {
    let steps = |step: u32| {
        let pairs = pin.chars().zip(pin.chars().skip(1));
        pairs.into_iter().all(|(a, b)| u32::from(a).checked_add(step) == Some(u32::from(b)))
    };
    steps(0) || steps(1)
}
