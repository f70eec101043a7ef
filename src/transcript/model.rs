//! What a transcript holds.

use std::time::Duration;

use super::redact::Redactor;
use crate::ctaphid::{ChannelId, Command, Report};

/// Randomness that a run can be repeated with.
pub type Seed = [u8; 32];

/// What went over the wire in one run of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transcript {
    /// What is known of the run.
    pub header: Header,
    /// In the order of time.
    pub events: Vec<Event>,
}

/// What is known of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// What wrote it, such as `fidoctl 0.1.0`.
    pub program: String,
    /// When it began, since 1970; zero where nobody knows.
    pub started: Duration,
    /// Whether secrets are in it.
    pub secrets: Secrets,
    /// The key, if one was opened.
    pub key: Option<Key>,
    /// What challenges and the like were made from; they travel in clear anyway.
    pub random: Option<Seed>,
    /// What keys and nonces were made from: with it everything in the transcript can be decrypted.
    pub secret_random: Option<Seed>,
}

/// The key of a run, as the program named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// For people.
    pub name: String,
    /// For programs.
    pub description: serde_json::Value,
}

/// Whether a transcript holds secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrets {
    /// They are blanked: zeros, or dashes in text, of the same length.
    LeftOut,
    /// Everything is as it travelled.
    Included,
}

/// Something that travelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Since the beginning of the run.
    pub time: Duration,
    /// Which opening of a key it belongs to, from 0.
    pub connection: u32,
    /// Whither.
    pub direction: Direction,
    /// What.
    pub what: What,
}

/// Whither something travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the program to the key.
    ToKey,
    /// From the key.
    FromKey,
}

/// What travels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A message.
    Message(Message),
    /// A report that belongs to no message.
    Stray(Box<Report>),
}

/// A CTAPHID message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The channel.
    pub channel: ChannelId,
    /// The command.
    pub command: Command,
    /// What it carries.
    pub payload: Vec<u8>,
    /// Bytes that were announced and never came.
    pub missing: usize,
    /// The members that are blanked, by the standard's names.
    pub left_out: Vec<String>,
}

impl Direction {
    /// Returns the name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Direction::ToKey => "to-key",
            Direction::FromKey => "from-key",
        }
    }
}

impl Transcript {
    /// Blanks all secrets and forgets the randomness that they were made from.
    pub fn redact(&mut self) {
        if self.header.secrets == Secrets::LeftOut {
            return;
        }
        let mut redactor = Redactor::default();
        self.events.iter_mut().for_each(|event| redactor.redact(event));
        self.header.secrets = Secrets::LeftOut;
        self.header.secret_random = None;
    }
}
