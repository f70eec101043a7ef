//! What may be shown of a key: no secret in it.

use std::time::Duration;

use super::{Interfaces, STATE_VERSION, State, VersionLine};
use crate::cose::Algorithm;
use crate::ctap2::extensions::CredProtect;

/// A key at a glance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Version of the state file's format.
    pub state_version: u64,
    /// The model.
    pub aaguid: [u8; 16],
    /// The serial number.
    pub serial: String,
    /// The version of CTAP that the key behaves as.
    pub version_line: VersionLine,
    /// Which protocols the key speaks.
    pub interfaces: Interfaces,
    /// The personality that it was made like.
    pub personality: Option<String>,
    /// Whether a PIN is set.
    pub pin_is_set: bool,
    /// PIN tries left.
    pub pin_retries: u8,
    /// Wrong PINs in a row since the last power-up.
    pub pin_mismatches: u8,
    /// When the key was last powered up, since the Unix epoch.
    pub powered_since: Duration,
    /// The signature counter.
    pub sign_count: u32,
    /// The attestation root, DER; `None` for self attestation.
    pub attestation_root: Option<Vec<u8>>,
    /// The fingerprint sensor, if there is one.
    pub sensor: Option<SensorSummary>,
    /// Relying parties that are told the rules for PINs.
    pub min_pin_length_rp_ids: Vec<String>,
    /// Relying parties that get an enterprise attestation without the platform's word.
    pub enterprise_rp_ids: Vec<String>,
    /// The discoverable credentials, oldest first. Server-side ones leave no trace on the key.
    pub credentials: Vec<CredentialSummary>,
}

/// A fingerprint sensor at a glance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SensorSummary {
    /// Tries of built-in verification left.
    pub uv_retries: u8,
    /// The fingers enrolled, oldest first.
    pub fingerprints: Vec<FingerprintSummary>,
}

/// An enrolled finger at a glance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FingerprintSummary {
    /// Its number on the key.
    pub id: Vec<u8>,
    /// Its name for people.
    pub name: Option<String>,
}

/// A credential at a glance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialSummary {
    /// The credential ID.
    pub id: Vec<u8>,
    /// The relying party.
    pub rp_id: String,
    /// The user handle.
    pub user_id: Vec<u8>,
    /// The account's name.
    pub user_name: Option<String>,
    /// The person's name.
    pub user_display_name: Option<String>,
    /// What it signs with.
    pub algorithm: Algorithm,
    /// Its protection.
    pub cred_protect: CredProtect,
    /// Whether it is for payments too.
    pub third_party_payment: bool,
}

impl State {
    /// Returns what may be shown.
    pub fn summary(&self) -> Summary {
        let credentials = self.credentials.iter().map(|credential| CredentialSummary {
            id: credential.id.0.clone(),
            rp_id: credential.rp_id.clone(),
            user_id: credential.user_id.0.clone(),
            user_name: credential.user_name.clone(),
            user_display_name: credential.user_display_name.clone(),
            algorithm: credential.key_type().algorithm(),
            cred_protect: credential.cred_protect,
            third_party_payment: credential.third_party_payment,
        });
        Summary {
            state_version: STATE_VERSION,
            aaguid: self.aaguid(),
            serial: self.serial.clone(),
            version_line: self.version_line,
            interfaces: self.interfaces,
            personality: self.personality.clone(),
            pin_is_set: self.pin.pin.is_some(),
            pin_retries: self.pin.retries,
            pin_mismatches: self.power.pin_mismatches,
            powered_since: self.power.powered_since(),
            sign_count: self.sign_count,
            attestation_root: self.attestation.root().map(<[u8]>::to_vec),
            sensor: self.fingerprints.as_ref().map(|known| SensorSummary {
                uv_retries: known.uv_retries,
                fingerprints: known
                    .templates
                    .iter()
                    .map(|one| FingerprintSummary { id: one.id.0.clone(), name: one.name.clone() })
                    .collect(),
            }),
            min_pin_length_rp_ids: self.settings.pin_rule_rp_ids().cloned().collect(),
            enterprise_rp_ids: self.enterprise.iter().flat_map(|e| e.rp_ids.clone()).collect(),
            credentials: credentials.collect(),
        }
    }
}
