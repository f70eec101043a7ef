//! What cannot be taken back is asked about first.

use crate::context::{Context, needs};
use crate::failure::{Failure, Kind};

/// Consent to what only a reset takes back.
#[derive(clap::Args)]
pub struct ConsentArgs {
    /// Consent beforehand: only a reset, which erases the key, takes this setting back
    #[arg(long)]
    yes: bool,
}

impl ConsentArgs {
    /// Asks, unless consent was given.
    pub fn obtain(&self, context: &Context, what: &str) -> Result<(), Failure> {
        if self.yes {
            return Ok(());
        }
        let question = format!(
            "{what}\nOnly a reset, which erases the key, takes this back. Type 'yes' to go on:"
        );
        match context.terminal().line(&question) {
            None => Err(needs(&format!("{what} Only a reset takes this back"), "--yes")),
            Some(answer) if answer == "yes" => Ok(()),
            Some(_) => Err(Failure::message(Kind::NO_CONSENT, "nothing was changed")),
        }
    }
}
