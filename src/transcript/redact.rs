//! Blanks secrets, message by message.

use std::collections::HashMap;

use super::blank::Blanker;
use super::members;
use super::model::{Direction, Event, Message, What};
use crate::ctap2::{Command as Ctap2Command, Status};
use crate::ctaphid::{ChannelId, Command};

/// What a whole payload is called that is left out.
const PAYLOAD: &str = "payload";

/// U2F's instructions, in which nothing is secret.
const U2F_INSTRUCTIONS: [u8; 3] = [0x01, 0x02, 0x03];

/// Blanks secrets. It goes along with the messages in their order, as answers can be understood
/// only by what was asked.
#[derive(Debug, Default)]
pub struct Redactor {
    asked: HashMap<(u32, ChannelId), Asked>,
}

/// What was asked last on a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Ctap2(Ctap2Command),
    U2f,
    Unknown,
}

impl Redactor {
    /// Blanks what is secret, and notes what was.
    pub fn redact(&mut self, event: &mut Event) {
        let (connection, direction) = (event.connection, event.direction);
        match &mut event.what {
            What::Message(message) => self.message(connection, direction, message),
            What::Stray(report) => report.iter_mut().skip(5).for_each(|byte| *byte = 0),
        }
    }

    fn message(&mut self, connection: u32, direction: Direction, message: &mut Message) {
        let place = (connection, message.channel);
        let left_out = match (message.command, direction) {
            (
                Command::INIT
                | Command::PING
                | Command::LOCK
                | Command::WINK
                | Command::CANCEL
                | Command::KEEPALIVE
                | Command::ERROR,
                _,
            ) => return,
            (Command::CBOR, Direction::ToKey) => {
                let (asked, left_out) = request(&mut message.payload);
                self.asked.insert(place, asked);
                left_out
            }
            (Command::CBOR, Direction::FromKey) => {
                let asked = self.asked.get(&place).copied().unwrap_or(Asked::Unknown);
                answer(asked, &mut message.payload)
            }
            (Command::MSG, Direction::ToKey) => {
                let (asked, left_out) = apdu(&mut message.payload);
                self.asked.insert(place, asked);
                left_out
            }
            (Command::MSG, Direction::FromKey) => match self.asked.get(&place) {
                Some(Asked::U2f) => return,
                _ => apdu_answer(&mut message.payload),
            },
            _ => everything(&mut message.payload),
        };
        message.left_out = left_out;
    }
}

fn everything(payload: &mut [u8]) -> Vec<String> {
    let mut blanker = Blanker::new(payload);
    blanker.everything(PAYLOAD);
    blanker.left_out
}

fn map(bytes: &mut [u8], members: &[members::Member]) -> Vec<String> {
    let mut blanker = Blanker::new(bytes);
    if blanker.message(members).is_err() {
        blanker.everything(PAYLOAD);
    }
    blanker.left_out
}

fn request(payload: &mut [u8]) -> (Asked, Vec<String>) {
    let Some((byte, parameters)) = payload.split_first_mut() else {
        return (Asked::Unknown, Vec::new());
    };
    let command = Ctap2Command(*byte);
    (Asked::Ctap2(command), map(parameters, members::of_request(command)))
}

fn answer(asked: Asked, payload: &mut [u8]) -> Vec<String> {
    let Some((status, results)) = payload.split_first_mut() else {
        return Vec::new();
    };
    match asked {
        Asked::Ctap2(command) => map(results, members::of_answer(command, Status(*status))),
        _ => everything(results),
    }
}

fn apdu(payload: &mut [u8]) -> (Asked, Vec<String>) {
    match payload {
        [0, instruction, ..] if U2F_INSTRUCTIONS.contains(instruction) => (Asked::U2f, Vec::new()),
        [_, _, _, _, data @ ..] => (Asked::Unknown, everything(data)),
        short => (Asked::Unknown, everything(short)),
    }
}

/// Leaves the status word.
fn apdu_answer(payload: &mut [u8]) -> Vec<String> {
    let end = payload.len().saturating_sub(2);
    payload.get_mut(..end).map(everything).unwrap_or_default()
}
