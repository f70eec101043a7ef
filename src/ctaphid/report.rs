//! Reports (64-byte packets), and messages split into them (CTAP 2.2 §11.2.4).

use super::Command;

/// Length of a report in bytes, on full-speed USB and everywhere here.
pub const REPORT_LENGTH: usize = 64;

/// The longest payload: 57 bytes in the first packet, 59 in each of 128 more.
pub const MAX_MESSAGE_LENGTH: usize = INIT_DATA + 128 * CONT_DATA;

const INIT_DATA: usize = REPORT_LENGTH - 7;
const CONT_DATA: usize = REPORT_LENGTH - 5;
const INIT_BIT: u8 = 0x80;

/// One packet as it travels, without a report number.
pub type Report = [u8; REPORT_LENGTH];

/// A logical channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChannelId(pub [u8; 4]);

impl ChannelId {
    /// The channel on which channels are asked for.
    pub const BROADCAST: Self = Self([0xff; 4]);
    /// Never allocated.
    pub const RESERVED: Self = Self([0; 4]);
}

/// A command with its payload on a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The channel.
    pub channel: ChannelId,
    /// The command.
    pub command: Command,
    /// At most [`MAX_MESSAGE_LENGTH`] bytes.
    pub payload: Vec<u8>,
}

/// A payload longer than CTAPHID can carry; its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a message of {0} bytes, where CTAPHID carries at most {MAX_MESSAGE_LENGTH}")]
pub struct MessageTooLong(pub usize);

impl Message {
    /// Splits the message into reports, zero padded.
    pub fn to_reports(&self) -> Result<Vec<Report>, MessageTooLong> {
        let too_long = MessageTooLong(self.payload.len());
        if self.payload.len() > MAX_MESSAGE_LENGTH {
            return Err(too_long);
        }
        let length = u16::try_from(self.payload.len()).map_err(|_| too_long)?;
        let (first, rest) = self.payload.split_at(self.payload.len().min(INIT_DATA));
        let [high, low] = length.to_be_bytes();
        let mut reports =
            vec![report(self.channel, &[self.command.0 | INIT_BIT, high, low], first)];
        for (sequence, data) in (0_u8..).zip(rest.chunks(CONT_DATA)) {
            reports.push(report(self.channel, &[sequence], data));
        }
        Ok(reports)
    }
}

fn report(channel: ChannelId, head: &[u8], data: &[u8]) -> Report {
    let mut report = [0; REPORT_LENGTH];
    let bytes = channel.0.iter().chain(head).chain(data);
    report.iter_mut().zip(bytes).for_each(|(slot, byte)| *slot = *byte);
    report
}

/// A report taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportKind<'a> {
    /// Begins a message.
    Init {
        /// The command.
        command: Command,
        /// Length of the whole payload in bytes.
        length: u16,
        /// The first bytes, padding included.
        data: &'a [u8],
    },
    /// Continues a message.
    Continuation {
        /// 0 to 127.
        sequence: u8,
        /// More bytes, padding included.
        data: &'a [u8],
    },
}

impl<'a> ReportKind<'a> {
    /// Takes a report apart.
    pub fn parse(report: &'a Report) -> (ChannelId, Self) {
        let [c0, c1, c2, c3, fifth, rest @ ..] = report;
        let channel = ChannelId([*c0, *c1, *c2, *c3]);
        let [high, low, data @ ..] = rest;
        let kind = if fifth & INIT_BIT != 0 {
            let length = u16::from_be_bytes([*high, *low]);
            ReportKind::Init { command: Command(fifth & !INIT_BIT), length, data }
        } else {
            ReportKind::Continuation { sequence: *fifth, data: rest }
        };
        (channel, kind)
    }
}
