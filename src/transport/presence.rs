//! Waiting for a key to come, to go, and to come back.

use std::time::Duration;

use super::address::Address;
use super::clock::Clock;
use super::open::open_pipe;
use super::{PipeError, TransportError, Watch};
use crate::ctaphid::{ChannelId, Command, Message, NONCE_LENGTH};

/// How often is looked. Nobody unplugs a key and plugs it in again within that time.
const PAUSE: Duration = Duration::from_millis(100);

/// How long a datagram's refusal is awaited.
const REFUSAL: Duration = Duration::from_millis(50);

/// What a wait can use.
pub struct Wait<'a> {
    /// How long each wait may last.
    pub limit: Duration,
    /// The clock.
    pub clock: &'a dyn Clock,
    /// Asked between two looks whether to give up.
    pub watch: &'a dyn Watch,
}

impl Wait<'_> {
    /// Looks again and again until there is something; `None` if nothing came within the limit.
    pub fn until<T>(
        &self,
        look: &mut dyn FnMut() -> Result<Option<T>, PipeError>,
    ) -> Result<Option<T>, TransportError> {
        let begun = self.clock.now();
        loop {
            if let Some(found) = look()? {
                return Ok(Some(found));
            }
            if let Some(interruption) = self.watch.interruption() {
                return Err(TransportError::Interrupted(interruption));
            }
            let left = self.limit.saturating_sub(self.clock.now().saturating_duration_since(begun));
            if left.is_zero() {
                return Ok(None);
            }
            self.clock.sleep(PAUSE.min(left));
        }
    }

    /// Waits until a key is gone and back again, and tells when it is gone. `look` finds the key.
    /// The limit holds for each half.
    pub fn replug<T>(
        &self,
        look: &mut dyn FnMut() -> Result<Option<T>, PipeError>,
        gone: &mut dyn FnMut(),
    ) -> Result<Replug<T>, TransportError> {
        let absent = self.until(&mut || Ok(look()?.is_none().then_some(())))?;
        if absent.is_none() {
            return Ok(Replug::StillThere);
        }
        gone();
        Ok(self.until(look)?.map_or(Replug::NotBack, Replug::Back))
    }
}

/// How a wait for a replug ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replug<T> {
    /// The key is back.
    Back(T),
    /// The key was not unplugged in time.
    StillThere,
    /// The key was unplugged, and not plugged in again in time.
    NotBack,
}

/// Tells whether something is at an address: a node or terminal exists, a socket can be connected
/// to. A UDP socket passes unless its machine says that nobody listens.
pub fn is_present(address: &Address, allow_remote: bool) -> Result<bool, PipeError> {
    let found = match address {
        Address::Hid(path) => return Ok(std::fs::exists(path).unwrap_or(false)),
        Address::Pty(path) => return Ok(path.exists()),
        Address::Unix(_) | Address::Tcp { .. } => open_pipe(address, allow_remote).map(drop),
        Address::Udp { .. } => open_pipe(address, allow_remote).and_then(|mut pipe| {
            let message = Message {
                channel: ChannelId::BROADCAST,
                command: Command::INIT,
                payload: vec![0; NONCE_LENGTH],
            };
            for report in message.to_reports().unwrap_or_default() {
                pipe.write(&report)?;
            }
            pipe.read(REFUSAL).map(drop)
        }),
    };
    match found {
        Ok(()) => Ok(true),
        Err(PipeError::NotFound { .. } | PipeError::Gone) => Ok(false),
        Err(error) => Err(error),
    }
}
