//! What can go wrong, as facts; advice is for the caller.

use std::time::Duration;

use super::interaction::Declined;
use crate::cbor;
use crate::cose::Algorithm;
use crate::ctap2::authenticator_config::SubCommand;
use crate::ctap2::{Command, Status};
use crate::large_blob::{ArrayError, BlobError};
use crate::pin_uv::{self, PinError};
use crate::relying_party;
use crate::transport::TransportError;
use crate::u2f::{self, Instruction, StatusWord};
use crate::webauthn::AuthenticatorDataError;

/// Why the client failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The message did not get through.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The key refused with a status that no other variant names.
    #[error("the key refused {command} ({status})")]
    Refused {
        /// What was asked.
        command: Command,
        /// What came.
        status: Status,
    },
    /// The key's answer cannot be understood.
    #[error("the key's answer to {command} cannot be understood: {source}")]
    Answer {
        /// What was asked.
        command: Command,
        /// Where it went wrong.
        #[source]
        source: cbor::Error,
    },
    /// The key's answer is empty or lacks what it must hold; what.
    #[error("the key's answer to {command} lacks the {what}")]
    Incomplete {
        /// What was asked.
        command: Command,
        /// What is missing.
        what: &'static str,
    },
    /// The key's answer claims more than any key holds.
    #[error("the key's answer to {command} claims {claimed} {what}, more than any key holds")]
    TooMany {
        /// What was asked.
        command: Command,
        /// What is too many.
        what: &'static str,
        /// How many.
        claimed: u64,
    },
    /// The key gave an answer a second time, where another one was due.
    #[error("the key answered {command} with what it had said before")]
    Repeated {
        /// What was asked.
        command: Command,
    },
    /// The request is longer than the key takes; nothing was sent.
    #[error("the request {command} has {length} bytes, this key takes at most {maximum}")]
    RequestTooLarge {
        /// What was to be asked.
        command: Command,
        /// Length in bytes.
        length: usize,
        /// The key's maximum in bytes.
        maximum: usize,
    },
    /// A user handle of a length that WebAuthn does not allow; the length in bytes.
    #[error("a user ID has 1 to 64 bytes, not {0}")]
    UserIdLength(usize),
    /// Authenticator data cannot be read.
    #[error("the key's authenticator data cannot be read: {0}")]
    AuthenticatorData(#[from] AuthenticatorDataError),
    /// What came back is not what was asked for: the answer is not to be trusted.
    #[error("the key's answer is not genuine: {0}")]
    NotGenuine(#[from] relying_party::Error),
    /// The key does not verify users although that was asked for; it set no UV flag.
    #[error("user verification was asked for, and the key answered without it")]
    NotVerified,
    /// The key lists the extension, but did not do what was asked of it.
    #[error("the key supports the extension {0}, and did not do what was asked of it")]
    ExtensionNotApplied(&'static str),
    /// The key does not say whether it did what was asked of the extension.
    #[error("the key does not say whether it applied the extension {0}")]
    ExtensionNotConfirmed(&'static str),
    /// A relying party is not told the rules for PINs; the extension.
    #[error("the key does not tell this relying party {0}: the RP ID is not on its list")]
    PinRulesWithheld(&'static str),
    /// Enterprise attestation was asked for, and is turned off.
    #[error("enterprise attestation is turned off on this key")]
    EnterpriseAttestationOff,
    /// Enterprise attestation was asked for, and the ordinary one came.
    #[error("an enterprise attestation was asked for, and the key gave its ordinary one")]
    NoEnterpriseAttestation,
    /// Certain attestation formats were asked for, and another came.
    #[error("the key attested in the format {0:?}, none of those asked for")]
    AttestationFormat(String),
    /// The key took the setting and is not set to it; the member or option of getInfo.
    #[error("the key took the new setting, but {0} is not as it was set")]
    SettingNotApplied(&'static str),
    /// A least PIN length that the key cannot be set to; nothing was sent.
    #[error("the least PIN length of this key can be set to {least} to {most}, not to {wanted}")]
    MinPinLength {
        /// What was asked.
        wanted: u64,
        /// The least length now: it only ever grows.
        least: u64,
        /// The greatest length of a PIN.
        most: u64,
    },
    /// More relying parties to be told the rules for PINs than the key has room for.
    #[error("{given} RP IDs are too many, this key has room for {maximum}")]
    TooManyRpIds {
        /// How many.
        given: usize,
        /// As many as the key says it takes.
        maximum: u64,
    },
    /// The key lacks what was asked for.
    #[error("this key does not support {0}")]
    Unsupported(Unsupported),
    /// The PIN is wrong.
    #[error("the PIN is wrong ({})", Status::PIN_INVALID)]
    PinInvalid {
        /// Tries left, if the key said so.
        retries_left: Option<u64>,
    },
    /// Three wrong PINs in a row: a power cycle is needed.
    #[error(
        "the key takes no PIN until it is unplugged and plugged in again ({})",
        Status::PIN_AUTH_BLOCKED
    )]
    PinAuthBlocked {
        /// Tries left after the power cycle, if the key said so.
        retries_left: Option<u64>,
    },
    /// No tries are left: only a reset helps.
    #[error("the PIN is blocked for good ({})", Status::PIN_BLOCKED)]
    PinBlocked,
    /// Spending a try now could block the key.
    #[error(
        "only {retries_left} PIN tries are left, too few to risk one on a PIN that nobody types"
    )]
    TooFewRetries {
        /// Tries left.
        retries_left: u64,
    },
    /// A PIN is needed, and none is set.
    #[error("no PIN is set on this key ({})", Status::PIN_NOT_SET)]
    PinNotSet,
    /// A PIN is set already.
    #[error("a PIN is set already on this key")]
    PinAlreadySet,
    /// The key wants its PIN changed before anything else.
    #[error("the key demands a new PIN before it does anything else")]
    PinChangeForced,
    /// The new PIN does not fit.
    #[error(transparent)]
    Pin(#[from] PinError),
    /// The key refused the new PIN.
    #[error("the key refused the new PIN ({})", Status::PIN_POLICY_VIOLATION)]
    PinPolicyViolation,
    /// The key refused the new PIN although its length is right.
    #[error("the key refused the new PIN by rules of its own ({})", Status::PIN_POLICY_VIOLATION)]
    PinAgainstRules {
        /// Where the key says that its rules can be read; untrusted text.
        policy_url: Option<String>,
        /// True if the PIN had to differ from the one before.
        change_was_forced: bool,
    },
    /// User verification was asked for, and none is set up on this key.
    #[error(
        "user verification was asked for, and neither a PIN nor a fingerprint is set up on this key"
    )]
    VerificationNotSetUp,
    /// Built-in verification did not recognise the person.
    #[error("built-in verification did not recognise the person ({})", Status::UV_INVALID)]
    UvInvalid {
        /// Tries left, if the key said so.
        retries_left: Option<u64>,
    },
    /// No tries of built-in verification are left; the right PIN restores them.
    #[error("built-in verification is blocked ({})", Status::UV_BLOCKED)]
    UvBlocked,
    /// The person was not asked, or did not answer.
    #[error("{what}: {reason}")]
    Declined {
        /// What was asked.
        what: &'static str,
        /// Why there is no answer.
        #[source]
        reason: Declined,
    },
    /// No touch, or a refusal.
    #[error("the key was not touched in time ({status})")]
    NoTouch {
        /// What came.
        status: Status,
    },
    /// The person refused on the key, or the key refused for its own reasons.
    #[error("the request was denied on the key ({})", Status::OPERATION_DENIED)]
    Denied,
    /// No credential matches.
    #[error("no matching credential on this key ({})", Status::NO_CREDENTIALS)]
    NoCredentials,
    /// A credential of the exclude list is on the key.
    #[error("this key is already registered ({})", Status::CREDENTIAL_EXCLUDED)]
    CredentialExcluded,
    /// No room for another discoverable credential.
    #[error("the key has no room for another discoverable credential ({})", Status::KEY_STORE_FULL)]
    KeyStoreFull,
    /// No such fingerprint on the key.
    #[error("no such fingerprint on this key ({})", Status::INVALID_OPTION)]
    NoSuchFingerprint,
    /// No room for another fingerprint.
    #[error("the key has no room for another fingerprint ({})", Status::FP_DATABASE_FULL)]
    FingerprintStoreFull,
    /// A fingerprint's name that the key does not take.
    #[error("a fingerprint's name of {length} bytes is too long for this key")]
    FingerprintNameLength {
        /// Its length in bytes.
        length: usize,
        /// The longest in bytes, if the key said so.
        maximum: Option<u64>,
    },
    /// credBlob is longer than the key stores; nothing was sent.
    #[error("the credBlob has {length} bytes, this key stores at most {maximum}")]
    CredBlobTooLong {
        /// Length in bytes.
        length: usize,
        /// The key's maximum in bytes.
        maximum: u64,
    },
    /// A large blob is wanted for a credential that will not be discoverable.
    #[error("a large blob needs a discoverable credential")]
    LargeBlobNotDiscoverable,
    /// A large blob is to be changed, and several credentials could be meant.
    #[error("a large blob is changed for one credential at a time")]
    LargeBlobWantsOneCredential,
    /// No room for the large blobs; the key's were not changed.
    #[error(
        "the key has no room for the large blobs, {length} bytes together ({})",
        Status::LARGE_BLOB_STORAGE_FULL
    )]
    LargeBlobStorageFull {
        /// Length in bytes of the array that was to be stored.
        length: usize,
    },
    /// The stored array cannot be understood; it is not touched.
    #[error(transparent)]
    LargeBlobArray(#[from] ArrayError),
    /// The key lists less than it says it holds: what its credentials cannot open may be theirs.
    #[error("the key lists fewer credentials than it says it holds")]
    IncompleteListing,
    /// A large blob cannot be stored or read.
    #[error(transparent)]
    LargeBlob(#[from] BlobError),
    /// A reset came too late after plugging in.
    #[error(
        "the key takes a reset only in the first seconds after it is plugged in ({})",
        Status::NOT_ALLOWED
    )]
    ResetTooLate,
    /// A discoverable credential was made, and then failed the checks.
    #[error("{cause}")]
    CredentialRejected {
        /// What is wrong with it.
        cause: Box<Error>,
        /// Its ID.
        credential_id: Vec<u8>,
        /// True if it was taken off the key again.
        removed: bool,
    },
    /// The key refused a U2F message with a status word that no other variant names.
    #[error("the key refused {instruction} ({status})")]
    U2fRefused {
        /// What was asked.
        instruction: Instruction,
        /// What came.
        status: StatusWord,
    },
    /// The key's answer to a U2F message cannot be understood.
    #[error("the key's answer to {instruction} cannot be understood: {source}")]
    U2fAnswer {
        /// What was asked.
        instruction: Instruction,
        /// Where it went wrong.
        #[source]
        source: u2f::Error,
    },
    /// A U2F key, which does not give up by itself, was not touched.
    #[error(
        "the key was not touched within {} s ({})",
        waited.as_secs(),
        StatusWord::CONDITIONS_NOT_SATISFIED
    )]
    NotTouched {
        /// How long was waited.
        waited: Duration,
    },
    /// A PIN/UV auth protocol failed.
    #[error("PIN/UV auth protocol: {0}")]
    PinUv(#[from] pin_uv::Error),
}

/// What a key lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsupported {
    /// CTAP2 itself: the key speaks U2F only.
    Ctap2,
    /// CTAP2 and U2F both.
    EveryProtocol,
    /// What U2F cannot do, on a key that speaks nothing else.
    OverU2f(&'static str),
    /// A command.
    Command(Command),
    /// An extension.
    Extension(&'static str),
    /// An option of getInfo.
    Option(&'static str),
    /// Every algorithm asked for.
    Algorithms(Vec<Algorithm>),
    /// PINs.
    ClientPin,
    /// Every PIN/UV auth protocol known here.
    PinUvAuthProtocol,
    /// Changing the names of stored accounts: it has only the prototype of that command.
    Renaming,
    /// A way of authorising: the PIN may not authorise making or using credentials.
    PinForCredentials,
    /// Deleting a large blob: this key can only overwrite it.
    LargeBlobDeletion,
    /// Storing a large blob only if there is none yet: this key does not tell beforehand.
    LargeBlobKeeping,
    /// A subcommand of authenticatorConfig.
    ConfigSubCommand(SubCommand),
    /// Turning the obligation to verify the user off.
    TurningOffAlwaysUv,
    /// Further rules for PINs.
    PinComplexityPolicy,
    /// Every attestation format asked for.
    AttestationFormats(Vec<String>),
}

impl std::fmt::Display for Unsupported {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Unsupported::Ctap2 => f.write_str("CTAP2, only U2F"),
            Unsupported::EveryProtocol => f.write_str("CTAP2 or U2F"),
            Unsupported::OverU2f(what) => write!(f, "{what}, as it speaks only U2F"),
            Unsupported::Command(command) => write!(f, "{command}"),
            Unsupported::Extension(identifier) => write!(f, "the extension {identifier}"),
            Unsupported::Option("rk") => f.write_str("discoverable credentials (option rk)"),
            Unsupported::Option("bioEnroll") => f.write_str("fingerprints (option bioEnroll)"),
            Unsupported::Option("credMgmt") => {
                f.write_str("credential management (option credMgmt)")
            }
            Unsupported::Option("perCredMgmtRO") => {
                f.write_str("persistent tokens (option perCredMgmtRO)")
            }
            Unsupported::Option(option) => write!(f, "the option {option}"),
            Unsupported::Algorithms(algorithms) => {
                f.write_str("any of the algorithms asked for:")?;
                algorithms.iter().try_for_each(|algorithm| write!(f, " {algorithm}"))
            }
            Unsupported::ClientPin => f.write_str("PINs"),
            Unsupported::PinUvAuthProtocol => f.write_str("a PIN/UV auth protocol known here"),
            Unsupported::Renaming => f.write_str("changing the names of stored accounts"),
            Unsupported::ConfigSubCommand(sub_command) => {
                write!(f, "the setting {} (0x{:02x})", sub_command.name(), sub_command.0)
            }
            Unsupported::TurningOffAlwaysUv => f.write_str("turning alwaysUv off"),
            Unsupported::PinComplexityPolicy => f.write_str("rules for PINs but their length"),
            Unsupported::AttestationFormats(formats) => {
                write!(f, "any of the attestation formats asked for: {}", formats.join(" "))
            }
            Unsupported::PinForCredentials => {
                f.write_str("a PIN in place of built-in verification for credentials")
            }
            Unsupported::LargeBlobDeletion => f.write_str("deleting a large blob"),
            Unsupported::LargeBlobKeeping => {
                f.write_str("storing a large blob only if there is none yet")
            }
        }
    }
}
