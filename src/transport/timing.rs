//! How long a CTAPHID host waits for what.

use std::time::Duration;

/// Limits and pauses of [`super::CtapHidHost`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// How long the answer to CTAPHID_INIT is awaited.
    pub init: Duration,
    /// How long our channel may stay silent while an answer is awaited.
    pub silence: Duration,
    /// The same for CTAPHID_WINK, which some keys never answer although they say that they can.
    pub wink: Duration,
    /// How long an answer is awaited after CTAPHID_CANCEL.
    pub cancel_grace: Duration,
    /// How long a busy key is asked again.
    pub busy_limit: Duration,
    /// The pause before a busy key is asked again.
    pub busy_pause: Duration,
    /// The longest time between two looks at [`super::Watch::interruption`].
    pub slice: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Timing {
            init: Duration::from_secs(3),
            silence: Duration::from_secs(10),
            wink: Duration::from_secs(2),
            cancel_grace: Duration::from_secs(2),
            busy_limit: Duration::from_secs(10),
            busy_pause: Duration::from_millis(100),
            slice: Duration::from_millis(100),
        }
    }
}
