//! authenticatorConfig (CTAP 2.2 §6.11; further subcommands of CTAP 2.3).

use minicbor::{Decode, Encode};

use super::{Command, Empty, Request};
use crate::cbor::{ByteVec, EncodedItem};

/// A subcommand's number; unknown ones are kept so that a key can refuse them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct SubCommand(#[n(0)] pub u64);

impl SubCommand {
    /// enableEnterpriseAttestation
    pub const ENABLE_ENTERPRISE_ATTESTATION: Self = Self(0x01);
    /// toggleAlwaysUv
    pub const TOGGLE_ALWAYS_UV: Self = Self(0x02);
    /// setMinPINLength
    pub const SET_MIN_PIN_LENGTH: Self = Self(0x03);
    /// enableLongTouchForReset
    pub const ENABLE_LONG_TOUCH_FOR_RESET: Self = Self(0x04);
    /// vendorPrototype
    pub const VENDOR_PROTOTYPE: Self = Self(0xFF);

    /// Returns the standard's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::ENABLE_ENTERPRISE_ATTESTATION => "enableEnterpriseAttestation",
            Self::TOGGLE_ALWAYS_UV => "toggleAlwaysUv",
            Self::SET_MIN_PIN_LENGTH => "setMinPINLength",
            Self::ENABLE_LONG_TOUCH_FOR_RESET => "enableLongTouchForReset",
            Self::VENDOR_PROTOTYPE => "vendorPrototype",
            _ => "unknown subcommand",
        }
    }
}

/// Parameters of authenticatorConfig.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AuthenticatorConfigRequest {
    /// What to do.
    #[n(0x01)]
    pub sub_command: SubCommand,
    /// With what: a map, kept as it came because the MAC is over its bytes.
    #[n(0x02)]
    pub sub_command_params: Option<EncodedItem>,
    /// The protocol of `pin_uv_auth_param`.
    #[n(0x03)]
    pub pin_uv_auth_protocol: Option<u64>,
    /// MAC over [`Self::signed_message`].
    #[n(0x04)]
    pub pin_uv_auth_param: Option<ByteVec>,
}

impl AuthenticatorConfigRequest {
    /// Makes a request that nothing authorises yet.
    pub fn new(sub_command: SubCommand, sub_command_params: Option<EncodedItem>) -> Self {
        AuthenticatorConfigRequest {
            sub_command,
            sub_command_params,
            pin_uv_auth_protocol: None,
            pin_uv_auth_param: None,
        }
    }

    /// Returns what pinUvAuthParam authenticates: 32 bytes 0xFF, the command, the subcommand and
    /// its parameters.
    pub fn signed_message(&self) -> Vec<u8> {
        let mut message = vec![0xFF; 32];
        message.push(Command::CONFIG.0);
        // Subcommands are one byte long; no key knows a longer one.
        message.push(u8::try_from(self.sub_command.0).unwrap_or(u8::MAX));
        message.extend(self.sub_command_params.iter().flat_map(EncodedItem::as_bytes));
        message
    }
}

/// Parameters of setMinPINLength; what is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SetMinPinLengthParams {
    /// The least PIN length in code points; it only ever grows.
    #[n(0x01)]
    pub new_min_pin_length: Option<u64>,
    /// Relying parties that are told the least length, in place of those set before.
    #[n(0x02)]
    pub min_pin_length_rp_ids: Option<Vec<String>>,
    /// Demand a new PIN before anything else.
    #[n(0x03)]
    pub force_change_pin: Option<bool>,
    /// Put further rules for PINs into force, for good.
    #[n(0x04)]
    pub pin_complexity_policy: Option<bool>,
}

impl Request for AuthenticatorConfigRequest {
    const COMMAND: Command = Command::CONFIG;
    type Response = Empty;
}
