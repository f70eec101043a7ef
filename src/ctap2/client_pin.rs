//! authenticatorClientPIN (CTAP 2.2 §6.5).

use minicbor::{Decode, Encode};

use super::{Command, Request};
use crate::cbor::ByteVec;
use crate::cose::CoseKey;

bitflags::bitflags! {
    /// What a pinUvAuthToken may be used for (CTAP 2.2 §6.5.5.7).
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Permissions: u64 {
        /// makeCredential
        const MAKE_CREDENTIAL = 0x01;
        /// getAssertion
        const GET_ASSERTION = 0x02;
        /// credentialManagement
        const CREDENTIAL_MANAGEMENT = 0x04;
        /// bioEnrollment
        const BIO_ENROLLMENT = 0x08;
        /// largeBlobs, writing
        const LARGE_BLOB_WRITE = 0x10;
        /// authenticatorConfig
        const AUTHENTICATOR_CONFIGURATION = 0x20;
        /// credentialManagement, reading, with a persistent token
        const PERSISTENT_CREDENTIAL_MANAGEMENT_READ_ONLY = 0x40;
    }
}

/// A subcommand's number; unknown ones are kept so that a key can refuse them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct SubCommand(#[n(0)] pub u64);

impl SubCommand {
    /// getPINRetries
    pub const GET_PIN_RETRIES: Self = Self(0x01);
    /// getKeyAgreement
    pub const GET_KEY_AGREEMENT: Self = Self(0x02);
    /// setPIN
    pub const SET_PIN: Self = Self(0x03);
    /// changePIN
    pub const CHANGE_PIN: Self = Self(0x04);
    /// getPinToken, superseded
    pub const GET_PIN_TOKEN: Self = Self(0x05);
    /// getPinUvAuthTokenUsingUvWithPermissions
    pub const GET_TOKEN_USING_UV: Self = Self(0x06);
    /// getUVRetries
    pub const GET_UV_RETRIES: Self = Self(0x07);
    /// getPinUvAuthTokenUsingPinWithPermissions
    pub const GET_TOKEN_USING_PIN: Self = Self(0x09);
}

/// Parameters of clientPIN; which are needed depends on the subcommand.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ClientPinRequest {
    /// PIN/UV auth protocol.
    #[n(0x01)]
    pub pin_uv_auth_protocol: Option<u64>,
    /// What to do.
    #[n(0x02)]
    pub sub_command: SubCommand,
    /// The platform's key agreement key.
    #[n(0x03)]
    pub key_agreement: Option<CoseKey>,
    /// MAC over what is encrypted.
    #[n(0x04)]
    pub pin_uv_auth_param: Option<ByteVec>,
    /// The new PIN, padded and encrypted.
    #[n(0x05)]
    pub new_pin_enc: Option<ByteVec>,
    /// The current PIN's hash, encrypted.
    #[n(0x06)]
    pub pin_hash_enc: Option<ByteVec>,
    /// Permissions wanted.
    #[n(0x09)]
    pub permissions: Option<u64>,
    /// The RP ID that the token is bound to.
    #[n(0x0A)]
    pub rp_id: Option<String>,
}

impl ClientPinRequest {
    /// Starts a request with nothing but the subcommand.
    pub fn new(sub_command: SubCommand) -> Self {
        ClientPinRequest {
            pin_uv_auth_protocol: None,
            sub_command,
            key_agreement: None,
            pin_uv_auth_param: None,
            new_pin_enc: None,
            pin_hash_enc: None,
            permissions: None,
            rp_id: None,
        }
    }
}

/// Results of clientPIN.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ClientPinResponse {
    /// The key's key agreement key.
    #[n(0x01)]
    pub key_agreement: Option<CoseKey>,
    /// The token, encrypted.
    #[n(0x02)]
    pub pin_uv_auth_token: Option<ByteVec>,
    /// PIN tries left until the PIN is blocked.
    #[n(0x03)]
    pub pin_retries: Option<u64>,
    /// True if the next try needs a power cycle first.
    #[n(0x04)]
    pub power_cycle_state: Option<bool>,
    /// Built-in verification tries left.
    #[n(0x05)]
    pub uv_retries: Option<u64>,
}

impl Request for ClientPinRequest {
    const COMMAND: Command = Command::CLIENT_PIN;
    type Response = ClientPinResponse;
}
