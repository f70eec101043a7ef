//! What a relying party checks: registrations, assertions, attestation (WebAuthn L3 §7).
//!
//! Must never know the client or the authenticator.

mod error;

pub use error::{AttestationProblem, Error};
