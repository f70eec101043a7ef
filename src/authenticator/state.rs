//! What a key remembers: its identity, the PIN, the credentials, and what lasts until it is unplugged.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::attestation::{Attestation, AttestationError, Root};
use super::credential_blobs::CredentialBlobs;
use super::credential_id::WrappingKeys;
use super::credential_key::{CredentialKey, KeyType};
use super::enterprise_attestation::EnterpriseAttestation;
use super::fingerprints::Fingerprints;
use super::habits::Habits;
use super::interfaces::Interfaces;
use super::large_blob_store::{LargeBlobOptions, LargeBlobStore};
use super::limits::{AAGUID, DEFAULT_CAPACITY, MAX_CAPACITY, MAX_PIN_RETRIES};
use super::model::Model;
use super::persistent::PersistentState;
use super::secret::Secret;
use super::settings::{FactorySettings, Settings};
use super::version_line::VersionLine;
use crate::cose::CoseKey;
use crate::ctap2::extensions::CredProtect;
use crate::pin_uv::{Random, random_bytes};
use crate::webauthn::{Base64Url, rp_id_hash};

/// How a new key attests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AttestationMode {
    /// `packed` with a batch certificate under a root made with the key.
    #[default]
    Batch,
    /// `packed` with the credential's own key.
    SelfAttestation,
}

/// What may be chosen of a new key.
#[derive(Clone, Debug, Default)]
pub struct CreationOptions {
    /// The model; [`AAGUID`] if left open.
    pub aaguid: Option<[u8; 16]>,
    /// The serial number; a random one if left open.
    pub serial: Option<String>,
    /// How the key attests.
    pub attestation: AttestationMode,
    /// Where large blobs live, and the room for them.
    pub large_blobs: LargeBlobOptions,
    /// Room for discoverable credentials, [`MAX_CAPACITY`] at most.
    pub capacity: Option<u32>,
    /// The version of CTAP that the key behaves as.
    pub version_line: VersionLine,
    /// Build in a fingerprint sensor; CTAP 2.0 cannot manage one, so there a finger is enrolled.
    pub fingerprint: bool,
    /// Which protocols the key speaks.
    pub interfaces: Interfaces,
    /// Leave out enterprise attestation.
    pub no_enterprise_attestation: bool,
    /// Relying parties that get an enterprise attestation without the platform's word.
    pub enterprise_rp_ids: Vec<String>,
    /// Settings before anybody changes them, and after a reset.
    pub settings: FactorySettings,
    /// How the model differs from what its version has.
    pub model: Model,
    /// How it misbehaves.
    pub habits: Habits,
    /// The name of the personality that all this is, if it is one.
    pub personality: Option<String>,
}

/// Everything that outlives a process. Private keys are in clear, in memory and in the file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    pub(super) aaguid: Base64Url,
    pub(super) serial: String,
    pub(super) attestation: Attestation,
    #[serde(default)]
    pub(super) version_line: VersionLine,
    pub(super) interfaces: Interfaces,
    #[serde(default)]
    pub(super) model: Model,
    #[serde(default)]
    pub(super) habits: Habits,
    #[serde(default)]
    pub(super) personality: Option<String>,
    pub(super) pin: PinState,
    pub(super) power: PowerState,
    /// One counter for all credentials: no greater value has been given out.
    pub(super) sign_count: u32,
    pub(super) wrapping_keys: WrappingKeys,
    /// Room for discoverable credentials.
    #[serde(default = "default_capacity")]
    pub(super) capacity: u32,
    #[serde(default)]
    pub(super) persistent: PersistentState,
    /// What the fingerprint sensor knows; keys without one have none.
    #[serde(default)]
    pub(super) fingerprints: Option<Fingerprints>,
    /// Files older than enterprise attestation have none.
    #[serde(default)]
    pub(super) enterprise: Option<EnterpriseAttestation>,
    #[serde(default)]
    pub(super) settings: Settings,
    /// Oldest first.
    pub(super) credentials: Vec<DiscoverableCredential>,
    #[serde(default)]
    pub(super) large_blobs: LargeBlobStore,
}

fn default_capacity() -> u32 {
    DEFAULT_CAPACITY
}

/// The PIN and what guards it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PinState {
    pub(super) pin: Option<StoredPin>,
    pub(super) retries: u8,
    pub(super) min_length: u8,
    pub(super) force_change: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredPin {
    /// LEFT(SHA-256(PIN), 16).
    pub(super) hash: Secret<16>,
    /// Length in code points.
    pub(super) length: u8,
}

/// What a power cycle puts back. Stored, as a key stays plugged in from one process to the next.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PowerState {
    /// Milliseconds since the Unix epoch.
    pub(super) powered_since: u64,
    pub(super) pin_mismatches: u8,
}

/// A credential that can be found without its ID.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DiscoverableCredential {
    pub(super) id: Base64Url,
    pub(super) rp_id: String,
    pub(super) rp_name: Option<String>,
    pub(super) user_id: Base64Url,
    pub(super) user_name: Option<String>,
    pub(super) user_display_name: Option<String>,
    pub(super) key: CredentialKey,
    #[serde(with = "cred_protect_level")]
    pub(super) cred_protect: CredProtect,
    pub(super) cred_random_with_uv: Secret<32>,
    pub(super) cred_random_without_uv: Secret<32>,
    #[serde(default)]
    pub(super) third_party_payment: bool,
    pub(super) blobs: CredentialBlobs,
}

impl State {
    /// Makes a new key, powered up at `now` (since the Unix epoch).
    pub fn create(
        options: &CreationOptions,
        random: &mut dyn Random,
        now: Duration,
    ) -> Result<Self, AttestationError> {
        let aaguid = options.aaguid.unwrap_or(AAGUID);
        let serial = match &options.serial {
            Some(serial) => serial.clone(),
            None => data_encoding::HEXUPPER.encode(&random_bytes::<4>(random)?),
        };
        let root = Root::new(random, now)?;
        let attestation = match options.attestation {
            AttestationMode::Batch => root.certify(&aaguid, None, random)?,
            AttestationMode::SelfAttestation => Attestation::SelfAttestation,
        };
        let enterprise = if options.no_enterprise_attestation {
            None
        } else {
            Some(EnterpriseAttestation {
                attestation: root.certify(&aaguid, Some(&serial), random)?,
                rp_ids: options.enterprise_rp_ids.clone(),
            })
        };
        Ok(State {
            aaguid: Base64Url(aaguid.to_vec()),
            serial,
            attestation,
            version_line: options.version_line,
            interfaces: options.interfaces,
            model: options.model.clone(),
            habits: options.habits.clone(),
            personality: options.personality.clone(),
            pin: PinState::new(&options.settings),
            power: PowerState::new(now),
            sign_count: 0,
            wrapping_keys: WrappingKeys::generate(random)?,
            capacity: options.capacity.unwrap_or(DEFAULT_CAPACITY).min(MAX_CAPACITY),
            persistent: PersistentState::default(),
            fingerprints: options.fingerprint.then(|| Fingerprints::new(options.version_line)),
            enterprise,
            settings: Settings::new(options.settings.clone()),
            credentials: Vec::new(),
            large_blobs: LargeBlobStore::new(&options.large_blobs),
        })
    }

    /// Returns the version of CTAP that the key behaves as.
    pub fn line(&self) -> VersionLine {
        self.version_line
    }

    /// Starts over as if unplugged and plugged in at `now`.
    pub fn power_cycle(&mut self, now: Duration) {
        self.power = PowerState::new(now);
    }

    /// Checks what types do not; says what is wrong.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.aaguid.0.len() != 16 {
            return Err(format!("an AAGUID of {} bytes", self.aaguid.0.len()));
        }
        if self.pin.retries > MAX_PIN_RETRIES {
            return Err(format!("{} PIN retries", self.pin.retries));
        }
        if self.capacity > MAX_CAPACITY {
            return Err(format!("room for {} credentials", self.capacity));
        }
        if self.credentials.len() > self.capacity() {
            return Err(format!("{} credentials", self.credentials.len()));
        }
        self.fingerprints.iter().try_for_each(Fingerprints::check)?;
        self.large_blobs.check()?;
        self.model.check()?;
        self.settings.check()
    }

    fn capacity(&self) -> usize {
        usize::try_from(self.capacity).unwrap_or(usize::MAX)
    }

    /// Returns how many more discoverable credentials there is room for.
    pub(super) fn free_slots(&self) -> usize {
        self.capacity().saturating_sub(self.credentials.len())
    }

    pub(super) fn aaguid(&self) -> [u8; 16] {
        self.aaguid.0.as_slice().try_into().unwrap_or_default()
    }

    /// Returns the credential with this ID, if this key made it for this RP.
    pub(super) fn find(&self, rp_id: &str, id: &[u8]) -> Option<Credential> {
        let stored = self.credentials.iter().find(|c| c.rp_id == rp_id && c.id.0 == id);
        if let Some(stored) = stored {
            return Some(stored.to_credential());
        }
        let unwrapped = self.wrapping_keys.unwrap(id, &rp_id_hash(rp_id))?;
        Some(Credential {
            id: id.to_vec(),
            cred_random_with_uv: self.wrapping_keys.cred_random(id, true)?,
            cred_random_without_uv: self.wrapping_keys.cred_random(id, false)?,
            key: unwrapped.key,
            cred_protect: unwrapped.traits.cred_protect,
            third_party_payment: unwrapped.traits.third_party_payment,
            blobs: CredentialBlobs::default(),
            user: None,
        })
    }

    /// Returns an RP's discoverable credentials, newest first.
    pub(super) fn discover(&self, rp_id: &str) -> Vec<Credential> {
        let of_rp = self.credentials.iter().rev().filter(|c| c.rp_id == rp_id);
        of_rp.map(DiscoverableCredential::to_credential).collect()
    }
}

impl PinState {
    pub(super) fn new(factory: &FactorySettings) -> Self {
        PinState {
            pin: None,
            retries: MAX_PIN_RETRIES,
            min_length: factory.min_pin_length,
            force_change: false,
        }
    }
}

impl PowerState {
    pub(super) fn new(now: Duration) -> Self {
        let powered_since = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
        PowerState { powered_since, pin_mismatches: 0 }
    }

    pub(super) fn powered_since(&self) -> Duration {
        Duration::from_millis(self.powered_since)
    }
}

/// A credential ready for use, wherever it came from.
pub(super) struct Credential {
    pub(super) id: Vec<u8>,
    pub(super) key: CredentialKey,
    pub(super) cred_protect: CredProtect,
    pub(super) cred_random_with_uv: Secret<32>,
    pub(super) cred_random_without_uv: Secret<32>,
    pub(super) third_party_payment: bool,
    pub(super) blobs: CredentialBlobs,
    /// For discoverable credentials.
    pub(super) user: Option<StoredUser>,
}

/// The account of a discoverable credential.
pub(super) struct StoredUser {
    pub(super) id: Vec<u8>,
    pub(super) name: Option<String>,
    pub(super) display_name: Option<String>,
}

impl DiscoverableCredential {
    fn to_credential(&self) -> Credential {
        Credential {
            id: self.id.0.clone(),
            key: self.key.clone(),
            cred_protect: self.cred_protect,
            cred_random_with_uv: self.cred_random_with_uv.clone(),
            cred_random_without_uv: self.cred_random_without_uv.clone(),
            third_party_payment: self.third_party_payment,
            blobs: self.blobs.clone(),
            user: Some(StoredUser {
                id: self.user_id.0.clone(),
                name: self.user_name.clone(),
                display_name: self.user_display_name.clone(),
            }),
        }
    }

    pub(super) fn key_type(&self) -> KeyType {
        self.key.key_type()
    }

    pub(super) fn public_key(&self) -> CoseKey {
        self.key.public_key()
    }
}

/// The level as its number on the wire.
mod cred_protect_level {
    use serde::de::{Deserialize, Deserializer, Error};
    use serde::ser::Serializer;

    use crate::ctap2::extensions::CredProtect;

    pub(super) fn serialize<S: Serializer>(level: &CredProtect, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_u64(level.level())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<CredProtect, D::Error> {
        CredProtect::from_level(u64::deserialize(d)?)
            .ok_or_else(|| D::Error::custom("a credProtect level from 1 to 3 wanted"))
    }
}
