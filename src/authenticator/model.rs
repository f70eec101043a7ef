//! What a model lacks of its version of CTAP, and how much less it takes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Authenticator;
use super::credential_key::KeyType;
use super::limits::{MAX_CREDENTIAL_COUNT_IN_LIST, MAX_MESSAGE_SIZE};
use super::personality::is_default;
use crate::cose::Algorithm;
use crate::ctap2::{Command, GetInfoResponse};
use crate::pin_uv::PinUvAuthProtocol;
use crate::webauthn::CredentialParameters;

/// The least that a key may take as its largest message (CTAP 2.2 §6.4).
const LEAST_MESSAGE_SIZE: u16 = 1024;

/// How a model differs from what its version has; the default not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Model {
    /// Extensions, options and members of getInfo that it lacks, by the standard's names.
    #[serde(skip_serializing_if = "is_default")]
    pub lacks: Vec<String>,
    /// Largest request in bytes.
    #[serde(skip_serializing_if = "is_default")]
    pub max_msg_size: Option<u16>,
    /// Descriptors in an allow or exclude list.
    #[serde(skip_serializing_if = "is_default")]
    pub max_credential_count_in_list: Option<u16>,
    /// COSE algorithms, best first.
    #[serde(skip_serializing_if = "is_default")]
    pub algorithms: Option<Vec<i64>>,
    /// PIN/UV auth protocols, best first.
    #[serde(skip_serializing_if = "is_default")]
    pub pin_uv_auth_protocols: Option<Vec<u64>>,
    /// How it says that it is connected.
    #[serde(skip_serializing_if = "is_default")]
    pub transports: Option<Vec<String>>,
    /// Its firmware's version.
    #[serde(skip_serializing_if = "is_default")]
    pub firmware_version: Option<u64>,
    /// Its certifications.
    #[serde(skip_serializing_if = "is_default")]
    pub certifications: Option<BTreeMap<String, u64>>,
}

/// Commands that stand or fall with an option.
const COMMANDS: &[(&str, Command)] = &[
    ("credMgmt", Command::CREDENTIAL_MANAGEMENT),
    ("credentialMgmtPreview", Command::CREDENTIAL_MANAGEMENT_PREVIEW),
    ("bioEnroll", Command::BIO_ENROLLMENT),
    ("userVerificationMgmtPreview", Command::BIO_ENROLLMENT_PREVIEW),
    ("largeBlobs", Command::LARGE_BLOBS),
    ("authnrCfg", Command::CONFIG),
];

/// A member of getInfo: its name, and how it is taken out of an answer.
pub(super) type Member = (&'static str, fn(&mut GetInfoResponse));

/// The members that can be lacking.
pub(super) const MEMBERS: &[Member] = &[
    ("extensions", |info| info.extensions = None),
    ("maxMsgSize", |info| info.max_msg_size = None),
    ("pinUvAuthProtocols", |info| info.pin_uv_auth_protocols = None),
    ("maxCredentialCountInList", |info| info.max_credential_count_in_list = None),
    ("maxCredentialIdLength", |info| info.max_credential_id_length = None),
    ("transports", |info| info.transports = None),
    ("algorithms", |info| info.algorithms = None),
    ("maxSerializedLargeBlobArray", |info| info.max_serialized_large_blob_array = None),
    ("forcePINChange", |info| info.force_pin_change = None),
    ("minPINLength", |info| info.min_pin_length = None),
    ("firmwareVersion", |info| info.firmware_version = None),
    ("maxCredBlobLength", |info| info.max_cred_blob_length = None),
    ("maxRPIDsForSetMinPINLength", |info| info.max_rp_ids_for_set_min_pin_length = None),
    ("preferredPlatformUvAttempts", |info| info.preferred_platform_uv_attempts = None),
    ("uvModality", |info| info.uv_modality = None),
    ("remainingDiscoverableCredentials", |info| info.remaining_discoverable_credentials = None),
    ("attestationFormats", |info| info.attestation_formats = None),
    ("uvCountSinceLastPinEntry", |info| info.uv_count_since_last_pin_entry = None),
    ("longTouchForReset", |info| info.long_touch_for_reset = None),
    ("encIdentifier", |info| info.enc_identifier = None),
    ("pinComplexityPolicy", |info| info.pin_complexity_policy = None),
    ("maxPINLength", |info| info.max_pin_length = None),
    ("encCredStoreState", |info| info.enc_cred_store_state = None),
    ("authenticatorConfigCommands", |info| info.authenticator_config_commands = None),
];

impl Model {
    /// Checks what types do not; says what is wrong.
    pub(super) fn check(&self) -> Result<(), String> {
        match (self.max_msg_size, self.max_credential_count_in_list) {
            (Some(size), _)
                if size < LEAST_MESSAGE_SIZE || usize::from(size) > MAX_MESSAGE_SIZE =>
            {
                Err(format!("{size} as max_msg_size, not 1024 to {MAX_MESSAGE_SIZE}"))
            }
            (_, Some(0)) => Err("0 as max_credential_count_in_list".to_owned()),
            _ if self.algorithms.is_some() && self.key_types().next().is_none() => {
                Err("no algorithm that the virtual key has".to_owned())
            }
            _ if self.protocols().is_some_and(|mut known| known.next().is_none()) => {
                Err("no PIN/UV auth protocol that the virtual key has".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// Tells whether it lacks an extension, an option or a member.
    pub(super) fn lacks(&self, name: &str) -> bool {
        self.lacks.iter().any(|lacking| lacking == name)
    }

    /// Tells whether it lacks a command.
    pub(super) fn lacks_command(&self, command: Command) -> bool {
        COMMANDS.iter().any(|(option, of)| *of == command && self.lacks(option))
    }

    pub(super) fn has_protocol(&self, protocol: PinUvAuthProtocol) -> bool {
        self.pin_uv_auth_protocols.as_ref().is_none_or(|listed| listed.contains(&protocol.id()))
    }

    fn protocols(&self) -> Option<impl Iterator<Item = PinUvAuthProtocol>> {
        let listed = self.pin_uv_auth_protocols.as_ref()?;
        Some(listed.iter().filter_map(|id| PinUvAuthProtocol::from_id(*id)))
    }

    /// Returns what it signs with, best first.
    pub(super) fn key_types(&self) -> impl Iterator<Item = KeyType> {
        let listed = |key: &KeyType| {
            let number = key.algorithm().0;
            self.algorithms.as_ref().is_none_or(|listed| listed.contains(&number))
        };
        KeyType::ALL.into_iter().filter(listed)
    }

    /// Finds the key type for an algorithm that it has.
    pub(super) fn key_type(&self, algorithm: Algorithm) -> Option<KeyType> {
        self.key_types().find(|key| key.algorithm() == algorithm)
    }

    pub(super) fn max_credential_count_in_list(&self) -> usize {
        self.max_credential_count_in_list.map_or(MAX_CREDENTIAL_COUNT_IN_LIST, usize::from)
    }

    /// Makes getInfo's answer that of this model.
    pub(super) fn describe(&self, info: &mut GetInfoResponse) {
        let number = |n: usize| u64::try_from(n).ok();
        // Only what its version has is there to be replaced.
        let both = |listed: &mut Option<u64>, ours: Option<u64>| *listed = listed.and(ours);
        both(&mut info.max_credential_count_in_list, number(self.max_credential_count_in_list()));
        if let Some(size) = self.max_msg_size {
            info.max_msg_size = Some(size.into());
        }
        if info.algorithms.is_some() {
            let algorithms = self.key_types().map(|key| CredentialParameters::new(key.algorithm()));
            info.algorithms = Some(algorithms.collect());
        }
        if let (Some(listed), Some(ours)) =
            (&mut info.pin_uv_auth_protocols, &self.pin_uv_auth_protocols)
        {
            listed.retain(|id| ours.contains(id));
            listed.sort_by_key(|id| ours.iter().position(|other| other == id));
        }
        if let (Some(listed), Some(ours)) = (&mut info.transports, &self.transports) {
            listed.clone_from(ours);
        }
        if let (Some(listed), Some(ours)) = (&mut info.firmware_version, self.firmware_version) {
            *listed = ours;
        }
        if let Some(certifications) = &self.certifications {
            let named = certifications.iter().map(|(name, level)| (name.clone(), *level));
            info.certifications = Some(named.collect());
        }
        self.leave_out(info);
    }

    fn leave_out(&self, info: &mut GetInfoResponse) {
        if let Some(extensions) = &mut info.extensions {
            extensions.retain(|listed| !self.lacks(listed));
        }
        if let Some(options) = info.options.take() {
            let kept = options.iter().filter(|(name, _)| !self.lacks(name));
            info.options = Some(kept.map(|(name, value)| (name.to_owned(), *value)).collect());
        }
        for (_, leave_out) in MEMBERS.iter().filter(|(name, _)| self.lacks(name)) {
            leave_out(info);
        }
    }
}

impl Authenticator {
    /// Returns the largest request in bytes.
    pub(super) fn max_msg_size(&self) -> usize {
        self.state.model.max_msg_size.map_or(MAX_MESSAGE_SIZE, usize::from)
    }
}
