//! All that the authenticator needs of the world.

use std::time::Duration;

use super::{State, StoreError};
use crate::pin_uv::Random;

/// Time, randomness, touch and storage, handed in.
pub trait Environment: Send {
    /// Gives random bytes.
    fn random(&mut self) -> &mut dyn Random;

    /// Tells the time since the Unix epoch. May be moved by hand; must not run backwards.
    fn now(&self) -> Duration;

    /// Asks for the person; asked again and again while a request waits. `since` is the time at
    /// which the wait began.
    fn user_presence(&mut self, since: Duration) -> Presence;

    /// Asks for the person as [`Self::user_presence`] does, but for a touch of five seconds and
    /// more.
    fn long_touch(&mut self, since: Duration) -> Presence {
        self.user_presence(since)
    }

    /// Stores the state; it must be durable on return, as the answer goes out next.
    fn save(&mut self, state: &State) -> Result<(), StoreError>;
}

/// What came of the question for the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Nothing yet.
    Waiting,
    /// The key was touched.
    Given,
    /// The person said no.
    Refused,
}
