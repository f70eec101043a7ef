//! What a relying party checks: registrations, assertions, attestation (WebAuthn L3 §7).
//!
//! Must never know the client or the authenticator.

pub mod attestation;
mod certificate;
mod error;
mod fido_u2f;
mod packed;
pub mod signature;

pub use attestation::{Attestation, AttestationKind};
pub use error::{AttestationProblem, Error};
