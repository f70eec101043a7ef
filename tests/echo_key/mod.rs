//! A key that echoes PING and CBOR, and a server around it.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use fidoctl::ctaphid::{
    Assembler, Capabilities, ChannelId, Command, ErrorCode, InitResponse, Message, Report,
    ReportKind,
};
use fidoctl::serving::{Device, ServeError};

/// A CBOR message that is never answered.
pub(crate) const UNANSWERED: &[u8] = &[0xfe];

/// Echoes what is sent; each channel for itself.
#[derive(Default)]
pub(crate) struct EchoKey {
    channels: BTreeMap<ChannelId, Option<Assembler>>,
    out: VecDeque<Report>,
    /// Counts INITs on channels that exist: requests aborted.
    pub(crate) aborted: Arc<AtomicUsize>,
    /// Counts messages left unanswered.
    pub(crate) unanswered: Arc<AtomicUsize>,
}

impl EchoKey {
    fn say(&mut self, channel: ChannelId, command: Command, payload: Vec<u8>) {
        let message = Message { channel, command, payload };
        self.out.extend(message.to_reports().unwrap());
    }

    fn init(&mut self, channel: ChannelId, data: &[u8]) {
        let given = match channel {
            ChannelId::BROADCAST => {
                let number = u32::try_from(self.channels.len()).unwrap() + 1;
                ChannelId(number.to_be_bytes())
            }
            own => {
                self.aborted.fetch_add(1, Ordering::Relaxed);
                own
            }
        };
        self.channels.insert(given, None);
        let response = InitResponse {
            nonce: data[..8].try_into().unwrap(),
            channel: given,
            protocol_version: 2,
            device_version: [1, 0, 0],
            capabilities: Capabilities::CBOR | Capabilities::WINK,
        };
        self.say(channel, Command::INIT, response.to_vec());
    }

    fn answer(&mut self, message: Message) {
        match (message.command, message.payload.as_slice()) {
            (Command::CANCEL, _) => {}
            (Command::CBOR, UNANSWERED) => {
                self.unanswered.fetch_add(1, Ordering::Relaxed);
            }
            (command, _) => self.say(message.channel, command, message.payload),
        }
    }
}

impl Device for EchoKey {
    fn receive(&mut self, report: &Report) {
        let (channel, kind) = ReportKind::parse(report);
        if let ReportKind::Init { command: Command::INIT, length: 8, data } = kind {
            return self.init(channel, data);
        }
        let Some(assembly) = self.channels.get_mut(&channel) else {
            let code = ErrorCode::INVALID_CHANNEL.0;
            return self.say(channel, Command::ERROR, vec![code]);
        };
        match kind {
            ReportKind::Init { command, length, data } => {
                *assembly = Assembler::begin(channel, command, length, data).ok();
            }
            ReportKind::Continuation { sequence, data } => {
                let added = assembly.as_mut().map(|assembler| assembler.add(sequence, data));
                if !matches!(added, Some(Ok(()))) {
                    *assembly = None;
                }
            }
        }
        if let Some(complete) = assembly.take_if(|assembler| assembler.is_complete()) {
            self.answer(complete.into_message());
        }
    }

    fn poll(&mut self) {}

    fn take_report(&mut self) -> Option<Report> {
        self.out.pop_front()
    }

    fn next_poll(&self) -> Option<Duration> {
        None
    }
}

/// A server on a thread; ended on drop.
pub(crate) struct Server {
    /// What to choose the key by.
    pub(crate) selector: String,
    pub(crate) aborted: Arc<AtomicUsize>,
    pub(crate) unanswered: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<Result<(), ServeError>>>,
}

impl Server {
    /// Starts a server and waits until it is ready; fails with what it ended with before that.
    pub(crate) fn start<S>(serve: S) -> Result<Self, ServeError>
    where
        S: FnOnce(&mut dyn Device, &AtomicBool, &mut dyn FnMut(&str)) -> Result<(), ServeError>
            + Send
            + 'static,
    {
        let mut key = EchoKey::default();
        let (aborted, unanswered) = (Arc::clone(&key.aborted), Arc::clone(&key.unanswered));
        let stop = Arc::new(AtomicBool::new(false));
        let (sender, receiver) = mpsc::channel();
        let flag = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            serve(&mut key, &flag, &mut |selector| sender.send(selector.to_owned()).unwrap())
        });
        match receiver.recv() {
            Ok(selector) => {
                Ok(Server { selector, aborted, unanswered, stop, thread: Some(thread) })
            }
            Err(_) => Err(match thread.join().unwrap() {
                Ok(()) => ServeError::Io { what: String::new(), source: io::Error::other("ended") },
                Err(error) => error,
            }),
        }
    }

    /// Ends the server and returns how it ended.
    pub(crate) fn end(mut self) -> Result<(), ServeError> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().unwrap().join().unwrap()
    }

    /// Waits until the server ends by itself.
    pub(crate) fn join(mut self) -> Result<(), ServeError> {
        self.thread.take().unwrap().join().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap().unwrap();
        }
    }
}
