//! The person.

use std::collections::VecDeque;

use fidoctl::client::interaction::{
    Account, Declined, NewPinQuestion, Notice, PinQuestion, TouchReason, UserInteraction,
};
use fidoctl::pin_uv::Pin;

/// Answers from lists; notes everything in the order it comes.
pub(crate) struct ScriptedPerson {
    pub(crate) pins: VecDeque<&'static str>,
    pub(crate) new_pins: VecDeque<&'static str>,
    pub(crate) account: usize,
    pub(crate) types_the_pin: bool,
    pub(crate) heard: Vec<String>,
    /// Runs when a touch is wanted.
    pub(crate) on_touch: Box<dyn FnMut() + Send>,
}

impl ScriptedPerson {
    pub(crate) fn typing(pins: &[&'static str]) -> Self {
        ScriptedPerson {
            pins: pins.iter().copied().collect(),
            new_pins: VecDeque::new(),
            account: 0,
            types_the_pin: true,
            heard: Vec::new(),
            on_touch: Box::new(|| {}),
        }
    }

    pub(crate) fn with_stored_pin(pin: &'static str) -> Self {
        ScriptedPerson { types_the_pin: false, ..Self::typing(&[pin]) }
    }

    pub(crate) fn and_new_pin(mut self, pin: &'static str) -> Self {
        self.new_pins.push_back(pin);
        self
    }
}

impl UserInteraction for ScriptedPerson {
    fn touch_wanted(&mut self, reason: TouchReason) {
        self.heard.push(format!("touch wanted: {reason:?}"));
        (self.on_touch)();
    }

    fn touch_over(&mut self) {
        self.heard.push("touch over".to_owned());
    }

    fn pin(&mut self, question: &PinQuestion<'_>) -> Result<Pin, Declined> {
        let PinQuestion { rp_id, retries_left, last_was_wrong } = question;
        let rp_id = rp_id.unwrap_or("nobody");
        let again = if *last_was_wrong { " again" } else { "" };
        self.heard.push(format!("PIN{again} for {rp_id}, {retries_left} left"));
        Ok(Pin::new(self.pins.pop_front().ok_or(Declined::Used)?)?)
    }

    fn pin_is_typed(&self) -> bool {
        self.types_the_pin
    }

    fn new_pin(&mut self, question: &NewPinQuestion) -> Result<Pin, Declined> {
        self.heard.push(format!("new PIN, {} to {}", question.minimum, question.maximum));
        Ok(Pin::new(self.new_pins.pop_front().ok_or(Declined::Used)?)?)
    }

    fn choose_account(&mut self, accounts: &[Account]) -> Result<usize, Declined> {
        self.heard.push(format!("account, one of {}", accounts.len()));
        Ok(self.account)
    }

    fn notice(&mut self, notice: &Notice) {
        self.heard.push(format!("{notice:?}"));
    }
}
