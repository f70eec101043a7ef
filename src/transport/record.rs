//! A pipe that remembers what passes through it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{PipeError, ReportPipe};
use crate::ctaphid::{Assembler, ChannelId, Report, ReportKind};
use crate::transcript::{Direction, Event, Message, Redactor, Secrets, What};

/// Collects what passes through the pipes of one run.
#[derive(Clone)]
pub struct Recorder(Arc<Mutex<Recording>>);

struct Recording {
    started: Instant,
    /// Blanks secrets before anything is kept; absent where they are wanted.
    redactor: Option<Redactor>,
    events: Vec<Event>,
    connections: u32,
}

impl Recorder {
    /// Begins.
    pub fn new(secrets: Secrets) -> Self {
        let redactor = (secrets == Secrets::LeftOut).then(Redactor::default);
        let started = Instant::now();
        Recorder(Arc::new(Mutex::new(Recording {
            started,
            redactor,
            events: Vec::new(),
            connections: 0,
        })))
    }

    /// Puts itself in front of a pipe.
    pub fn record(&self, pipe: Box<dyn ReportPipe>) -> Box<dyn ReportPipe> {
        let connection = self.with(|recording| {
            let connection = recording.connections;
            recording.connections += 1;
            connection
        });
        let recorder = self.clone();
        Box::new(RecordingPipe {
            pipe,
            recorder,
            connection,
            to_key: Vec::new(),
            from_key: Vec::new(),
        })
    }

    /// Returns what was recorded so far.
    pub fn events(&self) -> Vec<Event> {
        self.with(|recording| recording.events.clone())
    }

    fn with<T>(&self, run: impl FnOnce(&mut Recording) -> T) -> T {
        // What a panicking thread left is still what travelled.
        run(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn push(&self, connection: u32, direction: Direction, what: What) {
        self.with(|recording| {
            let time = recording.started.elapsed();
            let mut event = Event { time, connection, direction, what };
            if let Some(redactor) = &mut recording.redactor {
                redactor.redact(&mut event);
            }
            recording.events.push(event);
        });
    }
}

struct RecordingPipe {
    pipe: Box<dyn ReportPipe>,
    recorder: Recorder,
    connection: u32,
    /// Messages under way, by channel.
    to_key: Vec<Assembler>,
    from_key: Vec<Assembler>,
}

/// As many messages may be under way at once; other programs may use the key too.
const MOST_UNDER_WAY: usize = 16;

impl RecordingPipe {
    fn see(&mut self, direction: Direction, report: &Report) {
        let under_way = match direction {
            Direction::ToKey => &mut self.to_key,
            Direction::FromKey => &mut self.from_key,
        };
        let mut seen = Vec::new();
        let (channel, kind) = ReportKind::parse(report);
        match kind {
            ReportKind::Init { command, length, data } => {
                seen.extend(take(under_way, channel).map(broken_off));
                match Assembler::begin(channel, command, length, data) {
                    Ok(assembler) => under_way.push(assembler),
                    Err(_) => seen.push(What::Stray(Box::new(*report))),
                }
                if under_way.len() > MOST_UNDER_WAY {
                    seen.push(broken_off(under_way.remove(0)));
                }
            }
            ReportKind::Continuation { sequence, data } => {
                let assembler = under_way.iter_mut().find(|known| known.channel() == channel);
                if assembler.is_none_or(|assembler| assembler.add(sequence, data).is_err()) {
                    seen.push(What::Stray(Box::new(*report)));
                }
            }
        }
        while let Some(at) = under_way.iter().position(Assembler::is_complete) {
            seen.push(message(under_way.remove(at), 0));
        }
        for what in seen {
            self.recorder.push(self.connection, direction, what);
        }
    }
}

fn take(under_way: &mut Vec<Assembler>, channel: ChannelId) -> Option<Assembler> {
    let at = under_way.iter().position(|known| known.channel() == channel)?;
    Some(under_way.remove(at))
}

fn broken_off(assembler: Assembler) -> What {
    let missing = assembler.missing();
    message(assembler, missing)
}

fn message(assembler: Assembler, missing: usize) -> What {
    let message = assembler.into_message();
    What::Message(Message {
        channel: message.channel,
        command: message.command,
        payload: message.payload,
        missing,
        left_out: Vec::new(),
    })
}

impl ReportPipe for RecordingPipe {
    fn write(&mut self, report: &Report) -> Result<(), PipeError> {
        self.pipe.write(report)?;
        self.see(Direction::ToKey, report);
        Ok(())
    }

    fn read(&mut self, timeout: Duration) -> Result<Option<Report>, PipeError> {
        let report = self.pipe.read(timeout)?;
        if let Some(report) = &report {
            self.see(Direction::FromKey, report);
        }
        Ok(report)
    }
}

impl Drop for RecordingPipe {
    /// What was broken off has been seen too.
    fn drop(&mut self) {
        for direction in [Direction::ToKey, Direction::FromKey] {
            let under_way = match direction {
                Direction::ToKey => std::mem::take(&mut self.to_key),
                Direction::FromKey => std::mem::take(&mut self.from_key),
            };
            for assembler in under_way {
                self.recorder.push(self.connection, direction, broken_off(assembler));
            }
        }
    }
}
