//! Settings that are on or off.

use fidoctl::client::config::{PinPolicy, Setting};

use super::change::Change;
use super::consent::ConsentArgs;
use crate::arguments::RiskArgs;
use crate::commands::Outcome;
use crate::context::Context;

/// Make the key verify the user in every sign-in and enrolment that wants a touch, or no longer
#[derive(clap::Args)]
#[command(after_help = "Example:\n  fidoctl config always-uv on")]
pub struct AlwaysUv {
    /// What it is to be
    state: OnOff,

    #[command(flatten)]
    risk: RiskArgs,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum OnOff {
    /// Always verify
    On,
    /// Verify where a service wants it
    Off,
}

/// Demand that the PIN is changed before anything else
///
/// For keys that are handed out with a first PIN. The current PIN is needed once more, to change
/// it.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  fidoctl config force-pin-change --pin-file pin.txt")]
pub struct ForcePinChange {
    #[command(flatten)]
    risk: RiskArgs,
}

/// Let the key refuse PINs that are easy to guess, by rules of its own
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  fidoctl config pin-complexity\n  fidoctl config pin-complexity --yes"
)]
pub struct PinComplexity {
    #[command(flatten)]
    consent: ConsentArgs,

    #[command(flatten)]
    risk: RiskArgs,
}

/// Let services ask for attestations that name this very key
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  fidoctl config enterprise-attestation\n  fidoctl config enterprise-attestation --yes"
)]
pub struct EnterpriseAttestation {
    #[command(flatten)]
    consent: ConsentArgs,

    #[command(flatten)]
    risk: RiskArgs,
}

/// Make a reset want a touch of five seconds and more
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  fidoctl config long-touch-reset\n  fidoctl config long-touch-reset --yes"
)]
pub struct LongTouchReset {
    #[command(flatten)]
    consent: ConsentArgs,

    #[command(flatten)]
    risk: RiskArgs,
}

pub fn always_uv(args: &AlwaysUv, context: &Context) -> Outcome {
    let on = args.state == OnOff::On;
    let change = Change {
        name: "always-uv",
        plan: &|info| becomes("alwaysUv", info.option("alwaysUv"), on),
        consent: None,
        risk_last_tries: args.risk.last_tries,
        setting: Setting::AlwaysUv(on),
        advice: &|info| {
            let usable = !on || info.is_protected();
            if usable {
                vec![]
            } else {
                vec!["set a PIN with 'fidoctl pin set': until then the key signs nothing"]
            }
        },
    };
    change.run(context)
}

pub fn force_pin_change(args: &ForcePinChange, context: &Context) -> Outcome {
    let change = Change {
        name: "force-pin-change",
        plan: &|info| becomes("forcePINChange", info.force_pin_change, true),
        consent: None,
        risk_last_tries: args.risk.last_tries,
        setting: Setting::PinPolicy(PinPolicy { force_pin_change: true, ..Default::default() }),
        advice: &|_| {
            vec!["change the PIN with 'fidoctl pin change': until then the key takes none"]
        },
    };
    change.run(context)
}

pub fn pin_complexity(args: &PinComplexity, context: &Context) -> Outcome {
    let change = Change {
        name: "pin-complexity",
        plan: &|info| becomes("pinComplexityPolicy", info.pin_complexity_policy, true),
        consent: Some(&args.consent),
        risk_last_tries: args.risk.last_tries,
        setting: Setting::PinPolicy(PinPolicy {
            pin_complexity_policy: true,
            ..Default::default()
        }),
        advice: &|_| Vec::new(),
    };
    change.run(context)
}

pub fn enterprise_attestation(args: &EnterpriseAttestation, context: &Context) -> Outcome {
    let change = Change {
        name: "enterprise-attestation",
        plan: &|info| becomes("enterprise attestation", info.option("ep"), true),
        consent: Some(&args.consent),
        risk_last_tries: args.risk.last_tries,
        setting: Setting::EnterpriseAttestation,
        advice: &|_| Vec::new(),
    };
    change.run(context)
}

pub fn long_touch_reset(args: &LongTouchReset, context: &Context) -> Outcome {
    let change = Change {
        name: "long-touch-reset",
        plan: &|info| becomes("longTouchForReset", info.long_touch_for_reset, true),
        consent: Some(&args.consent),
        risk_last_tries: args.risk.last_tries,
        setting: Setting::LongTouchForReset,
        advice: &|_| Vec::new(),
    };
    change.run(context)
}

/// Says what is and what will be.
fn becomes(name: &str, is: Option<bool>, wanted: bool) -> String {
    let word = |on| if on { "on" } else { "off" };
    if is == Some(wanted) {
        format!("{name} is {}", word(wanted))
    } else {
        format!("{name}: {} → {}", is.map_or("not there", word), word(wanted))
    }
}
