//! authenticatorReset (CTAP 2.2 §6.6).

use super::Authenticator;
use super::credential_id::WrappingKeys;
use super::dispatch::{AfterTouch, Outcome};
use super::limits::RESET_WINDOW;
use super::persistent::PersistentState;
use super::state::PinState;
use crate::ctap2::Status;

impl Authenticator {
    pub(super) fn reset(&mut self) -> Result<Outcome, Status> {
        let powered_since = self.state.power.powered_since();
        match self.now().checked_sub(powered_since) {
            Some(age) if age <= RESET_WINDOW => Ok(Outcome::Touch(AfterTouch::Reset)),
            _ => Err(Status::NOT_ALLOWED),
        }
    }

    /// Forgets all but the identity and the signature counter.
    pub(super) fn finish_reset(&mut self) -> Result<(), Status> {
        let mut next = self.state.clone();
        next.pin = PinState::new();
        next.power.pin_mismatches = 0;
        next.wrapping_keys = WrappingKeys::generate(self.environment.random())?;
        next.persistent = PersistentState::default();
        next.credentials.clear();
        next.large_blobs.clear();
        self.commit(next)?;
        self.forget_tokens();
        Ok(())
    }
}
