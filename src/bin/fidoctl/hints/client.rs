//! What a key refused or answered.

use fidoctl::client::interaction::Declined;
use fidoctl::client::{Error, Unsupported};
use fidoctl::ctap2::Status;
use fidoctl::large_blob::BlobError;
use fidoctl::webauthn::Base64Url;

use crate::failure::{Failure, Kind};

/// Explains what the client met.
pub fn of_client_error(error: Error) -> Failure {
    let error = match error {
        Error::Transport(error) => return super::of_transport_error(error),
        Error::CredentialRejected { cause, credential_id, removed } => {
            return of_rejected_credential(*cause, credential_id, removed);
        }
        other => other,
    };
    let status = status_of(&error);
    let (kind, hints, retries_left): (Kind, Vec<String>, Option<u64>) = match &error {
        Error::Transport(_) | Error::PinUv(_) | Error::CredentialRejected { .. } => (Kind::FAILED, vec![], None),
        Error::Refused { .. } => (Kind::REFUSED, vec!["run again with -v to see what was sent and what came".into()], None),
        Error::Answer { .. } => (
            Kind::MALFORMED_ANSWER,
            vec!["try --lenient-cbor if this key is known to be careless with its encoding".into()],
            None,
        ),
        Error::Incomplete { .. } | Error::AuthenticatorData(_) => (Kind::MALFORMED_ANSWER, vec![], None),
        Error::NotGenuine(_) => (
            Kind::NOT_GENUINE,
            vec!["do not trust this key's answer; nothing was reported as done".into()],
            None,
        ),
        Error::TooMany { .. } => (Kind::MALFORMED_ANSWER, vec![], None),
        Error::RequestTooLarge { .. } => (
            Kind::UNSUPPORTED,
            vec!["name fewer credentials, or shorter names".into()],
            None,
        ),
        Error::UserIdLength(_) => (Kind::USAGE, vec![], None),
        Error::ExtensionNotApplied("credBlob") => (
            Kind::UNSUPPORTED,
            vec!["add --rk required: most keys keep a credBlob with discoverable credentials only".into()],
            None,
        ),
        Error::CredBlobTooLong { .. } => (Kind::USAGE, vec!["store less, or use a large blob".into()], None),
        Error::LargeBlobNotDiscoverable => (Kind::USAGE, vec!["enroll with --rk required".into()], None),
        Error::LargeBlobWantsOneCredential => (
            Kind::USAGE,
            vec!["name one credential with --credential FILE, or --rp DOMAIN --id ID".into()],
            None,
        ),
        Error::LargeBlobStorageFull { .. } => (
            Kind::KEY_FULL,
            vec!["the large blobs on the key are as they were: delete one with 'fidoctl blob delete', or store less".into()],
            None,
        ),
        Error::IncompleteListing => (
            Kind::MALFORMED_ANSWER,
            vec!["nothing was deleted: an entry may belong to a credential that was not listed".into()],
            None,
        ),
        Error::LargeBlobArray(_) => (
            Kind::DAMAGED_BLOB,
            vec!["see how the program that wrote it can put it right; nothing was changed".into()],
            None,
        ),
        Error::LargeBlob(BlobError::TooLong(_)) => (Kind::USAGE, vec!["store less: no key has room for so much".into()], None),
        Error::LargeBlob(BlobError::Damaged { .. }) => (Kind::DAMAGED_BLOB, vec!["store it anew with 'fidoctl blob set'".into()], None),
        Error::ExtensionNotApplied(_) => (Kind::UNSUPPORTED, vec![], None),
        Error::UvInvalid { retries_left } => (
            Kind::NOT_VERIFIED,
            vec!["try again with a clean, dry finger".into()],
            *retries_left,
        ),
        Error::UvBlocked => (
            Kind::NOT_VERIFIED,
            vec!["give the PIN: the right one unblocks the fingerprint too".into()],
            Some(0),
        ),
        Error::NotVerified => (Kind::NOT_VERIFIED, vec![], None),
        Error::Unsupported(what) => (Kind::UNSUPPORTED, hints_for_unsupported(what), None),
        Error::PinInvalid { retries_left } => (Kind::PIN_INVALID, hints_for_wrong_pin(*retries_left), *retries_left),
        Error::PinAuthBlocked { retries_left } => (
            Kind::PIN_AUTH_BLOCKED,
            vec!["unplug the key, plug it in again, then try once more".into()],
            *retries_left,
        ),
        Error::PinBlocked => (
            Kind::PIN_BLOCKED,
            vec!["reset the key with 'fidoctl reset': it erases every credential on it".into()],
            Some(0),
        ),
        Error::TooFewRetries { retries_left } => (
            Kind::TOO_FEW_RETRIES,
            vec![
                "type the PIN at the terminal instead".into(),
                "or add --risk-last-tries if you are sure of it".into(),
            ],
            Some(*retries_left),
        ),
        Error::PinNotSet | Error::VerificationNotSetUp => {
            (Kind::PIN_NOT_SET, vec!["set a PIN with 'fidoctl pin set'".into()], None)
        }
        Error::PinAlreadySet => {
            (Kind::PIN_ALREADY_SET, vec!["change it with 'fidoctl pin change'".into()], None)
        }
        Error::PinChangeForced => {
            (Kind::PIN_CHANGE_FORCED, vec!["change the PIN with 'fidoctl pin change'".into()], None)
        }
        Error::Pin(_) => (Kind::PIN_UNFIT, vec!["choose another PIN; the key was not changed".into()], None),
        Error::PinPolicyViolation => (
            Kind::PIN_UNFIT,
            vec!["choose another PIN: 'fidoctl info' shows the key's rules".into()],
            None,
        ),
        Error::Declined { reason, .. } => return of_declined(error.to_string(), *reason),
        Error::NoTouch { .. } => (Kind::NO_TOUCH, vec!["run it again and touch the key when it blinks".into()], None),
        Error::Denied => (Kind::DENIED, vec![], None),
        Error::NoCredentials => (
            Kind::NO_CREDENTIALS,
            vec!["check that this is the key that was registered; some credentials show only with --uv required".into()],
            None,
        ),
        Error::CredentialExcluded => (Kind::ALREADY_REGISTERED, vec!["use another key, or sign in with this one".into()], None),
        Error::KeyStoreFull => (
            Kind::KEY_FULL,
            vec!["delete a credential that is no longer needed, see 'fidoctl credential list', or enroll with --rk discouraged".into()],
            None,
        ),
        Error::ResetTooLate => (
            Kind::RESET_TOO_LATE,
            vec!["run 'fidoctl reset' without --no-replug: it waits for the key to be plugged in again".into()],
            None,
        ),
    };
    let mut failure = Failure::new(kind, error).retries_left(retries_left);
    failure.hints = hints;
    failure.status = status;
    failure
}

fn of_rejected_credential(cause: Error, credential_id: Vec<u8>, removed: bool) -> Failure {
    let failure = of_client_error(cause);
    if removed {
        return failure.hint("the credential that the key had made was deleted from it again");
    }
    let id = Base64Url(credential_id);
    failure.hint(format!(
        "a credential was left on the key; delete it with 'fidoctl credential delete {id}'"
    ))
}

fn status_of(error: &Error) -> Option<Status> {
    match error {
        Error::Refused { status, .. } | Error::NoTouch { status } => Some(*status),
        Error::PinInvalid { .. } => Some(Status::PIN_INVALID),
        Error::PinAuthBlocked { .. } => Some(Status::PIN_AUTH_BLOCKED),
        Error::PinBlocked => Some(Status::PIN_BLOCKED),
        Error::PinNotSet => Some(Status::PIN_NOT_SET),
        Error::PinPolicyViolation => Some(Status::PIN_POLICY_VIOLATION),
        Error::Denied => Some(Status::OPERATION_DENIED),
        Error::NoCredentials => Some(Status::NO_CREDENTIALS),
        Error::CredentialExcluded => Some(Status::CREDENTIAL_EXCLUDED),
        Error::KeyStoreFull => Some(Status::KEY_STORE_FULL),
        Error::LargeBlobStorageFull { .. } => Some(Status::LARGE_BLOB_STORAGE_FULL),
        Error::ResetTooLate => Some(Status::NOT_ALLOWED),
        _ => None,
    }
}

fn hints_for_wrong_pin(retries_left: Option<u64>) -> Vec<String> {
    let mut hints = match retries_left {
        Some(1) => {
            vec!["1 try left: one more wrong PIN blocks the key until it is erased".to_owned()]
        }
        Some(left) => vec![format!("{left} tries left")],
        None => Vec::new(),
    };
    hints.push("after three wrong PINs the key must be unplugged and plugged in again".to_owned());
    hints
}

fn hints_for_unsupported(what: &Unsupported) -> Vec<String> {
    let hint = match what {
        Unsupported::Ctap2 => "use a FIDO2 key: this one is older than CTAP2",
        Unsupported::Option("rk") => "enroll with --rk discouraged, or use another key",
        Unsupported::LargeBlobKeeping => "add --force to replace the one that may be there",
        Unsupported::LargeBlobDeletion => {
            "overwrite it with an empty one: 'fidoctl blob set --force' with /dev/null"
        }
        Unsupported::Algorithms(_) => "see what it supports with 'fidoctl info'",
        Unsupported::PinForCredentials => "set up the key's own verification (fingerprint) first",
        _ => "see what this key can do with 'fidoctl info'",
    };
    vec![hint.to_owned()]
}

fn of_declined(message: String, reason: Declined) -> Failure {
    match reason {
        Declined::Cancelled => Failure::message(Kind::INTERRUPTED, message),
        Declined::TimedOut => Failure::message(Kind::TIMEOUT, message),
        Declined::Pin(_) => {
            Failure::message(Kind::PIN_UNFIT, message).hint("choose another PIN; the key was not changed")
        }
        Declined::NoTerminal | Declined::Used => Failure::message(Kind::PIN_NEEDED, message)
            .hint("give the PIN with --pin-file, --pin-fd, --pin-env, --pin-program or --pin-stdin")
            .hint("give a new PIN with --new-pin-file, --new-pin-fd, --new-pin-env or --new-pin-program"),
    }
}
