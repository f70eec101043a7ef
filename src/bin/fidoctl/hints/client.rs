//! What a key refused or answered.

use fidoctl::client::interaction::Declined;
use fidoctl::client::{Error, Unsupported};
use fidoctl::ctap2::Status;
use fidoctl::large_blob::BlobError;
use fidoctl::webauthn::Base64Url;

use crate::explanations::{Explanation, explain_status, explain_status_word};
use crate::failure::{Failure, Kind};
use crate::output::visible;

/// Explains what the client met.
pub fn of_client_error(error: Error) -> Failure {
    let error = match error {
        Error::Transport(error) => return super::of_transport_error(error),
        Error::CredentialRejected { cause, credential_id, removed } => {
            return of_rejected_credential(*cause, credential_id, removed);
        }
        Error::Refused { status, .. } => return of_status(error.to_string(), status),
        Error::U2fRefused { status, .. } => {
            let left = status.tries_left();
            let failure = of_explanation(error.to_string(), explain_status_word(status));
            let said = left.map(|left| format!("{left} tries left of that PIN"));
            return said.into_iter().fold(failure.retries_left(left), Failure::hint);
        }
        other => other,
    };
    let status = status_of(&error);
    let (kind, hints, retries_left): (Kind, Vec<String>, Option<u64>) = match &error {
        Error::Transport(_)
        | Error::PinUv(_)
        | Error::CredentialRejected { .. }
        | Error::Refused { .. }
        | Error::U2fRefused { .. } => (Kind::FAILED, vec![], None),
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
        Error::U2fAnswer { .. } | Error::TooMany { .. } | Error::Repeated { .. } => {
            (Kind::MALFORMED_ANSWER, vec![], None)
        }
        Error::RequestTooLarge { .. } => (
            Kind::UNSUPPORTED,
            vec!["name fewer credentials, shorter names, or a smaller blob".into()],
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
        Error::ExtensionNotApplied(_) | Error::ExtensionNotConfirmed(_) => {
            (Kind::UNSUPPORTED, vec![], None)
        }
        Error::UvInvalid { retries_left } => of_table(Status::UV_INVALID, *retries_left),
        Error::UvBlocked => of_table(Status::UV_BLOCKED, Some(0)),
        Error::PinRulesWithheld(_) => (
            Kind::UNSUPPORTED,
            vec!["let the key tell it with 'fidoctl config min-pin-length --rp DOMAIN', then enroll again".into()],
            None,
        ),
        Error::EnterpriseAttestationOff => (
            Kind::UNSUPPORTED,
            vec!["turn it on with 'fidoctl config enterprise-attestation'".into()],
            None,
        ),
        Error::NoEnterpriseAttestation => (
            Kind::UNSUPPORTED,
            vec![
                "ask with --enterprise-attestation platform if this relying party may learn the serial number: the key's own list does not name it".into(),
                "enroll without --enterprise-attestation to take the ordinary one".into(),
            ],
            None,
        ),
        Error::AttestationFormat(_) => (
            Kind::UNSUPPORTED,
            vec!["name the format it gives with --attestation-format too, or name none".into()],
            None,
        ),
        Error::SettingNotApplied(_) => (
            Kind::UNSUPPORTED,
            vec!["see what the key is set to with 'fidoctl config show'".into()],
            None,
        ),
        Error::MinPinLength { .. } => (
            Kind::USAGE,
            vec!["reset the key to get back to its first least length: that erases every credential".into()],
            None,
        ),
        Error::TooManyRpIds { .. } => (Kind::USAGE, vec!["name fewer RP IDs".into()], None),
        Error::NotVerified => (
            Kind::NOT_VERIFIED,
            vec!["use another key, or newer firmware: this one does not say that it verified you".into()],
            None,
        ),
        Error::Unsupported(what) => (Kind::UNSUPPORTED, hints_for_unsupported(what), None),
        Error::PinInvalid { retries_left } => (Kind::PIN_INVALID, hints_for_wrong_pin(*retries_left), *retries_left),
        Error::PinAuthBlocked { retries_left } => of_table(Status::PIN_AUTH_BLOCKED, *retries_left),
        Error::PinBlocked => of_table(Status::PIN_BLOCKED, Some(0)),
        Error::TooFewRetries { retries_left } => (
            Kind::TOO_FEW_RETRIES,
            vec![
                "type the PIN at the terminal instead".into(),
                "or add --risk-last-tries if you are sure of it".into(),
            ],
            Some(*retries_left),
        ),
        Error::PinNotSet | Error::VerificationNotSetUp => of_table(Status::PIN_NOT_SET, None),
        Error::PinAlreadySet => {
            (Kind::PIN_ALREADY_SET, vec!["change it with 'fidoctl pin change'".into()], None)
        }
        Error::PinChangeForced => {
            (Kind::PIN_CHANGE_FORCED, vec!["change the PIN with 'fidoctl pin change'".into()], None)
        }
        Error::Pin(_) => (Kind::PIN_UNFIT, vec!["choose another PIN; the key was not changed".into()], None),
        Error::PinPolicyViolation => of_table(Status::PIN_POLICY_VIOLATION, None),
        Error::PinAgainstRules { policy_url, change_was_forced } => {
            let mut hints = vec![if *change_was_forced {
                "choose a PIN that differs from the current one and is less easy to guess".to_owned()
            } else {
                "choose a PIN that is less easy to guess".to_owned()
            }];
            hints.extend(policy_url.as_ref().map(|url| format!("read the key's rules at {}", visible(url))));
            (Kind::PIN_UNFIT, hints, None)
        }
        Error::Declined { what: "account", reason: Declined::NoTerminal } => {
            return Failure::new(Kind::USAGE, error)
                .hint("name the credential with --credential or --allow, or take all with --all");
        }
        Error::Declined { reason, .. } => return of_declined(error.to_string(), *reason),
        Error::NoTouch { .. } | Error::NotTouched { .. } => of_table(Status::USER_ACTION_TIMEOUT, None),
        Error::Denied => of_table(Status::OPERATION_DENIED, None),
        Error::NoCredentials => of_table(Status::NO_CREDENTIALS, None),
        Error::CredentialExcluded => of_table(Status::CREDENTIAL_EXCLUDED, None),
        Error::KeyStoreFull => of_table(Status::KEY_STORE_FULL, None),
        Error::FingerprintStoreFull => of_table(Status::FP_DATABASE_FULL, None),
        Error::NoSuchFingerprint => (
            Kind::NO_FINGERPRINT,
            vec!["see what is enrolled with 'fidoctl fingerprint list'".into()],
            None,
        ),
        Error::FingerprintNameLength { maximum, .. } => (
            Kind::USAGE,
            vec![match maximum {
                Some(maximum) => format!("choose a name of at most {maximum} bytes"),
                None => "choose a shorter name".into(),
            }],
            None,
        ),
        Error::ResetTooLate => (
            Kind::RESET_TOO_LATE,
            vec![
                "reset it within ten seconds of plugging it in; some keys, such as older YubiKeys, give only five".into(),
                "run 'fidoctl reset' without --no-replug: it waits for the key to be plugged in again".into(),
            ],
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

/// Takes kind and next step from the table of statuses.
fn of_table(status: Status, retries_left: Option<u64>) -> (Kind, Vec<String>, Option<u64>) {
    let explanation = explain_status(status);
    let kind = explanation.kind.unwrap_or(Kind::REFUSED);
    (kind, explanation.next_step.map(str::to_owned).into_iter().collect(), retries_left)
}

/// Explains a status that no error of its own stands for.
fn of_status(message: String, status: Status) -> Failure {
    Failure { status: Some(status), ..of_explanation(message, explain_status(status)) }
}

fn of_explanation(message: String, explanation: Explanation) -> Failure {
    let kind = explanation.kind.unwrap_or(Kind::REFUSED);
    let mut failure = Failure::message(kind, format!("{message}: {}", explanation.sentence));
    failure.hints.extend(explanation.next_step.map(str::to_owned));
    failure
}

fn status_of(error: &Error) -> Option<Status> {
    match error {
        Error::NoTouch { status } => Some(*status),
        Error::PinInvalid { .. } => Some(Status::PIN_INVALID),
        Error::PinAuthBlocked { .. } => Some(Status::PIN_AUTH_BLOCKED),
        Error::PinBlocked => Some(Status::PIN_BLOCKED),
        Error::PinNotSet => Some(Status::PIN_NOT_SET),
        Error::PinPolicyViolation | Error::PinAgainstRules { .. } => {
            Some(Status::PIN_POLICY_VIOLATION)
        }
        Error::Denied => Some(Status::OPERATION_DENIED),
        Error::NoCredentials => Some(Status::NO_CREDENTIALS),
        Error::CredentialExcluded => Some(Status::CREDENTIAL_EXCLUDED),
        Error::KeyStoreFull => Some(Status::KEY_STORE_FULL),
        Error::NoSuchFingerprint => Some(Status::INVALID_OPTION),
        Error::FingerprintStoreFull => Some(Status::FP_DATABASE_FULL),
        Error::UvInvalid { .. } => Some(Status::UV_INVALID),
        Error::UvBlocked => Some(Status::UV_BLOCKED),
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
        Unsupported::Extension("hmac-secret-mc") => {
            "enroll with --hmac-secret, then derive the secret with 'fidoctl secret'"
        }
        Unsupported::Ctap2 => "use a FIDO2 key: this one is older than CTAP2",
        Unsupported::OverU2f(_) => "use a FIDO2 key, or ask for less: this key is older than CTAP2",
        Unsupported::EveryProtocol => {
            "look for another program or a bridge between this one and the key"
        }
        Unsupported::Option("rk") => "enroll with --rk discouraged, or use another key",
        Unsupported::Option("credMgmt") => {
            "ask for the accounts of one service: 'fidoctl assert --rp DOMAIN --all' finds them"
        }
        Unsupported::Option("bioEnroll") => "use a key with a fingerprint sensor",
        Unsupported::LargeBlobKeeping => "add --force to replace the one that may be there",
        Unsupported::LargeBlobDeletion => {
            "overwrite it with an empty one: 'fidoctl blob set --force' with /dev/null"
        }
        Unsupported::AttestationFormats(_) | Unsupported::Algorithms(_) => {
            "see what it supports with 'fidoctl info'"
        }
        Unsupported::ConfigSubCommand(_) | Unsupported::PinComplexityPolicy => {
            "see what can be set on this key with 'fidoctl config show'"
        }
        Unsupported::TurningOffAlwaysUv => {
            "reset the key if it must be off: that erases every credential"
        }
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

#[cfg(test)]
mod tests {
    use fidoctl::ctap2::Command;

    use super::*;

    #[test]
    fn every_refusal_is_explained_by_the_table() {
        for status in (1..=u8::MAX).map(Status) {
            let command = Command::GET_ASSERTION;
            let failure = of_client_error(Error::Refused { command, status });
            let explanation = explain_status(status);
            assert_eq!((Some(failure.kind), failure.status), (explanation.kind, Some(status)));
            let next_step = failure.hints.first().map(String::as_str);
            assert_eq!(next_step, explanation.next_step, "{status}");
            let said = failure.error.to_string();
            assert!(said.contains(status.name()) && said.contains(explanation.sentence), "{said}");
        }
    }

    #[test]
    fn errors_that_stand_for_a_status_have_its_kind() {
        let command = Command::SELECTION;
        for (error, status) in [
            (Error::Unsupported(Unsupported::Command(command)), Status::INVALID_COMMAND),
            (Error::PinInvalid { retries_left: None }, Status::PIN_INVALID),
            (Error::PinAuthBlocked { retries_left: None }, Status::PIN_AUTH_BLOCKED),
            (Error::PinBlocked, Status::PIN_BLOCKED),
            (Error::PinNotSet, Status::PIN_NOT_SET),
            (Error::PinPolicyViolation, Status::PIN_POLICY_VIOLATION),
            (Error::UvInvalid { retries_left: None }, Status::UV_INVALID),
            (Error::UvBlocked, Status::UV_BLOCKED),
            (Error::NoTouch { status: Status::ACTION_TIMEOUT }, Status::ACTION_TIMEOUT),
            (Error::Denied, Status::OPERATION_DENIED),
            (Error::NoCredentials, Status::NO_CREDENTIALS),
            (Error::CredentialExcluded, Status::CREDENTIAL_EXCLUDED),
            (Error::KeyStoreFull, Status::KEY_STORE_FULL),
        ] {
            let kind = Some(of_client_error(error).kind);
            assert_eq!(kind, explain_status(status).kind, "{status}");
        }
    }
}
