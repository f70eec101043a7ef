//! Who touches a key that nobody can touch.

use std::time::Duration;

use super::Presence;

/// Answers the question for the person.
pub trait TouchSource: Send {
    /// Answers at `now` a question that was first put at `since`; both since the Unix epoch.
    fn presence(&mut self, since: Duration, now: Duration) -> Presence;

    /// The same for a touch of five seconds and more; [`Presence::Given`] where it has lasted.
    fn long_presence(&mut self, since: Duration, now: Duration) -> Presence {
        self.presence(since, now)
    }
}

/// A fixed way to answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Touch {
    /// Touch at once.
    #[default]
    Auto,
    /// Touch at once, but never for long.
    Short,
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
            Touch::Auto | Touch::Short => Presence::Given,
            Touch::Never => Presence::Waiting,
            Touch::Refuse => Presence::Refused,
            Touch::After(delay) if now.saturating_sub(since) >= *delay => Presence::Given,
            Touch::After(_) => Presence::Waiting,
        }
    }

    fn long_presence(&mut self, since: Duration, now: Duration) -> Presence {
        match self {
            Touch::Short => Presence::Waiting,
            _ => self.presence(since, now),
        }
    }
}
