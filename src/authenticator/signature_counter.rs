//! The signature counter (WebAuthn L3 §6.1.1), saved ahead of what it gives out.
//!
//! The state holds a value that was never gone beyond, so that not every signature has to wait for
//! the disk, and none repeats a value whatever happens. The head start grows with use: a key
//! that signs once leaves no gap.

use super::{Authenticator, State};
use crate::ctap2::Status;

/// The most values that a key that loses its power leaves out.
const MAX_HEAD_START: u32 = 255;

/// The counter while the key has power.
#[derive(Clone, Copy)]
pub(super) struct SignatureCounter {
    last: u32,
    head_start: u32,
}

/// A value that is given out once [`Authenticator::commit_count`] has seen to it.
#[derive(Clone, Copy)]
pub(super) struct Count {
    /// The value.
    pub(super) value: u32,
    /// What the state must hold first.
    saved: u32,
}

impl SignatureCounter {
    /// Goes on where the saved state says that nothing was given out.
    pub(super) fn new(state: &State) -> Self {
        SignatureCounter { last: state.sign_count, head_start: 0 }
    }
}

impl Authenticator {
    /// Returns the next value.
    pub(super) fn next_count(&self) -> Count {
        let value = self.signature_counter.last.saturating_add(1);
        let saved = if value <= self.state.sign_count {
            self.state.sign_count
        } else {
            value.saturating_add(self.signature_counter.head_start)
        };
        Count { value, saved }
    }

    /// Makes a value and a change of the state durable; without either in need of it, nothing is
    /// saved.
    pub(super) fn commit_count(
        &mut self,
        count: Count,
        change: Option<State>,
    ) -> Result<(), Status> {
        let uses_up = count.saved != self.state.sign_count;
        if change.is_some() || uses_up {
            let mut next = change.unwrap_or_else(|| self.state.clone());
            next.sign_count = count.saved;
            self.commit(next)?;
        }
        self.signature_counter.last = count.value;
        if uses_up {
            let doubled = self.signature_counter.head_start.saturating_mul(2).saturating_add(1);
            self.signature_counter.head_start = doubled.min(MAX_HEAD_START);
        }
        Ok(())
    }
}
