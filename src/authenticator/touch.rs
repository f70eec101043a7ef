//! Who touches a key that nobody can touch.

use std::time::Duration;

use super::Presence;

/// Answers the question for the person.
pub trait TouchSource: Send {
    /// Answers at `now` a question that was first put at `since`; both since the Unix epoch.
    fn presence(&mut self, since: Duration, now: Duration) -> Presence;
}

/// A fixed way to answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Touch {
    /// Touch at once.
    #[default]
    Auto,
    /// Let every request run into its time limit.
    Never,
    /// Refuse at once.
    Refuse,
    /// Touch after this time.
    After(Duration),
}

impl TouchSource for Touch {
    fn presence(&mut self, since: Duration, now: Duration) -> Presence {
        match self {
            Touch::Auto => Presence::Given,
            Touch::Never => Presence::Waiting,
            Touch::Refuse => Presence::Refused,
            Touch::After(delay) if now.saturating_sub(since) >= *delay => Presence::Given,
            Touch::After(_) => Presence::Waiting,
        }
    }
}
