//! Follows an exchange on behalf of a person, within a session's limits.

use std::sync::atomic::Ordering;
use std::time::Instant;

use super::Limits;
use super::interaction::{TouchReason, UserInteraction};
use crate::transport::{Interruption, Keepalive, Watch};

/// Tells the person once that a touch is wanted, and when dropped that it no longer is.
pub(super) struct PersonWatch<'w> {
    interaction: &'w mut dyn UserInteraction,
    reason: TouchReason,
    limits: &'w Limits,
    touch_wanted: bool,
}

impl<'w> PersonWatch<'w> {
    pub(super) fn new(
        interaction: &'w mut dyn UserInteraction,
        reason: TouchReason,
        limits: &'w Limits,
    ) -> Self {
        PersonWatch { interaction, reason, limits, touch_wanted: false }
    }

    /// Tells whether the key waited for a touch.
    pub(super) fn touch_was_wanted(&self) -> bool {
        self.touch_wanted
    }
}

impl Watch for PersonWatch<'_> {
    fn keepalive(&mut self, status: Keepalive) {
        if status == Keepalive::UserPresenceNeeded && !self.touch_wanted {
            self.touch_wanted = true;
            self.interaction.touch_wanted(self.reason);
        }
    }

    fn interruption(&self) -> Option<Interruption> {
        self.limits.interruption()
    }
}

impl Drop for PersonWatch<'_> {
    fn drop(&mut self) {
        if self.touch_wanted {
            self.interaction.touch_over();
        }
    }
}

impl Limits {
    /// Says whether to give up.
    pub fn interruption(&self) -> Option<Interruption> {
        if self.cancel.load(Ordering::SeqCst) {
            return Some(Interruption::Cancelled);
        }
        let passed = self.deadline.is_some_and(|deadline| Instant::now() >= deadline);
        passed.then_some(Interruption::DeadlinePassed)
    }
}
