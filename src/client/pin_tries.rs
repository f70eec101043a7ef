//! Spending PIN tries: how many are left is known before each one (CTAP 2.2 §6.5.5.2).

use super::interaction::{Declined, PinQuestion, TouchReason};
use super::{Error, Session, key_agreement};
use crate::ctap2::Request;
use crate::ctap2::client_pin::{ClientPinRequest, SubCommand};
use crate::pin_uv::Pin;

/// The most tries that CTAP lets a key give (CTAP 2.2 §6.5.2.2).
const MAX_PIN_RETRIES: usize = 8;

/// What getPINRetries says.
#[derive(Clone, Copy, Debug)]
pub(super) struct PinRetries {
    /// Tries left until the PIN is blocked for good.
    pub(super) left: u64,
    /// True if the next try needs a power cycle first.
    pub(super) power_cycle_needed: bool,
}

/// Asks how many tries are left. One message.
pub(super) fn pin_retries(session: &mut Session<'_>) -> Result<PinRetries, Error> {
    let protocol = key_agreement::protocol(session.info())?;
    let request = ClientPinRequest {
        // CTAP 2.0 keys may insist on it although the answer does not depend on it.
        pin_uv_auth_protocol: Some(protocol.id()),
        ..ClientPinRequest::new(SubCommand::GET_PIN_RETRIES)
    };
    let answer = session.call(&request, TouchReason::VerifyUser)?;
    let left = answer
        .pin_retries
        .ok_or(Error::Incomplete { command: ClientPinRequest::COMMAND, what: "PIN retries" })?;
    Ok(PinRetries { left, power_cycle_needed: answer.power_cycle_state == Some(true) })
}

/// Asks how many tries of built-in verification are left. One message.
pub(super) fn uv_retries(session: &mut Session<'_>) -> Result<u64, Error> {
    let protocol = key_agreement::protocol(session.info())?;
    let request = ClientPinRequest {
        // There are keys that insist on it here too.
        pin_uv_auth_protocol: Some(protocol.id()),
        ..ClientPinRequest::new(SubCommand::GET_UV_RETRIES)
    };
    let answer = session.call(&request, TouchReason::VerifyUser)?;
    answer
        .uv_retries
        .ok_or(Error::Incomplete { command: ClientPinRequest::COMMAND, what: "UV retries" })
}

/// Asks the person for the PIN and hands it to `spend`, again after each wrong one.
///
/// `spend` agrees on a fresh secret each time, because the key drops its half on a wrong PIN.
pub(super) fn with_pin<T>(
    session: &mut Session<'_>,
    rp_id: Option<&str>,
    spend: &mut dyn FnMut(&mut Session<'_>, &Pin) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut retries = pin_retries(session)?;
    let mut last_was_wrong = false;
    for _ in 0..MAX_PIN_RETRIES {
        let pin = ask(session, rp_id, retries, last_was_wrong)?;
        match spend(session, &pin) {
            Err(Error::PinInvalid { .. }) => {
                last_was_wrong = true;
                session.forget_verification();
                retries = pin_retries(session)?;
            }
            Err(Error::PinAuthBlocked { .. }) => {
                // What the key still says is worth a message; that it may not say it is no news.
                let retries_left = pin_retries(session).ok().map(|retries| retries.left);
                return Err(Error::PinAuthBlocked { retries_left });
            }
            outcome => return outcome,
        }
    }
    Err(Error::PinInvalid { retries_left: Some(retries.left) })
}

fn ask(
    session: &mut Session<'_>,
    rp_id: Option<&str>,
    retries: PinRetries,
    last_was_wrong: bool,
) -> Result<Pin, Error> {
    let retries_left = retries.left;
    let wrong = Error::PinInvalid { retries_left: Some(retries_left) };
    if retries_left == 0 {
        return Err(Error::PinBlocked);
    }
    if retries.power_cycle_needed {
        return Err(Error::PinAuthBlocked { retries_left: Some(retries_left) });
    }
    let risk = session.limits().risk_last_pin_tries;
    if retries_left <= 1 && !risk && !session.interaction().pin_is_typed() {
        return Err(if last_was_wrong { wrong } else { Error::TooFewRetries { retries_left } });
    }
    let question = PinQuestion { rp_id, retries_left, last_was_wrong };
    session.interaction().pin(&question).map_err(|reason| match reason {
        // That the PIN was wrong is the news, not that there is no second one.
        Declined::Used | Declined::NoTerminal if last_was_wrong => wrong,
        reason => Error::Declined { what: "PIN", reason },
    })
}
