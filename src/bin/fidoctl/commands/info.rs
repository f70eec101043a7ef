use std::path::PathBuf;

use fidoctl::client::Protocol;
use fidoctl::client::pin::{self, PinStatus};
use fidoctl::ctap2::GetInfoResponse;
use fidoctl::transport::Properties;
use fidoctl::u2f::U2F_V2;
use serde_json::{Map, Value, json};

use super::Outcome;
use super::lint::Linted;
use super::wishes::protocol_text;
use crate::arguments::NewPinArgs;
use crate::context::Context;
use crate::device::Target;
use crate::output::{Page, Report, boxed, hex, uuid, visible};
use crate::token_file::KeptToken;

/// Show what a key is and can do
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  fidoctl info\n  fidoctl --device virtual info --json\n  fidoctl info --lint"
)]
pub struct Args {
    /// Check what the key says of itself against the standard's rules; exit code 6 if it breaks one
    #[arg(long)]
    lint: bool,

    /// Show the key's encrypted identifier and store state in clear, with the token that
    /// 'credential list --token-file' keeps
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

struct Info {
    target: Target,
    properties: Properties,
    protocol: Protocol,
    info: GetInfoResponse,
    unknown: Vec<(String, String)>,
    pin: PinStatus,
    kept: Option<KeptToken>,
}

pub fn run(args: &Args, context: &mut Context) -> Outcome {
    let kept = args.token_file.as_deref().map(KeptToken::load_existing).transpose()?;
    let mut prompter = context.prompter(&NewPinArgs::default())?;
    context.with_session(&mut prompter, false, |session, target| {
        if args.lint {
            return Ok(boxed(Linted::new(target.clone(), session.info())));
        }
        if let Some(kept) = &kept {
            kept.check_model(session.info())?;
        }
        let pin = pin::status(session)?;
        let unknown = GetInfoResponse::unknown_members(session.encoded_info())
            .into_iter()
            .map(|(key, value)| (key.to_string(), value.to_string()))
            .collect();
        Ok(boxed(Info {
            target: target.clone(),
            properties: session.properties(),
            protocol: session.protocol(),
            info: session.info().clone(),
            unknown,
            pin,
            kept,
        }))
    })
}

impl Info {
    /// Tells whether there is an answer to getInfo; a U2F key has none.
    fn speaks_ctap2(&self) -> bool {
        self.protocol == Protocol::Ctap2
    }
}

impl Report for Info {
    fn json(&self) -> Value {
        let unknown: Map<String, Value> =
            self.unknown.iter().map(|(key, value)| (key.clone(), value.clone().into())).collect();
        let mut value = json!({
            "schema": "fidoctl.info/1",
            "key": self.target.json(),
            "ctaphid": {
                "protocol_version": self.properties.protocol_version,
                "device_version": self.properties.device_version.map(|n| n.to_string()).join("."),
                "wink": self.properties.capabilities.contains(fidoctl::ctaphid::Capabilities::WINK),
                "cbor": self.properties.capabilities.contains(fidoctl::ctaphid::Capabilities::CBOR),
                "msg": !self.properties.capabilities.contains(fidoctl::ctaphid::Capabilities::NMSG),
            },
            "protocol": protocol_text(self.protocol),
            "get_info": self.speaks_ctap2().then(|| get_info_json(&self.info)),
            "unknown_members": unknown,
            "pin": pin_json(&self.pin),
        });
        if let (Some(kept), Some(members)) = (&self.kept, value.as_object_mut()) {
            members.insert("persistent".to_owned(), kept.decrypted_json(&self.info));
        }
        value
    }

    fn human(&self, page: &mut Page) {
        page.pairs(self.target.pairs());
        page.line("");
        if !self.speaks_ctap2() {
            page.pairs([("protocol", format!("only {U2F_V2}: neither CTAP2 nor a PIN"))]);
            return;
        }
        page.pairs(get_info_pairs(&self.info));
        page.line("");
        page.pairs(pin_pairs(&self.pin));
        if let Some(kept) = &self.kept {
            page.line("");
            page.pairs(kept.decrypted_pairs(&self.info));
        }
        if !self.unknown.is_empty() {
            page.line("");
            page.heading("members not known here");
            for (key, value) in &self.unknown {
                page.line(&format!("  {}: {}", visible(key), visible(value)));
            }
        }
    }
}

/// The members by the standard's names; absent members are left out.
pub fn get_info_json(info: &GetInfoResponse) -> Value {
    let mut members = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            members.insert(name.to_owned(), value);
        }
    };
    let number = |value: Option<u64>| value.map(Value::from);
    let truth = |value: Option<bool>| value.map(Value::from);
    let bytes = |value: Option<&Vec<u8>>| value.map(|v| Value::from(hex(v)));
    put("versions", Some(json!(info.versions)));
    put("extensions", info.extensions.as_ref().map(|v| json!(v)));
    put("aaguid", Some(uuid(&info.aaguid).into()));
    put(
        "options",
        info.options.as_ref().map(|options| {
            options.iter().map(|(name, value)| (name.to_owned(), Value::from(*value))).collect()
        }),
    );
    put("maxMsgSize", number(info.max_msg_size));
    put("pinUvAuthProtocols", info.pin_uv_auth_protocols.as_ref().map(|v| json!(v)));
    put("maxCredentialCountInList", number(info.max_credential_count_in_list));
    put("maxCredentialIdLength", number(info.max_credential_id_length));
    put("transports", info.transports.as_ref().map(|v| json!(v)));
    put("algorithms", info.algorithms.as_ref().map(|algorithms| {
        algorithms
            .iter()
            .map(|p| json!({ "alg": p.algorithm.0, "type": p.credential_type, "name": p.algorithm.name() }))
            .collect()
    }));
    put("maxSerializedLargeBlobArray", number(info.max_serialized_large_blob_array));
    put("forcePINChange", truth(info.force_pin_change));
    put("minPINLength", number(info.min_pin_length));
    put("firmwareVersion", number(info.firmware_version));
    put("maxCredBlobLength", number(info.max_cred_blob_length));
    put("maxRPIDsForSetMinPINLength", number(info.max_rp_ids_for_set_min_pin_length));
    put("preferredPlatformUvAttempts", number(info.preferred_platform_uv_attempts));
    put("uvModality", number(info.uv_modality));
    put(
        "certifications",
        info.certifications.as_ref().map(|certifications| {
            certifications
                .iter()
                .map(|(name, level)| (name.to_owned(), Value::from(*level)))
                .collect()
        }),
    );
    put("remainingDiscoverableCredentials", number(info.remaining_discoverable_credentials));
    put(
        "vendorPrototypeConfigCommands",
        info.vendor_prototype_config_commands.as_ref().map(|v| json!(v)),
    );
    put("attestationFormats", info.attestation_formats.as_ref().map(|v| json!(v)));
    put("uvCountSinceLastPinEntry", number(info.uv_count_since_last_pin_entry));
    put("longTouchForReset", truth(info.long_touch_for_reset));
    put("encIdentifier", bytes(info.enc_identifier.as_deref()));
    put("transportsForReset", info.transports_for_reset.as_ref().map(|v| json!(v)));
    put("pinComplexityPolicy", truth(info.pin_complexity_policy));
    put(
        "pinComplexityPolicyURL",
        info.pin_complexity_policy_url
            .as_ref()
            .map(|url| String::from_utf8_lossy(url).into_owned().into()),
    );
    put("maxPINLength", number(info.max_pin_length));
    put("encCredStoreState", bytes(info.enc_cred_store_state.as_deref()));
    put(
        "authenticatorConfigCommands",
        info.authenticator_config_commands.as_ref().map(|v| json!(v)),
    );
    Value::Object(members)
}

/// The same for people: one line a member, in the standard's order.
fn get_info_pairs(info: &GetInfoResponse) -> Vec<(&'static str, String)> {
    let mut pairs: Vec<(&'static str, String)> = Vec::new();
    let mut put = |name, value: Option<String>| pairs.extend(value.map(|value| (name, value)));
    let list = |items: &[String]| items.iter().map(|i| visible(i)).collect::<Vec<_>>().join(", ");
    let number = |value: Option<u64>| value.map(|v| v.to_string());
    let truth = |value: Option<bool>| value.map(|v| yes_no(v).to_owned());
    put("versions", Some(list(&info.versions)));
    put("aaguid", Some(uuid(&info.aaguid)));
    put("firmware version", info.firmware_version.map(firmware_version));
    put("extensions", info.extensions.as_deref().map(list));
    put(
        "options",
        info.options.as_ref().map(|options| {
            let shown =
                options.iter().map(|(name, value)| format!("{} {}", visible(name), yes_no(*value)));
            shown.collect::<Vec<_>>().join(", ")
        }),
    );
    put(
        "algorithms",
        info.algorithms.as_ref().map(|algorithms| {
            algorithms.iter().map(|p| p.algorithm.to_string()).collect::<Vec<_>>().join(", ")
        }),
    );
    put("attestation formats", info.attestation_formats.as_deref().map(list));
    put("transports", info.transports.as_deref().map(list));
    put(
        "PIN/UV auth protocols",
        info.pin_uv_auth_protocols
            .as_ref()
            .map(|protocols| protocols.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")),
    );
    put("free slots", number(info.remaining_discoverable_credentials));
    put("largest message", Some(format!("{} bytes", info.max_msg_size())));
    put("credentials in a list", number(info.max_credential_count_in_list));
    put("longest credential ID", info.max_credential_id_length.map(|n| format!("{n} bytes")));
    put("large blobs", info.max_serialized_large_blob_array.map(|n| format!("{n} bytes")));
    put("credential blob", info.max_cred_blob_length.map(|n| format!("{n} bytes")));
    put("RP IDs for minPinLength", number(info.max_rp_ids_for_set_min_pin_length));
    put("UV attempts", number(info.preferred_platform_uv_attempts));
    put("UV modality", info.uv_modality.map(uv_modality));
    put("UV since last PIN", number(info.uv_count_since_last_pin_entry));
    put(
        "certifications",
        info.certifications.as_ref().map(|certifications| {
            let shown =
                certifications.iter().map(|(name, level)| format!("{} {level}", visible(name)));
            shown.collect::<Vec<_>>().join(", ")
        }),
    );
    put(
        "vendor config commands",
        info.vendor_prototype_config_commands.as_ref().map(|commands| {
            commands.iter().map(|id| format!("0x{id:x}")).collect::<Vec<_>>().join(", ")
        }),
    );
    put(
        "config commands",
        info.authenticator_config_commands.as_ref().map(|commands| {
            commands.iter().map(|id| format!("0x{id:02x}")).collect::<Vec<_>>().join(", ")
        }),
    );
    put("reset wants a long touch", truth(info.long_touch_for_reset));
    put("reset over", info.transports_for_reset.as_deref().map(list));
    put(
        "PIN length",
        info.option("clientPin")
            .map(|_| format!("{} to {} characters", info.min_pin_length(), info.max_pin_length())),
    );
    put("PIN change demanded", truth(info.force_pin_change));
    put("PIN complexity rules", truth(info.pin_complexity_policy));
    put(
        "PIN rules at",
        info.pin_complexity_policy_url.as_ref().map(|url| visible(&String::from_utf8_lossy(url))),
    );
    put("encrypted identifier", info.enc_identifier.as_ref().map(|v| hex(v)));
    put("encrypted store state", info.enc_cred_store_state.as_ref().map(|v| hex(v)));
    pairs
}

fn yes_no(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}

/// Vendors pack versions in their own ways; the number is always shown as it came.
fn firmware_version(version: u64) -> String {
    if version > 0xffff && version <= 0xff_ffff {
        format!("{version} ({}.{}.{})", version >> 16, version >> 8 & 0xff, version & 0xff)
    } else {
        version.to_string()
    }
}

/// User verification methods (FIDO Registry of Predefined Values §3.1).
fn uv_modality(bits: u64) -> String {
    const NAMES: [&str; 13] = [
        "presence",
        "fingerprint",
        "passcode",
        "voiceprint",
        "faceprint",
        "location",
        "eyeprint",
        "pattern",
        "handprint",
        "none",
        "all",
        "external passcode",
        "external pattern",
    ];
    let named = NAMES.iter().enumerate().filter(|(bit, _)| bits >> bit & 1 == 1);
    let names: Vec<_> = named.map(|(_, name)| *name).collect();
    format!("{} (0x{bits:x})", names.join(", "))
}

/// JSON form of what a key says about its PIN.
pub fn pin_json(pin: &PinStatus) -> Value {
    json!({
        "supported": pin.set.is_some(),
        "set": pin.set,
        "retries_left": pin.retries_left,
        "power_cycle_needed": pin.power_cycle_needed,
        "uv_retries_left": pin.uv_retries_left,
    })
}

/// The same for people.
pub fn pin_pairs(pin: &PinStatus) -> Vec<(&'static str, String)> {
    let state = match (pin.set, pin.retries_left, pin.power_cycle_needed) {
        (None, ..) => "this key has no PINs".to_owned(),
        (Some(false), ..) => "not set".to_owned(),
        (Some(true), Some(0), _) => "blocked for good: only a reset helps".to_owned(),
        (Some(true), Some(1), false) => "set, 1 try left".to_owned(),
        (Some(true), Some(left), false) => format!("set, {left} tries left"),
        (Some(true), Some(left), true) => {
            format!("set, {left} tries left after the key is unplugged and plugged in again")
        }
        (Some(true), None, _) => "set".to_owned(),
    };
    let mut pairs = vec![("PIN", state)];
    if let Some(left) = pin.uv_retries_left {
        pairs.push(("fingerprint tries", left.to_string()));
    }
    pairs
}
