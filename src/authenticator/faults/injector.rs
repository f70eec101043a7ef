//! Does to messages what the script says, and hands the frames to the lines.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::line::{Line, Unplugged};
use super::script::{Fault, FaultScript, FrameFault, MessageFault};
use crate::ctaphid::{
    Assembler, ChannelId, Command, ErrorCode, Keepalive, Message, Report, ReportKind,
};

/// How often a key says that it is still at work.
const KEEPALIVE_INTERVAL: Duration = Duration::from_millis(100);

/// More channels than hosts have in use.
const MOST_CHANNELS: usize = 1024;

/// The status byte of success.
const SUCCESS: u8 = 0x00;

/// The cable between a host and a key.
pub(super) struct Injector {
    script: FaultScript,
    to_key: Line,
    from_key: Line,
    messages: u64,
    answers: BTreeMap<ChannelId, Answer>,
    /// Where the rest of a message goes nowhere.
    refused: BTreeSet<ChannelId>,
    /// Where the key pretends to be at work, and when it says so next.
    at_work: BTreeMap<ChannelId, (Keepalive, Duration)>,
}

/// An answer that something happens to.
struct Answer {
    faults: Vec<MessageFault>,
    assembler: Option<Assembler>,
}

impl Injector {
    pub(super) fn new(script: FaultScript) -> Self {
        Injector {
            script,
            to_key: Line::default(),
            from_key: Line::default(),
            messages: 0,
            answers: BTreeMap::new(),
            refused: BTreeSet::new(),
            at_work: BTreeMap::new(),
        }
    }

    /// Tells whether nothing ever happens.
    pub(super) fn is_harmless(&self) -> bool {
        self.script.faults.is_empty()
    }

    /// Takes a frame that a host sends.
    pub(super) fn host_sends(&mut self, report: &Report, now: Duration) -> Result<(), Unplugged> {
        let (channel, kind) = ReportKind::parse(report);
        if let ReportKind::Init { command, .. } = kind
            && command != Command::CANCEL
        {
            self.begin_message(channel, now)?;
        }
        if self.refused.contains(&channel) {
            return Ok(());
        }
        let faults = self.script.faults.iter().filter_map(|fault| match fault {
            Fault::ToKey(number, fault) => Some((*number, fault)),
            _ => None,
        });
        self.to_key.send(*report, now, faults)
    }

    /// Takes a frame that the key sends.
    pub(super) fn key_sends(&mut self, report: &Report, now: Duration) -> Result<(), Unplugged> {
        let (channel, kind) = ReportKind::parse(report);
        let Some(answer) = self.answers.get_mut(&channel) else { return self.send(*report, now) };
        match (kind, answer.assembler.as_mut()) {
            (ReportKind::Init { command: Command::KEEPALIVE, .. }, _) => {
                let silent = self.at_work.contains_key(&channel);
                return if silent { Ok(()) } else { self.send(*report, now) };
            }
            (ReportKind::Init { command, length, data }, _) => {
                answer.assembler = Assembler::begin(channel, command, length, data).ok();
            }
            (ReportKind::Continuation { sequence, data }, Some(assembler)) => {
                // The key's own numbers are right.
                let _in_order = assembler.add(sequence, data);
            }
            (ReportKind::Continuation { .. }, None) => {}
        }
        let complete = answer.assembler.take_if(|assembler| assembler.is_complete());
        match (complete, self.answers.remove(&channel)) {
            (Some(complete), Some(answer)) => {
                self.send_answer(complete.into_message(), answer.faults, now)
            }
            (_, answer) => {
                self.answers.extend(answer.map(|answer| (channel, answer)));
                Ok(())
            }
        }
    }

    /// Returns the next frame that has reached the key.
    pub(super) fn reach_key(&mut self, now: Duration) -> Option<Report> {
        self.to_key.arrive(now)
    }

    /// Returns the next frame that has reached the host.
    pub(super) fn reach_host(&mut self, now: Duration) -> Option<Report> {
        self.from_key.arrive(now)
    }

    /// Lets time pass.
    pub(super) fn poll(&mut self, now: Duration) -> Result<(), Unplugged> {
        let mut due = Vec::new();
        for (channel, (status, next)) in &mut self.at_work {
            if now >= *next {
                *next = now + KEEPALIVE_INTERVAL;
                due.push(message(*channel, Command::KEEPALIVE, vec![status.to_byte()]));
            }
        }
        due.iter().try_for_each(|message| self.send_message(message, now))
    }

    /// Tells when there is something to do next.
    pub(super) fn next_event(&self) -> Option<Duration> {
        let at_work = self.at_work.values().map(|(_, next)| *next);
        let arrivals = [self.to_key.next_arrival(), self.from_key.next_arrival()];
        at_work.chain(arrivals.into_iter().flatten()).min()
    }

    /// Loses all that is on its way.
    pub(super) fn clear(&mut self) {
        self.to_key.clear();
        self.from_key.clear();
        self.answers.clear();
        self.refused.clear();
        self.at_work.clear();
    }

    fn begin_message(&mut self, channel: ChannelId, now: Duration) -> Result<(), Unplugged> {
        self.messages = self.messages.saturating_add(1);
        self.answers.remove(&channel);
        self.refused.remove(&channel);
        self.at_work.remove(&channel);
        let (mut faults, mut refusal) = (Vec::new(), None);
        for fault in &self.script.faults {
            let Fault::Message(number, fault) = fault else { continue };
            let so_far = self.messages.checked_sub(*number);
            match (fault, so_far) {
                (MessageFault::Busy(count), Some(so_far)) if so_far < *count => {
                    refusal = Some(ErrorCode::CHANNEL_BUSY);
                }
                (MessageFault::Busy(_), _) => {}
                (MessageFault::Error(code), Some(0)) => refusal = Some(*code),
                (fault, Some(0)) => faults.push(fault.clone()),
                _ => {}
            }
        }
        for fault in &faults {
            if let MessageFault::Keepalive(status) = fault {
                self.at_work.insert(channel, (*status, now));
            }
        }
        if !faults.is_empty() {
            self.answers.insert(channel, Answer { faults, assembler: None });
        }
        match refusal {
            None => Ok(()),
            Some(code) => {
                if self.refused.len() >= MOST_CHANNELS {
                    self.refused.pop_first();
                }
                self.refused.insert(channel);
                self.send_message(&message(channel, Command::ERROR, vec![code.0]), now)
            }
        }
    }

    fn send_answer(
        &mut self,
        mut answer: Message,
        faults: Vec<MessageFault>,
        mut now: Duration,
    ) -> Result<(), Unplugged> {
        let mut copies = 1;
        let says_status = answer.command == Command::CBOR;
        for fault in faults {
            match fault {
                MessageFault::Drop | MessageFault::Keepalive(_) => copies = 0,
                MessageFault::Delay(delay) => now += delay,
                MessageFault::Duplicate => copies = 2,
                MessageFault::Truncate(length) => answer.payload.truncate(length),
                MessageFault::Corrupt(place) => {
                    answer.payload.iter_mut().skip(place).take(1).for_each(|byte| *byte = !*byte);
                }
                MessageFault::Channel => {
                    let ChannelId([first, second, third, last]) = answer.channel;
                    answer.channel = ChannelId([first, second, third, last ^ 0x55]);
                }
                MessageFault::Status(status) if says_status => answer.payload = vec![status],
                MessageFault::Garbage(bytes) if says_status => {
                    answer.payload = [&[SUCCESS], bytes.as_slice()].concat();
                }
                MessageFault::Vanish => return Err(Unplugged),
                // Refused before the key heard of it, or not a message that says a status.
                MessageFault::Busy(_)
                | MessageFault::Error(_)
                | MessageFault::Status(_)
                | MessageFault::Garbage(_) => {}
            }
        }
        (0..copies).try_for_each(|_| self.send_message(&answer, now))
    }

    fn send_message(&mut self, message: &Message, now: Duration) -> Result<(), Unplugged> {
        // Nothing made here is too long.
        let reports = message.to_reports().unwrap_or_default();
        reports.into_iter().try_for_each(|report| self.send(report, now))
    }

    fn send(&mut self, report: Report, now: Duration) -> Result<(), Unplugged> {
        let faults = self.script.faults.iter().filter_map(|fault| match fault {
            Fault::FromKey(number, fault) => Some((*number, fault)),
            _ => None,
        });
        let faults: Vec<(u64, &FrameFault)> = faults.collect();
        self.from_key.send(report, now, faults.into_iter())
    }
}

fn message(channel: ChannelId, command: Command, payload: Vec<u8>) -> Message {
    Message { channel, command, payload }
}
