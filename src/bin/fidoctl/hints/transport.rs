//! Messages that did not get through, and keys that cannot be opened.

use fidoctl::transport::{ErrorCode, Interruption, PipeError, ReplayError, TransportError};

use crate::failure::{Failure, Kind};

/// Explains why messages did not get through.
pub fn of_transport_error(error: TransportError) -> Failure {
    match error {
        TransportError::Pipe(error) => of_pipe_error(error),
        TransportError::Refused { code: ErrorCode::INVALID_CMD, .. } => {
            Failure::new(Kind::UNSUPPORTED, error)
                .hint("see what this key can do with 'fidoctl info'")
        }
        TransportError::Refused { .. } => Failure::new(Kind::REFUSED, error),
        TransportError::Busy { .. } => Failure::new(Kind::KEY_BUSY, error)
            .hint("end the other program that uses the key, such as a browser waiting for a touch"),
        TransportError::NoAnswer { .. } => Failure::new(Kind::KEY_SILENT, error)
            .hint("unplug the key and plug it in again")
            .hint("check that no other program reads from the key"),
        TransportError::Malformed { .. } => Failure::new(Kind::MALFORMED_ANSWER, error)
            .hint("unplug the key and plug it in again; if it happens again, report it with -v"),
        TransportError::Interrupted(Interruption::Cancelled) => {
            Failure::message(Kind::INTERRUPTED, "interrupted; the key was told to stop")
        }
        TransportError::Interrupted(Interruption::DeadlinePassed) => {
            Failure::message(Kind::TIMEOUT, "the time allowed by --timeout is over")
                .hint("give more time with --timeout SECONDS, and touch the key when it asks")
        }
        TransportError::TooLong(_) => Failure::new(Kind::USAGE, error),
    }
}

/// Explains why a key could not be opened or got lost.
pub fn of_pipe_error(error: PipeError) -> Failure {
    match error {
        PipeError::Gone => Failure::new(Kind::KEY_GONE, error)
            .hint("plug the key in again and repeat; what was asked may or may not have been done"),
        PipeError::NotFound { .. } => {
            Failure::new(Kind::NO_KEY, error).hint("see what is connected with 'fidoctl list'")
        }
        PipeError::PermissionDenied { ref path } if !path.starts_with("/dev/") => {
            Failure::new(Kind::NO_PERMISSION, error)
                .hint("check the permissions of the file and of its folder")
        }
        PipeError::PermissionDenied { .. } => Failure::new(Kind::NO_PERMISSION, error)
            .hint("install a udev rule that tags FIDO keys with uaccess, such as Debian's libfido2-1 package brings: KERNEL==\"hidraw*\", SUBSYSTEM==\"hidraw\", ENV{ID_FIDO_TOKEN}==\"1\", TAG+=\"uaccess\"")
            .hint("then unplug the key and plug it in again"),
        PipeError::InUse { .. } => Failure::new(Kind::IN_USE, error)
            .hint("wait for the other program to end, or end it"),
        PipeError::Io { .. } => Failure::new(Kind::IO, error),
        PipeError::NotLoopback { .. } => Failure::new(Kind::USAGE, error)
            .hint("add --allow-remote if you mean it: PINs and answers travel in clear"),
        PipeError::NotAvailable { .. } => Failure::new(Kind::UNSUPPORTED, error),
        PipeError::Replay(ReplayError::LeftOut { .. }) => {
            Failure::new(Kind::SECRETS_LEFT_OUT, error)
                .hint("record it again with --trace-secrets, and keep that file to yourself")
        }
        PipeError::Replay(_) => Failure::new(Kind::REPLAY_DIFFERS, error)
            .hint("run the very command that was recorded, with the same version of fidoctl")
            .hint("see the messages with 'fidoctl trace show'"),
        PipeError::VirtualKey(_) => Failure::new(Kind::STATE_FILE, error)
            .hint("the file was left as it is; make a new virtual key with 'fidoctl virtual new --state FILE'"),
    }
}
