//! Puts a message together from the reports of one channel.

use super::{ChannelId, Command, MAX_MESSAGE_LENGTH, Message};

/// A message of which reports are still to come.
#[derive(Debug)]
pub struct Assembler {
    channel: ChannelId,
    command: Command,
    length: usize,
    payload: Vec<u8>,
    next_sequence: u8,
}

/// Why a report does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssembleError {
    /// The announced length is more than CTAPHID can carry; the length.
    #[error(
        "a message of {0} bytes is announced, where CTAPHID carries at most {MAX_MESSAGE_LENGTH}"
    )]
    Length(usize),
    /// Another sequence number was due.
    #[error("packet {got} came where {wanted} was due")]
    Sequence {
        /// The number due.
        wanted: u8,
        /// The number that came.
        got: u8,
    },
}

impl Assembler {
    /// Starts with the content of an initialisation packet.
    pub fn begin(
        channel: ChannelId,
        command: Command,
        length: u16,
        data: &[u8],
    ) -> Result<Self, AssembleError> {
        let length = usize::from(length);
        if length > MAX_MESSAGE_LENGTH {
            return Err(AssembleError::Length(length));
        }
        let mut assembler =
            Assembler { channel, command, length, payload: Vec::new(), next_sequence: 0 };
        assembler.take(data);
        Ok(assembler)
    }

    /// Adds the content of a continuation packet.
    pub fn add(&mut self, sequence: u8, data: &[u8]) -> Result<(), AssembleError> {
        if sequence != self.next_sequence {
            return Err(AssembleError::Sequence { wanted: self.next_sequence, got: sequence });
        }
        self.next_sequence += 1;
        self.take(data);
        Ok(())
    }

    /// Returns the channel whose message this is.
    pub fn channel(&self) -> ChannelId {
        self.channel
    }

    /// Tells whether every byte is there.
    pub fn is_complete(&self) -> bool {
        self.payload.len() == self.length
    }

    /// Returns how many bytes are still to come.
    pub fn missing(&self) -> usize {
        self.length.saturating_sub(self.payload.len())
    }

    /// Returns the message; what has not come is missing from its payload.
    pub fn into_message(self) -> Message {
        Message { channel: self.channel, command: self.command, payload: self.payload }
    }

    fn take(&mut self, data: &[u8]) {
        let missing = self.length - self.payload.len();
        self.payload.extend(data.iter().take(missing));
    }
}
