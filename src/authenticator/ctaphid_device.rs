//! The device's side of CTAPHID (CTAP 2.2 §11.2): channels, transactions, keepalives.
//!
//! One transaction at a time. Nothing here waits: reports go in, reports come out, and
//! [`CtapHidDevice::poll`] lets time pass.

use std::collections::VecDeque;
use std::time::Duration;

use super::{Authenticator, DEVICE_VERSION, Step, StoreError, WinkHabit};
use crate::ctaphid::{
    Assembler, Capabilities, ChannelId, Command, ErrorCode, InitResponse, Keepalive, Message,
    NONCE_LENGTH, Report, ReportKind,
};

/// How long the next packet of a message may take. The standard leaves it open.
const ASSEMBLY_TIMEOUT: Duration = Duration::from_millis(500);

/// How often a key says that it is still at work.
const KEEPALIVE_INTERVAL: Duration = Duration::from_millis(100);

/// The longest lock in seconds.
const MAX_LOCK: u8 = 10;

/// Reports that may wait to be fetched; a client that fetches none is not listened to.
const MAX_WAITING_REPORTS: usize = 1024;

/// CTAPHID in front of an [`Authenticator`].
pub struct CtapHidDevice {
    authenticator: Authenticator,
    /// Channels are given out in order; those below are taken.
    next_channel: u32,
    assembling: Option<Assembling>,
    processing: Option<Processing>,
    lock: Option<Lock>,
    winks: u64,
    out: VecDeque<Report>,
}

struct Assembling {
    assembler: Assembler,
    last_packet: Duration,
}

struct Processing {
    channel: ChannelId,
    last_keepalive: Duration,
}

struct Lock {
    channel: ChannelId,
    until: Duration,
}

impl CtapHidDevice {
    /// Puts CTAPHID in front of an authenticator.
    pub fn new(authenticator: Authenticator) -> Self {
        CtapHidDevice {
            authenticator,
            next_channel: 1,
            assembling: None,
            processing: None,
            lock: None,
            winks: 0,
            out: VecDeque::new(),
        }
    }

    /// Takes a report from a client.
    pub fn receive(&mut self, report: &Report) {
        self.poll();
        if self.out.len() > MAX_WAITING_REPORTS {
            return;
        }
        let (channel, kind) = ReportKind::parse(report);
        match kind {
            ReportKind::Continuation { sequence, data } => {
                self.continue_message(channel, sequence, data);
            }
            ReportKind::Init { command, length, data } => {
                self.begin_message(channel, command, length, data);
            }
        }
    }

    /// Lets time pass: touch, time limits, keepalives.
    pub fn poll(&mut self) {
        let now = self.authenticator.now();
        if let Some(stalled) = self.assembling.take_if(|a| now >= a.last_packet + ASSEMBLY_TIMEOUT)
        {
            self.send_error(stalled.assembler.channel(), ErrorCode::MSG_TIMEOUT);
        }
        self.lock.take_if(|lock| now >= lock.until);
        if let Some(processing) = self.processing.take() {
            let step = self.authenticator.poll();
            self.go_on(processing.channel, step, Some(processing.last_keepalive));
        }
    }

    /// Returns the next report for the clients.
    pub fn take_report(&mut self) -> Option<Report> {
        self.out.pop_front()
    }

    /// Tells how long from now [`Self::poll`] has something to do; `None` if never.
    pub fn next_poll(&self) -> Option<Duration> {
        let now = self.authenticator.now();
        let assembly = self.assembling.as_ref().map(|a| a.last_packet + ASSEMBLY_TIMEOUT);
        let keepalive = self.processing.as_ref().map(|p| p.last_keepalive + KEEPALIVE_INTERVAL);
        assembly.into_iter().chain(keepalive).min().map(|due| due.saturating_sub(now))
    }

    /// Does what unplugging and plugging in again does; channels and unfetched reports are gone.
    pub fn power_cycle(&mut self) -> Result<(), StoreError> {
        self.authenticator.power_cycle()?;
        self.disconnect();
        self.next_channel = 1;
        Ok(())
    }

    /// Ends what a client that went away has left: its request, its lock, its unfetched reports.
    pub fn disconnect(&mut self) {
        if self.processing.take().is_some() {
            let _unheard = self.authenticator.cancel();
        }
        self.assembling = None;
        self.lock = None;
        self.out.clear();
    }

    /// Returns the authenticator behind.
    pub fn authenticator(&mut self) -> &mut Authenticator {
        &mut self.authenticator
    }

    /// Returns the time since the Unix epoch, as the environment has it.
    pub fn now(&self) -> Duration {
        self.authenticator.now()
    }

    /// Tells whether a request awaits a touch.
    pub fn awaits_touch(&self) -> bool {
        self.processing.is_some()
    }

    /// Returns how often the key was asked to show itself since the last question.
    pub fn take_winks(&mut self) -> u64 {
        std::mem::take(&mut self.winks)
    }

    fn begin_message(&mut self, channel: ChannelId, command: Command, length: u16, data: &[u8]) {
        if command == Command::INIT {
            return self.init(channel, length, data);
        }
        if !self.is_allocated(channel) {
            return self.send_error(channel, ErrorCode::INVALID_CHANNEL);
        }
        if command == Command::CANCEL {
            return self.cancel(channel);
        }
        let locked = self.lock.as_ref().is_some_and(|lock| lock.channel != channel);
        if locked || self.processing.is_some() {
            return self.send_error(channel, ErrorCode::CHANNEL_BUSY);
        }
        if let Some(assembling) = self.assembling.take() {
            if assembling.assembler.channel() != channel {
                self.assembling = Some(assembling);
                return self.send_error(channel, ErrorCode::CHANNEL_BUSY);
            }
            return self.send_error(channel, ErrorCode::INVALID_SEQ);
        }
        match Assembler::begin(channel, command, length, data) {
            Ok(assembler) => self.assembled(assembler),
            Err(_) => self.send_error(channel, ErrorCode::INVALID_LEN),
        }
    }

    fn continue_message(&mut self, channel: ChannelId, sequence: u8, data: &[u8]) {
        let ours = |assembling: &mut Assembling| assembling.assembler.channel() == channel;
        let Some(mut assembling) = self.assembling.take_if(ours) else {
            return;
        };
        match assembling.assembler.add(sequence, data) {
            Ok(()) => self.assembled(assembling.assembler),
            Err(_) => self.send_error(channel, ErrorCode::INVALID_SEQ),
        }
    }

    fn assembled(&mut self, assembler: Assembler) {
        if assembler.is_complete() {
            self.handle(assembler.into_message());
        } else {
            let last_packet = self.authenticator.now();
            self.assembling = Some(Assembling { assembler, last_packet });
        }
    }

    fn handle(&mut self, message: Message) {
        let Message { channel, command, payload } = message;
        match (command, payload.as_slice()) {
            (Command::PING, _) => self.send(channel, command, payload),
            (Command::WINK, []) if self.wink_habit() == Some(WinkHabit::Silent) => {}
            (Command::WINK, [])
                if matches!(self.wink_habit(), Some(WinkHabit::Refused | WinkHabit::Missing)) =>
            {
                self.send_error(channel, ErrorCode::INVALID_CMD);
            }
            (Command::WINK, []) => {
                self.winks = self.winks.saturating_add(1);
                self.send(channel, command, Vec::new());
            }
            (Command::LOCK, [seconds]) if *seconds <= MAX_LOCK => {
                let until = self.authenticator.now() + Duration::from_secs(u64::from(*seconds));
                self.lock = (*seconds > 0).then_some(Lock { channel, until });
                self.send(channel, command, Vec::new());
            }
            (Command::LOCK, [_]) => self.send_error(channel, ErrorCode::INVALID_PAR),
            (Command::CBOR, [_, ..]) if self.authenticator.speaks_ctap2() => {
                let step = self.authenticator.begin(channel, &payload);
                self.go_on(channel, step, None);
            }
            (Command::MSG, [_, ..]) => match self.authenticator.u2f(&payload) {
                Some(response) => self.send(channel, command, response),
                None => self.send_error(channel, ErrorCode::INVALID_CMD),
            },
            (Command::CBOR, [_, ..]) => self.send_error(channel, ErrorCode::INVALID_CMD),
            (Command::WINK | Command::LOCK | Command::CBOR | Command::MSG, _) => {
                self.send_error(channel, ErrorCode::INVALID_LEN);
            }
            _ => self.send_error(channel, ErrorCode::INVALID_CMD),
        }
    }

    /// Answers, or says that a touch is awaited: at once, then every 100 ms.
    fn go_on(&mut self, channel: ChannelId, step: Step, last_keepalive: Option<Duration>) {
        match step {
            Step::Reply(reply) => {
                let as_msg = self.authenticator.state().habits.answers_cbor_as_msg;
                let command = if as_msg { Command::MSG } else { Command::CBOR };
                self.send(channel, command, reply);
            }
            Step::AwaitTouch => {
                let now = self.authenticator.now();
                let recent = last_keepalive.filter(|last| now < *last + KEEPALIVE_INTERVAL);
                if recent.is_none() {
                    let status = Keepalive::UserPresenceNeeded.to_byte();
                    self.send(channel, Command::KEEPALIVE, vec![status]);
                }
                let last_keepalive = recent.unwrap_or(now);
                self.processing = Some(Processing { channel, last_keepalive });
            }
        }
    }

    /// Ends the channel's request with KEEPALIVE_CANCEL; never answered itself.
    fn cancel(&mut self, channel: ChannelId) {
        if self.processing.take_if(|processing| processing.channel == channel).is_some() {
            let reply = self.authenticator.cancel();
            self.send(channel, Command::CBOR, reply);
        }
    }

    /// Allocates a channel, which disturbs nobody, or resynchronises one.
    fn init(&mut self, channel: ChannelId, length: u16, data: &[u8]) {
        let nonce = match data.first_chunk::<NONCE_LENGTH>() {
            Some(nonce) if usize::from(length) == NONCE_LENGTH => *nonce,
            _ => return self.send_error(channel, ErrorCode::INVALID_LEN),
        };
        let given = if channel == ChannelId::BROADCAST {
            let Some(given) = self.allocate() else {
                return self.send_error(channel, ErrorCode::CHANNEL_BUSY);
            };
            self.authenticator.lose_channel_by_habit();
            given
        } else if self.is_allocated(channel) {
            self.assembling.take_if(|a| a.assembler.channel() == channel);
            if self.processing.take_if(|p| p.channel == channel).is_some() {
                let _unheard = self.authenticator.cancel();
            }
            channel
        } else {
            return self.send_error(channel, ErrorCode::INVALID_CHANNEL);
        };
        let capabilities = self.capabilities();
        let response = InitResponse {
            nonce,
            channel: given,
            protocol_version: 2,
            device_version: DEVICE_VERSION,
            capabilities,
        };
        self.send(channel, Command::INIT, response.to_vec());
    }

    fn capabilities(&self) -> Capabilities {
        if let Some(byte) = self.authenticator.state().habits.init_capabilities {
            return Capabilities::from_bits_retain(byte);
        }
        let hidden = [Some(WinkHabit::Unannounced), Some(WinkHabit::Missing)];
        let mut capabilities = Capabilities::empty();
        capabilities.set(Capabilities::WINK, !hidden.contains(&self.wink_habit()));
        capabilities.set(Capabilities::CBOR, self.authenticator.speaks_ctap2());
        capabilities.set(Capabilities::NMSG, !self.authenticator.serves_u2f());
        capabilities
    }

    fn wink_habit(&self) -> Option<WinkHabit> {
        self.authenticator.state().habits.wink
    }

    fn allocate(&mut self) -> Option<ChannelId> {
        let channel = ChannelId(self.next_channel.to_be_bytes());
        self.next_channel =
            self.next_channel.checked_add(1).filter(|_| channel != ChannelId::BROADCAST)?;
        Some(channel)
    }

    fn is_allocated(&self, channel: ChannelId) -> bool {
        (1..self.next_channel).contains(&u32::from_be_bytes(channel.0))
    }

    fn send_error(&mut self, channel: ChannelId, code: ErrorCode) {
        self.send(channel, Command::ERROR, vec![code.0]);
    }

    fn send(&mut self, channel: ChannelId, command: Command, payload: Vec<u8>) {
        match (Message { channel, command, payload }).to_reports() {
            Ok(reports) => self.out.extend(reports),
            // No answer made here is that long.
            Err(_) => self.send_error(channel, ErrorCode::OTHER),
        }
    }
}
