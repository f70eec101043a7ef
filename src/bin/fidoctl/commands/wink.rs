use fidoctl::transport::TransportError;
use serde_json::{Value, json};

use super::Outcome;
use crate::context::{Context, QuietWatch};
use crate::device::Target;
use crate::failure::{Failure, Kind};
use crate::output::{Page, Report};

/// Make a key blink
#[derive(clap::Args)]
#[command(after_help = "Example:\n  fidoctl --device /dev/hidraw3 wink")]
pub struct Args {}

struct Winked {
    target: Target,
}

pub fn run(_: &Args, context: &mut Context) -> Outcome {
    let (target, mut transport) = context.open()?;
    // What INIT says of it is wrong on some keys, in both directions.
    match transport.wink(&mut QuietWatch(context.limits(false))) {
        Ok(()) => Ok(Box::new(Winked { target })),
        Err(TransportError::Refused { .. } | TransportError::NoAnswer { .. }) => {
            let message = "this key cannot blink on demand (CTAPHID_WINK)";
            Err(Failure::message(Kind::UNSUPPORTED, message)
                .hint("touch it instead: 'fidoctl select'"))
        }
        Err(error) => Err(error.into()),
    }
}

impl Report for Winked {
    fn json(&self) -> Value {
        json!({ "schema": "fidoctl.wink/1", "key": self.target.json() })
    }

    fn human(&self, page: &mut Page) {
        page.good(&format!("{} blinks", self.target.name()));
    }
}
