//! What the numbers mean that keys answer: for a person a sentence and a next step, for a script a
//! kind and an exit code. One table for each sort of number, and no other place that says it.

mod status;
mod status_word;

use crate::exit::Exit;
use crate::failure::Kind;

pub use status::explain_status;
pub use status_word::{STATUS_WORDS, explain_status_word};

/// Where the table has no better next step.
pub const LOOK_CLOSER: &str = "run again with -v to see what was sent and what came";

/// What a number means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What happened, as a sentence without its full stop.
    pub sentence: &'static str,
    /// What to do next: starts with a verb.
    pub next_step: Option<&'static str>,
    /// What kind of failure it is; none for success.
    pub kind: Option<Kind>,
}

impl Explanation {
    /// Returns how a command ends that came to it.
    pub fn exit(&self) -> Exit {
        self.kind.map_or(Exit::Done, |kind| kind.exit)
    }
}
