//! What getInfo must keep: real keys' answers, and one that breaks each rule.

#![cfg(test)]

#[path = "vectors/mod.rs"]
mod vectors;

use fidoctl::cbor;
use fidoctl::ctap2::get_info_rules::RULES;
use fidoctl::ctap2::{GetInfoResponse, TextKeyed};
use vectors::{case, hex, items, load, text};

fn info(id: &str) -> GetInfoResponse {
    cbor::from_slice(&hex(&case(&load("getinfo")["items"], id)["cbor"])).unwrap()
}

fn broken(info: &GetInfoResponse) -> Vec<&'static str> {
    info.broken_rules().iter().map(|rule| rule.name).collect()
}

fn change(info: &mut GetInfoResponse, option: &str, value: Option<bool>) {
    let options = info.options.take().unwrap_or_default();
    let others = options.iter().filter(|(name, _)| *name != option);
    let others = others.map(|(name, value)| (name.to_owned(), *value));
    let changed = value.map(|value| (option.to_owned(), value));
    info.options = Some(others.chain(changed).collect::<TextKeyed<bool>>());
}

fn without(info: &mut GetInfoResponse, extension: &str) {
    info.extensions.iter_mut().for_each(|listed| listed.retain(|name| name != extension));
}

fn with(info: &mut GetInfoResponse, extension: &str) {
    info.extensions.get_or_insert_default().push(extension.to_owned());
}

/// A rule, and a change to a key that has everything which breaks this rule first.
type Breach = (&'static str, fn(&mut GetInfoResponse));

const BREACHES: &[Breach] = &[
    ("versions-defined", |i| i.versions.push("FIDO_2_2".to_owned())),
    ("max-msg-size-least", |i| i.max_msg_size = Some(1023)),
    ("pin-uv-auth-protocols-present", |i| i.pin_uv_auth_protocols = None),
    ("pin-uv-auth-protocols-present", |i| i.pin_uv_auth_protocols = Some(vec![])),
    ("pin-uv-auth-protocols-unique", |i| i.pin_uv_auth_protocols = Some(vec![2, 1, 2])),
    ("max-credential-count-positive", |i| i.max_credential_count_in_list = Some(0)),
    ("max-credential-id-length-positive", |i| i.max_credential_id_length = Some(0)),
    ("algorithms-not-empty", |i| i.algorithms = Some(vec![])),
    ("algorithms-unique", |i| i.algorithms = i.algorithms.clone().map(|a| [a.clone(), a].concat())),
    ("min-pin-length-present", |i| i.min_pin_length = None),
    ("min-pin-length-least", |i| i.min_pin_length = Some(3)),
    ("max-pin-length-range", |i| i.max_pin_length = Some(7)),
    ("max-pin-length-range", |i| i.max_pin_length = Some(64)),
    ("pin-lengths-in-order", |i| (i.min_pin_length, i.max_pin_length) = (Some(12), Some(8))),
    ("uv-attempts-positive", |i| i.preferred_platform_uv_attempts = Some(0)),
    ("uv-modality-without-client-pin", |i| i.uv_modality = Some(0x802)),
    ("attestation-formats-not-empty", |i| i.attestation_formats = Some(vec![])),
    ("attestation-formats-unique", |i| {
        i.attestation_formats = Some(vec!["packed".to_owned(), "packed".to_owned()]);
    }),
    ("enc-identifier-length", |i| i.enc_identifier = Some(vec![0; 16].into())),
    ("enc-cred-store-state-length", |i| i.enc_cred_store_state = Some(vec![0; 31].into())),
    ("uv-bio-enroll-needs-bio-enroll", |i| {
        change(i, "bioEnroll", None);
        change(i, "uvBioEnroll", Some(true));
    }),
    ("uv-acfg-needs-authnr-cfg", |i| change(i, "authnrCfg", None)),
    ("no-mc-ga-needs-client-pin", |i| {
        change(i, "clientPin", None);
        change(i, "noMcGaPermissionsWithClientPin", Some(true));
    }),
    ("always-uv-ends-make-cred-uv-not-rqd", |i| change(i, "alwaysUv", Some(true))),
    ("always-uv-ends-u2f", |i| {
        change(i, "alwaysUv", Some(true));
        change(i, "makeCredUvNotRqd", Some(false));
        change(i, "uv", None);
    }),
    ("large-blobs-and-capacity", |i| i.max_serialized_large_blob_array = None),
    ("large-blob-capacity-least", |i| i.max_serialized_large_blob_array = Some(1023)),
    ("large-blobs-and-key", |i| without(i, "largeBlobKey")),
    ("large-blob-ways", |i| with(i, "largeBlob")),
    ("cred-blob-and-length", |i| i.max_cred_blob_length = None),
    ("cred-blob-and-length", |i| without(i, "credBlob")),
    ("cred-blob-length-least", |i| i.max_cred_blob_length = Some(31)),
    ("set-min-pin-length-and-extension", |i| without(i, "minPinLength")),
    ("set-min-pin-length-and-rp-ids", |i| i.max_rp_ids_for_set_min_pin_length = None),
    ("set-min-pin-length-and-command", |i| i.authenticator_config_commands = Some(vec![1, 2])),
    ("fido-2-1-tokens", |i| change(i, "pinUvAuthToken", Some(false))),
    ("fido-2-1-protocol-two", |i| i.pin_uv_auth_protocols = Some(vec![1])),
    ("fido-2-1-hmac-secret", |i| without(i, "hmac-secret")),
    ("fido-2-1-cred-mgmt", |i| change(i, "credMgmt", None)),
    ("fido-2-3-enterprise-command", |i| i.authenticator_config_commands = Some(vec![2, 3])),
];

/// Several rules and a change that breaks them all.
type WideBreach = (&'static [&'static str], fn(&mut GetInfoResponse));

/// Changes that break more than the rule, in the table's order.
const WIDE_BREACHES: &[WideBreach] = &[
    (&["cred-blob-needs-cred-protect", "fido-2-1-cred-protect"], |i| without(i, "credProtect")),
    (&["fido-2-3-verification"], |i| {
        change(i, "clientPin", None);
        change(i, "uv", None);
    }),
];

#[test]
fn real_keys_keep_the_rules() {
    for item in items(&load("getinfo")["items"]) {
        let (name, bytes) = (text(&item["id"]), hex(&item["cbor"]));
        let info: GetInfoResponse = cbor::from_slice(&bytes).unwrap();
        assert_eq!(broken(&info), [""; 0], "{name}");
    }
}

#[test]
fn rules_have_names_of_their_own() {
    let mut names: Vec<_> = RULES.iter().map(|rule| rule.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), RULES.len());
}

#[test]
fn each_rule_can_be_broken_and_alone() {
    for (rule, breach) in BREACHES {
        let mut info = info("synthetic-all-members");
        breach(&mut info);
        let mut expected = vec![*rule];
        // No protocol at all is no protocol two either.
        if *rule == "pin-uv-auth-protocols-present" {
            expected.push("fido-2-1-protocol-two");
        }
        assert_eq!(broken(&info), expected);
    }
    for (rules, breach) in WIDE_BREACHES {
        let mut info = info("synthetic-all-members");
        breach(&mut info);
        assert_eq!(broken(&info), *rules);
    }
    let narrow = BREACHES.iter().map(|(rule, _)| *rule);
    let tried: Vec<_> =
        narrow.chain(WIDE_BREACHES.iter().flat_map(|(rules, _)| *rules).copied()).collect();
    for rule in RULES {
        assert!(tried.contains(&rule.name), "{} is never broken", rule.name);
    }
}
