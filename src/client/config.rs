//! Settings of a key (CTAP 2.2 §6.11): what is, and how it is changed.
//!
//! Nothing is sent where a setting already is as wanted. After a change the key is asked again
//! what it is set to: a key that ignores a parameter would otherwise go unnoticed.

use super::interaction::TouchReason;
use super::verification::{Authorization, authorize_without_rp};
use super::{Error, Session, Unsupported};
use crate::cbor::EncodedItem;
use crate::ctap2::authenticator_config::{SetMinPinLengthParams, SubCommand};
use crate::ctap2::extensions::MIN_PIN_LENGTH;
use crate::ctap2::{AuthenticatorConfigRequest, GetInfoResponse, Permissions, Status};

/// What became of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The key already was so; nothing was sent.
    Unchanged,
    /// The key was set, and says so.
    Changed,
}

/// What setMinPINLength is to do; what is left open stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PinPolicy {
    /// The least PIN length in code points.
    pub min_pin_length: Option<u64>,
    /// Relying parties that are told the rules, in place of those set before. Keys do not say
    /// which those are, so that a list is always sent.
    pub rp_ids: Vec<String>,
    /// Demand a new PIN before anything else.
    pub force_pin_change: bool,
    /// Put the key's further rules for PINs into force.
    pub pin_complexity_policy: bool,
}

/// A setting and what it is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    /// Verify the user in whatever wants a touch, or no longer.
    AlwaysUv(bool),
    /// Give enterprise attestations to those who ask, until a reset.
    EnterpriseAttestation,
    /// Want a long touch for a reset, until a reset.
    LongTouchForReset,
    /// Tighten the rules for PINs, until a reset.
    PinPolicy(PinPolicy),
}

impl Setting {
    /// Tells whether the key already is so. Fails where it cannot be set so, as far as it says.
    /// No message.
    pub fn is_so(&self, info: &GetInfoResponse) -> Result<bool, Error> {
        let is_so = match self {
            Setting::AlwaysUv(on) => present(info, "alwaysUv")? == *on,
            Setting::EnterpriseAttestation => present(info, "ep")?,
            Setting::LongTouchForReset => info
                .long_touch_for_reset
                .ok_or(Error::Unsupported(Unsupported::ConfigSubCommand(self.sub_command())))?,
            Setting::PinPolicy(wanted) => {
                check_pin_policy(info, wanted)?;
                open_wishes(info, wanted) == NOTHING
            }
        };
        if !is_so {
            check_sub_command(info, self.sub_command())?;
        }
        Ok(is_so)
    }

    fn sub_command(&self) -> SubCommand {
        match self {
            Setting::AlwaysUv(_) => SubCommand::TOGGLE_ALWAYS_UV,
            Setting::EnterpriseAttestation => SubCommand::ENABLE_ENTERPRISE_ATTESTATION,
            Setting::LongTouchForReset => SubCommand::ENABLE_LONG_TOUCH_FOR_RESET,
            Setting::PinPolicy(_) => SubCommand::SET_MIN_PIN_LENGTH,
        }
    }

    /// The member or option of getInfo that tells it.
    fn name(&self) -> &'static str {
        match self {
            Setting::AlwaysUv(_) => "alwaysUv",
            Setting::EnterpriseAttestation => "ep",
            Setting::LongTouchForReset => "longTouchForReset",
            Setting::PinPolicy(_) => "the rules for PINs",
        }
    }

    /// Tells whether it took, as far as the key says.
    fn took(&self, info: &GetInfoResponse) -> bool {
        match self {
            Setting::PinPolicy(wanted) => {
                let told = PinPolicy { rp_ids: Vec::new(), ..wanted.clone() };
                open_wishes(info, &told) == NOTHING
            }
            setting => setting.is_so(info).unwrap_or(false),
        }
    }
}

/// Changes a setting. With a PIN: tries left, key agreement, token, authenticatorConfig, getInfo;
/// without one the last two, and nothing at all where the key already is so.
pub fn set(session: &mut Session<'_>, setting: &Setting) -> Result<Outcome, Error> {
    session.refresh_if_stale()?;
    if setting.is_so(session.info())? {
        return Ok(Outcome::Unchanged);
    }
    let params = match setting {
        Setting::PinPolicy(wanted) => Some(EncodedItem::of(&open_wishes(session.info(), wanted))),
        _ => None,
    };
    send(session, setting.sub_command(), params).map_err(|error| match (setting, error) {
        (Setting::AlwaysUv(false), Error::Denied) => {
            Error::Unsupported(Unsupported::TurningOffAlwaysUv)
        }
        (
            Setting::PinPolicy(wanted),
            Error::KeyStoreFull | Error::Refused { status: Status::LIMIT_EXCEEDED, .. },
        ) => {
            Error::TooManyRpIds { given: wanted.rp_ids.len(), maximum: session.info().max_rp_ids() }
        }
        (_, error) => error,
    })?;
    session.refresh_if_stale()?;
    if setting.took(session.info()) {
        Ok(Outcome::Changed)
    } else {
        Err(Error::SettingNotApplied(setting.name()))
    }
}

/// Sends a vendor's own subcommand; `params` is a map as the vendor describes it, its member 1
/// the command's number.
pub fn vendor_prototype(session: &mut Session<'_>, params: EncodedItem) -> Result<(), Error> {
    session.refresh_if_stale()?;
    check_vendor_prototype(session.info())?;
    send(session, SubCommand::VENDOR_PROTOTYPE, Some(params))
}

/// Refuses where the key takes no settings of its vendor's, as far as it says so. No message.
pub fn check_vendor_prototype(info: &GetInfoResponse) -> Result<(), Error> {
    let vendor = SubCommand::VENDOR_PROTOTYPE;
    check_sub_command(info, vendor)?;
    // The list may be empty, but where there is none there is no such subcommand (§6.4, 0x15).
    if info.vendor_prototype_config_commands.is_none() {
        return Err(Error::Unsupported(Unsupported::ConfigSubCommand(vendor)));
    }
    Ok(())
}

fn present(info: &GetInfoResponse, option: &'static str) -> Result<bool, Error> {
    info.option(option).ok_or(Error::Unsupported(Unsupported::Option(option)))
}

fn check_sub_command(info: &GetInfoResponse, sub_command: SubCommand) -> Result<(), Error> {
    if !info.option_is_true("authnrCfg") {
        return Err(Error::Unsupported(Unsupported::Option("authnrCfg")));
    }
    let listed = info.authenticator_config_commands.as_ref();
    if listed.is_some_and(|listed| !listed.contains(&sub_command.0)) {
        return Err(Error::Unsupported(Unsupported::ConfigSubCommand(sub_command)));
    }
    Ok(())
}

const NOTHING: SetMinPinLengthParams = SetMinPinLengthParams {
    new_min_pin_length: None,
    min_pin_length_rp_ids: None,
    force_change_pin: None,
    pin_complexity_policy: None,
};

/// Refuses what the key cannot do, as far as it says so.
fn check_pin_policy(info: &GetInfoResponse, wanted: &PinPolicy) -> Result<(), Error> {
    if !info.option_is_true("setMinPINLength") {
        return Err(Error::Unsupported(Unsupported::Option("setMinPINLength")));
    }
    let possible = info.min_pin_length()..=info.max_pin_length();
    if let Some(wanted) = wanted.min_pin_length.filter(|wanted| !possible.contains(wanted)) {
        let (least, most) = (*possible.start(), *possible.end());
        return Err(Error::MinPinLength { wanted, least, most });
    }
    if !wanted.rp_ids.is_empty() && !info.has_extension(MIN_PIN_LENGTH) {
        return Err(Error::Unsupported(Unsupported::Extension(MIN_PIN_LENGTH)));
    }
    let (given, maximum) = (wanted.rp_ids.len(), info.max_rp_ids());
    if u64::try_from(given).is_ok_and(|given| given > maximum) {
        return Err(Error::TooManyRpIds { given, maximum });
    }
    if wanted.force_pin_change && !info.pin_is_set() {
        return Err(Error::PinNotSet);
    }
    if wanted.pin_complexity_policy && info.pin_complexity_policy.is_none() {
        return Err(Error::Unsupported(Unsupported::PinComplexityPolicy));
    }
    Ok(())
}

/// Returns what is not yet so.
fn open_wishes(info: &GetInfoResponse, wanted: &PinPolicy) -> SetMinPinLengthParams {
    let open = |wanted: bool, is: Option<bool>| (wanted && is != Some(true)).then_some(true);
    SetMinPinLengthParams {
        new_min_pin_length: wanted.min_pin_length.filter(|l| *l != info.min_pin_length()),
        min_pin_length_rp_ids: (!wanted.rp_ids.is_empty()).then(|| wanted.rp_ids.clone()),
        force_change_pin: open(wanted.force_pin_change, info.force_pin_change),
        pin_complexity_policy: open(wanted.pin_complexity_policy, info.pin_complexity_policy),
    }
}

/// Sends a subcommand, with a token where the key wants one.
fn send(
    session: &mut Session<'_>,
    sub_command: SubCommand,
    params: Option<EncodedItem>,
) -> Result<(), Error> {
    let mut request = AuthenticatorConfigRequest::new(sub_command, params);
    if wants_token(session.info(), sub_command) {
        let authorization =
            authorize_without_rp(session, Permissions::AUTHENTICATOR_CONFIGURATION)?;
        authorize(&mut request, &authorization);
    }
    session.mark_info_stale();
    let parameters_may_be_wrong = request.sub_command_params.is_some();
    match session.call(&request, TouchReason::VerifyUser) {
        Ok(_) => Ok(()),
        Err(Error::Refused { status: Status::INVALID_SUBCOMMAND, .. }) => {
            Err(Error::Unsupported(Unsupported::ConfigSubCommand(sub_command)))
        }
        // The other way in which the standard has it.
        Err(Error::Refused { status: Status::INVALID_PARAMETER, .. })
            if !parameters_may_be_wrong =>
        {
            Err(Error::Unsupported(Unsupported::ConfigSubCommand(sub_command)))
        }
        Err(error) => Err(error),
    }
}

/// A key that protects nothing yet takes settings from anybody. One that always verifies and
/// cannot yet lets only that be turned off (CTAP 2.2 §6.11, step 3).
fn wants_token(info: &GetInfoResponse, sub_command: SubCommand) -> bool {
    let toggle = sub_command == SubCommand::TOGGLE_ALWAYS_UV;
    info.is_protected() || (info.option_is_true("alwaysUv") && !toggle)
}

fn authorize(request: &mut AuthenticatorConfigRequest, authorization: &Authorization) {
    request.pin_uv_auth_param = authorization.pin_uv_auth_param(&request.signed_message());
    request.pin_uv_auth_protocol = authorization.pin_uv_auth_protocol();
}
