//! authenticatorConfig (CTAP 2.2 §6.11), and what getInfo says of the settings.

use super::dispatch::{Outcome, protocol};
use super::limits::MAX_RP_IDS_FOR_SET_MIN_PIN_LENGTH;
use super::version_line::Feature;
use super::{Authenticator, State};
use crate::cbor::{Error, Strictness};
use crate::ctap2::authenticator_config::{SetMinPinLengthParams, SubCommand};
use crate::ctap2::{AuthenticatorConfigRequest, GetInfoResponse, Permissions, Status};

/// Subcommands known here.
const SUB_COMMANDS: [SubCommand; 4] = [
    SubCommand::ENABLE_ENTERPRISE_ATTESTATION,
    SubCommand::TOGGLE_ALWAYS_UV,
    SubCommand::SET_MIN_PIN_LENGTH,
    SubCommand::ENABLE_LONG_TOUCH_FOR_RESET,
];

impl Authenticator {
    pub(super) fn authenticator_config(
        &mut self,
        request: &AuthenticatorConfigRequest,
    ) -> Result<Outcome, Status> {
        if !self.has_config_sub_command(request.sub_command) {
            return Err(Status::INVALID_SUBCOMMAND);
        }
        self.authorize_config(request)?;
        let mut next = self.state.clone();
        match request.sub_command {
            SubCommand::ENABLE_ENTERPRISE_ATTESTATION => {
                next.settings.enterprise_attestation = true;
            }
            SubCommand::TOGGLE_ALWAYS_UV => next.settings.always_uv = !next.settings.always_uv,
            SubCommand::ENABLE_LONG_TOUCH_FOR_RESET => next.settings.long_touch_for_reset = true,
            _ => set_min_pin_length(&mut next, &min_pin_length_params(request)?)?,
        }
        let pin_change_forced = next.pin.force_change;
        self.commit(next)?;
        if pin_change_forced {
            self.token = None;
        }
        Ok(Outcome::nothing())
    }

    fn has_config_sub_command(&self, sub_command: SubCommand) -> bool {
        match sub_command {
            SubCommand::ENABLE_ENTERPRISE_ATTESTATION => self.state.enterprise.is_some(),
            SubCommand::ENABLE_LONG_TOUCH_FOR_RESET => {
                self.state.line().has(Feature::ConfigCommands)
            }
            sub_command => SUB_COMMANDS.contains(&sub_command),
        }
    }

    /// A key without a PIN takes any setting from anybody, unless it always verifies; then it
    /// lets only that be turned off.
    fn authorize_config(&mut self, request: &AuthenticatorConfigRequest) -> Result<(), Status> {
        let protected = self.is_protected();
        let toggle = request.sub_command == SubCommand::TOGGLE_ALWAYS_UV;
        if !protected && (toggle || !self.state.settings.always_uv) {
            return Ok(());
        }
        let param = request.pin_uv_auth_param.as_ref().ok_or(Status::PUAT_REQUIRED)?;
        let protocol = protocol(request.pin_uv_auth_protocol)?;
        let token = self.token.as_mut().ok_or(Status::PIN_AUTH_INVALID)?;
        let may = token.verify(protocol, &request.signed_message(), param)
            && token.has(Permissions::AUTHENTICATOR_CONFIGURATION);
        if may { Ok(()) } else { Err(Status::PIN_AUTH_INVALID) }
    }

    /// Refuses what is not authorised where the user is always verified (CTAP 2.2 §6.1.2 step 6,
    /// §6.2.2 step 5).
    pub(super) fn check_always_uv(&self, authorized: bool) -> Result<(), Status> {
        let always = self.state.settings.always_uv && self.state.line().has(Feature::AlwaysUv);
        if always && !(authorized && self.is_protected()) {
            Err(Status::PUAT_REQUIRED)
        } else {
            Ok(())
        }
    }

    /// Returns the options that settings have a say in.
    pub(super) fn settings_options(&self) -> Vec<(&'static str, bool)> {
        let settings = &self.state.settings;
        let mut options = vec![
            ("alwaysUv", settings.always_uv),
            ("authnrCfg", true),
            ("makeCredUvNotRqd", !settings.always_uv),
            ("setMinPINLength", true),
        ];
        options.extend(
            self.state.enterprise.as_ref().map(|_| ("ep", settings.enterprise_attestation)),
        );
        options
    }

    /// Adds the members that settings have a say in.
    pub(super) fn describe_settings(&self, info: &mut GetInfoResponse) {
        let State { pin, settings, .. } = &self.state;
        let factory = &settings.factory;
        let known = SUB_COMMANDS.into_iter().filter(|known| self.has_config_sub_command(*known));
        info.force_pin_change = Some(pin.force_change);
        info.min_pin_length = Some(pin.min_length.into());
        info.max_pin_length = Some(factory.max_pin_length.into());
        info.max_rp_ids_for_set_min_pin_length =
            u64::try_from(MAX_RP_IDS_FOR_SET_MIN_PIN_LENGTH).ok();
        info.long_touch_for_reset = Some(settings.long_touch_for_reset);
        info.transports_for_reset.clone_from(&factory.transports_for_reset);
        info.pin_complexity_policy = Some(settings.pin_complexity_policy);
        info.pin_complexity_policy_url =
            factory.pin_complexity_policy_url.as_ref().map(|url| url.clone().into_bytes().into());
        info.authenticator_config_commands = Some(known.map(|known| known.0).collect());
    }
}

fn min_pin_length_params(
    request: &AuthenticatorConfigRequest,
) -> Result<SetMinPinLengthParams, Status> {
    let Some(params) = &request.sub_command_params else {
        return Ok(SetMinPinLengthParams::default());
    };
    params.decode(Strictness::Canonical).map_err(|error| match error {
        Error::Canonical(_) => Status::INVALID_CBOR,
        Error::Missing(_) => Status::MISSING_PARAMETER,
        Error::Type(_) => Status::CBOR_UNEXPECTED_TYPE,
    })
}

fn set_min_pin_length(next: &mut State, params: &SetMinPinLengthParams) -> Result<(), Status> {
    if let Some(length) = params.new_min_pin_length {
        let violation = Status::PIN_POLICY_VIOLATION;
        let length = u8::try_from(length).map_err(|_| violation)?;
        let possible = next.pin.min_length..=next.settings.factory.max_pin_length;
        next.pin.min_length = Some(length).filter(|l| possible.contains(l)).ok_or(violation)?;
    }
    if params.force_change_pin == Some(true) {
        next.pin.pin.as_ref().ok_or(Status::PIN_NOT_SET)?;
        next.pin.force_change = true;
    }
    if next.line().has(Feature::ConfigCommands) {
        next.settings.pin_complexity_policy |= params.pin_complexity_policy == Some(true);
    }
    if next.pin.pin.as_ref().is_some_and(|pin| pin.length < next.pin.min_length) {
        next.pin.force_change = true;
    }
    match params.min_pin_length_rp_ids.as_deref() {
        None | Some([]) => {}
        Some(rp_ids) if rp_ids.len() > MAX_RP_IDS_FOR_SET_MIN_PIN_LENGTH => {
            return Err(Status::KEY_STORE_FULL);
        }
        Some(rp_ids) => next.settings.min_pin_length_rp_ids = rp_ids.to_vec(),
    }
    Ok(())
}
