use fidoctl::client::fingerprints::{self, Sensor, SensorKind};
use serde_json::{Value, json};

use crate::arguments::NewPinArgs;
use crate::commands::Outcome;
use crate::context::Context;
use crate::device::Target;
use crate::output::{Page, Report, boxed};

/// Show what a key's fingerprint sensor is like
#[derive(clap::Args)]
#[command(after_help = "Example:\n  fidoctl fingerprint sensor")]
pub struct Args {}

struct Seen {
    target: Target,
    sensor: Sensor,
    enrolled: bool,
    uv_retries_left: Option<u64>,
}

pub fn run(_: &Args, context: &mut Context) -> Outcome {
    let mut prompter = context.prompter(&NewPinArgs::default())?;
    context.with_session(&mut prompter, false, |session, target| {
        let sensor = fingerprints::sensor(session)?;
        let uv_retries_left = fidoctl::client::pin::status(session)?.uv_retries_left;
        let enrolled = ["bioEnroll", "userVerificationMgmtPreview"]
            .iter()
            .any(|option| session.info().option_is_true(option));
        Ok(boxed(Seen { target: target.clone(), sensor, enrolled, uv_retries_left }))
    })
}

impl Report for Seen {
    fn json(&self) -> Value {
        json!({
            "schema": "fidoctl.fingerprint-sensor/1",
            "key": self.target.json(),
            "kind": self.sensor.kind.map(kind),
            "samples": self.sensor.max_samples,
            "max_name_length": self.sensor.max_name_length,
            "enrolled": self.enrolled,
            "uv_retries_left": self.uv_retries_left,
        })
    }

    fn human(&self, page: &mut Page) {
        let Sensor { kind: _, max_samples, max_name_length } = &self.sensor;
        let mut pairs = self.target.pairs();
        pairs.extend(self.sensor.kind.map(|this| ("sensor", kind(this).to_owned())));
        pairs.extend(max_samples.map(|samples| ("samples to enroll", format!("up to {samples}"))));
        pairs.extend(max_name_length.map(|length| ("names", format!("up to {length} bytes"))));
        let enrolled = if self.enrolled { "yes" } else { "none yet" };
        pairs.push(("fingers enrolled", enrolled.to_owned()));
        pairs.extend(self.uv_retries_left.map(|left| ("tries left", left.to_string())));
        page.pairs(pairs);
        if !self.enrolled {
            page.hint("enroll a finger with 'fidoctl fingerprint add'");
        }
    }
}

fn kind(kind: SensorKind) -> &'static str {
    match kind {
        SensorKind::Touch => "touch",
        SensorKind::Swipe => "swipe",
        SensorKind::Other(_) => "other",
    }
}
