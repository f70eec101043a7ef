//! X.509 certificates and their chains, as attestation and metadata use them (RFC 5280).
//!
//! [`Certificate`] is lenient about what nobody looks at; [`verify_chain`] is strict.

mod certificate;
mod certificate_signature;
mod chain;
mod der_items;
mod validity;

pub use certificate::Certificate;
pub use chain::{CertificateProblem, ChainError, LONGEST_CHAIN, verify as verify_chain};

pub(super) use certificate::{Role, read_attributes};
pub(super) use der_items::{context_specific, items, members, octets, only_item};
