//! What is known of the thing that is judged, as plain data.

use super::Aaguid;
use crate::cose::Algorithm;
use crate::relying_party::AttestationKind;
use crate::relying_party::metadata::Level;

/// What is judged, and what the metadata say of its model.
#[derive(Clone, Debug)]
pub struct Facts {
    /// What is judged.
    pub subject: Subject,
    /// What is known of the model.
    pub metadata: Lookup,
}

/// What is judged.
#[derive(Clone, Debug)]
pub enum Subject {
    /// A connected key.
    Key(KeyFacts),
    /// A registration.
    Registration(RegistrationFacts),
    /// A model, without a key in hand.
    Model(Aaguid),
}

/// What getInfo says (CTAP 2.2 §6.4): a key itself, or its model's metadata statement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyFacts {
    /// `versions`.
    pub versions: Vec<String>,
    /// `extensions`.
    pub extensions: Vec<String>,
    /// `aaguid`.
    pub aaguid: Aaguid,
    /// `options`.
    pub options: Vec<(String, bool)>,
    /// `algorithms`; absent, a key is taken to know ES256.
    pub algorithms: Option<Vec<Algorithm>>,
    /// `transports`.
    pub transports: Option<Vec<String>>,
    /// `attestationFormats`; absent, a CTAP2 key is taken to make `packed`.
    pub attestation_formats: Option<Vec<String>>,
    /// `minPINLength`; absent, it is 4.
    pub min_pin_length: Option<u64>,
    /// `firmwareVersion`.
    pub firmware_version: Option<u64>,
    /// `remainingDiscoverableCredentials`.
    pub free_slots: Option<u64>,
    /// `pinComplexityPolicy`.
    pub pin_complexity_policy: Option<bool>,
    /// PIN tries left; not of getInfo, a key is asked only if [`super::Policy::needs_pin_retries`].
    pub pin_retries: Option<u64>,
}

impl KeyFacts {
    /// Returns an option: `None` unsupported, `Some(false)` supported but not configured or off.
    pub fn option(&self, name: &str) -> Option<bool> {
        self.options.iter().find_map(|(listed, value)| (listed == name).then_some(*value))
    }
}

/// What a registration says, its signatures verified.
#[derive(Clone, Debug)]
pub struct RegistrationFacts {
    /// The AAGUID in the authenticator data.
    pub aaguid: Aaguid,
    /// The credential's algorithm.
    pub algorithm: Algorithm,
    /// The attestation statement's format.
    pub format: String,
    /// What the statement proves; `None` if it could not be verified here.
    pub attestation: Option<AttestationKind>,
    /// Whether its certificates lead to a root that the metadata list.
    pub chain: Chain,
    /// Flag UV.
    pub user_verified: bool,
    /// Flag BE.
    pub backup_eligible: bool,
    /// Flag BS.
    pub backed_up: bool,
    /// Whether the credential is discoverable, if that is known.
    pub discoverable: Option<bool>,
    /// Whether the attestation names the very key, if that is known.
    pub enterprise_attestation: Option<bool>,
    /// How the key can be reached, if the client told it.
    pub transports: Option<Vec<String>>,
    /// Extensions that were granted.
    pub extensions: Vec<String>,
    /// Output of the extension `minPinLength`.
    pub min_pin_length: Option<u64>,
    /// Output of the extension `pinComplexityPolicy`.
    pub pin_complexity_policy: Option<bool>,
}

/// Whether attestation certificates lead to a root that the model's metadata list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Chain {
    /// Not looked at: no metadata of the model, or no certificates.
    #[default]
    NotChecked,
    /// They do.
    Trusted,
    /// They do not; why.
    Untrusted(String),
}

/// What looking for the model in the metadata came to.
#[derive(Clone, Debug, Default)]
pub enum Lookup {
    /// Nobody has given metadata.
    #[default]
    NotGiven,
    /// The metadata do not list the model.
    NotListed,
    /// Its entry.
    Listed(Box<ModelFacts>),
}

/// What an entry of the metadata says.
#[derive(Clone, Debug, Default)]
pub struct ModelFacts {
    /// The model's name.
    pub description: String,
    /// The highest level of certification; `None` if it is not certified.
    pub certified: Option<Level>,
    /// Status reports that speak against trusting it: revoked, or compromised.
    pub warnings: Vec<String>,
    /// `attestationTypes`.
    pub attestation_types: Vec<String>,
    /// Whether there are `attestationRootCertificates`.
    pub has_roots: bool,
    /// `authenticatorGetInfo`.
    pub get_info: Option<KeyFacts>,
    /// Whether credentials can be on several devices, if the statement tells it.
    pub multi_device: Option<bool>,
}

impl Subject {
    /// Tells whether the AAGUID is more than a claim: of a registration it is one until attestation
    /// certificates have been traced to a root.
    pub(super) fn model_is_sure(&self) -> bool {
        match self {
            Subject::Key(_) | Subject::Model(_) => true,
            Subject::Registration(registration) => registration.chain == Chain::Trusted,
        }
    }

    /// Returns the AAGUID.
    pub fn aaguid(&self) -> Aaguid {
        match self {
            Subject::Key(key) => key.aaguid,
            Subject::Registration(registration) => registration.aaguid,
            Subject::Model(aaguid) => *aaguid,
        }
    }
}
