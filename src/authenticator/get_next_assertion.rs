//! authenticatorGetNextAssertion (CTAP 2.2 §6.3).

use std::time::Duration;
use std::vec::IntoIter;

use super::Authenticator;
use super::dispatch::Outcome;
use super::get_assertion::{Account, Ceremony};
use super::limits::NEXT_ASSERTION_TIMEOUT;
use super::state::Credential;
use crate::ctap2::Status;
use crate::ctaphid::ChannelId;

/// The accounts that are still to be asked for.
pub(super) struct RememberedAssertions {
    channel: ChannelId,
    rest: IntoIter<Credential>,
    ceremony: Ceremony,
    account: Account,
    last: Duration,
}

impl RememberedAssertions {
    pub(super) fn new(
        channel: ChannelId,
        rest: IntoIter<Credential>,
        ceremony: Ceremony,
        account: Account,
        now: Duration,
    ) -> Self {
        RememberedAssertions { channel, rest, ceremony, account, last: now }
    }
}

impl Authenticator {
    pub(super) fn get_next_assertion(&mut self, channel: ChannelId) -> Result<Outcome, Status> {
        let now = self.now();
        // Another client's question does not end the sequence, it only gets nothing.
        if self.remembered.as_ref().is_some_and(|remembered| remembered.channel != channel) {
            return Err(Status::NOT_ALLOWED);
        }
        let mut remembered = self.remembered.take().ok_or(Status::NOT_ALLOWED)?;
        let waited = now.checked_sub(remembered.last);
        if waited.is_none_or(|waited| waited > NEXT_ASSERTION_TIMEOUT) {
            return Err(Status::NOT_ALLOWED);
        }
        let credential = remembered.rest.next().ok_or(Status::NOT_ALLOWED)?;
        let response = self.assert(&credential, &remembered.ceremony, remembered.account)?;
        remembered.last = now;
        self.remembered = Some(remembered);
        Ok(Outcome::results(&response))
    }
}
