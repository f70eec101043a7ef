//! The attestation object (WebAuthn L3 §6.5.4).

use crate::cbor::{self, ByteVec, Strictness, Value, text_map};

text_map! {
    /// Format, statement and authenticator data.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct AttestationObject {
        /// The attestation statement format's name.
        "fmt" => format: String,
        /// The statement: a map in every format but `compound`.
        "attStmt" => statement: Value,
        /// The authenticator data, as signed.
        "authData" => authenticator_data: ByteVec,
    }
}

impl AttestationObject {
    /// Encodes the object.
    pub fn to_vec(&self) -> Vec<u8> {
        cbor::to_vec(self)
    }

    /// Decodes an object; key order and shortest lengths are forgiven, as relying parties do.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, cbor::Error> {
        cbor::from_slice_with(bytes, Strictness::Tolerant, cbor::ATTESTATION_NESTING)
    }
}
