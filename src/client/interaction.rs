//! The one way to a person.

use crate::cbor::CanonicalError;
use crate::ctap2::{Command, SampleStatus};
use crate::pin_uv::Pin;

/// Asks and tells a person; answered by a terminal, a file, a list in a test, or refused.
pub trait UserInteraction: Send {
    /// The key waits for a touch from now on.
    fn touch_wanted(&mut self, reason: TouchReason);

    /// The key no longer waits.
    fn touch_over(&mut self);

    /// Asks for the current PIN.
    fn pin(&mut self, question: &PinQuestion<'_>) -> Result<Pin, Declined>;

    /// Tells whether a person types the current PIN; a PIN stored or piped is false.
    fn pin_is_typed(&self) -> bool;

    /// Asks for a new PIN; the answer is checked against the limits by the caller too.
    fn new_pin(&mut self, question: &NewPinQuestion) -> Result<Pin, Declined>;

    /// Asks which of several accounts; returns an index into `accounts`.
    fn choose_account(&mut self, accounts: &[Account]) -> Result<usize, Declined>;

    /// Says aloud what happened on the way.
    fn notice(&mut self, notice: &Notice);
}

/// Why a touch is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TouchReason {
    /// To make a credential.
    Enroll,
    /// To produce an assertion.
    Assert,
    /// To verify the person by built-in means, such as a fingerprint.
    VerifyUser,
    /// To enrol a finger on the built-in sensor.
    TakeSample,
    /// To erase the key.
    Reset,
    /// To erase the key, with a touch of five seconds and more.
    ResetLong,
    /// To show which key is meant.
    Select,
}

/// Everything a person may want to know before typing a PIN.
#[derive(Clone, Copy, Debug)]
pub struct PinQuestion<'a> {
    /// The relying party that the PIN is for, if any.
    pub rp_id: Option<&'a str>,
    /// Tries left before the PIN is blocked, this one included.
    pub retries_left: u64,
    /// True if the PIN given before was wrong.
    pub last_was_wrong: bool,
}

/// A new PIN's limits, in code points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewPinQuestion {
    /// At least.
    pub minimum: usize,
    /// At most.
    pub maximum: usize,
}

/// An account that a person can choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The user handle.
    pub user_id: Vec<u8>,
    /// The account's name; untrusted text.
    pub name: Option<String>,
    /// The person's name; untrusted text.
    pub display_name: Option<String>,
    /// The credential ID.
    pub credential_id: Vec<u8>,
}

/// What happened on the way and must not pass in silence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Built-in verification failed; how many tries are left.
    BuiltInVerificationFailed {
        /// Tries left.
        retries_left: u64,
    },
    /// The sensor has taken a sample of a finger that is being enrolled, or found it of no use.
    SampleTaken {
        /// What became of it.
        status: SampleStatus,
        /// Good samples still wanted.
        remaining: u64,
    },
    /// Built-in verification did not succeed; the PIN is asked for instead.
    FallingBackToPin {
        /// True if no tries are left, until the right PIN is given.
        blocked: bool,
    },
    /// The PIN was sent, and what the key made of it is not known: a try may be spent.
    PinTryUncertain,
    /// The new credential failed its checks; the person is verified again to take it off the key.
    TakingCredentialBack,
    /// The stored large-blob array is damaged and counts as empty.
    LargeBlobsDamaged,
    /// The key speaks only U2F: nobody is verified, and nothing is discoverable.
    UsingU2f,
    /// The key says that it speaks CTAP2, and does not; going on in U2F.
    FallingBackToU2f,
    /// The key's answer is not canonical CBOR, which was allowed to it.
    NotCanonical {
        /// What was asked.
        command: Command,
        /// The first rule that it breaks.
        error: CanonicalError,
    },
    /// A name is too long for keys; its end was left out.
    NameCut {
        /// What is kept of it.
        kept: String,
    },
    /// User verification was preferred, but the key has none set up; going on without.
    WithoutUserVerification,
    /// The key does not protect the credential as it was asked to, which was no condition.
    NotProtected,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Declined {
    /// The person does not want to.
    #[error("cancelled")]
    Cancelled,
    /// There is no way to ask.
    #[error("there is nobody to ask")]
    NoTerminal,
    /// The source of the answer gave none that can be used a second time.
    #[error("the answer given beforehand was already used")]
    Used,
    /// What was given cannot be a PIN.
    #[error(transparent)]
    Pin(#[from] crate::pin_uv::PinError),
    /// Nobody answered in time.
    #[error("nobody answered in time")]
    TimedOut,
}
