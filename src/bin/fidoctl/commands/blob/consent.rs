//! Consent to what cannot be undone.

use crate::context::needs;
use crate::failure::{Failure, Kind};
use crate::prompt::Terminal;

/// Asks before large blobs are deleted; `what` says which.
pub fn ask_consent(terminal: &Terminal, what: &str) -> Result<(), Failure> {
    let question = format!("This deletes {what} for good.\nType 'delete' to go on:");
    match terminal.line(&question) {
        None => Err(needs("deleting large blobs wants consent", "--yes")),
        Some(answer) if answer == "delete" => Ok(()),
        Some(_) => Err(Failure::message(Kind::NO_CONSENT, "nothing was deleted")),
    }
}
