use fidoctl::ctaphid::Capabilities;
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
    if !transport.properties().capabilities.contains(Capabilities::WINK) {
        return Err(Failure::message(
            Kind::UNSUPPORTED,
            "this key cannot blink on demand (CTAPHID_WINK)",
        )
        .hint("touch it instead: 'fidoctl select'"));
    }
    transport.wink(&mut QuietWatch(context.limits(false)))?;
    Ok(Box::new(Winked { target }))
}

impl Report for Winked {
    fn json(&self) -> Value {
        json!({ "schema": "fidoctl.wink/1", "key": self.target.json() })
    }

    fn human(&self, page: &mut Page) {
        page.good(&format!("{} blinks", self.target.name()));
    }
}
