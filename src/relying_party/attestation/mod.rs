//! Attestation statements: which format, and what was found (WebAuthn L3 §6.5, §8).
//!
//! [`verify`] looks at the statement alone; whether its certificates lead to a root is another
//! question, for [`super::trust`].

mod android_key;
mod apple;
mod compound;
mod fido_u2f;
mod packed;
mod packed_certificate;
mod statement;
mod tpm;
mod tpm_certificate;
mod tpm_structures;

pub use statement::{Attestation, AttestationKind, verify, verify_with};
