//! Settings of a key.

mod change;
mod consent;
mod min_pin_length;
mod settings;
mod show;
mod switches;
mod vendor;

use super::Outcome;
use crate::context::Context;

/// Show and change a key's settings
///
/// Each command says what is and what will be, and does nothing where the key already is so.
/// What only a reset of the key takes back is done after a question, or with --yes.
#[derive(clap::Subcommand)]
#[command(after_help = "Example:\n  fidoctl config show\n  fidoctl config always-uv on")]
pub enum Command {
    Show(show::Args),
    AlwaysUv(switches::AlwaysUv),
    MinPinLength(min_pin_length::Args),
    ForcePinChange(switches::ForcePinChange),
    PinComplexity(switches::PinComplexity),
    EnterpriseAttestation(switches::EnterpriseAttestation),
    LongTouchReset(switches::LongTouchReset),
    Vendor(vendor::Args),
}

pub fn run(command: Command, context: &mut Context) -> Outcome {
    match command {
        Command::Show(args) => show::run(&args, context),
        Command::AlwaysUv(args) => switches::always_uv(&args, context),
        Command::MinPinLength(args) => min_pin_length::run(&args, context),
        Command::ForcePinChange(args) => switches::force_pin_change(&args, context),
        Command::PinComplexity(args) => switches::pin_complexity(&args, context),
        Command::EnterpriseAttestation(args) => switches::enterprise_attestation(&args, context),
        Command::Vendor(args) => vendor::run(&args, context),
        Command::LongTouchReset(args) => switches::long_touch_reset(&args, context),
    }
}
