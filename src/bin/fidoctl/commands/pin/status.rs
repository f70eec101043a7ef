use fidoctl::client::pin::{self, PinStatus};
use serde_json::{Value, json};

use crate::arguments::NewPinArgs;
use crate::commands::{Outcome, info};
use crate::context::Context;
use crate::device::Target;
use crate::output::{Page, Report, boxed};

/// Show whether a PIN is set and how many tries are left
#[derive(clap::Args)]
#[command(after_help = "Example:\n  fidoctl pin status")]
pub struct Args {}

struct Status {
    target: Target,
    pin: PinStatus,
    limits: (u64, u64),
    change_forced: bool,
}

pub fn run(_: &Args, context: &mut Context) -> Outcome {
    let mut prompter = context.prompter(&NewPinArgs::default())?;
    context.with_session(&mut prompter, false, |session, target| {
        let pin = pin::status(session)?;
        let info = session.info();
        Ok(boxed(Status {
            target: target.clone(),
            pin,
            limits: (info.min_pin_length(), info.max_pin_length()),
            change_forced: info.force_pin_change == Some(true),
        }))
    })
}

impl Report for Status {
    fn json(&self) -> Value {
        json!({
            "schema": "fidoctl.pin-status/1",
            "key": self.target.json(),
            "pin": info::pin_json(&self.pin),
            "minimum_length": self.limits.0,
            "maximum_length": self.limits.1,
            "change_forced": self.change_forced,
        })
    }

    fn human(&self, page: &mut Page) {
        page.pairs(self.target.pairs());
        page.pairs(info::pin_pairs(&self.pin));
        if self.change_forced {
            page.hint("the key demands a new PIN: 'fidoctl pin change'");
        }
        match self.pin.set {
            Some(false) => page.hint("set a PIN with 'fidoctl pin set'"),
            Some(true) if self.pin.retries_left == Some(0) => {
                page.hint("reset the key with 'fidoctl reset': it erases every credential on it");
            }
            _ => {}
        }
    }
}
