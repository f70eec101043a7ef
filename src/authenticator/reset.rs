//! authenticatorReset (CTAP 2.2 §6.6).

use std::time::Duration;

use super::Authenticator;
use super::credential_id::WrappingKeys;
use super::dispatch::{AfterTouch, Outcome};
use super::fingerprints::Fingerprints;
use super::persistent::PersistentState;
use super::settings::Settings;
use super::state::PinState;
use crate::ctap2::Status;

impl Authenticator {
    pub(super) fn reset(&mut self) -> Result<Outcome, Status> {
        let factory = &self.state.settings.factory;
        // Requests come over USB, or over what stands for it.
        if factory.transports_for_reset.as_ref().is_some_and(|t| !t.iter().any(|t| t == "usb")) {
            return Err(Status::OPERATION_DENIED);
        }
        let window = Duration::from_secs(factory.reset_window_seconds.into());
        let powered_since = self.state.power.powered_since();
        match self.now().checked_sub(powered_since) {
            Some(age) if age <= window || self.state.habits.resets_at_any_time => {
                Ok(Outcome::Touch(AfterTouch::Reset))
            }
            _ => Err(Status::NOT_ALLOWED),
        }
    }

    /// Forgets all but the identity and the signature counter, and goes back to factory settings.
    pub(super) fn finish_reset(&mut self) -> Result<(), Status> {
        let mut next = self.state.clone();
        next.settings = Settings::new(next.settings.factory);
        next.pin = PinState::new(&next.settings.factory);
        next.power.pin_mismatches = 0;
        next.wrapping_keys = WrappingKeys::generate(self.environment.random())?;
        next.persistent = PersistentState::default();
        next.credentials.clear();
        next.fingerprints = next.fingerprints.map(|_| Fingerprints::default());
        next.large_blobs.clear();
        self.commit(next)?;
        self.enrolment = None;
        self.forget_tokens();
        Ok(())
    }
}
