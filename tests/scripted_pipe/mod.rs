//! A key that answers from a script, on a clock that only its own waiting moves.
#![allow(dead_code, reason = "each test file uses its part")]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use fidoctl::ctaphid::{
    Assembler, Capabilities, ChannelId, Command, InitResponse, Message, Report, ReportKind,
};
use fidoctl::transport::{
    Clock, CtapHidHost, Interruption, Keepalive, PipeError, ReportPipe, Timing, TransportError,
    Watch,
};

/// The channel that the scripted key gives out first; each further INIT gets the next one.
pub(crate) const CHANNEL: ChannelId = ChannelId([0, 0, 0, 1]);
/// Somebody else's channel.
pub(crate) const FOREIGN: ChannelId = ChannelId([0xde, 0xad, 0xbe, 0xef]);

/// What the key does next.
#[derive(Clone)]
pub(crate) enum Event {
    Report(Report),
    Wait(Duration),
    Gone,
    /// The same report again and again, 10 ms apart.
    ForEver(Report),
}

/// Answers one message; told how many times that command came before.
pub(crate) type Script = Box<dyn FnMut(&Message, usize) -> Vec<Event> + Send>;

#[derive(Clone)]
pub(crate) struct TestClock {
    base: Instant,
    passed: Arc<Mutex<Duration>>,
}

impl TestClock {
    pub(crate) fn new() -> Self {
        TestClock { base: Instant::now(), passed: Arc::default() }
    }

    pub(crate) fn passed(&self) -> Duration {
        *self.passed.lock().unwrap()
    }
}

impl Clock for TestClock {
    fn now(&self) -> Instant {
        self.base + self.passed()
    }

    fn sleep(&self, duration: Duration) {
        *self.passed.lock().unwrap() += duration;
    }
}

/// Hears keepalives; interrupts at a time.
pub(crate) struct TestWatch {
    pub(crate) clock: TestClock,
    pub(crate) heard: Vec<Keepalive>,
    pub(crate) interrupt: Option<(Duration, Interruption)>,
}

impl Watch for TestWatch {
    fn keepalive(&mut self, status: Keepalive) {
        self.heard.push(status);
    }

    fn interruption(&self) -> Option<Interruption> {
        self.interrupt.filter(|(at, _)| self.clock.passed() >= *at).map(|(_, why)| why)
    }
}

struct ScriptedPipe {
    clock: TestClock,
    script: Script,
    sent: Arc<Mutex<Vec<Message>>>,
    partial: Option<Assembler>,
    events: VecDeque<Event>,
    gone: bool,
}

impl ReportPipe for ScriptedPipe {
    fn write(&mut self, report: &Report) -> Result<(), PipeError> {
        if self.gone {
            return Err(PipeError::Gone);
        }
        match ReportKind::parse(report) {
            (channel, ReportKind::Init { command, length, data }) => {
                self.partial = Some(Assembler::begin(channel, command, length, data).unwrap());
            }
            (_, ReportKind::Continuation { sequence, data }) => {
                self.partial.as_mut().unwrap().add(sequence, data).unwrap();
            }
        }
        if let Some(complete) = self.partial.take_if(|assembler| assembler.is_complete()) {
            let message = complete.into_message();
            let mut sent = self.sent.lock().unwrap();
            let before = sent.iter().filter(|other| other.command == message.command).count();
            let events = (self.script)(&message, before);
            sent.push(message);
            self.events.extend(events);
        }
        Ok(())
    }

    fn read(&mut self, timeout: Duration) -> Result<Option<Report>, PipeError> {
        let mut left = timeout;
        loop {
            match self.events.pop_front() {
                None => {
                    self.clock.sleep(left);
                    return Ok(None);
                }
                Some(Event::Report(report)) => return Ok(Some(report)),
                Some(Event::Gone) => {
                    self.gone = true;
                    self.events.clear();
                    self.events.push_back(Event::Gone);
                    return Err(PipeError::Gone);
                }
                Some(Event::ForEver(report)) => {
                    self.clock.sleep(Duration::from_millis(10));
                    // Whatever was scripted meanwhile comes first.
                    self.events.push_back(Event::ForEver(report));
                    return Ok(Some(report));
                }
                Some(Event::Wait(wait)) if wait > left => {
                    self.clock.sleep(left);
                    self.events.push_front(Event::Wait(wait - left));
                    return Ok(None);
                }
                Some(Event::Wait(wait)) => {
                    self.clock.sleep(wait);
                    left -= wait;
                }
            }
        }
    }
}

/// A host on a scripted key, with everything a test looks at.
pub(crate) struct Bench {
    pub(crate) host: CtapHidHost,
    pub(crate) watch: TestWatch,
    pub(crate) sent: Arc<Mutex<Vec<Message>>>,
}

impl Bench {
    /// Opens a channel; the script answers all but INIT.
    pub(crate) fn open(
        mut script: impl FnMut(&Message, usize) -> Vec<Event> + Send + 'static,
    ) -> Self {
        let answer = move |message: &Message, before: usize| match message.command {
            Command::INIT => init_answer(message, before),
            _ => script(message, before),
        };
        Self::open_raw(None, answer).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Opens a channel; the script answers INIT too.
    pub(crate) fn open_raw(
        interrupt: Option<(Duration, Interruption)>,
        script: impl FnMut(&Message, usize) -> Vec<Event> + Send + 'static,
    ) -> Result<Self, TransportError> {
        let clock = TestClock::new();
        let sent = Arc::default();
        let pipe = ScriptedPipe {
            clock: clock.clone(),
            script: Box::new(script),
            sent: Arc::clone(&sent),
            partial: None,
            events: VecDeque::new(),
            gone: false,
        };
        let mut watch = TestWatch { clock: clock.clone(), heard: Vec::new(), interrupt };
        let opened =
            CtapHidHost::open_with(Box::new(pipe), &mut watch, Timing::default(), Box::new(clock));
        Ok(Bench { host: opened?, watch, sent })
    }

    /// Sends `message` as CTAPHID_CBOR.
    pub(crate) fn transact(&mut self, message: &[u8]) -> Result<Vec<u8>, TransportError> {
        use fidoctl::transport::Transport;
        self.host.transact(message, &mut self.watch)
    }

    /// Counts the commands sent so far.
    pub(crate) fn count(&self, command: Command) -> usize {
        self.sent.lock().unwrap().iter().filter(|message| message.command == command).count()
    }
}

/// The right answer to INIT: on the asker's channel, a new channel for the broadcast one.
pub(crate) fn init_answer(message: &Message, before: usize) -> Vec<Event> {
    let response = InitResponse {
        nonce: message.payload.clone().try_into().unwrap(),
        channel: match message.channel {
            ChannelId::BROADCAST => ChannelId([0, 0, 0, u8::try_from(before).unwrap() + 1]),
            channel => channel,
        },
        protocol_version: 2,
        device_version: [5, 4, 3],
        capabilities: Capabilities::WINK | Capabilities::CBOR,
    };
    reports(message.channel, Command::INIT, &response.to_vec())
}

/// A message's reports.
pub(crate) fn reports(channel: ChannelId, command: Command, payload: &[u8]) -> Vec<Event> {
    let message = Message { channel, command, payload: payload.to_vec() };
    message.to_reports().unwrap().into_iter().map(Event::Report).collect()
}

/// The only report of a short message.
pub(crate) fn report(channel: ChannelId, command: Command, payload: &[u8]) -> Report {
    let message = Message { channel, command, payload: payload.to_vec() };
    message.to_reports().unwrap()[0]
}
