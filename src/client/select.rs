//! Choosing a key by touch (CTAP 2.2 §6.9, §8.3).

use super::{Error, Limits, Session};
use crate::transport::Transport;

/// Waits for a touch on this key. One message.
pub fn select(session: &mut Session<'_>) -> Result<(), Error> {
    unimplemented!()
}

/// Asks several keys at once for a touch; returns the one touched first and cancels the others.
///
/// `touch_wanted` is called once the keys wait.
pub fn choose_by_touch<T>(
    candidates: Vec<(T, Box<dyn Transport>)>,
    limits: &Limits,
    touch_wanted: &mut dyn FnMut(),
) -> Result<(T, Box<dyn Transport>), Error> {
    unimplemented!()
}
