//! A key's settings, as it tells them.

use fidoctl::ctap2::GetInfoResponse;
use fidoctl::ctap2::authenticator_config::SubCommand;
use serde_json::{Value, json};

use crate::output::visible;

/// Settings; `None` where the key has no such setting.
#[derive(Clone, PartialEq, Eq)]
pub struct Settings {
    always_uv: Option<bool>,
    min_pin_length: Option<u64>,
    max_pin_length: u64,
    max_rp_ids: u64,
    force_pin_change: Option<bool>,
    pin_complexity_policy: Option<bool>,
    pin_complexity_policy_url: Option<String>,
    enterprise_attestation: Option<bool>,
    long_touch_for_reset: Option<bool>,
    transports_for_reset: Option<Vec<String>>,
    sub_commands: Option<Vec<u64>>,
    vendor_commands: Option<Vec<u64>>,
}

impl Settings {
    /// Reads them from what the key says of itself.
    pub fn of(info: &GetInfoResponse) -> Self {
        let url = info.pin_complexity_policy_url.as_ref();
        let has_pins = info.option("clientPin").is_some();
        Settings {
            always_uv: info.option("alwaysUv"),
            min_pin_length: has_pins.then(|| info.min_pin_length()),
            max_pin_length: info.max_pin_length(),
            max_rp_ids: info.max_rp_ids(),
            force_pin_change: info.force_pin_change,
            pin_complexity_policy: info.pin_complexity_policy,
            pin_complexity_policy_url: url.map(|url| String::from_utf8_lossy(url).into_owned()),
            enterprise_attestation: info.option("ep"),
            long_touch_for_reset: info.long_touch_for_reset,
            transports_for_reset: info.transports_for_reset.clone(),
            sub_commands: info.authenticator_config_commands.clone(),
            vendor_commands: info.vendor_prototype_config_commands.clone(),
        }
    }

    /// JSON form.
    pub fn json(&self) -> Value {
        json!({
            "always_uv": self.always_uv,
            "minimum_pin_length": self.min_pin_length,
            "maximum_pin_length": self.min_pin_length.map(|_| self.max_pin_length),
            "maximum_rp_ids": self.max_rp_ids,
            "pin_change_forced": self.force_pin_change,
            "pin_complexity_policy": self.pin_complexity_policy,
            "pin_complexity_policy_url": self.pin_complexity_policy_url,
            "enterprise_attestation": self.enterprise_attestation,
            "long_touch_for_reset": self.long_touch_for_reset,
            "transports_for_reset": self.transports_for_reset,
            "config_commands": self.sub_commands,
            "vendor_config_commands": self.vendor_commands,
        })
    }

    /// The same for people.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = vec![
            ("always verify the user", on_off(self.always_uv)),
            ("least PIN length", number(self.min_pin_length)),
            ("PIN change demanded", yes_no(self.force_pin_change)),
            ("PIN complexity rules", on_off(self.pin_complexity_policy)),
            ("enterprise attestation", on_off(self.enterprise_attestation)),
            ("long touch for reset", on_off(self.long_touch_for_reset)),
        ];
        if let Some(url) = &self.pin_complexity_policy_url {
            pairs.push(("PIN rules at", visible(url)));
        }
        if let Some(transports) = &self.transports_for_reset {
            let transports: Vec<_> = transports.iter().map(|name| visible(name)).collect();
            pairs.push(("reset over", transports.join(", ")));
        }
        if let Some(commands) = &self.sub_commands {
            let names: Vec<_> = commands.iter().map(|number| named(*number)).collect();
            pairs.push(("can be set", names.join(", ")));
        }
        pairs
    }
}

fn named(number: u64) -> String {
    let sub_command = SubCommand(number);
    format!("{} (0x{number:02x})", sub_command.name())
}

fn number(value: Option<u64>) -> String {
    value.map_or_else(not_there, |value| value.to_string())
}

fn on_off(value: Option<bool>) -> String {
    value.map_or_else(not_there, |on| if on { "on" } else { "off" }.to_owned())
}

fn yes_no(value: Option<bool>) -> String {
    value.map_or_else(not_there, |yes| if yes { "yes" } else { "no" }.to_owned())
}

fn not_there() -> String {
    "not a setting of this key".to_owned()
}
