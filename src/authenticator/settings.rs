//! What authenticatorConfig changes, and what a reset puts back (CTAP 2.2 §6.11, §6.6).

use serde::{Deserialize, Serialize};

use super::limits::{
    DEFAULT_MIN_PIN_LENGTH, MAX_RP_IDS_FOR_SET_MIN_PIN_LENGTH, RESET_WINDOW_SECONDS,
};
use crate::pin_uv::MAX_PIN_BYTES;

/// The least value that a maximum PIN length may have (CTAP 2.2 §6.4, maxPINLength).
const LEAST_MAX_PIN_LENGTH: u8 = 8;

/// How a key comes from its maker; a reset goes back to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FactorySettings {
    /// Least PIN length in code points, at least 4.
    pub min_pin_length: u8,
    /// Greatest PIN length in code points, 8 to 63.
    pub max_pin_length: u8,
    /// Relying parties that are always told the PIN rules; those set later come on top.
    pub min_pin_length_rp_ids: Vec<String>,
    /// Refuse PINs of one repeated character and ascending ones.
    pub pin_complexity_policy: bool,
    /// Where the rules for PINs can be read.
    pub pin_complexity_policy_url: Option<String>,
    /// Verify the user in every makeCredential and getAssertion that wants a touch.
    pub always_uv: bool,
    /// Take a long touch only for a reset.
    pub long_touch_for_reset: bool,
    /// The transports over which a reset is taken; `None` for any.
    pub transports_for_reset: Option<Vec<String>>,
    /// How many seconds after power-up a reset is taken, 10 by the standard.
    pub reset_window_seconds: u8,
}

impl Default for FactorySettings {
    fn default() -> Self {
        FactorySettings {
            min_pin_length: DEFAULT_MIN_PIN_LENGTH,
            max_pin_length: u8::try_from(MAX_PIN_BYTES).unwrap_or(u8::MAX),
            min_pin_length_rp_ids: Vec::new(),
            pin_complexity_policy: false,
            pin_complexity_policy_url: None,
            always_uv: false,
            long_touch_for_reset: false,
            transports_for_reset: None,
            reset_window_seconds: RESET_WINDOW_SECONDS,
        }
    }
}

impl FactorySettings {
    /// Checks what types do not; says what is wrong.
    pub fn check(&self) -> Result<(), String> {
        let (least, most) = (self.min_pin_length, self.max_pin_length);
        if least < DEFAULT_MIN_PIN_LENGTH {
            return Err(format!("a least PIN length of {least}, less than the standard allows"));
        }
        if most < LEAST_MAX_PIN_LENGTH || usize::from(most) > MAX_PIN_BYTES {
            return Err(format!("a greatest PIN length of {most}, not 8 to {MAX_PIN_BYTES}"));
        }
        if least > most {
            return Err(format!("a least PIN length of {least}, but a greatest of {most}"));
        }
        Ok(())
    }
}

/// The settings in force; the least PIN length and the demand for a new PIN are with the PIN.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Settings {
    pub(super) factory: FactorySettings,
    pub(super) always_uv: bool,
    pub(super) enterprise_attestation: bool,
    /// Those set by setMinPINLength.
    pub(super) min_pin_length_rp_ids: Vec<String>,
    pub(super) pin_complexity_policy: bool,
    pub(super) long_touch_for_reset: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings::new(FactorySettings::default())
    }
}

impl Settings {
    pub(super) fn new(factory: FactorySettings) -> Self {
        Settings {
            always_uv: factory.always_uv,
            enterprise_attestation: false,
            min_pin_length_rp_ids: Vec::new(),
            pin_complexity_policy: factory.pin_complexity_policy,
            long_touch_for_reset: factory.long_touch_for_reset,
            factory,
        }
    }

    /// Checks what types do not; says what is wrong.
    pub(super) fn check(&self) -> Result<(), String> {
        let rp_ids = self.min_pin_length_rp_ids.len();
        if rp_ids > MAX_RP_IDS_FOR_SET_MIN_PIN_LENGTH {
            return Err(format!("{rp_ids} relying parties that are told the PIN rules"));
        }
        self.factory.check()
    }

    /// Tells whether a relying party may know the rules for PINs.
    pub(super) fn tells_pin_rules(&self, rp_id: &str) -> bool {
        self.pin_rule_rp_ids().any(|known| known == rp_id)
    }

    /// Returns the relying parties that may know the rules for PINs.
    pub(super) fn pin_rule_rp_ids(&self) -> impl Iterator<Item = &String> {
        self.factory.min_pin_length_rp_ids.iter().chain(&self.min_pin_length_rp_ids)
    }
}
