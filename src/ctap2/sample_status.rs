//! What a fingerprint sensor says of a sample (CTAP 2.2 §6.7, lastEnrollSampleStatus).

use std::fmt::{Display, Formatter, Result};

use minicbor::{Decode, Encode};

/// The quality of a sample; unknown values are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct SampleStatus(#[n(0)] pub u64);

macro_rules! sample_statuses {
    ($($value:literal $constant:ident = $name:literal, $word:literal;)+) => {
        impl SampleStatus {
            $(
                #[doc = $name]
                pub const $constant: Self = Self($value);
            )+

            /// Every status with a meaning.
            pub const ALL: &[Self] = &[$(Self::$constant,)+];

            /// Returns the standard's name.
            pub fn name(self) -> &'static str {
                match self.0 {
                    $($value => concat!("CTAP2_ENROLL_FEEDBACK_", $name),)+
                    _ => "unassigned sample status",
                }
            }

            /// Returns the name in short, as scripts and events have it.
            pub fn word(self) -> &'static str {
                match self.0 {
                    $($value => $word,)+
                    _ => "unassigned",
                }
            }
        }
    };
}

sample_statuses! {
    0x00 GOOD = "FP_GOOD", "good";
    0x01 TOO_HIGH = "FP_TOO_HIGH", "too-high";
    0x02 TOO_LOW = "FP_TOO_LOW", "too-low";
    0x03 TOO_LEFT = "FP_TOO_LEFT", "too-left";
    0x04 TOO_RIGHT = "FP_TOO_RIGHT", "too-right";
    0x05 TOO_FAST = "FP_TOO_FAST", "too-fast";
    0x06 TOO_SLOW = "FP_TOO_SLOW", "too-slow";
    0x07 POOR_QUALITY = "FP_POOR_QUALITY", "poor-quality";
    0x08 TOO_SKEWED = "FP_TOO_SKEWED", "too-skewed";
    0x09 TOO_SHORT = "FP_TOO_SHORT", "too-short";
    0x0A MERGE_FAILURE = "FP_MERGE_FAILURE", "merge-failure";
    0x0B EXISTS = "FP_EXISTS", "exists";
    0x0D NO_USER_ACTIVITY = "NO_USER_ACTIVITY", "no-user-activity";
    0x0E NO_USER_PRESENCE_TRANSITION = "NO_USER_PRESENCE_TRANSITION", "no-user-presence-transition";
}

impl SampleStatus {
    /// Finds a status by [`Self::word`].
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|status| status.word() == word)
    }
}

impl Display for SampleStatus {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{}, 0x{:02x}", self.name(), self.0)
    }
}
