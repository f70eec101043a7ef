//! Orders for a key that is being served.

use std::path::{Path, PathBuf};
use std::time::Duration;

use fidoctl::authenticator::{Control, FingerScript};
use fidoctl::serving::{ControlFailure, control};
use serde_json::{Value, json};

use crate::commands::Outcome;
use crate::failure::{Failure, Kind};
use crate::output::{Page, Report};

/// Which served key.
#[derive(clap::Args)]
pub struct ControlArgs {
    /// The control socket of 'virtual serve --control' or 'virtual run'
    #[arg(long, value_name = "PATH", env = "FIDOCTL_CONTROL")]
    control: PathBuf,
}

/// Touch a served virtual key once
///
/// Waits until the key wants to be touched. For keys served with --touch never.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  fidoctl virtual touch --control person.sock")]
pub struct TouchArgs {
    #[command(flatten)]
    control: ControlArgs,
}

/// Refuse once to touch a served virtual key
///
/// Waits until the key wants to be touched. For keys served with --touch never.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  fidoctl virtual refuse --control person.sock")]
pub struct RefuseArgs {
    #[command(flatten)]
    control: ControlArgs,
}

/// Unplug a served virtual key
#[derive(clap::Args)]
#[command(after_help = "Example:\n  fidoctl virtual unplug --control person.sock")]
pub struct UnplugArgs {
    #[command(flatten)]
    control: ControlArgs,
}

/// Plug a served virtual key in
#[derive(clap::Args)]
#[command(after_help = "Example:\n  fidoctl virtual plug-in --control person.sock")]
pub struct PlugInArgs {
    #[command(flatten)]
    control: ControlArgs,
}

/// Lay other fingers on the sensor of a served virtual key
#[derive(clap::Args)]
#[command(after_help = "Example:\n  fidoctl virtual finger wrong,auto --control person.sock")]
pub struct FingerArgs {
    /// Whose: auto, wrong, never, or a sample's fault such as too-fast; several with commas are
    /// taken in turn, and the last one stays
    #[arg(value_name = "FINGERS")]
    fingers: FingerScript,

    #[command(flatten)]
    control: ControlArgs,
}

/// Let the clock of a served virtual key run ahead
#[derive(clap::Args)]
#[command(
    after_help = "Example, past the time in which a reset is taken:\n  fidoctl virtual clock 11 --control person.sock"
)]
pub struct ClockArgs {
    /// By how many seconds more
    #[arg(value_name = "SECONDS")]
    seconds: u16,

    #[command(flatten)]
    control: ControlArgs,
}

struct Done {
    path: PathBuf,
    order: Control,
}

pub fn touch(args: &TouchArgs) -> Outcome {
    order(&args.control, Control::Touch)
}

pub fn refuse(args: &RefuseArgs) -> Outcome {
    order(&args.control, Control::Refuse)
}

pub fn unplug(args: &UnplugArgs) -> Outcome {
    order(&args.control, Control::Unplug)
}

pub fn plug_in(args: &PlugInArgs) -> Outcome {
    order(&args.control, Control::PlugIn)
}

pub fn finger(args: &FingerArgs) -> Outcome {
    order(&args.control, Control::Finger(args.fingers.clone()))
}

pub fn clock(args: &ClockArgs) -> Outcome {
    order(&args.control, Control::Clock(Duration::from_secs(args.seconds.into())))
}

fn order(args: &ControlArgs, order: Control) -> Outcome {
    send(&args.control, &order)?;
    Ok(Box::new(Done { path: args.control.clone(), order }))
}

fn send(path: &Path, order: &Control) -> Result<(), Failure> {
    control(path, order).map_err(|error| match &error {
        ControlFailure::Unreachable { .. } => Failure::new(Kind::NO_KEY, error)
            .hint("start the key with 'fidoctl virtual serve --control PATH'"),
        ControlFailure::NoOccasion => Failure::new(Kind::TIMEOUT, error)
            .hint("give the order while a program waits for a touch"),
        ControlFailure::NotTaken(_) => Failure::new(Kind::USAGE, error),
    })
}

impl Report for Done {
    fn json(&self) -> Value {
        json!({
            "schema": "fidoctl.virtual-control/1",
            "control": self.path.display().to_string(),
            "done": self.order.to_string(),
        })
    }

    fn human(&self, page: &mut Page) {
        page.good(match self.order {
            Control::Touch => "touched the VIRTUAL key",
            Control::Refuse => "refused to touch the VIRTUAL key",
            Control::Unplug => "unplugged the VIRTUAL key",
            Control::PlugIn => "plugged the VIRTUAL key in",
            Control::Finger(_) => "laid other fingers on the VIRTUAL key",
            Control::Clock(_) => "moved the VIRTUAL key's clock on",
        });
    }
}
