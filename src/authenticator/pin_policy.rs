//! Which PINs are taken (CTAP 2.2 §6.5.5.5, pinComplexityPolicy).

use super::State;
use crate::cbor::Value;
use crate::ctap2::Status;
use crate::ctap2::extensions::{MIN_PIN_LENGTH, MakeCredentialExtensions, PIN_COMPLEXITY_POLICY};
use crate::pin_uv::MAX_PIN_BYTES;

/// Checks a new PIN; returns its length in code points.
pub(super) fn check(state: &State, pin: &[u8]) -> Result<u8, Status> {
    let violation = Status::PIN_POLICY_VIOLATION;
    if state.habits.takes_any_pin {
        return Ok(u8::try_from(pin.len()).unwrap_or(u8::MAX));
    }
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

impl State {
    /// Returns what `minPinLength` and `pinComplexityPolicy` answer: something to relying parties
    /// that may know the rules, nothing to others (CTAP 2.3 §12.5, §12.6).
    pub(super) fn pin_rule_outputs(
        &self,
        inputs: &MakeCredentialExtensions,
        rp_id: &str,
    ) -> impl Iterator<Item = (&'static str, Value)> {
        let told = self.settings.tells_pin_rules(rp_id);
        let length = Value::from(i64::from(self.pin.min_length));
        let policy = Value::from(self.settings.pin_complexity_policy);
        let outputs = [
            (inputs.min_pin_length, MIN_PIN_LENGTH, length),
            (inputs.pin_complexity_policy, PIN_COMPLEXITY_POLICY, policy),
        ];
        let asked = outputs.into_iter().filter(move |(asked, ..)| told && *asked == Some(true));
        asked.map(|(_, identifier, output)| (identifier, output))
    }
}

/// Tells whether every character is the one before it, or every one the next after it.
fn is_simple(pin: &str) -> bool {
    let steps = |step: u32| {
        let pairs = pin.chars().zip(pin.chars().skip(1));
        pairs.into_iter().all(|(a, b)| u32::from(a).checked_add(step) == Some(u32::from(b)))
    };
    steps(0) || steps(1)
}
