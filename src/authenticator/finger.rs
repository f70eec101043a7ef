//! Whose finger lies on a sensor that nobody can touch.

use std::collections::VecDeque;
use std::fmt::{Display, Formatter};
use std::str::FromStr;
use std::time::Duration;

use crate::ctap2::SampleStatus;

/// What the built-in sensor feels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finger {
    /// Nothing yet.
    Waiting,
    /// A finger that is enrolled; to an enrolment, a good sample.
    Right,
    /// A finger that is not enrolled; to an enrolment, a good sample too.
    Wrong,
    /// A sample that is of no use, and why.
    Unusable(SampleStatus),
}

/// Lays fingers on the sensor for the person.
pub trait FingerSource: Send {
    /// Answers at `now` a question that was first put at `since`; both since the Unix epoch.
    fn finger(&mut self, since: Duration, now: Duration) -> Finger;
}

/// Fingers one after the other, one for each question; the last one stays.
///
/// Written `auto,wrong,never,too-fast`: the right finger, a wrong one, none at all, and the word
/// of any [`SampleStatus`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FingerScript {
    steps: VecDeque<Step>,
    /// The question that nobody answers.
    unanswered: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Auto,
    Wrong,
    Never,
    Unusable(SampleStatus),
}

/// A text that is no [`FingerScript`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no finger: auto, wrong, never or a sample's fault such as too-fast is wanted")]
pub struct FingerScriptError(String);

impl Default for FingerScript {
    fn default() -> Self {
        FingerScript { steps: [Step::Auto].into(), unanswered: None }
    }
}

impl FingerScript {
    fn advance(&mut self) {
        self.unanswered = None;
        if self.steps.len() > 1 {
            self.steps.pop_front();
        }
    }
}

impl FingerSource for FingerScript {
    fn finger(&mut self, since: Duration, _: Duration) -> Finger {
        // The wait for nobody is over once there is another question.
        if self.unanswered.is_some_and(|unanswered| unanswered != since) {
            self.advance();
        }
        let finger = match self.steps.front() {
            None | Some(Step::Auto) => Finger::Right,
            Some(Step::Wrong) => Finger::Wrong,
            Some(Step::Unusable(status)) => Finger::Unusable(*status),
            Some(Step::Never) => {
                self.unanswered = Some(since);
                return Finger::Waiting;
            }
        };
        self.advance();
        finger
    }
}

impl FromStr for FingerScript {
    type Err = FingerScriptError;

    fn from_str(text: &str) -> Result<Self, FingerScriptError> {
        let steps = text.split(',').map(|word| match word {
            "auto" => Ok(Step::Auto),
            "wrong" => Ok(Step::Wrong),
            "never" => Ok(Step::Never),
            word => SampleStatus::from_word(word)
                .filter(|status| *status != SampleStatus::GOOD)
                .map(Step::Unusable)
                .ok_or_else(|| FingerScriptError(word.to_owned())),
        });
        Ok(FingerScript { steps: steps.collect::<Result<_, _>>()?, unanswered: None })
    }
}

impl Display for FingerScript {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        for (index, step) in self.steps.iter().enumerate() {
            f.write_str(if index > 0 { "," } else { "" })?;
            f.write_str(match step {
                Step::Auto => "auto",
                Step::Wrong => "wrong",
                Step::Never => "never",
                Step::Unusable(status) => status.word(),
            })?;
        }
        Ok(())
    }
}
