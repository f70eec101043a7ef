//! What getInfo's members and options must keep among themselves: one table.

use self::names::*;
use super::GetInfoResponse;
use super::extensions::{CRED_PROTECT, HMAC_SECRET};

/// Names that more than one rule speaks of.
mod names {
    pub(super) const CLIENT_PIN: &str = "clientPin";
    pub(super) const TOKEN: &str = "pinUvAuthToken";
    pub(super) const LARGE_BLOBS: &str = "largeBlobs";
    pub(super) const SET_MIN_PIN_LENGTH: &str = "setMinPINLength";
}

/// A rule of the standard.
pub struct Rule {
    /// A name for programs.
    pub name: &'static str,
    /// What must be so.
    pub words: &'static str,
    /// Where the standard says it.
    pub source: &'static str,
    kept: fn(&GetInfoResponse) -> bool,
}

/// `passcode_external` among the methods of user verification (FIDO Registry of Predefined Values
/// §3.1).
const PASSCODE_EXTERNAL: u64 = 0x800;

const MEMBERS: &str = "CTAP 2.2 §6.4";
const OPTIONS: &str = "CTAP 2.2 §6.4, options";
const MANDATORY: &str = "CTAP 2.2 §9";
const MANDATORY_2_3: &str = "CTAP 2.3 §9";

macro_rules! rules {
    ($( $name:literal, $source:expr, $words:literal, |$info:ident| $kept:expr; )+) => {
        &[ $( Rule { name: $name, words: $words, source: $source, kept: |$info| $kept } ),+ ]
    };
}

/// Every rule checked here.
pub const RULES: &[Rule] = rules! {
    "versions-defined", MEMBERS,
    "versions holds defined strings only; FIDO_2_2 is none", |i| !i.has_version("FIDO_2_2");

    "max-msg-size-least", MEMBERS,
    "maxMsgSize is 1024 or more", |i| at_least(i.max_msg_size, 1024);

    "pin-uv-auth-protocols-present", MEMBERS,
    "with option clientPin or pinUvAuthToken, pinUvAuthProtocols is there and not empty",
    |i| !has_tokens(i) || i.pin_uv_auth_protocols.as_ref().is_some_and(|list| !list.is_empty());

    "pin-uv-auth-protocols-unique", MEMBERS,
    "pinUvAuthProtocols names no protocol twice", |i| unique(i.pin_uv_auth_protocols.as_deref());

    "max-credential-count-positive", MEMBERS,
    "maxCredentialCountInList is greater than 0",
    |i| at_least(i.max_credential_count_in_list, 1);

    "max-credential-id-length-positive", MEMBERS,
    "maxCredentialIdLength is greater than 0", |i| at_least(i.max_credential_id_length, 1);

    "algorithms-not-empty", MEMBERS,
    "algorithms, if there, is not empty", |i| not_empty(i.algorithms.as_deref());

    "algorithms-unique", MEMBERS,
    "algorithms names no algorithm twice", |i| unique(i.algorithms.as_deref());

    "min-pin-length-present", MEMBERS,
    "a key of FIDO_2_1 or later with option clientPin tells minPINLength",
    |i| !i.is_ctap_2_1() || !has(i, CLIENT_PIN) || i.min_pin_length.is_some();

    "min-pin-length-least", MEMBERS,
    "minPINLength is 4 or more", |i| at_least(i.min_pin_length, 4);

    "max-pin-length-range", MEMBERS,
    "maxPINLength is from 8 to 63",
    |i| i.max_pin_length.is_none_or(|length| (8..=63).contains(&length));

    "pin-lengths-in-order", MEMBERS,
    "minPINLength is not above maxPINLength", |i| i.min_pin_length() <= i.max_pin_length();

    "uv-attempts-positive", MEMBERS,
    "preferredPlatformUvAttempts is greater than 0",
    |i| at_least(i.preferred_platform_uv_attempts, 1);

    "uv-modality-without-client-pin", MEMBERS,
    "uvModality tells built-in methods only, not the PIN",
    |i| i.uv_modality.is_none_or(|methods| methods & PASSCODE_EXTERNAL == 0);

    "attestation-formats-not-empty", MEMBERS,
    "attestationFormats, if there, is not empty", |i| not_empty(i.attestation_formats.as_deref());

    "attestation-formats-unique", MEMBERS,
    "attestationFormats names no format twice", |i| unique(i.attestation_formats.as_deref());

    "enc-identifier-length", MEMBERS,
    "encIdentifier has 32 bytes",
    |i| i.enc_identifier.as_ref().is_none_or(|bytes| bytes.len() == 32);

    "enc-cred-store-state-length", "CTAP 2.3 §6.4",
    "encCredStoreState has 32 bytes",
    |i| i.enc_cred_store_state.as_ref().is_none_or(|bytes| bytes.len() == 32);

    "uv-bio-enroll-needs-bio-enroll", OPTIONS,
    "option uvBioEnroll comes with bioEnroll", |i| !has(i, "uvBioEnroll") || has(i, "bioEnroll");

    "uv-acfg-needs-authnr-cfg", OPTIONS,
    "option uvAcfg comes with authnrCfg", |i| !has(i, "uvAcfg") || has(i, "authnrCfg");

    "no-mc-ga-needs-client-pin", OPTIONS,
    "option noMcGaPermissionsWithClientPin comes with clientPin",
    |i| !has(i, "noMcGaPermissionsWithClientPin") || has(i, CLIENT_PIN);

    "always-uv-ends-make-cred-uv-not-rqd", OPTIONS,
    "while option alwaysUv is true, makeCredUvNotRqd is not",
    |i| !(i.option_is_true("alwaysUv") && i.option_is_true("makeCredUvNotRqd"));

    "always-uv-ends-u2f", "CTAP 2.2 §7.2.4",
    "while option alwaysUv is true and no built-in verification is set up, U2F_V2 is not listed",
    |i| !i.option_is_true("alwaysUv") || i.option_is_true("uv") || !i.has_version("U2F_V2");

    "large-blobs-and-capacity", MEMBERS,
    "maxSerializedLargeBlobArray is there if and only if option largeBlobs is true",
    |i| i.option_is_true(LARGE_BLOBS) == i.max_serialized_large_blob_array.is_some();

    "large-blob-capacity-least", MEMBERS,
    "maxSerializedLargeBlobArray is 1024 or more",
    |i| at_least(i.max_serialized_large_blob_array, 1024);

    "large-blobs-and-key", "CTAP 2.3 §12.3",
    "the extension largeBlobKey is there if and only if option largeBlobs is true",
    |i| i.option_is_true(LARGE_BLOBS) == i.has_extension("largeBlobKey");

    "large-blob-ways", "CTAP 2.3 §12.4",
    "the extensions largeBlob and largeBlobKey are not there both",
    |i| !(i.has_extension("largeBlob") && i.has_extension("largeBlobKey"));

    "cred-blob-needs-cred-protect", "CTAP 2.3 §12.2",
    "the extension credBlob comes with credProtect",
    |i| !i.has_extension("credBlob") || i.has_extension(CRED_PROTECT);

    "cred-blob-and-length", MEMBERS,
    "maxCredBlobLength is there if and only if the extension credBlob is",
    |i| i.has_extension("credBlob") == i.max_cred_blob_length.is_some();

    "cred-blob-length-least", MEMBERS,
    "maxCredBlobLength is 32 or more", |i| at_least(i.max_cred_blob_length, 32);

    "set-min-pin-length-and-extension", "CTAP 2.3 §7.4",
    "the extension minPinLength is there if and only if option setMinPINLength is",
    |i| has(i, SET_MIN_PIN_LENGTH) == i.has_extension("minPinLength");

    "set-min-pin-length-and-rp-ids", MEMBERS,
    "maxRPIDsForSetMinPINLength is there if and only if option setMinPINLength is",
    |i| has(i, SET_MIN_PIN_LENGTH) == i.max_rp_ids_for_set_min_pin_length.is_some();

    "set-min-pin-length-and-command", "CTAP 2.3 §6.4",
    "authenticatorConfigCommands, if there, lists 0x03 if and only if option setMinPINLength is there",
    |i| config_command(i, 0x03).is_none_or(|listed| listed == has(i, SET_MIN_PIN_LENGTH));

    "fido-2-1-tokens", MANDATORY,
    "a key of FIDO_2_1 or later that can verify users has option pinUvAuthToken true",
    |i| !i.is_ctap_2_1() || !can_verify(i) || i.option_is_true(TOKEN);

    "fido-2-1-cred-protect", MANDATORY,
    "a key of FIDO_2_1 or later that can verify users has the extension credProtect",
    |i| !i.is_ctap_2_1() || !can_verify(i) || i.has_extension(CRED_PROTECT);

    "fido-2-1-protocol-two", MANDATORY,
    "a key of FIDO_2_1 or later with option clientPin or pinUvAuthToken has PIN/UV auth protocol two",
    |i| !i.is_ctap_2_1() || !has_tokens(i)
        || i.pin_uv_auth_protocols.as_ref().is_some_and(|list| list.contains(&2));

    "fido-2-1-hmac-secret", MANDATORY,
    "a key of FIDO_2_1 or later has the extension hmac-secret",
    |i| !i.is_ctap_2_1() || i.has_extension(HMAC_SECRET);

    "fido-2-1-cred-mgmt", MANDATORY,
    "a key of FIDO_2_1 or later with option rk has option credMgmt",
    |i| !i.is_ctap_2_1() || !i.option_is_true("rk") || i.option_is_true("credMgmt");

    "fido-2-3-verification", MANDATORY_2_3,
    "a key of FIDO_2_3 with option rk can verify users",
    |i| !i.has_version("FIDO_2_3") || !i.option_is_true("rk") || can_verify(i);

    "fido-2-3-enterprise-command", MANDATORY_2_3,
    "a key of FIDO_2_3 with option ep lists 0x01 in authenticatorConfigCommands",
    |i| !i.has_version("FIDO_2_3") || !has(i, "ep") || config_command(i, 0x01) == Some(true);
};

impl GetInfoResponse {
    /// Returns the rules that this answer breaks.
    pub fn broken_rules(&self) -> Vec<&'static Rule> {
        RULES.iter().filter(|rule| !(rule.kept)(self)).collect()
    }
}

fn has(info: &GetInfoResponse, option: &str) -> bool {
    info.option(option).is_some()
}

fn has_tokens(info: &GetInfoResponse) -> bool {
    has(info, CLIENT_PIN) || has(info, TOKEN)
}

fn can_verify(info: &GetInfoResponse) -> bool {
    has(info, CLIENT_PIN) || has(info, "uv")
}

/// Tells whether a config command is listed; `None` if the key lists none at all.
fn config_command(info: &GetInfoResponse, command: u64) -> Option<bool> {
    Some(info.authenticator_config_commands.as_ref()?.contains(&command))
}

fn at_least(value: Option<u64>, least: u64) -> bool {
    value.is_none_or(|value| value >= least)
}

fn not_empty<T>(list: Option<&[T]>) -> bool {
    list.is_none_or(|list| !list.is_empty())
}

fn unique<T: PartialEq>(list: Option<&[T]>) -> bool {
    let list = list.unwrap_or_default();
    (1..).zip(list).all(|(next, item)| !list.iter().skip(next).any(|other| other == item))
}
