//! authenticatorClientPIN (CTAP 2.2 §6.5): the subcommands, retries, and setting a PIN.

use super::dispatch::{Outcome, protocol};
use super::limits::MAX_PIN_RETRIES;
use super::secret::Secret;
use super::state::{State, StoredPin};
use super::version_line::{Feature, VersionLine};
use super::{Authenticator, pin_policy};
use crate::ctap2::client_pin::SubCommand;
use crate::ctap2::{ClientPinRequest, ClientPinResponse, Status};
use crate::pin_uv::{PADDED_PIN_LENGTH, SharedSecret, pin_hash};

impl Authenticator {
    pub(super) fn client_pin(&mut self, request: &ClientPinRequest) -> Result<Outcome, Status> {
        let line = self.state.line();
        let is_known = line.has(Feature::PinUvAuthTokens) || self.has_uv_token(request.sub_command);
        if later_sub_command(request.sub_command) && !is_known {
            return Err(unknown_sub_command(line));
        }
        match request.sub_command {
            SubCommand::GET_PIN_RETRIES => Ok(self.get_pin_retries()),
            SubCommand::GET_KEY_AGREEMENT => self.get_key_agreement(request),
            SubCommand::SET_PIN => self.set_pin(request),
            SubCommand::CHANGE_PIN => self.change_pin(request),
            SubCommand::GET_PIN_TOKEN => self.get_pin_token(request),
            SubCommand::GET_TOKEN_USING_PIN => self.get_token_using_pin(request),
            SubCommand::GET_TOKEN_USING_UV => self.get_token_using_uv(request),
            SubCommand::GET_UV_RETRIES if self.has_sensor() => Ok(self.get_uv_retries()),
            _ => Err(unknown_sub_command(line)),
        }
    }

    fn get_pin_retries(&self) -> Outcome {
        Outcome::results(&ClientPinResponse {
            pin_retries: Some(u64::from(self.state.pin.retries)),
            power_cycle_state: self
                .state
                .line()
                .has(Feature::PowerCycleState)
                .then(|| self.pin_awaits_power_cycle()),
            ..Default::default()
        })
    }

    fn set_pin(&mut self, request: &ClientPinRequest) -> Result<Outcome, Status> {
        let protocol = protocol(request.pin_uv_auth_protocol)?;
        let peer = request.key_agreement.as_ref().ok_or(Status::MISSING_PARAMETER)?;
        let new_pin_enc = request.new_pin_enc.as_ref().ok_or(Status::MISSING_PARAMETER)?;
        let param = request.pin_uv_auth_param.as_ref().ok_or(Status::MISSING_PARAMETER)?;
        if self.pin_is_set() {
            return Err(Status::PIN_AUTH_INVALID);
        }
        let shared_secret = self.agree(protocol, peer)?;
        if !shared_secret.verify(new_pin_enc, param) {
            return Err(Status::PIN_AUTH_INVALID);
        }
        let mut next = self.state.clone();
        store_new_pin(&mut next, &shared_secret, new_pin_enc)?;
        self.commit(next)?;
        Ok(Outcome::nothing())
    }

    fn change_pin(&mut self, request: &ClientPinRequest) -> Result<Outcome, Status> {
        let protocol = protocol(request.pin_uv_auth_protocol)?;
        let peer = request.key_agreement.as_ref().ok_or(Status::MISSING_PARAMETER)?;
        let new_pin_enc = request.new_pin_enc.as_ref().ok_or(Status::MISSING_PARAMETER)?;
        let pin_hash_enc = request.pin_hash_enc.as_ref().ok_or(Status::MISSING_PARAMETER)?;
        let param = request.pin_uv_auth_param.as_ref().ok_or(Status::MISSING_PARAMETER)?;
        self.check_pin_usable()?;
        let shared_secret = self.agree(protocol, peer)?;
        let signed = [new_pin_enc.as_slice(), pin_hash_enc].concat();
        if !shared_secret.verify(&signed, param) {
            return Err(Status::PIN_AUTH_INVALID);
        }
        self.check_pin(&shared_secret, pin_hash_enc)?;
        let mut next = self.state.clone();
        store_new_pin(&mut next, &shared_secret, new_pin_enc)?;
        next.persistent.forget_token();
        self.commit(next)?;
        self.token = None;
        Ok(Outcome::nothing())
    }
}

/// INVALID_SUBCOMMAND is younger than CTAP 2.0.
fn unknown_sub_command(line: VersionLine) -> Status {
    match line {
        VersionLine::Ctap2_0 => Status::INVALID_PARAMETER,
        _ => Status::INVALID_SUBCOMMAND,
    }
}

/// Tells whether a subcommand came with tokens that have permissions.
fn later_sub_command(sub_command: SubCommand) -> bool {
    [SubCommand::GET_TOKEN_USING_UV, SubCommand::GET_UV_RETRIES, SubCommand::GET_TOKEN_USING_PIN]
        .contains(&sub_command)
}

/// Checks the new PIN against the policy and puts it in.
fn store_new_pin(
    next: &mut State,
    shared_secret: &SharedSecret,
    new_pin_enc: &[u8],
) -> Result<(), Status> {
    let padded = shared_secret.decrypt(new_pin_enc).map_err(|_| Status::PIN_AUTH_INVALID)?;
    if padded.len() != PADDED_PIN_LENGTH && !next.habits.takes_any_pin {
        return Err(Status::INVALID_PARAMETER);
    }
    let length = padded.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let pin = padded.get(..length).unwrap_or_default();
    let characters = pin_policy::check(next, pin)?;
    let hash = pin_hash(pin);
    let unchanged = next.pin.pin.as_ref().is_some_and(|old| old.hash.matches(hash.as_slice()));
    if next.pin.force_change && unchanged {
        return Err(Status::PIN_POLICY_VIOLATION);
    }
    next.pin.pin = Some(StoredPin {
        hash: Secret::from_slice(hash.as_slice()).ok_or(Status::OTHER)?,
        length: characters,
    });
    next.pin.retries = MAX_PIN_RETRIES;
    next.pin.force_change = false;
    Ok(())
}
