//! What messages are called, in the standard's words.

use super::model::Message;
use crate::cbor::{self, Strictness, Value};
use crate::ctap2::{Command, Status};
use crate::ctaphid;

/// Nesting up to which parameters are looked into.
const NESTING: usize = 16;

/// Subcommands by command; the number is the index.
fn sub_commands(command: Command) -> &'static [&'static str] {
    match command {
        Command::CLIENT_PIN => &[
            "",
            "getPINRetries",
            "getKeyAgreement",
            "setPIN",
            "changePIN",
            "getPinToken",
            "getPinUvAuthTokenUsingUvWithPermissions",
            "getUVRetries",
            "",
            "getPinUvAuthTokenUsingPinWithPermissions",
        ],
        Command::BIO_ENROLLMENT | Command::BIO_ENROLLMENT_PREVIEW => &[
            "",
            "enrollBegin",
            "enrollCaptureNextSample",
            "cancelCurrentEnrollment",
            "enumerateEnrollments",
            "setFriendlyName",
            "removeEnrollment",
            "getFingerprintSensorInfo",
        ],
        Command::CREDENTIAL_MANAGEMENT | Command::CREDENTIAL_MANAGEMENT_PREVIEW => &[
            "",
            "getCredsMetadata",
            "enumerateRPsBegin",
            "enumerateRPsGetNextRP",
            "enumerateCredentialsBegin",
            "enumerateCredentialsGetNextCredential",
            "deleteCredential",
            "updateUserInformation",
        ],
        Command::CONFIG => &[
            "",
            "enableEnterpriseAttestation",
            "toggleAlwaysUv",
            "setMinPINLength",
            "enableLongTouchForReset",
        ],
        _ => &[],
    }
}

/// Names a CTAP2 request with its subcommand; empty if there is not even a command.
fn request(payload: &[u8]) -> Option<String> {
    let (byte, parameters) = payload.split_first()?;
    let command = Command(*byte);
    let key = match command {
        Command::CREDENTIAL_MANAGEMENT
        | Command::CREDENTIAL_MANAGEMENT_PREVIEW
        | Command::CONFIG => 1,
        _ => 2,
    };
    let named = |number: i64| {
        let names = sub_commands(command);
        let name = usize::try_from(number).ok().and_then(|number| names.get(number));
        match name {
            Some(name) if !name.is_empty() => Some((*name).to_owned()),
            _ if command == Command::CONFIG && number == 0xFF => Some("vendorPrototype".to_owned()),
            _ => (!names.is_empty()).then(|| format!("subcommand 0x{number:02x}")),
        }
    };
    let members = cbor::from_slice_with::<Value>(parameters, Strictness::Tolerant, NESTING);
    let sub_command = match members {
        Ok(Value::Map(members)) => members
            .iter()
            .find(|(found, _)| found.as_i64() == Some(key))
            .and_then(|(_, value)| value.as_i64())
            .and_then(named),
        _ => None,
    };
    let space = if sub_command.is_some() { " " } else { "" };
    Some(format!("{}{space}{}", command.name(), sub_command.unwrap_or_default()))
}

impl Message {
    /// Names what a CTAP2 request asks; `None` for all other messages.
    pub fn method(&self) -> Option<String> {
        (self.command == ctaphid::Command::CBOR).then(|| request(&self.payload)).flatten()
    }

    /// Returns the status of a CTAP2 answer; `None` for all other messages.
    pub fn status(&self) -> Option<Status> {
        let status = self.payload.first().copied().map(Status);
        status.filter(|_| self.command == ctaphid::Command::CBOR)
    }
}
