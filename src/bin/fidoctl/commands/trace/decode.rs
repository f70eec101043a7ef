//! What is in a message, in the standard's words.

use std::collections::HashMap;

use fidoctl::cbor::{self, Strictness, Value};
use fidoctl::ctap2::{Command as Ctap2Command, Status};
use fidoctl::ctaphid::{ChannelId, Command, ErrorCode, InitResponse, Keepalive};
use fidoctl::transcript::members::{Content, Key, Member, of_answer, of_request};
use fidoctl::transcript::{Direction, Event, Message, What};
use fidoctl::u2f::{CommandApdu, Instruction, StatusWord};

use crate::output::hex;

/// Arrays and maps inside each other that are shown.
const NESTING: usize = 16;

/// A message in words.
pub(super) struct Decoded {
    /// What it is.
    pub(super) title: String,
    /// What is in it.
    pub(super) members: Vec<Shown>,
}

/// A member in words.
pub(super) struct Shown {
    pub(super) depth: usize,
    pub(super) name: String,
    /// Diagnostic notation; absent where further members follow.
    pub(super) value: Option<String>,
    pub(super) left_out: bool,
}

/// Goes along with the messages, as answers can be understood only by what was asked.
#[derive(Default)]
pub(super) struct Decoder {
    asked: HashMap<(u32, ChannelId), Ctap2Command>,
}

impl Decoder {
    pub(super) fn decode(&mut self, event: &Event) -> Decoded {
        match &event.what {
            What::Stray(report) => Decoded {
                title: "a report of no message".to_owned(),
                members: vec![plain("report", hex(report.as_slice()))],
            },
            What::Message(message) => {
                let mut decoded = self.message(event, message);
                if message.missing > 0 {
                    decoded
                        .members
                        .push(plain("bytes that never came", message.missing.to_string()));
                }
                decoded
            }
        }
    }

    fn message(&mut self, event: &Event, message: &Message) -> Decoded {
        let payload = message.payload.as_slice();
        let left_out = !message.left_out.is_empty();
        let title = message.command.name().to_owned();
        let bytes = |title: String| {
            let empty = payload.is_empty();
            let shown = Shown { left_out, ..plain("payload", hex(payload)) };
            Decoded { title, members: if empty { Vec::new() } else { vec![shown] } }
        };
        match (message.command, event.direction) {
            (Command::CBOR, Direction::ToKey) => {
                let Some((byte, parameters)) = payload.split_first() else { return bytes(title) };
                let command = Ctap2Command(*byte);
                self.asked.insert((event.connection, message.channel), command);
                let members = of_request(command);
                Decoded {
                    title: message.method().unwrap_or(title),
                    members: parameters_of(parameters, members, message),
                }
            }
            (Command::CBOR, Direction::FromKey) => {
                let Some((byte, results)) = payload.split_first() else { return bytes(title) };
                let asked = self.asked.get(&(event.connection, message.channel));
                let members = asked.map_or(&[][..], |asked| of_answer(*asked, Status(*byte)));
                Decoded {
                    title: Status(*byte).to_string(),
                    members: parameters_of(results, members, message),
                }
            }
            (Command::INIT, Direction::FromKey) => match InitResponse::parse(payload) {
                None => bytes(title),
                Some(answer) => Decoded {
                    title,
                    members: vec![
                        plain("nonce", hex(&answer.nonce)),
                        plain("channel", hex(&answer.channel.0)),
                        plain("protocol version", answer.protocol_version.to_string()),
                        plain("device version", hex(&answer.device_version)),
                        plain("capabilities", format!("0x{:02x}", answer.capabilities.bits())),
                    ],
                },
            },
            (Command::INIT, Direction::ToKey) => {
                Decoded { title, members: vec![plain("nonce", hex(payload))] }
            }
            (Command::KEEPALIVE, _) => {
                let status = match payload.first().map(|byte| Keepalive::from_byte(*byte)) {
                    Some(Keepalive::UserPresenceNeeded) => "STATUS_UPNEEDED",
                    _ => "STATUS_PROCESSING",
                };
                Decoded { title: format!("{title} {status}"), members: Vec::new() }
            }
            (Command::ERROR, _) => match payload.first() {
                Some(code) => bytes(format!("{title} {}", ErrorCode(*code))),
                None => bytes(title),
            },
            (Command::MSG, Direction::ToKey) => match CommandApdu::parse(payload) {
                Ok(apdu) => bytes(Instruction(apdu.instruction).name().to_owned()),
                Err(_) => bytes(title),
            },
            (Command::MSG, Direction::FromKey) => match payload.last_chunk::<2>() {
                Some(word) => bytes(StatusWord(u16::from_be_bytes(*word)).to_string()),
                None => bytes(title),
            },
            _ => bytes(title),
        }
    }
}

fn plain(name: &str, value: String) -> Shown {
    Shown { depth: 0, name: name.to_owned(), value: Some(value), left_out: false }
}

fn parameters_of(bytes: &[u8], members: &[Member], message: &Message) -> Vec<Shown> {
    if bytes.is_empty() {
        return Vec::new();
    }
    match cbor::from_slice_with::<Value>(bytes, Strictness::Tolerant, NESTING) {
        Ok(Value::Map(found)) => {
            let mut shown = Vec::new();
            list(&found, members, "", 0, &message.left_out, &mut shown);
            shown
        }
        _ => {
            let left_out = !message.left_out.is_empty();
            vec![Shown { left_out, ..plain("payload", hex(bytes)) }]
        }
    }
}

fn list(
    found: &[(Value, Value)],
    members: &[Member],
    path: &str,
    depth: usize,
    left_out: &[String],
    shown: &mut Vec<Shown>,
) {
    for (key, value) in found {
        let member = members.iter().find(|member| match member.key {
            Key::Number(number) => i64::try_from(number).ok() == key.as_i64(),
            Key::Text(text) => key.as_text() == Some(text),
        });
        let name = match (member.map(|member| (member.key, member.name)), key.as_i64()) {
            (Some((Key::Number(number), name)), _) => format!("{name} (0x{number:02x})"),
            (Some((Key::Text(_), name)), _) => name.to_owned(),
            (None, Some(number)) => format!("0x{number:02x}"),
            (None, None) => key.as_text().map_or_else(|| key.to_string(), str::to_owned),
        };
        let word = match (member, key.as_i64()) {
            (Some(member), _) => member.name.to_owned(),
            (None, Some(number)) => format!("0x{number:02x}"),
            (None, None) => name.clone(),
        };
        let path = if path.is_empty() { word } else { format!("{path}.{word}") };
        if let (Some(Content::Members(inner)), Value::Map(found)) =
            (member.map(|member| member.content), value)
        {
            shown.push(Shown { depth, name, value: None, left_out: false });
            list(found, inner, &path, depth + 1, left_out, shown);
            continue;
        }
        let begins = |one: &String| one == &path || one.starts_with(&format!("{path}."));
        let left_out = left_out.iter().any(begins);
        shown.push(Shown { depth, name, value: Some(value.to_string()), left_out });
    }
}
