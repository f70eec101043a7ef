//! How a virtual key comes from its maker.

use clap::builder::RangedU64ValueParser;
use fidoctl::authenticator::{CreationOptions, FactorySettings};

use crate::commands::rp_id::parse_rp_id;
use crate::failure::{Failure, Kind};

/// Factory settings; a reset goes back to them.
#[derive(clap::Args)]
#[command(next_help_heading = "Factory settings")]
pub struct FactoryArgs {
    /// The serial number, as enterprise attestations tell it; random if left out
    #[arg(long, value_name = "TEXT")]
    serial: Option<String>,

    /// Least PIN length in characters [default: 4]
    #[arg(long, value_name = "LENGTH", value_parser = RangedU64ValueParser::<u8>::new().range(4..=63))]
    min_pin_length: Option<u8>,

    /// Greatest PIN length in characters [default: 63]
    #[arg(long, value_name = "LENGTH", value_parser = RangedU64ValueParser::<u8>::new().range(8..=63))]
    max_pin_length: Option<u8>,

    /// A service that is always told the rules for PINs
    #[arg(long, value_name = "DOMAIN", value_parser = parse_rp_id)]
    min_pin_length_rp: Vec<String>,

    /// Refuse PINs of one repeated character and ascending ones
    #[arg(long)]
    pin_complexity: bool,

    /// Where the key says that its rules for PINs can be read
    #[arg(long, value_name = "URL")]
    pin_complexity_url: Option<String>,

    /// Verify the user in every sign-in and enrolment that wants a touch
    #[arg(long)]
    always_uv: bool,

    /// Take only a long touch for a reset
    #[arg(long)]
    long_touch_reset: bool,

    /// A transport over which a reset is taken, such as nfc; any if left out. The key is on usb
    #[arg(long, value_name = "NAME")]
    reset_transport: Vec<String>,

    /// How many seconds after plugging in a reset is taken; older YubiKeys give 5
    /// [default: 10]
    #[arg(long, value_name = "SECONDS", value_parser = RangedU64ValueParser::<u8>::new().range(1..=10))]
    reset_window: Option<u8>,

    /// A service that gets an enterprise attestation without the platform's word
    #[arg(long, value_name = "DOMAIN", value_parser = parse_rp_id)]
    enterprise_rp: Vec<String>,

    /// Leave out enterprise attestation
    #[arg(long, conflicts_with = "enterprise_rp")]
    no_enterprise_attestation: bool,
}

impl FactoryArgs {
    /// Adds them to what is chosen of a new key.
    pub fn add_to(&self, options: CreationOptions) -> Result<CreationOptions, Failure> {
        let transports = Some(self.reset_transport.clone()).filter(|names| !names.is_empty());
        let was = options.settings;
        let settings = FactorySettings {
            min_pin_length: self.min_pin_length.unwrap_or(was.min_pin_length),
            max_pin_length: self.max_pin_length.unwrap_or(was.max_pin_length),
            min_pin_length_rp_ids: or(&self.min_pin_length_rp, was.min_pin_length_rp_ids),
            pin_complexity_policy: self.pin_complexity || was.pin_complexity_policy,
            pin_complexity_policy_url: self
                .pin_complexity_url
                .clone()
                .or(was.pin_complexity_policy_url),
            always_uv: self.always_uv || was.always_uv,
            long_touch_for_reset: self.long_touch_reset || was.long_touch_for_reset,
            transports_for_reset: transports.or(was.transports_for_reset),
            reset_window_seconds: self.reset_window.unwrap_or(was.reset_window_seconds),
        };
        settings.check().map_err(|problem| Failure::message(Kind::USAGE, problem))?;
        Ok(CreationOptions {
            serial: self.serial.clone().or(options.serial),
            no_enterprise_attestation: self.no_enterprise_attestation
                || options.no_enterprise_attestation,
            enterprise_rp_ids: or(&self.enterprise_rp, options.enterprise_rp_ids),
            settings,
            ..options
        })
    }
}

/// Returns what was given, or what was there before if nothing was.
fn or(given: &[String], before: Vec<String>) -> Vec<String> {
    if given.is_empty() { before } else { given.to_vec() }
}
