//! The platform's side of CTAP2, and of U2F for keys that speak nothing else: what a client does with a key, and what it checks.
//!
//! Talks to people only through [`interaction::UserInteraction`]. Must never know the terminal,
//! hidapi or the authenticator.

mod answer;
mod app_id;
pub mod attestation_wishes;
pub mod authenticate;
pub mod authenticate_blobs;
pub mod config;
mod creation_extensions;
mod creation_payment;
mod creation_protection;
mod creation_secrets;
mod credential_list;
pub mod credentials;
mod error;
pub mod fingerprints;
pub mod hmac_secret;
pub mod interaction;
mod kept;
mod key_agreement;
pub mod key_facts;
pub mod large_blob_array;
pub mod large_blob_garbage;
mod names;
pub mod pin;
pub mod pin_rules;
mod pin_tries;
mod protocol;
pub mod quirks;
mod refusal;
pub mod register;
pub mod register_blobs;
pub mod reset;
mod salts_by_credential;
pub mod select;
mod session;
mod shortfall;
mod token;
mod u2f;
mod verification;
mod watch;

pub use error::{Error, Unsupported};
pub use protocol::Protocol;
pub use session::{Limits, Session};
pub use shortfall::Shortfall;

pub use crate::webauthn::Requirement;

/// How the person was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verification {
    /// Not at all.
    None,
    /// With the PIN.
    Pin,
    /// By the key itself: fingerprint or the like.
    BuiltIn,
}
