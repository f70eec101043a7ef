//! Transcripts as JSON lines: the header first, then one line for each message.

use std::time::Duration;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use super::model::{Direction, Event, Header, Key, Message, Secrets, Seed, Transcript, What};
use crate::ctaphid::{ChannelId, Command, MAX_MESSAGE_LENGTH, Report};

/// What the header says of the form.
const SCHEMA: &str = "fidoctl.trace/1";

/// Why a text is no transcript.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Nothing is there.
    #[error("the transcript is empty")]
    Empty,
    /// The first line is no header.
    #[error("the first line is not the header of a transcript")]
    NotATranscript,
    /// A form of a version unknown here.
    #[error("the transcript has the form {0:?}, which this version does not know")]
    Schema(String),
    /// A line cannot be read.
    #[error("line {number} of the transcript cannot be read: {problem}")]
    Line {
        /// Its number, from 1.
        number: usize,
        /// What is wrong.
        problem: String,
    },
}

#[derive(Serialize, Deserialize)]
struct HeaderLine {
    schema: String,
    program: String,
    started_us: u64,
    secrets: SecretsWord,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<KeyLine>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    random: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secret_random: Option<String>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
enum SecretsWord {
    #[serde(rename = "left-out")]
    LeftOut,
    #[serde(rename = "included")]
    Included,
}

#[derive(Serialize, Deserialize)]
struct KeyLine {
    name: String,
    description: serde_json::Value,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
enum DirectionWord {
    #[serde(rename = "to-key")]
    ToKey,
    #[serde(rename = "from-key")]
    FromKey,
}

#[derive(Serialize, Deserialize)]
struct EventLine {
    time_us: u64,
    connection: u32,
    direction: DirectionWord,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    channel: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    command: Option<String>,
    /// For readers; it follows from the bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// For readers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    /// For readers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payload: Option<String>,
    #[serde(default, skip_serializing_if = "is_zero")]
    missing: usize,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<String>,
    /// A report that belongs to no message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    report: Option<String>,
}

impl Transcript {
    /// Writes the transcript.
    pub fn to_json_lines(&self) -> String {
        let mut text = String::new();
        let mut push = |line: Result<String, serde_json::Error>| {
            // These have neither maps with odd keys nor types that refuse.
            text.push_str(&line.unwrap_or_default());
            text.push('\n');
        };
        push(serde_json::to_string(&HeaderLine::from(&self.header)));
        self.events.iter().for_each(|event| push(serde_json::to_string(&EventLine::from(event))));
        text
    }

    /// Reads a transcript.
    pub fn from_json_lines(text: &str) -> Result<Self, ReadError> {
        let mut lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
        let (_, first) = lines.next().ok_or(ReadError::Empty)?;
        let value: serde_json::Value =
            serde_json::from_str(first).map_err(|_| ReadError::NotATranscript)?;
        match value.get("schema").and_then(serde_json::Value::as_str) {
            Some(SCHEMA) => {}
            Some(schema) if schema.starts_with("fidoctl.trace/") => {
                return Err(ReadError::Schema(schema.to_owned()));
            }
            _ => return Err(ReadError::NotATranscript),
        }
        let wrong = |number| move |problem: String| ReadError::Line { number, problem };
        let header: HeaderLine =
            serde_json::from_value(value).map_err(|error| wrong(1)(error.to_string()))?;
        let header = Header::try_from(header).map_err(wrong(1))?;
        let mut events = Vec::new();
        for (number, line) in lines {
            let line: EventLine =
                serde_json::from_str(line).map_err(|error| wrong(number)(error.to_string()))?;
            events.push(Event::try_from(line).map_err(wrong(number))?);
        }
        Ok(Transcript { header, events })
    }
}

impl From<&Header> for HeaderLine {
    fn from(header: &Header) -> Self {
        let hex = |seed: &Seed| HEXLOWER.encode(seed);
        HeaderLine {
            schema: SCHEMA.to_owned(),
            program: header.program.clone(),
            started_us: microseconds(header.started),
            secrets: match header.secrets {
                Secrets::LeftOut => SecretsWord::LeftOut,
                Secrets::Included => SecretsWord::Included,
            },
            key: header.key.as_ref().map(|key| KeyLine {
                name: key.name.clone(),
                description: key.description.clone(),
            }),
            random: header.random.as_ref().map(hex),
            secret_random: header.secret_random.as_ref().map(hex),
        }
    }
}

impl TryFrom<HeaderLine> for Header {
    type Error = String;

    fn try_from(line: HeaderLine) -> Result<Self, String> {
        let seed = |text: Option<String>| text.map(|text| exactly(&text, "seed")).transpose();
        Ok(Header {
            program: line.program,
            started: Duration::from_micros(line.started_us),
            secrets: match line.secrets {
                SecretsWord::LeftOut => Secrets::LeftOut,
                SecretsWord::Included => Secrets::Included,
            },
            key: line.key.map(|key| Key { name: key.name, description: key.description }),
            random: seed(line.random)?,
            secret_random: seed(line.secret_random)?,
        })
    }
}

impl From<&Event> for EventLine {
    fn from(event: &Event) -> Self {
        let mut line = EventLine {
            time_us: microseconds(event.time),
            connection: event.connection,
            direction: match event.direction {
                Direction::ToKey => DirectionWord::ToKey,
                Direction::FromKey => DirectionWord::FromKey,
            },
            channel: None,
            command: None,
            name: None,
            method: None,
            status: None,
            payload: None,
            missing: 0,
            left_out: Vec::new(),
            report: None,
        };
        match &event.what {
            What::Stray(report) => line.report = Some(HEXLOWER.encode(report.as_slice())),
            What::Message(message) => {
                line.channel = Some(HEXLOWER.encode(&message.channel.0));
                line.command = Some(format!("0x{:02x}", message.command.0));
                line.name = Some(message.command.name().to_owned());
                match event.direction {
                    Direction::ToKey => line.method = message.method(),
                    Direction::FromKey => {
                        line.status = message.status().map(|status| status.name().to_owned());
                    }
                }
                line.payload = Some(HEXLOWER.encode(&message.payload));
                line.missing = message.missing;
                line.left_out = message.left_out.clone();
            }
        }
        line
    }
}

impl TryFrom<EventLine> for Event {
    type Error = String;

    fn try_from(line: EventLine) -> Result<Self, String> {
        let what = match (line.channel, line.command, line.payload, line.report) {
            (None, None, None, Some(report)) => {
                let report: Report = exactly(&report, "report")?;
                What::Stray(Box::new(report))
            }
            (Some(channel), Some(command), Some(payload), None) => {
                let command = command.strip_prefix("0x").unwrap_or(&command);
                let [command] = exactly(command, "command")?;
                let payload = hex(&payload, "payload")?;
                if payload.len() + line.missing > MAX_MESSAGE_LENGTH {
                    return Err("the payload is longer than CTAPHID carries".to_owned());
                }
                What::Message(Message {
                    channel: ChannelId(exactly(&channel, "channel")?),
                    command: Command(command & 0x7F),
                    payload,
                    missing: line.missing,
                    left_out: line.left_out,
                })
            }
            _ => return Err("neither a message nor a report".to_owned()),
        };
        Ok(Event {
            time: Duration::from_micros(line.time_us),
            connection: line.connection,
            direction: match line.direction {
                DirectionWord::ToKey => Direction::ToKey,
                DirectionWord::FromKey => Direction::FromKey,
            },
            what,
        })
    }
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

fn microseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

fn hex(text: &str, what: &str) -> Result<Vec<u8>, String> {
    HEXLOWER.decode(text.to_ascii_lowercase().as_bytes()).map_err(|_| format!("{what} is not hex"))
}

fn exactly<const N: usize>(text: &str, what: &str) -> Result<[u8; N], String> {
    let bytes = hex(text, what)?;
    bytes.try_into().map_err(|_| format!("{what} does not have {N} bytes"))
}
