//! The library's questions, answered from sources given beforehand or by a person.

use std::collections::HashSet;
use std::mem::{Discriminant, discriminant};

use fidoctl::client::interaction::{
    Account, Declined, NewPinQuestion, Notice, PinQuestion, TouchReason, UserInteraction,
};
use fidoctl::pin_uv::Pin;
use serde_json::json;
use zeroize::Zeroizing;

use super::sample::sample_text;
use super::{PinSources, Progress, Terminal};
use crate::failure::{Failure, Kind};
use crate::output::visible;

/// Answers for one command.
pub struct Prompter {
    sources: PinSources,
    terminal: Terminal,
    progress: Progress,
    current_pin_used: bool,
    /// True if the key was not named but picked by touch.
    key_is_unnamed: bool,
    touch_wanted: bool,
    /// What is true of the key, and so said once for however many operations.
    said: HashSet<Discriminant<Notice>>,
    /// A failure of a PIN source, which says more than the library's `Declined` can.
    source_failure: Option<Failure>,
}

impl Prompter {
    /// Puts sources, terminal and progress together.
    pub fn new(sources: PinSources, terminal: Terminal, progress: Progress) -> Self {
        Prompter {
            sources,
            terminal,
            progress,
            current_pin_used: false,
            key_is_unnamed: false,
            touch_wanted: false,
            said: HashSet::new(),
            source_failure: None,
        }
    }

    /// Returns the terminal.
    pub fn terminal(&self) -> &Terminal {
        &self.terminal
    }

    /// Returns the progress.
    pub fn progress(&mut self) -> &mut Progress {
        &mut self.progress
    }

    /// Notes that the key was not named but picked by touch: a PIN that nobody types is then not
    /// tried, as it may be meant for another key.
    pub fn key_is_unnamed(&mut self) {
        self.key_is_unnamed = true;
    }

    /// Tells whether the key asked for a touch.
    pub fn touch_was_wanted(&self) -> bool {
        self.touch_wanted
    }

    /// Returns why a PIN source failed, if one did.
    pub fn take_source_failure(&mut self) -> Option<Failure> {
        self.source_failure.take()
    }

    fn take_pin(&mut self, text: Result<Zeroizing<String>, Failure>) -> Result<Pin, Declined> {
        match text {
            Ok(text) => Ok(Pin::new(&text)?),
            Err(failure) => {
                self.source_failure = Some(failure);
                Err(Declined::NoTerminal)
            }
        }
    }
}

impl UserInteraction for Prompter {
    fn touch_wanted(&mut self, reason: TouchReason) {
        self.touch_wanted = true;
        let (name, text) = match reason {
            TouchReason::Enroll => ("enroll", "touch the key to register"),
            TouchReason::Assert => ("assert", "touch the key to sign in"),
            TouchReason::VerifyUser => ("verify-user", "put your finger on the key"),
            TouchReason::TakeSample => ("take-sample", "put the finger to enroll on the sensor"),
            TouchReason::Reset => ("reset", "touch the key to ERASE it"),
            TouchReason::ResetLong => {
                ("reset-long", "touch the key for at least five seconds to ERASE it")
            }
            TouchReason::Select => ("select", "touch the key that is meant"),
        };
        self.progress.begin_wait("touch-wanted", json!({ "reason": name }), text);
    }

    fn touch_over(&mut self) {
        self.progress.end_wait();
    }

    fn pin(&mut self, question: &PinQuestion<'_>) -> Result<Pin, Declined> {
        let tries = match question.retries_left {
            1 => "1 try left".to_owned(),
            left => format!("{left} tries left"),
        };
        let purpose = question.rp_id.map(|rp_id| format!(" for {}", visible(rp_id)));
        let wrong = if question.last_was_wrong { "Wrong PIN. " } else { "" };
        let text = format!("{wrong}PIN{} ({tries})", purpose.unwrap_or_default());
        if self.sources.has_current() {
            if self.current_pin_used && !self.sources.asks_a_person() {
                return Err(Declined::Used);
            }
            if self.key_is_unnamed && !self.sources.asks_a_person() {
                self.source_failure = Some(unnamed_key());
                return Err(Declined::NoTerminal);
            }
            self.current_pin_used = true;
            let answer = self.sources.current(&text).ok_or(Declined::Used)?;
            return self.take_pin(answer);
        }
        let answer = self.terminal.secret(&text)?;
        Ok(Pin::new(&answer)?)
    }

    fn pin_is_typed(&self) -> bool {
        !self.sources.has_current() || self.sources.asks_a_person()
    }

    fn new_pin(&mut self, question: &NewPinQuestion) -> Result<Pin, Declined> {
        let text = format!("New PIN ({} to {} characters)", question.minimum, question.maximum);
        if let Some(answer) = self.sources.fresh(&text) {
            return self.take_pin(answer);
        }
        // A typing mistake in a new PIN locks its owner out: ask twice, three times over.
        for _ in 0..3 {
            let first = self.terminal.secret(&text)?;
            let pin = match Pin::new(&first) {
                Ok(pin) => pin,
                Err(problem) => {
                    self.progress.event("pin-unfit", json!({}), &problem.to_string());
                    continue;
                }
            };
            if let Err(problem) = pin.check_length(question.minimum, question.maximum) {
                self.progress.event("pin-unfit", json!({}), &problem.to_string());
                continue;
            }
            let again = self.terminal.secret("The same PIN again")?;
            if Pin::new(&again).is_ok_and(|again| again.same_as(&pin)) {
                return Ok(pin);
            }
            self.progress.event("pins-differ", json!({}), "the two PINs differ");
        }
        Err(Declined::Cancelled)
    }

    fn choose_account(&mut self, accounts: &[Account]) -> Result<usize, Declined> {
        if !self.terminal.is_present() {
            return Err(Declined::NoTerminal);
        }
        for (index, account) in accounts.iter().enumerate() {
            let name = account.name.as_deref().or(account.display_name.as_deref());
            let name = name.map(visible).unwrap_or_else(|| crate::output::hex(&account.user_id));
            self.progress.event("account", json!({}), &format!("{:>3}  {name}", index + 1));
        }
        for _ in 0..3 {
            let answer =
                self.terminal.line("Which account (number)?").ok_or(Declined::NoTerminal)?;
            let chosen = answer.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
            if let Some(index) = chosen.filter(|index| *index < accounts.len()) {
                return Ok(index);
            }
        }
        Err(Declined::Cancelled)
    }

    fn notice(&mut self, notice: &Notice) {
        if matches!(notice, Notice::WithoutUserVerification | Notice::UsingU2f)
            && !self.said.insert(discriminant(notice))
        {
            return;
        }
        match notice {
            Notice::BuiltInVerificationFailed { retries_left } => self.progress.event(
                "verification-failed",
                json!({ "retries_left": retries_left }),
                &format!("not recognised, {retries_left} tries left"),
            ),
            Notice::SampleTaken { status, remaining } => self.progress.event(
                "sample",
                json!({ "status": status.word(), "remaining": remaining }),
                &sample_text(*status, *remaining),
            ),
            Notice::FallingBackToPin { blocked } => self.progress.event(
                "falling-back-to-pin",
                json!({ "blocked": blocked }),
                if *blocked {
                    "the key's own verification is blocked: using the PIN instead, which unblocks it"
                } else {
                    "the key's own verification did not succeed: using the PIN instead"
                },
            ),
            Notice::TakingCredentialBack => self.progress.event(
                "taking-credential-back",
                json!({}),
                "the new credential failed its checks: verify yourself once more to have it deleted",
            ),
            Notice::LargeBlobsDamaged => self.progress.event(
                "large-blobs-damaged",
                json!({}),
                "note: the key's large blobs are damaged: they count as none",
            ),
            Notice::UsingU2f => self.progress.event(
                "using-u2f",
                json!({}),
                "note: this key speaks only U2F: it verifies nobody and stores no credential",
            ),
            Notice::FallingBackToU2f => self.progress.event(
                "falling-back-to-u2f",
                json!({}),
                "note: this key says that it speaks CTAP2, and does not: going on with U2F",
            ),
            Notice::NotCanonical { command, error } => self.progress.event(
                "not-canonical",
                json!({ "command": command.name(), "problem": error.to_string() }),
                &format!("note: the key's answer to {command} is {error}"),
            ),
            Notice::NameCut { kept } => self.progress.event(
                "name-cut",
                json!({ "kept": kept }),
                &format!("note: keys store 64 bytes of a name: keeping {:?}", visible(kept)),
            ),
            Notice::WithoutUserVerification => self.progress.event(
                "without-user-verification",
                json!({}),
                "note: no PIN or fingerprint is set up on this key: going on without user verification",
            ),
            Notice::NotProtected => self.progress.event(
                "not-protected",
                json!({}),
                "note: this key does not protect the credential that well (credProtect)",
            ),
        }
    }
}

fn unnamed_key() -> Failure {
    Failure::message(
        Kind::SEVERAL_KEYS,
        "a PIN that nobody types is not tried on a key that was picked by touch: it may be meant for another",
    )
    .hint("name the key that the PIN is for with --device, or type the PIN")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::{NewPinArgs, PinArgs};
    use crate::interrupts::Interrupts;
    use crate::prompt::ProgressForm;

    const QUESTION: PinQuestion<'_> =
        PinQuestion { rp_id: None, retries_left: 8, last_was_wrong: false };

    fn with_stored_pin(file: &tempfile::NamedTempFile, interrupts: &Interrupts) -> Prompter {
        std::fs::write(file.path(), "4837\n").unwrap();
        let pin = PinArgs { pin_file: Some(file.path().to_owned()), ..PinArgs::default() };
        let sources = PinSources::new(&pin, &NewPinArgs::default()).unwrap();
        let terminal = Terminal::new(false, interrupts.clone());
        Prompter::new(sources, terminal, Progress::new(ProgressForm::None))
    }

    #[test]
    fn stored_pin_is_tried_once_and_only_on_a_key_that_was_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        // The signal handler can be set up once in a process.
        let interrupts = Interrupts::install().unwrap();
        let mut named = with_stored_pin(&file, &interrupts);
        named.pin(&QUESTION).unwrap();
        assert_eq!(named.pin(&QUESTION).err(), Some(Declined::Used));
        let mut unnamed = with_stored_pin(&file, &interrupts);
        unnamed.key_is_unnamed();
        unnamed.pin(&QUESTION).err().unwrap();
        assert_eq!(unnamed.take_source_failure().unwrap().kind, Kind::SEVERAL_KEYS);
    }
}
