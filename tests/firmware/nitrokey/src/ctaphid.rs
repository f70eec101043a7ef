//! The device side of CTAPHID: channels, messages in pieces, keepalives and cancel.

use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

use ctaphid_app::Command;

use crate::application::{MAX_MESSAGE, Request, Response};
use crate::board::CANCEL;
use crate::person::TOUCH_WANTED;
use crate::socket::{Report, Socket};

type Channel = [u8; 4];

const BROADCAST: Channel = [0xff; 4];
const START: u8 = 0x80;
const FIRST_PART: usize = 64 - 7;
const NEXT_PART: usize = 64 - 5;

const VERSION: u8 = 2;
/// CBOR; U2F messages too, as the flag that denies them is clear.
const CAPABILITIES: u8 = 0x04;

const KEEPALIVE: u8 = 0x3b;
const KEEPALIVE_EVERY: Duration = Duration::from_millis(100);
const PART_TIMEOUT: Duration = Duration::from_millis(500);

const ERROR: u8 = 0x3f;
#[repr(u8)]
enum Error {
    InvalidCommand = 0x01,
    InvalidLength = 0x03,
    InvalidSequence = 0x04,
    Timeout = 0x05,
    Busy = 0x06,
    InvalidChannel = 0x0b,
}

enum State {
    Idle,
    Receiving {
        channel: Channel,
        command: u8,
        length: usize,
        message: Vec<u8>,
        next: u8,
        since: Instant,
    },
    /// The application works on a request from this channel. `told` is the last keepalive.
    Working {
        channel: Channel,
        command: u8,
        told: Option<(u8, Instant)>,
    },
}

pub struct Device {
    socket: Socket,
    requests: Sender<Request>,
    responses: Receiver<Response>,
    state: State,
    /// Channels are given out in order, from one.
    last_channel: u32,
}

impl Device {
    pub fn new(socket: Socket, requests: Sender<Request>, responses: Receiver<Response>) -> Self {
        Self { socket, requests, responses, state: State::Idle, last_channel: 0 }
    }

    pub fn run(mut self) -> ! {
        loop {
            let patience = match self.state {
                State::Working { .. } => Duration::from_millis(1),
                _ => Duration::from_millis(50),
            };
            if let Some(report) = self.socket.receive(patience) {
                self.report(&report);
            }
            self.time_passes();
        }
    }

    fn report(&mut self, report: &Report) {
        let channel: Channel = report[..4].try_into().unwrap();
        let first = report[4];
        if first & START == 0 {
            return self.next_part(channel, first, &report[5..]);
        }
        let command = first & !START;
        let length = u16::from_be_bytes([report[5], report[6]]) as usize;
        let data = &report[7..7 + length.min(FIRST_PART)];
        let given_out = (1..=self.last_channel).contains(&u32::from_be_bytes(channel));

        match Command::try_from(command) {
            Ok(Command::Init) if channel == BROADCAST || given_out => {
                self.init(channel, length, data)
            }
            _ if !given_out => self.error(channel, Error::InvalidChannel),
            Ok(Command::Cancel) => {
                if matches!(&self.state, State::Working { channel: owner, .. } if *owner == channel)
                {
                    CANCEL.interrupt();
                }
            }
            _ => match &self.state {
                State::Idle if length > MAX_MESSAGE => self.error(channel, Error::InvalidLength),
                State::Idle => {
                    let (message, since) = (data.to_vec(), Instant::now());
                    self.state =
                        State::Receiving { channel, command, length, message, next: 0, since };
                    self.received();
                }
                State::Receiving { channel: owner, .. } if *owner == channel => {
                    self.fail(Error::InvalidSequence)
                }
                _ => self.error(channel, Error::Busy),
            },
        }
    }

    /// On a channel already given out, INIT drops what the channel was doing.
    fn init(&mut self, channel: Channel, length: usize, nonce: &[u8]) {
        if length != 8 {
            return self.error(channel, Error::InvalidLength);
        }
        let mut given = channel;
        if channel == BROADCAST {
            self.last_channel += 1;
            given = self.last_channel.to_be_bytes();
        }
        match &self.state {
            State::Receiving { channel: owner, .. } if *owner == channel => {
                self.state = State::Idle
            }
            State::Working { channel: owner, .. } if *owner == channel => {
                CANCEL.interrupt();
                // The answer to the dropped request must not be taken for the next one's.
                let _ = self.responses.recv();
                CANCEL.set_idle();
                self.state = State::Idle;
            }
            _ => {}
        }
        self.send(channel, 0x06, &[nonce, &given, &[VERSION, 0, 0, 0, CAPABILITIES]].concat());
    }

    fn next_part(&mut self, from: Channel, sequence: u8, part: &[u8]) {
        let State::Receiving { channel, length, message, next, since, .. } = &mut self.state else {
            return;
        };
        if from != *channel {
            return;
        }
        if sequence != *next {
            return self.fail(Error::InvalidSequence);
        }
        message.extend_from_slice(&part[..NEXT_PART.min(*length - message.len())]);
        *next += 1;
        *since = Instant::now();
        self.received();
    }

    /// Acts on the message once all of it is there.
    fn received(&mut self) {
        let State::Receiving { channel, command, length, message, .. } = &mut self.state else {
            return;
        };
        if message.len() < *length {
            return;
        }
        let (channel, command, message) = (*channel, *command, std::mem::take(message));
        self.state = State::Idle;
        match Command::try_from(command) {
            Ok(Command::Ping) => self.send(channel, command, &message),
            Ok(known @ (Command::Cbor | Command::Msg)) if !message.is_empty() => {
                // Before the application can ask: a CANCEL may be right behind.
                CANCEL.set_working();
                self.requests
                    .send(Request { command: known, message })
                    .expect("the application is gone");
                self.state = State::Working { channel, command, told: None };
            }
            Ok(Command::Cbor | Command::Msg) => self.error(channel, Error::InvalidLength),
            _ => self.error(channel, Error::InvalidCommand),
        }
    }

    fn time_passes(&mut self) {
        match &mut self.state {
            State::Receiving { since, .. } if since.elapsed() > PART_TIMEOUT => {
                self.fail(Error::Timeout)
            }
            State::Working { channel, command, told } => {
                let (channel, command) = (*channel, *command);
                if let Ok(response) = self.responses.try_recv() {
                    CANCEL.set_idle();
                    self.state = State::Idle;
                    return match response {
                        Some(message) => self.send(channel, command, &message),
                        None => self.error(channel, Error::InvalidCommand),
                    };
                }
                let status = if TOUCH_WANTED.load(Ordering::Relaxed) { 2 } else { 1 };
                let last = told.get_or_insert((1, Instant::now()));
                if (last.0 != status || last.1.elapsed() >= KEEPALIVE_EVERY) && command == 0x10 {
                    *last = (status, Instant::now());
                    self.send(channel, KEEPALIVE, &[status]);
                }
            }
            _ => {}
        }
    }

    /// Gives up on the message that is coming in.
    fn fail(&mut self, error: Error) {
        if let State::Receiving { channel, .. } = std::mem::replace(&mut self.state, State::Idle) {
            self.error(channel, error);
        }
    }

    fn error(&self, channel: Channel, error: Error) {
        self.send(channel, ERROR, &[error as u8]);
    }

    fn send(&self, channel: Channel, command: u8, message: &[u8]) {
        let (first, rest) = message.split_at(message.len().min(FIRST_PART));
        let length = (message.len() as u16).to_be_bytes();
        self.send_report(&[&channel[..], &[START | command], &length, first].concat());
        for (sequence, part) in rest.chunks(NEXT_PART).enumerate() {
            self.send_report(&[&channel[..], &[sequence as u8], part].concat());
        }
    }

    fn send_report(&self, content: &[u8]) {
        let mut report = [0; 64];
        report[..content.len()].copy_from_slice(content);
        self.socket.send(&report);
    }
}
