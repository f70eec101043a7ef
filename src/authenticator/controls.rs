//! What a program has the person, the plug and the clock do while a key is in use.

use std::collections::VecDeque;
use std::fmt::{Display, Formatter};
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{Finger, FingerScript, FingerSource, Presence};

/// Orders that wait at a time; more are not taken.
const MOST_ORDERS: usize = 64;

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Control {
    /// Touch the key once, as soon as it wants to be touched.
    Touch,
    /// Refuse once, as soon as it wants to be touched.
    Refuse,
    /// Pull the key out.
    Unplug,
    /// Plug the key in.
    PlugIn,
    /// Lay these fingers on the sensor from now on.
    Finger(FingerScript),
    /// Let the key's clock run ahead by so much more.
    Clock(Duration),
}

/// A text that is no [`Control`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is nothing that a virtual key can be told")]
pub struct ControlError(String);

/// Orders for a key, shared between whoever gives them and the key.
#[derive(Clone, Debug, Default)]
pub struct Controls(Arc<Mutex<Orders>>);

/// Names an order that was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket(u64);

#[derive(Debug, Default)]
struct Orders {
    last_ticket: u64,
    answers: VecDeque<(Ticket, Presence)>,
    plugs: VecDeque<(Ticket, bool)>,
    fingers: Option<FingerScript>,
    ahead: Duration,
}

impl Controls {
    /// Gives an order; `None` if too many wait.
    pub fn give(&self, control: Control) -> Option<Ticket> {
        let mut orders = self.orders();
        if orders.answers.len() + orders.plugs.len() >= MOST_ORDERS {
            return None;
        }
        orders.last_ticket = orders.last_ticket.wrapping_add(1);
        let ticket = Ticket(orders.last_ticket);
        match control {
            Control::Touch => orders.answers.push_back((ticket, Presence::Given)),
            Control::Refuse => orders.answers.push_back((ticket, Presence::Refused)),
            Control::Unplug => orders.plugs.push_back((ticket, false)),
            Control::PlugIn => orders.plugs.push_back((ticket, true)),
            Control::Finger(script) => orders.fingers = Some(script),
            Control::Clock(more) => orders.ahead = orders.ahead.saturating_add(more),
        }
        Some(ticket)
    }

    /// Tells whether an order still waits to be carried out.
    pub fn waits(&self, ticket: Ticket) -> bool {
        let orders = self.orders();
        orders.answers.iter().any(|(waiting, _)| *waiting == ticket)
            || orders.plugs.iter().any(|(waiting, _)| *waiting == ticket)
    }

    /// Takes an order back.
    pub fn withdraw(&self, ticket: Ticket) {
        let mut orders = self.orders();
        orders.answers.retain(|(waiting, _)| *waiting != ticket);
        orders.plugs.retain(|(waiting, _)| *waiting != ticket);
    }

    /// Takes the answer to a question for the person.
    pub(super) fn take_answer(&self) -> Option<Presence> {
        self.orders().answers.pop_front().map(|(_, presence)| presence)
    }

    /// Takes what is to happen to the plug: true for in.
    pub(super) fn take_plug(&self) -> Option<bool> {
        self.orders().plugs.pop_front().map(|(_, plugged_in)| plugged_in)
    }

    /// Asks the fingers that were ordered, if any were.
    pub(super) fn finger(&self, since: Duration, now: Duration) -> Option<Finger> {
        self.orders().fingers.as_mut().map(|fingers| fingers.finger(since, now))
    }

    /// Tells how far the clock runs ahead.
    pub(super) fn ahead(&self) -> Duration {
        self.orders().ahead
    }

    fn orders(&self) -> MutexGuard<'_, Orders> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FromStr for Control {
    type Err = ControlError;

    fn from_str(text: &str) -> Result<Self, ControlError> {
        let milliseconds = |digits: &str| {
            let digits = digits.bytes().all(|byte| byte.is_ascii_digit()).then_some(digits)?;
            digits.parse::<u32>().ok().map(u64::from).map(Duration::from_millis)
        };
        match text.split_once(' ') {
            None => match text {
                "touch" => Some(Control::Touch),
                "refuse" => Some(Control::Refuse),
                "unplug" => Some(Control::Unplug),
                "plug-in" => Some(Control::PlugIn),
                _ => None,
            },
            Some(("finger", words)) => words.parse().ok().map(Control::Finger),
            Some(("clock", digits)) => milliseconds(digits).map(Control::Clock),
            Some(_) => None,
        }
        .ok_or_else(|| ControlError(text.to_owned()))
    }
}

impl Display for Control {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Control::Touch => f.write_str("touch"),
            Control::Refuse => f.write_str("refuse"),
            Control::Unplug => f.write_str("unplug"),
            Control::PlugIn => f.write_str("plug-in"),
            Control::Finger(script) => write!(f, "finger {script}"),
            Control::Clock(more) => write!(f, "clock {}", more.as_millis()),
        }
    }
}
