//! A transcript that plays the key.
//!
//! Each message must be the one that was recorded; the nonce of INIT aside, which is new each
//! time. Where secrets were left out, they are left out of what is compared too, and an answer
//! that lacks one cannot be given.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::Duration;

use super::{PipeError, ReportPipe};
use crate::ctaphid::{self, Assembler, Command, NONCE_LENGTH, Report, ReportKind};
use crate::transcript::{Direction, Event, Message, Redactor, Secrets, Transcript, What};

/// Why a transcript cannot play the key any further. Messages are counted from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// Another message came.
    #[error("message {number} of the transcript is {recorded}, and {sent} was sent")]
    Differs {
        /// Its number.
        number: usize,
        /// What was recorded.
        recorded: String,
        /// What came.
        sent: String,
    },
    /// Something came when the transcript was over.
    #[error("the transcript ends after {messages} messages, and {sent} was sent")]
    Ended {
        /// How many there are.
        messages: usize,
        /// What came.
        sent: String,
    },
    /// An answer lacks secrets.
    #[error("message {number} of the transcript lacks {what}: its secrets were left out")]
    LeftOut {
        /// Its number.
        number: usize,
        /// Which member.
        what: String,
    },
}

/// Hands out the openings of a key that were recorded, one after the other.
#[derive(Clone)]
pub struct Replay {
    transcript: Arc<Transcript>,
    next: Arc<AtomicU32>,
}

impl Replay {
    /// Takes a transcript.
    pub fn new(transcript: Transcript) -> Self {
        Replay { transcript: Arc::new(transcript), next: Arc::default() }
    }

    /// Returns what is played.
    pub fn transcript(&self) -> &Transcript {
        &self.transcript
    }

    /// Opens the key as it was opened next.
    pub fn open(&self) -> Box<dyn ReportPipe> {
        let connection = self.next.fetch_add(1, Ordering::SeqCst);
        let events = (1..).zip(&self.transcript.events);
        let events = events.filter(|(_, event)| event.connection == connection);
        let redacts = self.transcript.header.secrets == Secrets::LeftOut;
        Box::new(ReplayPipe {
            rest: events.map(|(number, event)| (number, event.clone())).collect(),
            count: self.transcript.events.len(),
            redactor: redacts.then(Redactor::default),
            sending: None,
            nonce: None,
            reports: VecDeque::new(),
        })
    }
}

struct ReplayPipe {
    rest: VecDeque<(usize, Event)>,
    count: usize,
    redactor: Option<Redactor>,
    sending: Option<Assembler>,
    /// The nonce of the last INIT.
    nonce: Option<[u8; NONCE_LENGTH]>,
    reports: VecDeque<Report>,
}

impl ReplayPipe {
    fn sent(&mut self, message: ctaphid::Message) -> Result<(), PipeError> {
        if message.command == Command::INIT {
            self.nonce = message.payload.first_chunk().copied();
        }
        let message = Message {
            channel: message.channel,
            command: message.command,
            payload: message.payload,
            missing: 0,
            left_out: Vec::new(),
        };
        let what = What::Message(message);
        let mut sent =
            Event { time: Duration::ZERO, connection: 0, direction: Direction::ToKey, what };
        if let Some(redactor) = &mut self.redactor {
            redactor.redact(&mut sent);
        }
        // What the key said in between and nobody waited for.
        while self.rest.front().is_some_and(|(_, event)| event.direction == Direction::FromKey) {
            self.rest.pop_front();
        }
        let Some((number, recorded)) = self.rest.pop_front() else {
            let (messages, sent) = (self.count, name(&sent.what));
            return Err(ReplayError::Ended { messages, sent }.into());
        };
        if is_same(&recorded.what, &sent.what) {
            return Ok(());
        }
        let (mut recorded, mut sent) = (name(&recorded.what), name(&sent.what));
        if recorded == sent {
            recorded.push_str(" with other contents");
            sent = "not that one".to_owned();
        }
        Err(ReplayError::Differs { number, recorded, sent }.into())
    }

    /// Lets the key say what it said next.
    fn answer(&mut self) -> Result<(), PipeError> {
        if self.rest.front().is_none_or(|(_, event)| event.direction == Direction::ToKey) {
            return Ok(());
        }
        let Some((number, event)) = self.rest.pop_front() else { return Ok(()) };
        match event.what {
            What::Stray(report) => self.reports.push_back(*report),
            What::Message(mut message) => {
                if let Some(what) = message.left_out.first() {
                    return Err(ReplayError::LeftOut { number, what: what.clone() }.into());
                }
                if message.command == Command::INIT
                    && let Some(nonce) = self.nonce
                    && let Some(place) = message.payload.first_chunk_mut()
                {
                    *place = nonce;
                }
                self.reports.extend(message.to_reports());
            }
        }
        Ok(())
    }
}

fn is_same(recorded: &What, sent: &What) -> bool {
    match (recorded, sent) {
        (What::Message(recorded), What::Message(sent)) => {
            recorded.channel == sent.channel
                && recorded.command == sent.command
                && (recorded.payload == sent.payload || recorded.command == Command::INIT)
        }
        _ => false,
    }
}

fn name(what: &What) -> String {
    match what {
        What::Stray(_) => "a report of no message".to_owned(),
        What::Message(message) => {
            message.method().unwrap_or_else(|| message.command.name().to_owned())
        }
    }
}

impl ReportPipe for ReplayPipe {
    fn write(&mut self, report: &Report) -> Result<(), PipeError> {
        let (channel, kind) = ReportKind::parse(report);
        match kind {
            ReportKind::Init { command, length, data } => {
                self.sending = Assembler::begin(channel, command, length, data).ok();
            }
            ReportKind::Continuation { sequence, data } => {
                let sending = self.sending.take();
                self.sending =
                    sending.and_then(|mut sent| sent.add(sequence, data).is_ok().then_some(sent));
            }
        }
        match self.sending.take_if(|sending| sending.is_complete()) {
            Some(complete) => self.sent(complete.into_message()),
            None => Ok(()),
        }
    }

    fn read(&mut self, timeout: Duration) -> Result<Option<Report>, PipeError> {
        if self.reports.is_empty() {
            self.answer()?;
        }
        let report = self.reports.pop_front();
        if report.is_none() {
            // The key was silent, or waits for a message such as CANCEL.
            sleep(timeout);
        }
        Ok(report)
    }
}
