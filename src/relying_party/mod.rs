//! What a relying party checks: registrations, assertions, attestation (WebAuthn L3 §7).
//!
//! Must never know the client or the authenticator.

pub mod attestation;
mod error;
pub mod signature;

pub use error::{AttestationProblem, Error};
