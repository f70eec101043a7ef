//! Choosing a key by touch (CTAP 2.2 §6.9, §8.3).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use super::interaction::{
    Account, Declined, NewPinQuestion, Notice, PinQuestion, TouchReason, UserInteraction,
};
use super::{Error, Limits, Protocol, Session, Unsupported, key_agreement, u2f};
use crate::cose::Algorithm;
use crate::ctap2::{Empty, MakeCredentialRequest, Selection, Status};
use crate::pin_uv::Pin;
use crate::transport::{PipeError, Transport, TransportError};
use crate::webauthn::{CredentialParameters, RpEntity, UserEntity};

/// A relying party that cannot exist (RFC 2606).
const NO_RP_ID: &str = "select.invalid";

/// How long a key that gives up early is asked again.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often at most a key is asked.
const MAX_ROUNDS: u32 = 4;

/// How often the caller's limits are looked at.
const TICK: Duration = Duration::from_millis(50);

/// Waits for a touch on this key. One message.
///
/// Keys older than CTAP 2.1 get a request that they can only refuse after a touch; U2F keys make a
/// credential that nobody keeps.
pub fn select(session: &mut Session<'_>) -> Result<(), Error> {
    session.refresh_if_stale()?;
    touch(session, TouchReason::Select)
}

/// Waits for a touch that does nothing. One message.
pub(super) fn touch(session: &mut Session<'_>, reason: TouchReason) -> Result<(), Error> {
    if session.protocol() == Protocol::U2f {
        return u2f::touch(session, reason);
    }
    if session.info().is_ctap_2_1() {
        match session.call(&Selection, reason) {
            Ok(Empty) => return Ok(()),
            Err(Error::Unsupported(Unsupported::Command(_))) => {}
            Err(error) => return Err(error),
        }
    }
    probe(session, reason)
}

fn probe(session: &mut Session<'_>, reason: TouchReason) -> Result<(), Error> {
    let has_pins = session.info().option("clientPin").is_some();
    let protocol =
        if has_pins { Some(key_agreement::protocol(session.info())?.id()) } else { None };
    let request = MakeCredentialRequest {
        client_data_hash: vec![0; 32].into(),
        rp: RpEntity { id: NO_RP_ID.to_owned(), name: None },
        user: UserEntity { id: vec![0].into(), name: None, display_name: None },
        pub_key_cred_params: vec![CredentialParameters::new(Algorithm::ES256)],
        exclude_list: None,
        extensions: None,
        options: None,
        // Keys without PINs make a credential that nothing keeps.
        pin_uv_auth_param: has_pins.then(|| Vec::new().into()),
        pin_uv_auth_protocol: protocol,
        enterprise_attestation: None,
        attestation_formats_preference: None,
    };
    match session.call(&request, reason) {
        Ok(_)
        | Err(
            Error::PinNotSet
            | Error::PinInvalid { .. }
            | Error::Refused { status: Status::PIN_AUTH_INVALID, .. },
        ) => Ok(()),
        // Some keys say so at once, untouched. Without a PIN a true request can take its place:
        // the credential that it makes is kept by nobody, the key included.
        Err(Error::Refused { status: Status::MISSING_PARAMETER, .. })
            if has_pins && !session.info().pin_is_set() =>
        {
            let request = MakeCredentialRequest {
                pin_uv_auth_param: None,
                pin_uv_auth_protocol: None,
                ..request
            };
            session.call(&request, TouchReason::Select).map(drop)
        }
        Err(error) => Err(error),
    }
}

/// Asks several keys at once for a touch; returns the one touched first and cancels the others.
///
/// `touch_wanted` is called once the keys wait. Keys that cannot take part drop out; if none is
/// left, the first one's error is returned. No candidates at all are [`PipeError::NotFound`].
pub fn choose_by_touch<T>(
    candidates: Vec<(T, Box<dyn Transport>)>,
    limits: &Limits,
    touch_wanted: &mut dyn FnMut(),
) -> Result<(T, Box<dyn Transport>), Error> {
    let (mut names, transports): (Vec<_>, Vec<_>) =
        candidates.into_iter().map(|(name, transport)| (Some(name), transport)).unzip();
    let over = Arc::new(AtomicBool::new(false));
    let (events, heard) = mpsc::channel();
    let won = std::thread::scope(|scope| {
        for (index, transport) in transports.into_iter().enumerate() {
            let events = events.clone();
            let limits = Limits { cancel: Arc::clone(&over), ..limits.clone() };
            scope.spawn(move || {
                let outcome = wait_for_touch(transport, &events, limits);
                // Nobody listens any more once the race is decided.
                let _undelivered = events.send(Event::Over(index, outcome));
            });
        }
        drop(events);
        let won = referee(&heard, limits, touch_wanted);
        over.store(true, Ordering::SeqCst);
        won
    })?;
    let (index, transport) = won;
    match names.get_mut(index).and_then(Option::take) {
        Some(name) => Ok((name, transport)),
        None => Err(nobody()),
    }
}

enum Event {
    /// A key waits.
    Waiting,
    /// A key was touched, or dropped out.
    Over(usize, Result<Box<dyn Transport>, Error>),
}

/// Follows the race until it is decided.
fn referee(
    heard: &mpsc::Receiver<Event>,
    limits: &Limits,
    touch_wanted: &mut dyn FnMut(),
) -> Result<(usize, Box<dyn Transport>), Error> {
    let mut told = false;
    let mut first_error: Option<(usize, Error)> = None;
    loop {
        if let Some(why) = limits.interruption() {
            return Err(TransportError::Interrupted(why).into());
        }
        match heard.recv_timeout(TICK) {
            Ok(Event::Waiting) if !told => {
                told = true;
                touch_wanted();
            }
            Ok(Event::Waiting) | Err(RecvTimeoutError::Timeout) => {}
            Ok(Event::Over(index, Ok(transport))) => return Ok((index, transport)),
            Ok(Event::Over(index, Err(error))) => {
                if first_error.as_ref().is_none_or(|(first, _)| index < *first) {
                    first_error = Some((index, error));
                }
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(first_error.map_or_else(nobody, |(_, error)| error));
            }
        }
    }
}

fn nobody() -> Error {
    let path = "the places looked at".to_owned();
    TransportError::from(PipeError::NotFound { path }).into()
}

fn wait_for_touch(
    transport: Box<dyn Transport>,
    events: &Sender<Event>,
    limits: Limits,
) -> Result<Box<dyn Transport>, Error> {
    let mut listener = Listener(events.clone());
    let mut session = Session::open(transport, &mut listener, limits)?;
    let started = Instant::now();
    let mut outcome = select(&mut session);
    for _ in 1..MAX_ROUNDS {
        match outcome {
            // Keys wait for 10 to 30 seconds; the impatient must not lose by that.
            Err(Error::NoTouch { .. }) if started.elapsed() < PATIENCE => {
                outcome = select(&mut session);
            }
            outcome => return outcome.map(|()| session.into_transport()),
        }
    }
    outcome.map(|()| session.into_transport())
}

/// Hears that a key waits; selection asks nothing else.
struct Listener(Sender<Event>);

impl UserInteraction for Listener {
    fn touch_wanted(&mut self, _: TouchReason) {
        let _undelivered = self.0.send(Event::Waiting);
    }

    fn touch_over(&mut self) {}

    fn pin(&mut self, _: &PinQuestion<'_>) -> Result<Pin, Declined> {
        Err(Declined::NoTerminal)
    }

    fn pin_is_typed(&self) -> bool {
        false
    }

    fn new_pin(&mut self, _: &NewPinQuestion) -> Result<Pin, Declined> {
        Err(Declined::NoTerminal)
    }

    fn choose_account(&mut self, _: &[Account]) -> Result<usize, Declined> {
        Err(Declined::NoTerminal)
    }

    fn notice(&mut self, _: &Notice) {}
}
