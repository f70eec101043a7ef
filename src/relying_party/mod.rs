//! What a relying party checks: registrations, assertions, attestation (WebAuthn L3 §7).
//!
//! [`registration::verify`] and [`authentication::verify`] go through every check of the standard
//! and report each; [`attestation::verify`] and [`signature::verify`] are the parts that a client
//! needs before it calls something done. Must never know the client or the authenticator.

pub mod attestation;
mod attestation_checks;
pub mod authentication;
mod authenticator_data;
mod client_data;
mod error;
mod expectations;
mod extensions;
pub mod metadata;
pub mod policy;
mod public_key;
pub mod registration;
mod report;
mod rsa_key;
pub mod signature;
pub mod trust;

pub use attestation::{Attestation, AttestationKind};
pub use client_data::ClientData;
pub use error::{AttestationProblem, Error};
pub use expectations::{Expectations, StoredCredential, Trust};
pub use report::{Check, Report, Verdict};
