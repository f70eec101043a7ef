//! An open key: one getInfo, one interaction, one deadline.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::interaction::{Notice, TouchReason, UserInteraction};
use super::kept::Kept;
use super::protocol::{Protocol, greet};
use super::refusal::refusal;
use super::watch::PersonWatch;
use super::{Error, Unsupported};
use crate::cbor::{self, MESSAGE_NESTING, Strictness, canonical};
use crate::ctap2::{
    Command, DEFAULT_MAX_MSG_SIZE, GetInfo, GetInfoResponse, Message, Request, Status,
};
use crate::pin_uv::{OsRandom, Random};
use crate::transport::{Properties, Transport, TransportError};

/// An empty CBOR map, which keys may leave out of an answer.
const EMPTY_MAP: &[u8] = &[0xA0];

/// What bounds a session.
#[derive(Clone, Debug)]
pub struct Limits {
    /// When everything must be over.
    pub deadline: Option<Instant>,
    /// Set by a signal handler to give up.
    pub cancel: Arc<AtomicBool>,
    /// How canonical the key's answers must be.
    pub strictness: Strictness,
    /// Spend a PIN that nobody types even when few tries are left.
    pub risk_last_pin_tries: bool,
}

/// LEFT(SHA-256(PIN), 16); wiped when dropped.
pub(super) type PinHash = Zeroizing<[u8; 16]>;
/// What a key said of itself.
pub(super) struct Greeting {
    pub(super) protocol: Protocol,
    pub(super) info: GetInfoResponse,
    pub(super) encoded_info: Vec<u8>,
}

/// A key that has said what it can do.
pub struct Session<'a> {
    transport: Box<dyn Transport>,
    greeting: Greeting,
    info_is_stale: bool,
    pub(super) proven_pin: Option<PinHash>,
    pub(super) kept: Option<Kept>,
    interaction: &'a mut dyn UserInteraction,
    limits: Limits,
    random: Box<dyn Random + Send>,
}

impl<'a> Session<'a> {
    /// Asks the key what it can do. One message.
    pub fn open(
        mut transport: Box<dyn Transport>,
        interaction: &'a mut dyn UserInteraction,
        limits: Limits,
    ) -> Result<Self, Error> {
        let greeting = greet(transport.as_mut(), interaction, &limits)?;
        Ok(Session {
            transport,
            greeting,
            info_is_stale: false,
            proven_pin: None,
            kept: None,
            interaction,
            limits,
            random: Box::new(OsRandom),
        })
    }

    /// Takes random numbers from somewhere else than the operating system, so that a run can be
    /// repeated. Who knows them can read what the session encrypts.
    pub fn with_random(mut self, random: Box<dyn Random + Send>) -> Self {
        self.random = random;
        self
    }

    /// Returns which protocol the key is spoken to in.
    pub fn protocol(&self) -> Protocol {
        self.greeting.protocol
    }

    /// Returns what the key can do; of a key that speaks only U2F, what CTAP2 would say of that.
    pub fn info(&self) -> &GetInfoResponse {
        &self.greeting.info
    }

    /// Returns getInfo's answer as it came, without the status byte; empty in U2F.
    pub fn encoded_info(&self) -> &[u8] {
        &self.greeting.encoded_info
    }

    /// Returns what the key said of itself on opening.
    pub fn properties(&self) -> Properties {
        self.transport.properties()
    }

    /// Asks the key again what it can do. One message.
    ///
    /// Setting or changing the PIN and a reset make [`Self::info`] stale; the operations of this
    /// library that follow in the same session see to it themselves.
    pub fn refresh(&mut self) -> Result<(), Error> {
        if self.protocol() == Protocol::Ctap2 {
            let body = ask_for_info(self.transport.as_mut(), self.interaction, &self.limits)?;
            self.greeting = understand_info(body, &self.limits)?;
        }
        self.info_is_stale = false;
        Ok(())
    }

    /// Gives what follows until then.
    pub fn set_deadline(&mut self, deadline: Option<Instant>) {
        self.limits.deadline = deadline;
    }

    /// Gives the transport back.
    pub fn into_transport(self) -> Box<dyn Transport> {
        self.transport
    }

    /// Sends one request and returns its answer.
    ///
    /// The interaction hears of `reason` if the key waits for a touch.
    pub fn call<R: Request>(
        &mut self,
        request: &R,
        reason: TouchReason,
    ) -> Result<R::Response, Error> {
        if self.protocol() == Protocol::U2f {
            return Err(Error::Unsupported(Unsupported::Ctap2));
        }
        let message = request.to_message();
        let maximum = self.max_msg_size();
        if message.len() > maximum {
            let (command, length) = (R::COMMAND, message.len());
            return Err(Error::RequestTooLarge { command, length, maximum });
        }
        let body = exchange(
            self.transport.as_mut(),
            self.interaction,
            &self.limits,
            R::COMMAND,
            &message,
            (reason, self.greeting.info.is_protected()),
        )?;
        decode::<R::Response>(R::COMMAND, &body, self.limits.strictness)
    }

    /// Runs `talk` although the session's time may be over or somebody may want it to end; it gets
    /// so much time more.
    pub(super) fn past_the_end<T>(
        &mut self,
        patience: Duration,
        talk: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let limits = Limits {
            deadline: Instant::now().checked_add(patience),
            cancel: Arc::new(AtomicBool::new(false)),
            ..self.limits.clone()
        };
        let limits = std::mem::replace(&mut self.limits, limits);
        let outcome = talk(self);
        self.limits = limits;
        outcome
    }

    /// Refetches what an operation of this session has made stale.
    pub(super) fn refresh_if_stale(&mut self) -> Result<(), Error> {
        if self.info_is_stale { self.refresh() } else { Ok(()) }
    }

    pub(super) fn mark_info_stale(&mut self) {
        self.info_is_stale = true;
    }

    /// Forgets the PIN of this session: the key may have another one now.
    pub(super) fn forget_pin(&mut self) {
        self.forget_verification();
    }

    /// Remembers the hash of a PIN that the key has just taken.
    pub(super) fn remember_pin(&mut self, hash: PinHash) {
        self.proven_pin = Some(hash);
    }

    /// Returns the hash of the PIN that the key took in this session.
    pub(super) fn proven_pin(&self) -> Option<PinHash> {
        self.proven_pin.clone()
    }

    /// Returns where keys and nonces come from.
    pub(super) fn random(&mut self) -> &mut dyn Random {
        self.random.as_mut()
    }

    pub(super) fn interaction(&mut self) -> &mut dyn UserInteraction {
        self.interaction
    }

    /// Returns what an exchange needs.
    pub(super) fn parts(&mut self) -> (&mut dyn Transport, &mut dyn UserInteraction, &Limits) {
        (self.transport.as_mut(), self.interaction, &self.limits)
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Returns the largest message in bytes; what a key states below the standard's least counts
    /// as the least.
    pub(super) fn max_msg_size(&self) -> usize {
        usize::try_from(self.info().max_msg_size().max(DEFAULT_MAX_MSG_SIZE)).unwrap_or(usize::MAX)
    }
}

/// Returns getInfo's answer without the status byte. One message.
pub(super) fn ask_for_info(
    transport: &mut dyn Transport,
    interaction: &mut dyn UserInteraction,
    limits: &Limits,
) -> Result<Vec<u8>, Error> {
    let message = GetInfo.to_message();
    let reason = (TouchReason::Select, true);
    exchange(transport, interaction, limits, GetInfo::COMMAND, &message, reason)
}

/// Reads getInfo's answer.
pub(super) fn understand_info(body: Vec<u8>, limits: &Limits) -> Result<Greeting, Error> {
    let info = decode(GetInfo::COMMAND, &body, limits.strictness)?;
    Ok(Greeting { protocol: Protocol::Ctap2, info, encoded_info: body })
}

/// Sends a message and returns what follows the status byte of success. With the reason for a
/// touch it wants to know whether the user can be verified at all.
fn exchange(
    transport: &mut dyn Transport,
    interaction: &mut dyn UserInteraction,
    limits: &Limits,
    command: Command,
    message: &[u8],
    (reason, protected): (TouchReason, bool),
) -> Result<Vec<u8>, Error> {
    if let Some(why) = limits.interruption() {
        return Err(TransportError::Interrupted(why).into());
    }
    let mut watch = PersonWatch::new(interaction, reason, limits);
    let answer = transport.transact(message, &mut watch)?;
    let (status, body) =
        answer.split_first().ok_or(Error::Incomplete { command, what: "status byte" })?;
    let touch_was_wanted = watch.touch_was_wanted();
    drop(watch);
    match (Status(*status), limits.interruption()) {
        (Status::SUCCESS, _) => {
            tell_leniency(interaction, limits, command, body);
            Ok(body.to_vec())
        }
        // With nothing to verify anybody with, this is how some keys say that nobody came.
        (status @ Status::PUAT_REQUIRED, _) if touch_was_wanted && !protected => {
            Err(Error::NoTouch { status })
        }
        (Status::KEEPALIVE_CANCEL, Some(why)) => Err(TransportError::Interrupted(why).into()),
        (status, _) => Err(refusal(command, status, touch_was_wanted)),
    }
}

/// Tells what is only forgiven in an answer.
fn tell_leniency(
    interaction: &mut dyn UserInteraction,
    limits: &Limits,
    command: Command,
    body: &[u8],
) {
    if limits.strictness == Strictness::Canonical || body.is_empty() {
        return;
    }
    if let Err(error) = canonical::check(body, Strictness::Canonical, MESSAGE_NESTING) {
        interaction.notice(&Notice::NotCanonical { command, error });
    }
}

fn decode<M: Message>(command: Command, body: &[u8], strictness: Strictness) -> Result<M, Error> {
    if body.is_empty() {
        return M::from_slice(EMPTY_MAP, strictness)
            .map_err(|_: cbor::Error| Error::Incomplete { command, what: "results" });
    }
    M::from_slice(body, strictness).map_err(|source| Error::Answer { command, source })
}
