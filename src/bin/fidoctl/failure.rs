//! Why a command did not succeed: a kind for scripts, a chain of causes, and what to do next.

use fidoctl::client;
use fidoctl::ctap2::Status;
use fidoctl::webauthn::DomException;

use crate::exit::Exit;

/// What kind of failure it is; its name is part of the JSON contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// Kebab-case name.
    pub name: &'static str,
    /// Exit code.
    pub exit: Exit,
}

macro_rules! kinds {
    ($($constant:ident = $name:literal, $exit:ident;)+) => {
        impl Kind {
            $(
                #[doc = $name]
                pub const $constant: Kind = Kind { name: $name, exit: Exit::$exit };
            )+

            /// All of them.
            pub const ALL: &[Kind] = &[$(Kind::$constant),+];
        }
    };
}

kinds! {
    FAILED = "failed", Failed;
    REFUSED = "refused", Failed;
    KEY_GONE = "key-gone", Failed;
    KEY_SILENT = "key-silent", Failed;
    KEY_BUSY = "key-busy", Failed;
    MALFORMED_ANSWER = "malformed-answer", Failed;
    DAMAGED_BLOB = "damaged-blob", Failed;
    KEY_FULL = "key-full", Failed;
    RESET_TOO_LATE = "reset-too-late", Failed;
    STATE_FILE = "state-file", Failed;
    TIMEOUT = "timeout", Failed;
    IO = "io", Failed;
    USAGE = "usage", Usage;
    BAD_FILE = "bad-file", Usage;
    NO_KEY = "no-key", NoKey;
    SEVERAL_KEYS = "several-keys", NoKey;
    NO_PERMISSION = "no-permission", NoKey;
    IN_USE = "in-use", NoKey;
    PIN_INVALID = "pin-invalid", Verification;
    PIN_BLOCKED = "pin-blocked", Verification;
    PIN_AUTH_BLOCKED = "pin-auth-blocked", Verification;
    PIN_NOT_SET = "pin-not-set", Verification;
    PIN_ALREADY_SET = "pin-already-set", Verification;
    PIN_CHANGE_FORCED = "pin-change-forced", Verification;
    PIN_UNFIT = "pin-unfit", Verification;
    PIN_NEEDED = "pin-needed", Verification;
    TOO_FEW_RETRIES = "too-few-retries", Verification;
    NOT_VERIFIED = "not-verified", Verification;
    NO_TOUCH = "no-touch", NoConsent;
    DENIED = "denied", NoConsent;
    NO_CONSENT = "no-consent", NoConsent;
    NO_BLOB = "no-blob", NotAsExpected;
    NO_CREDENTIALS = "no-credentials", NotAsExpected;
    UNKNOWN_MODEL = "unknown-model", NotAsExpected;
    NO_FINGERPRINT = "no-fingerprint", NotAsExpected;
    SEVERAL_FINGERPRINTS = "several-fingerprints", NotAsExpected;
    ALREADY_REGISTERED = "already-registered", NotAsExpected;
    EXISTS = "exists", NotAsExpected;
    INCONSISTENT = "inconsistent", NotAsExpected;
    OTHER_KEY = "other-key", NotAsExpected;
    REPLAY_DIFFERS = "replay-differs", NotAsExpected;
    SECRETS_LEFT_OUT = "secrets-left-out", NotAsExpected;
    NOT_ACCEPTABLE = "not-acceptable", NotAsExpected;
    UNSUPPORTED = "unsupported", NotSupported;
    NOT_GENUINE = "not-genuine", NotGenuine;
    ROLLED_BACK = "rolled-back", NotGenuine;
    PARTLY_DONE = "partly-done", PartlyDone;
    INTERNAL = "internal", Internal;
    INTERRUPTED = "interrupted", Interrupted;
}

/// Everything that is said of a failure.
#[derive(Debug)]
pub struct Failure {
    /// What kind it is.
    pub kind: Kind,
    /// What happened, with its causes.
    pub error: anyhow::Error,
    /// What to do next: each starts with a verb.
    pub hints: Vec<String>,
    /// The status byte behind it.
    pub status: Option<Status>,
    /// The name that a browser gives it.
    pub dom_exception: Option<DomException>,
    /// PIN tries left, where that matters.
    pub retries_left: Option<u64>,
    /// Selectors to choose from, where several keys are connected.
    pub candidates: Vec<serde_json::Value>,
    /// What was found, where the failure is in that.
    pub report: Option<Box<serde_json::Value>>,
}

impl Failure {
    /// Makes a failure without hints.
    pub fn new(kind: Kind, error: impl Into<anyhow::Error>) -> Self {
        Failure {
            kind,
            error: error.into(),
            hints: Vec::new(),
            status: None,
            dom_exception: None,
            retries_left: None,
            candidates: Vec::new(),
            report: None,
        }
    }

    /// Makes a failure from a sentence.
    pub fn message(kind: Kind, message: impl Into<String>) -> Self {
        Failure::new(kind, anyhow::Error::msg(message.into()))
    }

    /// Adds what to do next.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds the name that a browser gives it.
    pub fn dom_exception(mut self, name: DomException) -> Self {
        self.dom_exception = Some(name);
        self
    }

    /// Adds the PIN tries left.
    pub fn retries_left(mut self, retries_left: Option<u64>) -> Self {
        self.retries_left = retries_left;
        self
    }

    /// Adds what was found.
    pub fn report(mut self, report: serde_json::Value) -> Self {
        self.report = Some(Box::new(report));
        self
    }
}

impl From<client::Error> for Failure {
    fn from(error: client::Error) -> Self {
        crate::hints::of_client_error(error)
    }
}
