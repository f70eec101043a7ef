//! PINs: status, set, change, verify (CTAP 2.2 §6.5).

use super::interaction::NewPinQuestion;
use super::key_agreement::{self, Agreement, agree};
use super::pin_tries::{pin_retries, send_pin, uv_retries, with_pin};
use super::{Error, Session, Unsupported, token};
use crate::ctap2::client_pin::{ClientPinRequest, SubCommand};
use crate::ctap2::{Permissions, Request};
use crate::pin_uv::Pin;

/// A relying party that cannot exist (RFC 2606): a token bound to it opens nothing.
const NO_RP_ID: &str = "pin.invalid";

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

/// Asks the key about its PIN: one message, two where there is built-in verification, none where
/// neither is set up.
pub fn status(session: &mut Session<'_>) -> Result<PinStatus, Error> {
    session.refresh_if_stale()?;
    let set = session.info().option("clientPin");
    let retries = if set == Some(true) { Some(pin_retries(session)?) } else { None };
    let uv_retries_left = if session.info().option_is_true("uv") {
        match uv_retries(session) {
            Ok(left) => Some(left),
            // CTAP 2.0 keys do not know the question.
            Err(Error::Refused { .. } | Error::Incomplete { .. }) => None,
            Err(error) => return Err(error),
        }
    } else {
        None
    };
    Ok(PinStatus {
        set,
        retries_left: retries.map(|retries| retries.left),
        power_cycle_needed: retries.is_some_and(|retries| retries.power_cycle_needed),
        uv_retries_left,
    })
}

/// Sets the first PIN; the new PIN comes from the interaction. Two messages.
pub fn set(session: &mut Session<'_>) -> Result<(), Error> {
    session.refresh_if_stale()?;
    match session.info().option("clientPin") {
        None => return Err(Error::Unsupported(Unsupported::ClientPin)),
        Some(true) => return Err(Error::PinAlreadySet),
        Some(false) => {}
    }
    let protocol = key_agreement::protocol(session.info())?;
    let new_pin = ask_new_pin(session)?;
    let agreement = agree(session, protocol)?;
    let new_pin_enc = agreement.secret.encrypt(session.random(), new_pin.padded().as_slice())?;
    let request = ClientPinRequest {
        pin_uv_auth_param: Some(agreement.secret.authenticate(&new_pin_enc).into()),
        new_pin_enc: Some(new_pin_enc.into()),
        ..with_agreement(SubCommand::SET_PIN, &agreement)
    };
    send_new_pin(session, &request)
}

/// Changes the PIN; both PINs come from the interaction, the current one first. Three messages.
pub fn change(session: &mut Session<'_>) -> Result<(), Error> {
    session.refresh_if_stale()?;
    check_pin_is_set(session)?;
    let protocol = key_agreement::protocol(session.info())?;
    let mut asked = None;
    with_pin(session, None, &mut |session, pin| {
        let new_pin = match &mut asked {
            Some(new_pin) => new_pin,
            none => none.insert(ask_new_pin(session)?),
        };
        let agreement = agree(session, protocol)?;
        let new_pin_enc =
            agreement.secret.encrypt(session.random(), new_pin.padded().as_slice())?;
        let pin_hash_enc = agreement.secret.encrypt(session.random(), pin.hash().as_slice())?;
        let message = [new_pin_enc.as_slice(), &pin_hash_enc].concat();
        let request = ClientPinRequest {
            pin_uv_auth_param: Some(agreement.secret.authenticate(&message).into()),
            new_pin_enc: Some(new_pin_enc.into()),
            pin_hash_enc: Some(pin_hash_enc.into()),
            ..with_agreement(SubCommand::CHANGE_PIN, &agreement)
        };
        send_new_pin(session, &request)
    })
}

/// Checks the PIN (spends a try if it is wrong). Three messages.
///
/// The only way to check a PIN is to ask for a token; this one opens nothing.
pub fn verify(session: &mut Session<'_>) -> Result<(), Error> {
    session.refresh_if_stale()?;
    check_pin_is_set(session)?;
    let permissions = if session.info().option_is_true("noMcGaPermissionsWithClientPin") {
        Permissions::empty()
    } else {
        Permissions::GET_ASSERTION
    };
    token::using_pin(session, permissions, Some(NO_RP_ID), None).map(drop)
}

fn check_pin_is_set(session: &Session<'_>) -> Result<(), Error> {
    match session.info().option("clientPin") {
        None => Err(Error::Unsupported(Unsupported::ClientPin)),
        Some(false) => Err(Error::PinNotSet),
        Some(true) => Ok(()),
    }
}

fn ask_new_pin(session: &mut Session<'_>) -> Result<Pin, Error> {
    let length = |value| usize::try_from(value).unwrap_or(usize::MAX);
    let minimum = length(session.info().min_pin_length());
    let maximum = length(session.info().max_pin_length());
    let question = NewPinQuestion { minimum, maximum };
    let new_pin = session
        .interaction()
        .new_pin(&question)
        .map_err(|reason| Error::Declined { what: "new PIN", reason })?;
    new_pin.check_length(minimum, maximum)?;
    Ok(new_pin)
}

/// Sends a new PIN, whose length fits what the key says.
fn send_new_pin(session: &mut Session<'_>, request: &ClientPinRequest) -> Result<(), Error> {
    session.mark_info_stale();
    session.forget_pin();
    match send_pin(session, request) {
        // What belongs to an earlier request says nothing about this one.
        Ok(answer) if answer.key_agreement.is_some() => {
            Err(Error::Repeated { command: ClientPinRequest::COMMAND })
        }
        Ok(_) => Ok(()),
        Err(Error::PinPolicyViolation) => {
            let info = session.info();
            let url = info.pin_complexity_policy_url.as_ref();
            Err(Error::PinAgainstRules {
                policy_url: url.map(|url| String::from_utf8_lossy(url).into_owned()),
                change_was_forced: info.force_pin_change == Some(true),
            })
        }
        Err(error) => Err(error),
    }
}

fn with_agreement(sub_command: SubCommand, agreement: &Agreement) -> ClientPinRequest {
    ClientPinRequest {
        pin_uv_auth_protocol: Some(agreement.secret.protocol().id()),
        key_agreement: Some(agreement.platform_key.clone()),
        ..ClientPinRequest::new(sub_command)
    }
}
