//! What libfido2's programs print with `FIDO_DEBUG=1`, as a transcript.

use std::collections::HashMap;
use std::time::Duration;

use super::model::{Direction, Event, Header, Message, Secrets, Transcript, What};
use crate::ctaphid::{
    Assembler, ChannelId, Command, InitResponse, MAX_MESSAGE_LENGTH, REPORT_LENGTH, Report,
    ReportKind,
};

/// What is being dumped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Dump {
    /// The payload of a message to the key.
    Sent(Command),
    /// A report from the key.
    Report,
}

#[derive(Default)]
struct Reader {
    events: Vec<Event>,
    channel: Option<ChannelId>,
    sending: Option<Command>,
    dump: Option<(Dump, usize, Vec<u8>)>,
    assembler: Option<Assembler>,
    /// Devices are told apart by their addresses in memory.
    devices: HashMap<String, u32>,
    connection: u32,
}

/// Reads a text; `None` if nothing in it is of libfido2's. All secrets are in it.
pub fn parse_fido_debug(text: &str) -> Option<Transcript> {
    let mut reader = Reader::default();
    text.lines().for_each(|line| reader.line(line));
    if reader.events.is_empty() {
        return None;
    }
    let header = Header {
        program: "libfido2".to_owned(),
        started: Duration::ZERO,
        secrets: Secrets::Included,
        key: None,
        random: None,
        secret_random: None,
    };
    Some(Transcript { header, events: reader.events })
}

impl Reader {
    fn line(&mut self, line: &str) {
        // Prefixes of other programs' logs may stand in front.
        let value = |name: &str| {
            let (_, rest) = line.split_once(name)?;
            Some(rest.split([',', ' ']).next().unwrap_or_default())
        };
        let length = || value("len=").and_then(|text| text.parse::<usize>().ok());
        let fits = |length: &usize| *length <= MAX_MESSAGE_LENGTH;
        if let Some((_, rest)) = line.split_once("fido_tx: dev=") {
            self.device(rest.split(',').next().unwrap_or_default());
            let command = value("cmd=0x").and_then(|hex| u8::from_str_radix(hex, 16).ok());
            self.sending = command.map(|command| Command(command & 0x7F));
            // A message without a payload is dumped with no line of its own.
            if self.sending == Some(Command::CANCEL) {
                self.sent(Command::CANCEL, Vec::new());
            }
        } else if line.contains("fido_tx: buf=") {
            let command = self.sending.take();
            if let (Some(command), Some(length)) = (command, length().filter(fits)) {
                self.start(Dump::Sent(command), length);
            }
        } else if line.contains("rx_preamble: buf=")
            || line.contains(" rx: buf=")
            || line.starts_with("rx: buf=")
        {
            if length() == Some(REPORT_LENGTH) {
                self.start(Dump::Report, REPORT_LENGTH);
            }
        } else if self.dump.is_some() && !self.dumped(line) {
            self.dump = None;
        }
    }

    fn device(&mut self, address: &str) {
        let next = u32::try_from(self.devices.len()).unwrap_or(u32::MAX);
        self.connection = *self.devices.entry(address.to_owned()).or_insert(next);
    }

    fn start(&mut self, dump: Dump, length: usize) {
        self.dump = Some((dump, length, Vec::new()));
        self.finish_dump();
    }

    /// Takes a line such as `0016: 05 1a`; tells whether it is one.
    fn dumped(&mut self, line: &str) -> bool {
        let Some((_, _, bytes)) = &mut self.dump else { return false };
        let Some((offset, rest)) = line.split_once(": ") else { return false };
        let offset = offset.rsplit(' ').next().unwrap_or_default();
        if offset.parse() != Ok(bytes.len()) {
            return false;
        }
        let parsed: Result<Vec<u8>, _> =
            rest.split_whitespace().map(|hex| u8::from_str_radix(hex, 16)).collect();
        let Ok(parsed) = parsed else { return false };
        bytes.extend(parsed);
        self.finish_dump();
        true
    }

    fn finish_dump(&mut self) {
        let Some((dump, _, bytes)) = self.dump.take_if(|(_, length, bytes)| bytes.len() >= *length)
        else {
            return;
        };
        match dump {
            Dump::Sent(command) => self.sent(command, bytes),
            Dump::Report => {
                if let Ok(report) = Report::try_from(bytes) {
                    self.received(&report);
                }
            }
        }
    }

    fn sent(&mut self, command: Command, payload: Vec<u8>) {
        let channel = match (command, self.channel) {
            (Command::INIT, _) | (_, None) => ChannelId::BROADCAST,
            (_, Some(channel)) => channel,
        };
        self.push(
            Direction::ToKey,
            Message { channel, command, payload, missing: 0, left_out: Vec::new() },
        );
    }

    fn received(&mut self, report: &Report) {
        let (channel, kind) = ReportKind::parse(report);
        match kind {
            ReportKind::Init { command, length, data } => {
                self.assembler = Assembler::begin(channel, command, length, data).ok();
            }
            ReportKind::Continuation { sequence, data } => {
                let kept = self.assembler.take_if(|assembler| assembler.channel() == channel);
                self.assembler =
                    kept.and_then(|mut kept| kept.add(sequence, data).is_ok().then_some(kept));
            }
        }
        let Some(complete) = self.assembler.take_if(|assembler| assembler.is_complete()) else {
            return;
        };
        let message = complete.into_message();
        if message.command == Command::INIT
            && let Some(answer) = InitResponse::parse(&message.payload)
        {
            self.channel = Some(answer.channel);
        }
        let (channel, command, payload) = (message.channel, message.command, message.payload);
        self.push(
            Direction::FromKey,
            Message { channel, command, payload, missing: 0, left_out: Vec::new() },
        );
    }

    /// Nobody knows when; the order stays.
    fn push(&mut self, direction: Direction, message: Message) {
        let time = Duration::from_micros(u64::try_from(self.events.len()).unwrap_or_default());
        let what = What::Message(message);
        self.events.push(Event { time, connection: self.connection, direction, what });
    }
}
