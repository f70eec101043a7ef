use std::time::Instant;

use fidoctl::client::select;
use serde_json::{Value, json};

use super::Outcome;
use crate::arguments::NewPinArgs;
use crate::context::Context;
use crate::device::Target;
use crate::output::{Page, Report};

/// Touch a key to learn which one it is
#[derive(clap::Args)]
#[command(after_help = "Example:\n  fidoctl select\n  fidoctl --device touch select")]
pub struct Args {}

struct Selected {
    target: Target,
    seconds: f64,
}

pub fn run(_: &Args, context: &mut Context) -> Outcome {
    let begun = Instant::now();
    // Where the key is chosen by touch, that touch is the answer already.
    let (target, transport) = context.open()?;
    if !target.chosen_by_touch() {
        let mut prompter = context.prompter(&NewPinArgs::default())?;
        context.with_transport(transport, &mut prompter, false, |session| {
            Ok(select::select(session)?)
        })?;
    }
    Ok(Box::new(Selected { target, seconds: begun.elapsed().as_secs_f64() }))
}

impl Report for Selected {
    fn json(&self) -> Value {
        json!({ "schema": "fidoctl.select/1", "key": self.target.json(), "seconds": self.seconds })
    }

    fn human(&self, page: &mut Page) {
        page.good("touched");
        page.pairs(self.target.pairs());
    }
}
