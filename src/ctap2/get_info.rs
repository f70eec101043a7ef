//! authenticatorGetInfo's answer (CTAP 2.2 §6.4), members 0x01 to 0x1F of CTAP 2.0 to 2.3.

use minicbor::{Decode, Encode};

use super::{DEFAULT_MAX_MSG_SIZE, TextKeyed};
use crate::cbor::{self, ByteArray, ByteVec, MESSAGE_NESTING, Strictness, Value};
use crate::cose::Algorithm;
use crate::webauthn::CredentialParameters;

/// What a key says of itself. Absent stays absent: defaults are methods.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
#[expect(missing_docs, reason = "the members are the standard's table, name by name")]
pub struct GetInfoResponse {
    #[n(0x01)]
    pub versions: Vec<String>,
    #[n(0x02)]
    pub extensions: Option<Vec<String>>,
    #[n(0x03)]
    pub aaguid: ByteArray<16>,
    #[n(0x04)]
    pub options: Option<TextKeyed<bool>>,
    #[n(0x05)]
    pub max_msg_size: Option<u64>,
    #[n(0x06)]
    pub pin_uv_auth_protocols: Option<Vec<u64>>,
    #[n(0x07)]
    pub max_credential_count_in_list: Option<u64>,
    #[n(0x08)]
    pub max_credential_id_length: Option<u64>,
    #[n(0x09)]
    pub transports: Option<Vec<String>>,
    #[n(0x0A)]
    pub algorithms: Option<Vec<CredentialParameters>>,
    #[n(0x0B)]
    pub max_serialized_large_blob_array: Option<u64>,
    #[n(0x0C)]
    pub force_pin_change: Option<bool>,
    #[n(0x0D)]
    pub min_pin_length: Option<u64>,
    #[n(0x0E)]
    pub firmware_version: Option<u64>,
    #[n(0x0F)]
    pub max_cred_blob_length: Option<u64>,
    #[n(0x10)]
    pub max_rp_ids_for_set_min_pin_length: Option<u64>,
    #[n(0x11)]
    pub preferred_platform_uv_attempts: Option<u64>,
    #[n(0x12)]
    pub uv_modality: Option<u64>,
    #[n(0x13)]
    pub certifications: Option<TextKeyed<u64>>,
    #[n(0x14)]
    pub remaining_discoverable_credentials: Option<u64>,
    #[n(0x15)]
    pub vendor_prototype_config_commands: Option<Vec<u64>>,
    #[n(0x16)]
    pub attestation_formats: Option<Vec<String>>,
    #[n(0x17)]
    pub uv_count_since_last_pin_entry: Option<u64>,
    #[n(0x18)]
    pub long_touch_for_reset: Option<bool>,
    #[n(0x19)]
    pub enc_identifier: Option<ByteVec>,
    #[n(0x1A)]
    pub transports_for_reset: Option<Vec<String>>,
    #[n(0x1B)]
    pub pin_complexity_policy: Option<bool>,
    #[n(0x1C)]
    pub pin_complexity_policy_url: Option<ByteVec>,
    #[n(0x1D)]
    pub max_pin_length: Option<u64>,
    #[n(0x1E)]
    pub enc_cred_store_state: Option<ByteVec>,
    #[n(0x1F)]
    pub authenticator_config_commands: Option<Vec<u64>>,
}

/// The last member known here.
const LAST_MEMBER: i64 = 0x1F;

impl GetInfoResponse {
    /// Makes an answer with the required members only.
    pub fn new(versions: Vec<String>, aaguid: [u8; 16]) -> Self {
        GetInfoResponse {
            versions,
            extensions: None,
            aaguid: aaguid.into(),
            options: None,
            max_msg_size: None,
            pin_uv_auth_protocols: None,
            max_credential_count_in_list: None,
            max_credential_id_length: None,
            transports: None,
            algorithms: None,
            max_serialized_large_blob_array: None,
            force_pin_change: None,
            min_pin_length: None,
            firmware_version: None,
            max_cred_blob_length: None,
            max_rp_ids_for_set_min_pin_length: None,
            preferred_platform_uv_attempts: None,
            uv_modality: None,
            certifications: None,
            remaining_discoverable_credentials: None,
            vendor_prototype_config_commands: None,
            attestation_formats: None,
            uv_count_since_last_pin_entry: None,
            long_touch_for_reset: None,
            enc_identifier: None,
            transports_for_reset: None,
            pin_complexity_policy: None,
            pin_complexity_policy_url: None,
            max_pin_length: None,
            enc_cred_store_state: None,
            authenticator_config_commands: None,
        }
    }

    /// Returns the members of an encoded answer that are not known here.
    pub fn unknown_members(encoded: &[u8]) -> Vec<(Value, Value)> {
        match cbor::from_slice_with(encoded, Strictness::Tolerant, MESSAGE_NESTING) {
            Ok(Value::Map(members)) => members
                .into_iter()
                .filter(|(key, _)| !key.as_i64().is_some_and(|k| (1..=LAST_MEMBER).contains(&k)))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// Returns an option: `None` unsupported, `Some(false)` supported but not configured or off.
    pub fn option(&self, name: &str) -> Option<bool> {
        self.options.as_ref()?.get(name).copied()
    }

    /// Tells whether an option is present and true.
    pub fn option_is_true(&self, name: &str) -> bool {
        self.option(name) == Some(true)
    }

    /// Tells whether an extension is listed.
    pub fn has_extension(&self, identifier: &str) -> bool {
        self.extensions.iter().flatten().any(|listed| listed == identifier)
    }

    /// Tells whether a version string is listed.
    pub fn has_version(&self, version: &str) -> bool {
        self.versions.iter().any(|listed| listed == version)
    }

    /// Tells whether the key speaks CTAP 2.1 or later, as a final standard.
    pub fn is_ctap_2_1(&self) -> bool {
        self.versions
            .iter()
            .any(|v| v.starts_with("FIDO_2_") && v != "FIDO_2_0" && v != "FIDO_2_1_PRE")
    }

    /// Returns the largest message in bytes that the key takes.
    pub fn max_msg_size(&self) -> u64 {
        self.max_msg_size.unwrap_or(DEFAULT_MAX_MSG_SIZE)
    }

    /// Returns the least PIN length in code points.
    pub fn min_pin_length(&self) -> u64 {
        self.min_pin_length.unwrap_or(4)
    }

    /// Returns the greatest PIN length in code points.
    pub fn max_pin_length(&self) -> u64 {
        self.max_pin_length.unwrap_or(63)
    }

    /// Returns how many RP IDs setMinPINLength takes.
    pub fn max_rp_ids(&self) -> u64 {
        self.max_rp_ids_for_set_min_pin_length.unwrap_or(0)
    }

    /// Tells whether the key lists an algorithm; a key that lists none is taken to know ES256.
    pub fn supports_algorithm(&self, algorithm: Algorithm) -> bool {
        match &self.algorithms {
            Some(listed) => listed.iter().any(|parameters| parameters.algorithm == algorithm),
            None => algorithm == Algorithm::ES256,
        }
    }

    /// Tells whether a PIN is set.
    pub fn pin_is_set(&self) -> bool {
        self.option_is_true("clientPin")
    }

    /// Tells whether the person can be verified: a PIN is set or built-in verification configured.
    pub fn is_protected(&self) -> bool {
        self.pin_is_set() || self.option_is_true("uv")
    }
}
