//! What a relying party checks: registrations, assertions, attestation (WebAuthn L3 §7).
//!
//! Must never know the client or the authenticator.

/// Why something is not genuine.
#[derive(Debug, thiserror::Error)]
#[error("stub")]
pub struct Error;
