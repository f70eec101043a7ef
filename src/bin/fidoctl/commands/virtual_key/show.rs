use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use fidoctl::authenticator::{
    CredentialSummary, HostEnvironment, Interfaces, SensorSummary, StateFile, Summary,
};
use fidoctl::webauthn::Base64Url;
use serde_json::{Value, json};

use super::open::of_store_error;
use super::state_path::StateArgs;
use crate::commands::Outcome;
use crate::output::{Page, Report, hex, uuid, visible};

/// Show what is in a virtual key
///
/// Server-side credentials leave no trace on a key, so only discoverable ones are listed.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  fidoctl virtual show --state ci.key --json")]
pub struct Args {
    #[command(flatten)]
    state: StateArgs,
}

struct Shown {
    path: PathBuf,
    summary: Summary,
    plugged_in_for: u64,
}

pub fn run(args: &Args) -> Outcome {
    let path = args.state.path()?;
    let (_, state) = StateFile::open(&path).map_err(of_store_error)?;
    let summary = state.summary();
    let plugged_in_for =
        HostEnvironment::system_time().saturating_sub(summary.powered_since).as_secs();
    Ok(Box::new(Shown { path, summary, plugged_in_for }))
}

/// JSON form of a key at a glance.
pub fn summary_json(path: &Path, summary: &Summary) -> Value {
    let credentials: Vec<_> = summary.credentials.iter().map(credential_json).collect();
    json!({
        "schema": "fidoctl.virtual-show/1",
        "state": path.display().to_string(),
        "state_version": summary.state_version,
        "aaguid": uuid(&summary.aaguid),
        "serial": summary.serial,
        "ctap": summary.version_line.name(),
        "protocols": protocols(summary.interfaces),
        "like": summary.personality,
        "pin_set": summary.pin_is_set,
        "pin_retries_left": summary.pin_retries,
        "wrong_pins_since_replug": summary.pin_mismatches,
        "plugged_in_at": summary.powered_since.as_secs(),
        "sign_count": summary.sign_count,
        "attestation_root": summary.attestation_root.as_ref().map(|der| BASE64.encode(der)),
        "fingerprint_sensor": summary.sensor.as_ref().map(sensor_json),
        "min_pin_length_rp_ids": summary.min_pin_length_rp_ids,
        "enterprise_rp_ids": summary.enterprise_rp_ids,
        "credentials": credentials,
    })
}

fn sensor_json(sensor: &SensorSummary) -> Value {
    let fingerprints: Vec<_> = sensor
        .fingerprints
        .iter()
        .map(|one| json!({ "id": hex(&one.id), "name": one.name }))
        .collect();
    json!({
        "uv_retries_left": sensor.uv_retries,
        "fingerprints": fingerprints,
    })
}

fn fingers(sensor: &SensorSummary) -> String {
    let name = |name: &Option<String>| name.as_deref().map(|name| format!(" {}", visible(name)));
    let fingers = sensor.fingerprints.iter();
    let fingers: Vec<_> = fingers
        .map(|one| format!("{}{}", hex(&one.id), name(&one.name).unwrap_or_default()))
        .collect();
    let fingers = if fingers.is_empty() { "none".to_owned() } else { fingers.join(", ") };
    format!("{fingers}; {} tries left", sensor.uv_retries)
}

/// The protocols that a key speaks, by name.
fn protocols(interfaces: Interfaces) -> Vec<&'static str> {
    let ctap2 = interfaces.has_ctap2().then_some("CTAP2");
    ctap2.into_iter().chain(interfaces.has_u2f().then_some("U2F")).collect()
}

fn credential_json(credential: &CredentialSummary) -> Value {
    json!({
        "credential_id": Base64Url(credential.id.clone()),
        "rp_id": credential.rp_id,
        "user_id": Base64Url(credential.user_id.clone()),
        "user_name": credential.user_name,
        "user_display_name": credential.user_display_name,
        "algorithm": credential.algorithm.0,
        "cred_protect": credential.cred_protect.level(),
        "third_party_payment": credential.third_party_payment,
    })
}

impl Report for Shown {
    fn json(&self) -> Value {
        summary_json(&self.path, &self.summary)
    }

    fn human(&self, page: &mut Page) {
        let summary = &self.summary;
        let pin = if summary.pin_is_set {
            format!("set, {} tries left", summary.pin_retries)
        } else {
            "not set".to_owned()
        };
        let attestation =
            if summary.attestation_root.is_some() { "batch certificate" } else { "self" };
        let mut pairs = vec![
            ("key", format!("VIRTUAL key in {}", self.path.display())),
            ("serial", visible(&summary.serial)),
            ("AAGUID", uuid(&summary.aaguid)),
            ("CTAP", summary.version_line.name().to_owned()),
            ("protocols", protocols(summary.interfaces).join(", ")),
            ("attestation", attestation.to_owned()),
            ("PIN", pin),
            ("plugged in", format!("{} s ago", self.plugged_in_for)),
            ("sign count", summary.sign_count.to_string()),
        ];
        pairs.extend(summary.personality.as_ref().map(|like| ("like", visible(like))));
        pairs.extend(summary.sensor.as_ref().map(|sensor| ("fingers", fingers(sensor))));
        page.pairs(pairs);
        if summary.credentials.is_empty() {
            return page.line("no discoverable credentials");
        }
        let rows: Vec<_> = summary.credentials.iter().map(row).collect();
        page.line("");
        page.table(&["RP ID", "USER", "ALGORITHM", "PROTECTION", "CREDENTIAL"], &rows);
    }
}

fn row(credential: &CredentialSummary) -> Vec<String> {
    let user = credential.user_name.as_ref().or(credential.user_display_name.as_ref());
    vec![
        visible(&credential.rp_id),
        user.map(|user| visible(user)).unwrap_or_else(|| hex(&credential.user_id)),
        credential.algorithm.to_string(),
        credential.cred_protect.level().to_string(),
        hex(credential.id.get(..8).unwrap_or(&credential.id)),
    ]
}
