use serde_json::{Value, json};

use super::settings::Settings;
use crate::arguments::NewPinArgs;
use crate::commands::Outcome;
use crate::context::Context;
use crate::device::Target;
use crate::output::{Page, Report, boxed};

/// Show a key's settings
///
/// Needs no PIN. Keys do not tell which RP IDs they let know the rules for PINs.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  fidoctl config show\n  fidoctl config show --json")]
pub struct Args {}

struct Shown {
    target: Target,
    settings: Settings,
}

pub fn run(_: &Args, context: &mut Context) -> Outcome {
    let mut prompter = context.prompter(&NewPinArgs::default())?;
    context.with_session(&mut prompter, false, |session, target| {
        Ok(boxed(Shown { target: target.clone(), settings: Settings::of(session.info()) }))
    })
}

impl Report for Shown {
    fn json(&self) -> Value {
        json!({
            "schema": "fidoctl.config-show/1",
            "key": self.target.json(),
            "settings": self.settings.json(),
        })
    }

    fn human(&self, page: &mut Page) {
        let mut pairs = self.target.pairs();
        pairs.extend(self.settings.pairs());
        page.pairs(pairs);
    }
}
