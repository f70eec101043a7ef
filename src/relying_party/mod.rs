//! What a relying party checks: registrations, assertions, attestation (WebAuthn L3 §7).
//!
//! [`registration::verify`] and [`authentication::verify`] go through every check of the standard
//! and report each; [`attestation::verify`] and [`signature::verify`] are the parts that a client
//! needs before it calls something done. Must never know the client or the authenticator.

pub mod attestation;
pub mod authentication;
mod authenticator_data;
mod certificate;
mod client_data;
mod error;
mod expectations;
mod extensions;
mod fido_u2f;
pub mod metadata;
mod packed;
pub mod policy;
pub mod registration;
mod report;
pub mod signature;

pub use attestation::{Attestation, AttestationKind};
pub use client_data::ClientData;
pub use error::{AttestationProblem, Error};
pub use expectations::{Expectations, StoredCredential};
pub use report::{Check, Report, Verdict};
