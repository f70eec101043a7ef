//! Messages by name.

use fidoctl::cbor::Strictness;
use fidoctl::ctap2::client_pin::{ClientPinRequest, SubCommand};
use fidoctl::ctap2::{BioEnrollmentRequest, Command, GetAssertionRequest, Message, bio_enrollment};

pub(super) fn waits_for_touch(message: &[u8]) -> bool {
    match Command(message[0]) {
        Command::MAKE_CREDENTIAL | Command::RESET | Command::SELECTION => true,
        Command::GET_ASSERTION => {
            let request: GetAssertionRequest = decode(&message[1..]);
            request.options.is_none_or(|options| options.up != Some(false))
        }
        _ => false,
    }
}

/// Names a message as the log has it.
pub(crate) fn describe(message: &[u8]) -> String {
    match Command(message[0]) {
        Command::GET_INFO => "getInfo".to_owned(),
        Command::MAKE_CREDENTIAL => "makeCredential".to_owned(),
        Command::GET_ASSERTION if waits_for_touch(message) => "getAssertion".to_owned(),
        Command::GET_ASSERTION => "silent getAssertion".to_owned(),
        Command::GET_NEXT_ASSERTION => "getNextAssertion".to_owned(),
        Command::RESET => "reset".to_owned(),
        Command::SELECTION => "selection".to_owned(),
        Command::CLIENT_PIN => {
            let request: ClientPinRequest = decode(&message[1..]);
            match request.sub_command {
                SubCommand::GET_PIN_RETRIES => "PIN retries".to_owned(),
                SubCommand::GET_KEY_AGREEMENT => "key agreement".to_owned(),
                SubCommand::SET_PIN => "set PIN".to_owned(),
                SubCommand::CHANGE_PIN => "change PIN".to_owned(),
                SubCommand::GET_PIN_TOKEN => "legacy token".to_owned(),
                SubCommand::GET_TOKEN_USING_UV => match request.permissions {
                    Some(permissions) => format!("UV token {permissions:#04x}"),
                    None => "UV token".to_owned(),
                },
                SubCommand::GET_UV_RETRIES => "UV retries".to_owned(),
                SubCommand::GET_TOKEN_USING_PIN => format!(
                    "PIN token {:#04x} {}",
                    request.permissions.unwrap(),
                    request.rp_id.unwrap_or_default()
                ),
                other => format!("clientPIN {}", other.0),
            }
        }
        Command::BIO_ENROLLMENT => {
            let request: BioEnrollmentRequest = decode(&message[1..]);
            match request.sub_command {
                Some(bio_enrollment::SubCommand::CANCEL_CURRENT_ENROLLMENT) => {
                    "cancel enrolment".to_owned()
                }
                _ => "bioEnrollment".to_owned(),
            }
        }
        other => other.to_string(),
    }
}

pub(super) fn decode<M: Message>(bytes: &[u8]) -> M {
    M::from_slice(bytes, Strictness::Canonical).unwrap()
}
