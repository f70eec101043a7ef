//! Which faults happen, and where.

use std::fmt::{Display, Formatter};
use std::str::FromStr;
use std::time::Duration;

use data_encoding::HEXLOWER_PERMISSIVE;

use crate::ctaphid::{ErrorCode, Keepalive, REPORT_LENGTH};

/// What a message is answered with where nothing else was asked for; no CBOR begins like that.
const GARBAGE: [u8; 4] = [0xfe, 0xdc, 0xba, 0x98];

/// Faults between a host and a key; none by default.
///
/// Written `drop@from-key:3,busy@message:2`: what happens, and to which frame in which direction,
/// or to which message of the host and its answer; both are counted from 1, for all channels
/// together. CTAPHID_INIT is a message, CTAPHID_CANCEL is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultScript {
    pub(super) faults: Vec<Fault>,
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    ToKey(u64, FrameFault),
    FromKey(u64, FrameFault),
    Message(u64, MessageFault),
}

/// What happens to a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum FrameFault {
    /// It is lost.
    Drop,
    /// It comes late, and what follows it too.
    Delay(Duration),
    /// It comes twice.
    Duplicate,
    /// It comes after the frame that follows it.
    Reorder,
    /// All after so many bytes is zero.
    Truncate(usize),
    /// The byte at this place is inverted.
    Corrupt(usize),
    /// It comes on another channel.
    Channel,
    /// A continuation comes with another number.
    Sequence,
    /// The key is unplugged instead.
    Vanish,
}

/// What happens to a message, most of it to its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum MessageFault {
    /// The answer is lost.
    Drop,
    /// The answer comes late.
    Delay(Duration),
    /// The answer comes twice.
    Duplicate,
    /// The answer ends after so many bytes.
    Truncate(usize),
    /// The byte at this place of the answer is inverted.
    Corrupt(usize),
    /// The answer comes on another channel.
    Channel,
    /// This message and those that follow are refused as if another channel were served, so many
    /// in all.
    Busy(u64),
    /// The message is refused.
    Error(ErrorCode),
    /// The key does what it is asked, but says for ever that it is at work.
    Keepalive(Keepalive),
    /// The key does what it is asked, and says this status instead of its answer.
    Status(u8),
    /// The key does what it is asked, and reports success with results that are none.
    Garbage(Vec<u8>),
    /// The key does what it is asked, and is unplugged before it answers.
    Vanish,
}

/// A text that is no [`FaultScript`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultScriptError {
    /// There is no such fault.
    #[error(
        "{0:?} is no fault: drop, delay=MILLISECONDS, duplicate, reorder, truncate=LENGTH, \
         corrupt=BYTE, channel, sequence or vanish is wanted, of a message also busy, error=CODE, \
         keepalive, status=BYTE or garbage"
    )]
    Fault(String),
    /// The place is missing, or there is none such.
    #[error("{0:?} does not say where: @to-key:N, @from-key:N or @message:N, counted from 1")]
    Place(String),
}

impl FromStr for FaultScript {
    type Err = FaultScriptError;

    fn from_str(text: &str) -> Result<Self, FaultScriptError> {
        let faults = text.split(',').map(parse_fault);
        Ok(FaultScript { faults: faults.collect::<Result<_, _>>()? })
    }
}

fn parse_fault(text: &str) -> Result<Fault, FaultScriptError> {
    let no_place = || FaultScriptError::Place(text.to_owned());
    let no_fault = || FaultScriptError::Fault(text.to_owned());
    let (fault, place) = text.split_once('@').ok_or_else(no_place)?;
    let (place, number) = place.split_once(':').ok_or_else(no_place)?;
    let number = parse_number(number).filter(|number| *number > 0).ok_or_else(no_place)?;
    let (word, value) = match fault.split_once('=') {
        Some((word, value)) => (word, Some(value)),
        None => (fault, None),
    };
    let frame = || parse_frame_fault(word, value).ok_or_else(no_fault);
    Ok(match place {
        "to-key" => Fault::ToKey(number, frame()?),
        "from-key" => Fault::FromKey(number, frame()?),
        "message" => Fault::Message(number, parse_message_fault(word, value).ok_or_else(no_fault)?),
        _ => return Err(no_place()),
    })
}

fn parse_frame_fault(word: &str, value: Option<&str>) -> Option<FrameFault> {
    let within = |length: usize| parse_length(value?).filter(|number| *number < length);
    Some(match (word, value) {
        ("drop", None) => FrameFault::Drop,
        ("delay", Some(value)) => FrameFault::Delay(parse_delay(value)?),
        ("duplicate", None) => FrameFault::Duplicate,
        ("reorder", None) => FrameFault::Reorder,
        ("truncate", Some(_)) => FrameFault::Truncate(within(REPORT_LENGTH)?),
        ("corrupt", Some(_)) => FrameFault::Corrupt(within(REPORT_LENGTH)?),
        ("channel", None) => FrameFault::Channel,
        ("sequence", None) => FrameFault::Sequence,
        ("vanish", None) => FrameFault::Vanish,
        _ => return None,
    })
}

fn parse_message_fault(word: &str, value: Option<&str>) -> Option<MessageFault> {
    Some(match (word, value) {
        ("drop", None) => MessageFault::Drop,
        ("delay", Some(value)) => MessageFault::Delay(parse_delay(value)?),
        ("duplicate", None) => MessageFault::Duplicate,
        ("truncate", Some(value)) => MessageFault::Truncate(parse_length(value)?),
        ("corrupt", Some(value)) => MessageFault::Corrupt(parse_length(value)?),
        ("channel", None) => MessageFault::Channel,
        ("busy", None) => MessageFault::Busy(1),
        ("busy", Some("always")) => MessageFault::Busy(u64::MAX),
        ("busy", Some(value)) => MessageFault::Busy(parse_number(value)?),
        ("error", Some(value)) => MessageFault::Error(ErrorCode(parse_byte(value)?)),
        ("keepalive", None | Some("processing")) => MessageFault::Keepalive(Keepalive::Processing),
        ("keepalive", Some("touch")) => MessageFault::Keepalive(Keepalive::UserPresenceNeeded),
        ("status", Some(value)) => MessageFault::Status(parse_byte(value)?),
        ("garbage", None) => MessageFault::Garbage(GARBAGE.to_vec()),
        ("garbage", Some(value)) => {
            MessageFault::Garbage(HEXLOWER_PERMISSIVE.decode(value.as_bytes()).ok()?)
        }
        ("vanish", None) => MessageFault::Vanish,
        _ => return None,
    })
}

fn parse_number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

fn parse_length(text: &str) -> Option<usize> {
    usize::try_from(parse_number(text)?).ok()
}

fn parse_delay(text: &str) -> Option<Duration> {
    let milliseconds = u32::try_from(parse_number(text)?).ok()?;
    Some(Duration::from_millis(milliseconds.into()))
}

/// Reads a byte, in decimal or as `0x31`.
fn parse_byte(text: &str) -> Option<u8> {
    match text.strip_prefix("0x") {
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            u8::from_str_radix(digits, 16).ok()
        }
        Some(_) => None,
        None => u8::try_from(parse_number(text)?).ok(),
    }
}

impl Display for FaultScript {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        for (index, fault) in self.faults.iter().enumerate() {
            f.write_str(if index > 0 { "," } else { "" })?;
            match fault {
                Fault::ToKey(number, fault) => write!(f, "{fault}@to-key:{number}")?,
                Fault::FromKey(number, fault) => write!(f, "{fault}@from-key:{number}")?,
                Fault::Message(number, fault) => write!(f, "{fault}@message:{number}")?,
            }
        }
        Ok(())
    }
}

impl Display for FrameFault {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            FrameFault::Drop => f.write_str("drop"),
            FrameFault::Delay(delay) => write!(f, "delay={}", delay.as_millis()),
            FrameFault::Duplicate => f.write_str("duplicate"),
            FrameFault::Reorder => f.write_str("reorder"),
            FrameFault::Truncate(length) => write!(f, "truncate={length}"),
            FrameFault::Corrupt(place) => write!(f, "corrupt={place}"),
            FrameFault::Channel => f.write_str("channel"),
            FrameFault::Sequence => f.write_str("sequence"),
            FrameFault::Vanish => f.write_str("vanish"),
        }
    }
}

impl Display for MessageFault {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            MessageFault::Drop => f.write_str("drop"),
            MessageFault::Delay(delay) => write!(f, "delay={}", delay.as_millis()),
            MessageFault::Duplicate => f.write_str("duplicate"),
            MessageFault::Truncate(length) => write!(f, "truncate={length}"),
            MessageFault::Corrupt(place) => write!(f, "corrupt={place}"),
            MessageFault::Channel => f.write_str("channel"),
            MessageFault::Busy(1) => f.write_str("busy"),
            MessageFault::Busy(u64::MAX) => f.write_str("busy=always"),
            MessageFault::Busy(count) => write!(f, "busy={count}"),
            MessageFault::Error(code) => write!(f, "error=0x{:02x}", code.0),
            MessageFault::Keepalive(Keepalive::Processing) => f.write_str("keepalive"),
            MessageFault::Keepalive(Keepalive::UserPresenceNeeded) => {
                f.write_str("keepalive=touch")
            }
            MessageFault::Status(status) => write!(f, "status=0x{status:02x}"),
            MessageFault::Garbage(bytes) if bytes == &GARBAGE => f.write_str("garbage"),
            MessageFault::Garbage(bytes) => {
                write!(f, "garbage={}", HEXLOWER_PERMISSIVE.encode(bytes))
            }
            MessageFault::Vanish => f.write_str("vanish"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_read_and_written_alike() {
        for text in [
            "drop@to-key:1",
            "delay=700@from-key:2,duplicate@to-key:3",
            "reorder@from-key:4",
            "truncate=10@to-key:5",
            "corrupt=63@from-key:6",
            "channel@from-key:7",
            "sequence@to-key:8",
            "vanish@from-key:9",
            "drop@message:1,delay=5@message:2,duplicate@message:3,truncate=0@message:4",
            "corrupt=70@message:5,channel@message:6,vanish@message:7",
            "busy@message:1,busy=3@message:1,busy=always@message:1",
            "error=0x7f@message:1,status=0x31@message:2",
            "keepalive@message:1,keepalive=touch@message:1",
            "garbage@message:1,garbage=a0ff@message:1",
        ] {
            assert_eq!(text.parse::<FaultScript>().unwrap().to_string(), text);
        }
        assert_eq!("status=49@message:2".parse(), "status=0x31@message:2".parse::<FaultScript>());
    }

    #[test]
    fn what_is_no_fault_is_refused_with_what_is_wrong() {
        for text in ["drop", "drop@frame", "drop@to-key", "drop@to-key:0", "drop@bus:1", ""] {
            let error = text.parse::<FaultScript>().unwrap_err();
            assert!(matches!(error, FaultScriptError::Place(_)), "{text}: {error}");
        }
        for text in [
            "burn@to-key:1",
            "drop=1@to-key:1",
            "delay@to-key:1",
            "delay=-1@to-key:1",
            "corrupt=64@to-key:1",
            "busy@to-key:1",
            "reorder@message:1",
            "status=256@message:1",
            "status=0x+1@message:1",
            "garbage=abc@message:1",
        ] {
            let error = text.parse::<FaultScript>().unwrap_err();
            assert!(matches!(error, FaultScriptError::Fault(_)), "{text}: {error}");
        }
    }
}
