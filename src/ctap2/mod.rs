//! The authenticator API's messages (CTAP 2.2 §6): one file a command, each encoding and decoding.
//!
//! The struct that the client encodes is the struct that the virtual key decodes. Must never know
//! cryptography or transports.

pub mod authenticator_config;
pub mod client_pin;
mod command;
pub mod credential_management;
mod empty;
pub mod extensions;
pub mod get_assertion;
pub mod get_info;
pub mod get_info_rules;
pub mod large_blobs;
pub mod make_credential;
mod status;
mod text_keyed;

pub use authenticator_config::AuthenticatorConfigRequest;
pub use client_pin::{ClientPinRequest, ClientPinResponse, Permissions};
pub use command::Command;
pub use credential_management::{
    CredentialManagementRequest, CredentialManagementResponse, PreviewCredentialManagementRequest,
};
pub use empty::{Empty, GetInfo, GetNextAssertion, Reset, Selection};
pub use get_assertion::{GetAssertionRequest, GetAssertionResponse};
pub use get_info::GetInfoResponse;
pub use large_blobs::{LargeBlobsRequest, LargeBlobsResponse};
pub use make_credential::{MakeCredentialRequest, MakeCredentialResponse};
pub use status::Status;
pub use text_keyed::TextKeyed;

use crate::cbor::{self, MESSAGE_NESTING, Strictness};

/// Message size in bytes where a key states none (CTAP 2.2 §6.4, member 0x05).
pub const DEFAULT_MAX_MSG_SIZE: u64 = 1024;

/// Parameters or results of a command: a CBOR map, or nothing at all.
pub trait Message: Sized {
    /// Encodes the map; empty for messages without one.
    fn to_vec(&self) -> Vec<u8>;

    /// Decodes the map.
    fn from_slice(bytes: &[u8], strictness: Strictness) -> Result<Self, cbor::Error>;
}

impl<T: cbor::Encode<()> + for<'b> cbor::Decode<'b, ()>> Message for T {
    fn to_vec(&self) -> Vec<u8> {
        cbor::to_vec(self)
    }

    fn from_slice(bytes: &[u8], strictness: Strictness) -> Result<Self, cbor::Error> {
        cbor::from_slice_with(bytes, strictness, MESSAGE_NESTING)
    }
}

/// A command's parameters, tied to the command byte and to the type of the answer.
pub trait Request: Message {
    /// The command byte.
    const COMMAND: Command;
    /// What a key answers on success.
    type Response: Message;

    /// Encodes the whole CTAPHID_CBOR payload: command byte and parameters.
    fn to_message(&self) -> Vec<u8> {
        let mut message = vec![Self::COMMAND.0];
        message.extend(self.to_vec());
        message
    }
}
