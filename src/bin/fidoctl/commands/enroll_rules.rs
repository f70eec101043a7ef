//! What `enroll` asks of the attestation and of the rules for PINs.

use fidoctl::client::attestation_wishes::{AttestationWishes, EnterpriseAttestation};
use fidoctl::client::pin_rules::{PinRuleWishes, PinRules};
use fidoctl::client::register::Registered;
use serde_json::{Value, json};

/// Wishes that a company's rules bring along.
#[derive(clap::Args)]
pub struct RuleArgs {
    /// Attest with a certificate that names this very key, or fail
    #[arg(long, value_name = "WHO")]
    enterprise_attestation: Option<Who>,

    /// Attest in this format or fail; best first if given more than once
    #[arg(long, value_name = "NAME")]
    attestation_format: Vec<String>,

    /// Tell the service the least PIN length, or fail
    #[arg(long)]
    min_pin_length: bool,

    /// Tell the service whether the key refuses PINs that are easy to guess, or fail
    #[arg(long)]
    pin_complexity: bool,
}

/// Who decides that the service may know.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Who {
    /// The key, by the list its maker gave it
    Vendor,
    /// You do
    Platform,
}

impl RuleArgs {
    /// Returns the wishes about the attestation.
    pub fn attestation(&self) -> AttestationWishes {
        let enterprise = self.enterprise_attestation.map(|who| match who {
            Who::Vendor => EnterpriseAttestation::VendorFacilitated,
            Who::Platform => EnterpriseAttestation::PlatformManaged,
        });
        AttestationWishes { enterprise, formats: self.attestation_format.clone() }
    }

    /// Returns the wishes about the rules for PINs.
    pub fn pin_rules(&self) -> PinRuleWishes {
        PinRuleWishes {
            min_pin_length: self.min_pin_length,
            pin_complexity_policy: self.pin_complexity,
        }
    }
}

/// JSON form of what the key told.
pub fn pin_rules_json(rules: PinRules) -> Value {
    json!({
        "minimum_pin_length": rules.min_pin_length,
        "pin_complexity_policy": rules.pin_complexity_policy,
    })
}

/// What is said of it to people.
pub fn rule_pairs(registered: &Registered) -> Vec<(&'static str, String)> {
    let mut pairs = Vec::new();
    if registered.enterprise_attestation {
        pairs.push(("enterprise", "the attestation names this very key".to_owned()));
    }
    if let Some(length) = registered.pin_rules.min_pin_length {
        pairs.push(("least PIN length", format!("{length}, told to the service")));
    }
    if let Some(policy) = registered.pin_rules.pin_complexity_policy {
        let rules = if policy { "in force" } else { "not in force" };
        pairs.push(("PIN complexity", format!("{rules}, told to the service")));
    }
    pairs
}
