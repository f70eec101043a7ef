//! Erasing a key (CTAP 2.2 §6.6): the last step, after consent and replug.

use super::{Error, Session};

/// Sends authenticatorReset and waits for the touch. One message.
pub fn reset(session: &mut Session<'_>) -> Result<(), Error> {
    unimplemented!()
}
