use fidoctl::client::config::{PinPolicy, Setting};
use fidoctl::ctap2::GetInfoResponse;

use super::change::Change;
use super::consent::ConsentArgs;
use crate::arguments::RiskArgs;
use crate::commands::Outcome;
use crate::commands::rp_id::parse_rp_id;
use crate::context::Context;

/// Raise the least length of PINs, and say which services may know it
///
/// The least length only ever grows. If the PIN is shorter, the key demands a new one.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  fidoctl config min-pin-length 6\n  fidoctl config min-pin-length 6 --rp example.com --yes"
)]
pub struct Args {
    /// The least length in characters
    #[arg(value_name = "LENGTH", required_unless_present = "rp")]
    length: Option<u64>,

    /// A service that may know the rules for PINs; all of them together replace those set before
    #[arg(long, value_name = "DOMAIN", value_parser = parse_rp_id)]
    rp: Vec<String>,

    #[command(flatten)]
    consent: ConsentArgs,

    #[command(flatten)]
    risk: RiskArgs,
}

pub fn run(args: &Args, context: &Context) -> Outcome {
    let wanted =
        PinPolicy { min_pin_length: args.length, rp_ids: args.rp.clone(), ..Default::default() };
    let change = Change {
        name: "min-pin-length",
        plan: &|info| plan(args, info),
        // A list of services can be replaced at any time: only the length wants consent.
        consent: args.length.map(|_| &args.consent),
        risk_last_tries: args.risk.last_tries,
        setting: Setting::PinPolicy(wanted),
        advice: &|info| match info.force_pin_change {
            Some(true) => {
                vec!["change the PIN with 'fidoctl pin change': the key demands a new one"]
            }
            _ => Vec::new(),
        },
    };
    change.run(context)
}

fn plan(args: &Args, info: &GetInfoResponse) -> String {
    let now = info.min_pin_length();
    let mut plan = match args.length {
        Some(length) if length != now => format!("least PIN length: {now} → {length}"),
        _ => format!("the least PIN length is {now}"),
    };
    if !args.rp.is_empty() {
        plan.push_str(&format!("; told to {}", args.rp.join(", ")));
    }
    plan
}
