//! The host's end of CTAPHID (CTAP 2.2 §11.2): one channel over any [`ReportPipe`].
//!
//! Knows commands, lengths and status bytes, never what a CTAP2 message says. Payloads are not
//! logged: they hold PIN hashes and secrets.

use std::time::{Duration, Instant};

use super::clock::{Clock, SystemClock};
use super::report_log;
use super::timing::Timing;
use super::{Interruption, PipeError, Properties, ReportPipe, Transport, TransportError, Watch};
use crate::ctaphid::{
    Assembler, Capabilities, ChannelId, Command, ErrorCode, InitResponse, Keepalive, Message,
    NONCE_LENGTH, Report, ReportKind,
};

/// The status with which a key ends a request that CTAPHID_CANCEL reached.
const KEEPALIVE_CANCEL: u8 = 0x2D;

/// A channel to one key.
pub struct CtapHidHost {
    pipe: Box<dyn ReportPipe>,
    timing: Timing,
    clock: Box<dyn Clock>,
    channel: ChannelId,
    properties: Properties,
    /// True after an exchange whose answer may still come: the next one begins with INIT.
    out_of_step: bool,
}

/// How an exchange ended, if the pipe held.
enum Answer {
    Payload(Vec<u8>),
    Error(ErrorCode),
}

impl CtapHidHost {
    /// Opens a channel with INIT; gives up after a few seconds or when `watch` says so.
    pub fn open(pipe: Box<dyn ReportPipe>, watch: &mut dyn Watch) -> Result<Self, TransportError> {
        Self::open_with(pipe, watch, Timing::default(), Box::new(SystemClock))
    }

    /// Opens a channel with limits and a clock of the caller's.
    pub fn open_with(
        pipe: Box<dyn ReportPipe>,
        watch: &mut dyn Watch,
        timing: Timing,
        clock: Box<dyn Clock>,
    ) -> Result<Self, TransportError> {
        let properties = Properties {
            protocol_version: 0,
            device_version: [0; 3],
            capabilities: Capabilities::empty(),
        };
        let channel = ChannelId::BROADCAST;
        let mut host = CtapHidHost { pipe, timing, clock, channel, properties, out_of_step: false };
        host.init(watch)?;
        Ok(host)
    }

    /// Sends any command and returns the payload of its answer.
    pub fn exchange(
        &mut self,
        command: Command,
        payload: &[u8],
        watch: &mut dyn Watch,
    ) -> Result<Vec<u8>, TransportError> {
        let mut busy_since = None;
        let mut had_lost_channel = false;
        let mut was_too_slow = false;
        loop {
            if let Some(interruption) = watch.interruption() {
                return Err(TransportError::Interrupted(interruption));
            }
            if self.out_of_step {
                self.init(watch)?;
            }
            match self.attempt(command, payload, watch)? {
                Answer::Payload(payload) => return Ok(payload),
                Answer::Error(ErrorCode::CHANNEL_BUSY) => self.pause(&mut busy_since)?,
                Answer::Error(ErrorCode::INVALID_CHANNEL) if !had_lost_channel => {
                    log::debug!(target: report_log::TARGET, "the key forgot the channel");
                    had_lost_channel = true;
                    self.channel = ChannelId::BROADCAST;
                    self.out_of_step = true;
                }
                // The key dropped a message whose reports came too far apart, so nothing was done.
                Answer::Error(ErrorCode::MSG_TIMEOUT) if !was_too_slow => {
                    log::debug!(target: report_log::TARGET, "the key waited in vain for a report");
                    was_too_slow = true;
                    self.out_of_step = true;
                }
                Answer::Error(code) => return Err(TransportError::Refused { command, code }),
            }
        }
    }

    /// Sends once and awaits the answer.
    fn attempt(
        &mut self,
        command: Command,
        payload: &[u8],
        watch: &mut dyn Watch,
    ) -> Result<Answer, TransportError> {
        let message = Message { channel: self.channel, command, payload: payload.to_vec() };
        let reports = message.to_reports()?;
        report_log::sent(command, payload);
        // Whatever ends this early leaves an answer on its way.
        self.out_of_step = true;
        self.write_all(&reports)?;
        let answer = self.await_answer(command, watch)?;
        self.out_of_step = false;
        Ok(answer)
    }

    fn await_answer(
        &mut self,
        command: Command,
        watch: &mut dyn Watch,
    ) -> Result<Answer, TransportError> {
        let mut assembler: Option<Assembler> = None;
        let mut last_status = None;
        let mut heard = self.clock.now();
        let mut given_up: Option<(Interruption, Instant)> = None;
        let waited = if command == Command::WINK { self.timing.wink } else { self.timing.silence };
        loop {
            if given_up.is_none()
                && let Some(interruption) = watch.interruption()
            {
                given_up = Some((interruption, self.clock.now()));
                self.cancel(command)?;
            }
            let left = match given_up {
                Some((interruption, since)) => match self.left(since, self.timing.cancel_grace) {
                    Some(left) => left,
                    None => {
                        self.abandon();
                        return Err(TransportError::Interrupted(interruption));
                    }
                },
                None => match self.left(heard, waited) {
                    Some(left) => left,
                    None => {
                        self.abandon();
                        return Err(TransportError::NoAnswer { command, waited });
                    }
                },
            };
            let Some(report) = self.read(left)? else { continue };
            let (channel, kind) = ReportKind::parse(&report);
            if channel != self.channel {
                continue;
            }
            match (kind, assembler.as_mut()) {
                // What is left of an answer that nobody awaited.
                (ReportKind::Continuation { .. }, None) => continue,
                (ReportKind::Continuation { sequence, data }, Some(assembler)) => {
                    heard = self.clock.now();
                    let added = assembler.add(sequence, data);
                    added.map_err(|error| malformed(command, error.to_string()))?;
                }
                (ReportKind::Init { command: other, .. }, Some(_)) => {
                    return Err(malformed(command, format!("{other} came amid the answer")));
                }
                (ReportKind::Init { command: Command::KEEPALIVE, data, .. }, None) => {
                    heard = self.clock.now();
                    let status = Keepalive::from_byte(data.first().copied().unwrap_or_default());
                    if last_status != Some(status) {
                        log::debug!(target: report_log::TARGET, "keepalive: {status:?}");
                        last_status = Some(status);
                        watch.keepalive(status);
                    }
                }
                (ReportKind::Init { command: Command::ERROR, length, data }, None) => {
                    let code = error_code(command, length, data)?;
                    log::debug!(target: report_log::TARGET, "refused: {code}");
                    return Ok(Answer::Error(code));
                }
                (ReportKind::Init { command: other, length, data }, None) => {
                    if other != command {
                        return Err(malformed(command, format!("{other} came in answer")));
                    }
                    heard = self.clock.now();
                    let begun = Assembler::begin(channel, command, length, data);
                    assembler = Some(begun.map_err(|error| malformed(command, error.to_string()))?);
                }
            }
            if let Some(complete) = assembler.take_if(|assembler| assembler.is_complete()) {
                let payload = complete.into_message().payload;
                report_log::received(command, &payload);
                return match given_up {
                    Some((interruption, _)) if payload == [KEEPALIVE_CANCEL] => {
                        self.out_of_step = false;
                        Err(TransportError::Interrupted(interruption))
                    }
                    // Any other answer won the race: what the key did must not be lost.
                    _ => Ok(Answer::Payload(payload)),
                };
            }
        }
    }

    /// Opens the channel, or brings it back into step; on the broadcast channel if there is none.
    fn init(&mut self, watch: &mut dyn Watch) -> Result<(), TransportError> {
        let command = Command::INIT;
        let mut nonce = [0; NONCE_LENGTH];
        getrandom::fill(&mut nonce).map_err(|error| PipeError::Io {
            path: "the system's random numbers".to_owned(),
            source: error.into(),
        })?;
        let mut busy_since = None;
        self.send_init(nonce)?;
        let mut sent = self.clock.now();
        loop {
            if let Some(interruption) = watch.interruption() {
                return Err(TransportError::Interrupted(interruption));
            }
            let Some(left) = self.left(sent, self.timing.init) else {
                return Err(TransportError::NoAnswer { command, waited: self.timing.init });
            };
            let Some(report) = self.read(left)? else { continue };
            let (channel, kind) = ReportKind::parse(&report);
            if channel != self.channel {
                continue;
            }
            match kind {
                ReportKind::Init { command: Command::INIT, length, data } => {
                    let payload = data.get(..usize::from(length)).unwrap_or(data);
                    if payload.starts_with(&nonce) {
                        return self.adopt(payload);
                    }
                }
                ReportKind::Init { command: Command::ERROR, length, data } => {
                    let code = error_code(command, length, data)?;
                    log::debug!(target: report_log::TARGET, "INIT refused: {code}");
                    if code == ErrorCode::INVALID_CHANNEL && channel != ChannelId::BROADCAST {
                        self.channel = ChannelId::BROADCAST;
                    } else if let Err(busy) = self.pause(&mut busy_since) {
                        return Err(match code {
                            ErrorCode::CHANNEL_BUSY => busy,
                            code => TransportError::Refused { command, code },
                        });
                    }
                    self.send_init(nonce)?;
                    sent = self.clock.now();
                }
                _ => {}
            }
        }
    }

    fn send_init(&mut self, nonce: [u8; NONCE_LENGTH]) -> Result<(), TransportError> {
        let (channel, command) = (self.channel, Command::INIT);
        let reports = Message { channel, command, payload: nonce.to_vec() }.to_reports()?;
        report_log::sent(command, &nonce);
        Ok(self.write_all(&reports)?)
    }

    fn adopt(&mut self, payload: &[u8]) -> Result<(), TransportError> {
        report_log::received(Command::INIT, payload);
        let Some(response) = InitResponse::parse(payload) else {
            let problem = format!("{} bytes, where 17 are due", payload.len());
            return Err(malformed(Command::INIT, problem));
        };
        if [ChannelId::BROADCAST, ChannelId::RESERVED].contains(&response.channel) {
            let problem = format!("channel {:02x?} cannot be given out", response.channel.0);
            return Err(malformed(Command::INIT, problem));
        }
        self.channel = response.channel;
        self.properties = Properties {
            protocol_version: response.protocol_version,
            device_version: response.device_version,
            capabilities: response.capabilities,
        };
        self.out_of_step = false;
        Ok(())
    }

    /// Waits before a busy key is asked again, unless that has been done for long enough.
    fn pause(&self, busy_since: &mut Option<Instant>) -> Result<(), TransportError> {
        let since = *busy_since.get_or_insert_with(|| self.clock.now());
        let waited = self.clock.now().saturating_duration_since(since);
        if waited >= self.timing.busy_limit {
            return Err(TransportError::Busy { waited });
        }
        self.clock.sleep(self.timing.busy_pause);
        Ok(())
    }

    /// Tells the key to give up; only CTAPHID_CBOR can be cancelled.
    fn cancel(&mut self, command: Command) -> Result<(), TransportError> {
        if command != Command::CBOR {
            return Ok(());
        }
        let message =
            Message { channel: self.channel, command: Command::CANCEL, payload: Vec::new() };
        report_log::sent(message.command, &message.payload);
        Ok(self.write_all(&message.to_reports()?)?)
    }

    /// Ends on the key what nobody awaits any longer, as this may be the last thing we say; INIT
    /// on a channel aborts what the channel does.
    fn abandon(&mut self) {
        if let Err(error) = self.send_init([0; NONCE_LENGTH]) {
            log::debug!(target: report_log::TARGET, "could not abandon: {error}");
        }
    }

    fn left(&self, since: Instant, limit: Duration) -> Option<Duration> {
        let left = limit.saturating_sub(self.clock.now().saturating_duration_since(since));
        (!left.is_zero()).then_some(left)
    }

    fn read(&mut self, left: Duration) -> Result<Option<Report>, PipeError> {
        let report = self.pipe.read(left.min(self.timing.slice))?;
        if let Some(report) = &report {
            report_log::report("from", report);
        }
        Ok(report)
    }

    fn write_all(&mut self, reports: &[Report]) -> Result<(), PipeError> {
        for report in reports {
            report_log::report("to", report);
            self.pipe.write(report)?;
        }
        Ok(())
    }
}

impl Transport for CtapHidHost {
    fn transact(
        &mut self,
        message: &[u8],
        watch: &mut dyn Watch,
    ) -> Result<Vec<u8>, TransportError> {
        self.exchange(Command::CBOR, message, watch)
    }

    fn msg(&mut self, apdu: &[u8], watch: &mut dyn Watch) -> Result<Vec<u8>, TransportError> {
        self.exchange(Command::MSG, apdu, watch)
    }

    fn exchange(
        &mut self,
        command: Command,
        payload: &[u8],
        watch: &mut dyn Watch,
    ) -> Result<Vec<u8>, TransportError> {
        CtapHidHost::exchange(self, command, payload, watch)
    }

    fn ping(&mut self, data: &[u8], watch: &mut dyn Watch) -> Result<Vec<u8>, TransportError> {
        self.exchange(Command::PING, data, watch)
    }

    fn wink(&mut self, watch: &mut dyn Watch) -> Result<(), TransportError> {
        self.exchange(Command::WINK, &[], watch).map(drop)
    }

    fn properties(&self) -> Properties {
        self.properties
    }
}

fn malformed(command: Command, problem: String) -> TransportError {
    TransportError::Malformed { command, problem }
}

fn error_code(command: Command, length: u16, data: &[u8]) -> Result<ErrorCode, TransportError> {
    match data.first() {
        Some(code) if length > 0 => Ok(ErrorCode(*code)),
        _ => Err(malformed(command, "CTAPHID_ERROR came without a code".to_owned())),
    }
}
