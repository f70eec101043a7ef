//! From status bytes to facts (CTAP 2.2 §8.2).

use super::{Error, Unsupported};
use crate::ctap2::{Command, Status};

/// Names what a status other than success says; `touch_wanted` if the key waited for a touch.
pub(super) fn refusal(command: Command, status: Status, touch_wanted: bool) -> Error {
    match status {
        Status::INVALID_COMMAND => Error::Unsupported(Unsupported::Command(command)),
        Status::USER_ACTION_TIMEOUT | Status::ACTION_TIMEOUT | Status::UP_REQUIRED => {
            Error::NoTouch { status }
        }
        // Some keys say it so when nobody touches them; without that wait it is a broken exchange.
        Status::TIMEOUT if touch_wanted => Error::NoTouch { status },
        Status::OPERATION_DENIED => Error::Denied,
        Status::NO_CREDENTIALS => Error::NoCredentials,
        // What keys with U2F inside say of an ID that is not theirs.
        Status::INVALID_CREDENTIAL if command == Command::GET_ASSERTION => Error::NoCredentials,
        Status::CREDENTIAL_EXCLUDED => Error::CredentialExcluded,
        Status::KEY_STORE_FULL => Error::KeyStoreFull,
        Status::PIN_INVALID => Error::PinInvalid { retries_left: None },
        Status::PIN_AUTH_BLOCKED => Error::PinAuthBlocked { retries_left: None },
        Status::PIN_BLOCKED => Error::PinBlocked,
        Status::PIN_NOT_SET => Error::PinNotSet,
        Status::PIN_POLICY_VIOLATION => Error::PinPolicyViolation,
        Status::UV_INVALID => Error::UvInvalid { retries_left: None },
        Status::UV_BLOCKED => Error::UvBlocked,
        _ => Error::Refused { command, status },
    }
}
