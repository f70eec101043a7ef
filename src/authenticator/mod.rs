//! A CTAP 2.1 authenticator in software: the virtual key (CTAP 2.2 §6, §11.2).
//!
//! [`Authenticator`] answers whole messages, [`CtapHidDevice`] speaks CTAPHID in front of it.
//! Time, randomness, touch and storage come in through [`Environment`]. It behaves as a product's
//! firmware would, but it is a test device: [`StateFile`] holds its private keys in clear.
//!
//! Must never know clients or transports.

mod attestation;
mod authenticator_config;
mod bio_enrollment;
mod built_in_uv;
mod client_pin;
mod client_pin_token;
mod credential_blobs;
mod credential_id;
mod credential_index;
mod credential_key;
mod credential_management;
mod ctaphid_device;
mod dispatch;
mod enterprise_attestation;
mod enumeration;
mod environment;
mod extension_outputs;
mod finger;
mod fingerprints;
mod get_assertion;
mod get_info;
mod get_next_assertion;
mod habits;
mod hmac_secret;
mod host_environment;
mod interfaces;
mod large_blob_store;
mod large_blobs;
mod later_parameters;
mod limits;
mod make_credential;
mod misbehaviour;
mod model;
mod persistent;
mod personality;
mod personality_from_info;
mod pin_policy;
mod reset;
mod secret;
mod settings;
mod signature_counter;
mod state;
mod store;
mod store_error;
mod summary;
mod token;
mod touch;
mod u2f;
mod verification;
mod version_line;
mod wire_names;

pub use attestation::AttestationError;

pub use ctaphid_device::CtapHidDevice;
pub use dispatch::{Authenticator, Step};
pub use environment::{Environment, Presence};
pub use finger::{Finger, FingerScript, FingerScriptError, FingerSource};
pub use habits::{Habits, OtherStatus, Refusal, Untouched, WinkHabit};
pub use host_environment::HostEnvironment;
pub use interfaces::Interfaces;
pub use large_blob_store::{LargeBlobOptions, LargeBlobs};
pub use limits::{AAGUID, DEVICE_VERSION, MAX_CAPACITY, MAX_PIN_RETRIES};
pub use model::Model;
pub use personality::{NamedPersonality, Personality, PersonalityError};
pub use settings::FactorySettings;
pub use state::{AttestationMode, CreationOptions, State};
pub use store::{STATE_VERSION, StateFile};
pub use store_error::StoreError;
pub use summary::{CredentialSummary, FingerprintSummary, SensorSummary, Summary};
pub use touch::{Touch, TouchSource};
pub use version_line::VersionLine;
pub use wire_names::{CommandName, StatusName};
