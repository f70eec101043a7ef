//! Personalities: what a new key is to be like, as a file that people can copy and edit.

use serde::{Deserialize, Serialize};

use super::habits::Habits;
use super::model::Model;
use super::{
    AttestationMode, CreationOptions, FactorySettings, Interfaces, LargeBlobOptions, LargeBlobs,
    MAX_CAPACITY, VersionLine,
};

/// What the file says of itself.
const SCHEMA: &str = "fidoctl.personality/1";

/// What a new key is to be like. What a file leaves out is as it is in any new key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Personality {
    /// `fidoctl.personality/1`.
    pub schema: String,
    /// What it stands for, for people.
    pub about: String,
    /// The version of CTAP.
    pub ctap: VersionLine,
    /// Which protocols it speaks.
    pub protocols: Interfaces,
    /// The model's AAGUID, as a UUID.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aaguid: Option<String>,
    /// The serial number, if all keys have the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// Attest with the credential's own key.
    #[serde(skip_serializing_if = "is_default")]
    pub self_attestation: bool,
    /// Room for discoverable credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capacity: Option<u32>,
    /// Where large blobs live.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub large_blobs: Option<LargeBlobs>,
    /// Room for large blobs in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub large_blob_size: Option<u32>,
    /// A fingerprint sensor.
    #[serde(skip_serializing_if = "is_default")]
    pub fingerprint: bool,
    /// Whether it has enterprise attestation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enterprise_attestation: Option<bool>,
    /// Relying parties that get an enterprise attestation without the platform's word.
    #[serde(skip_serializing_if = "is_default")]
    pub enterprise_rp_ids: Vec<String>,
    /// Settings before anybody changes them, and after a reset.
    #[serde(skip_serializing_if = "is_default")]
    pub settings: FactorySettings,
    /// How the model differs from what its version has.
    #[serde(skip_serializing_if = "is_default")]
    pub model: Model,
    /// How it misbehaves.
    #[serde(skip_serializing_if = "is_default")]
    pub habits: Habits,
    /// What of a real key could not be taken over.
    #[serde(skip_serializing_if = "is_default")]
    pub left_out: Vec<String>,
}

/// Tells what a file may leave out.
pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Why a text is no personality.
#[derive(Debug, thiserror::Error)]
pub enum PersonalityError {
    /// It is no JSON, or not of this shape.
    #[error("it cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// It says something that no virtual key can be.
    #[error("it asks for {0}")]
    Value(String),
    /// It is of another kind, or of a later version.
    #[error("its schema is {found:?}, not {SCHEMA:?}")]
    Schema {
        /// What it says.
        found: String,
    },
}

/// A personality that comes along.
#[derive(Clone, Copy, Debug)]
pub struct NamedPersonality {
    /// What it is called.
    pub name: &'static str,
    /// The file as it is.
    pub text: &'static str,
}

macro_rules! personalities {
    ($($name:literal)+) => {
        &[$(NamedPersonality {
            name: $name,
            text: include_str!(concat!("personalities/", $name, ".json")),
        }),+]
    };
}

impl NamedPersonality {
    /// All of them, by name.
    pub const ALL: &[NamedPersonality] = personalities! {
        "atkey-card"
        "atkey-pro"
        "bio"
        "canokey"
        "ctap-2.0"
        "ctap-2.1"
        "ctap-2.1-pre"
        "ctap-2.2"
        "ctap-2.3"
        "enterprise"
        "excelsecu"
        "feitian-biopass"
        "feitian-epass"
        "fido2-applet"
        "garbled-init"
        "google-titan-v2"
        "hyperfido"
        "keyvault"
        "ledger"
        "mirkey"
        "nitrokey-3"
        "nitrokey-fido2-1.1"
        "nitrokey-fido2-2.3"
        "onlykey"
        "opensk"
        "pico-fido"
        "proxy"
        "security-key-by-yubico"
        "solo-1"
        "solo-2"
        "thinc"
        "token2-pin-plus"
        "token2-t2f2"
        "token2-t2f2-nfc-dual"
        "trezor"
        "trustkey-t110"
        "u2f"
        "yubikey-4"
        "yubikey-4-fips"
        "yubikey-5.1"
        "yubikey-5.2"
        "yubikey-5.5"
        "yubikey-5.7"
        "yubikey-bio"
    };

    /// Finds one.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|one| one.name == name).copied()
    }

    /// Reads it.
    pub fn read(self) -> Result<Personality, PersonalityError> {
        Personality::from_json(self.text)
    }
}

impl Personality {
    /// Reads a personality's file.
    pub fn from_json(text: &str) -> Result<Self, PersonalityError> {
        #[derive(Deserialize)]
        struct Header {
            #[serde(default)]
            schema: String,
        }
        let Header { schema: found } = serde_json::from_str(text)?;
        if found != SCHEMA {
            return Err(PersonalityError::Schema { found });
        }
        let this: Personality = serde_json::from_str(text)?;
        this.check().map_err(PersonalityError::Value)?;
        Ok(this)
    }

    /// Makes an empty one, like any new key.
    pub(super) fn new(about: String) -> Self {
        Personality { schema: SCHEMA.to_owned(), about, ..Personality::default() }
    }

    fn check(&self) -> Result<(), String> {
        if self.aaguid.is_some() && self.aaguid().is_none() {
            return Err("an AAGUID that is no UUID".to_owned());
        }
        if self.capacity.is_some_and(|capacity| !(1..=MAX_CAPACITY).contains(&capacity)) {
            return Err(format!("room for no or more than {MAX_CAPACITY} credentials"));
        }
        self.settings.check()?;
        self.model.check()
    }

    fn aaguid(&self) -> Option<[u8; 16]> {
        let digits = self.aaguid.as_ref()?.replace('-', "").to_lowercase();
        data_encoding::HEXLOWER.decode(digits.as_bytes()).ok()?.try_into().ok()
    }

    /// Returns what a new key is made with to be like this; `name` is what it will say it is like.
    pub fn options(&self, name: Option<&str>) -> CreationOptions {
        let usual = LargeBlobOptions::default();
        CreationOptions {
            aaguid: self.aaguid(),
            serial: self.serial.clone(),
            attestation: match self.self_attestation {
                true => AttestationMode::SelfAttestation,
                false => AttestationMode::Batch,
            },
            large_blobs: LargeBlobOptions {
                way: self.large_blobs.unwrap_or(usual.way),
                capacity: self.large_blob_size.unwrap_or(usual.capacity),
            },
            capacity: self.capacity,
            version_line: self.ctap,
            fingerprint: self.fingerprint,
            interfaces: self.protocols,
            no_enterprise_attestation: self.enterprise_attestation == Some(false),
            enterprise_rp_ids: self.enterprise_rp_ids.clone(),
            settings: self.settings.clone(),
            model: self.model.clone(),
            habits: self.habits.clone(),
            personality: name.map(str::to_owned),
        }
    }
}
