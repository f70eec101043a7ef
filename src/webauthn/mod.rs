//! W3C structures that authenticators and relying parties share: bytes and JSON (WebAuthn L3).
//!
//! Must never know CTAP commands.

mod app_id;
mod attestation_object;
mod authentication;
mod authenticator_data;
mod base64url;
mod client_data;
mod creation_options;
mod cred_protect;
mod credential_json;
mod descriptor_json;
mod dom_exception;
mod entity;
pub mod extensions;
mod host_name;
mod marked_text;
mod member;
mod options_error;
mod origin;
mod prf;
mod registration;
mod related_origins;
mod request_options;
mod requirement;
mod rp_id;

pub use app_id::{AppIdError, effective_app_id};
pub use attestation_object::AttestationObject;
pub use authentication::{AuthenticationResponseJson, AuthenticatorAssertionResponseJson};
pub use authenticator_data::{
    AttestedCredentialData, AuthenticatorData, AuthenticatorDataError, Flags,
};
pub use base64url::Base64Url;
pub use client_data::{Ceremony, CollectedClientData};
pub use creation_options::{Attachment, AttestationConveyance, CreationOptions, Hint, time_limit};
pub use cred_protect::CredProtect;
pub use credential_json::PublicKeyCredentialJson;
pub use dom_exception::DomException;
pub use entity::{CredentialDescriptor, CredentialParameters, PUBLIC_KEY, RpEntity, UserEntity};
pub use extensions::LargeBlobSupport;
pub use marked_text::unmarked_text;
pub use member::Leniency;
pub use options_error::OptionsError;
pub use origin::{Origin, OriginError};
pub use prf::prf_salt;
pub use registration::{AuthenticatorAttestationResponseJson, RegistrationResponseJson};
pub use related_origins::RelatedOrigins;
pub use request_options::RequestOptions;
pub use requirement::Requirement;
pub use rp_id::{RpIdError, effective_rp_id, is_rp_id};

/// The longest credential ID that WebAuthn allows, in bytes (WebAuthn L3 §4).
pub const MAX_CREDENTIAL_ID_LENGTH: usize = 1023;

/// Returns SHA-256 of an RP ID (WebAuthn L3 §6.1).
pub fn rp_id_hash(rp_id: &str) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    Sha256::digest(rp_id.as_bytes()).into()
}
