//! Attestation statements: stands in until the checks are there.

use super::{AttestationProblem, Error};
use crate::webauthn::{AttestationObject, AuthenticatorData};

/// What an attestation statement proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attestation;

/// Checks a statement.
pub fn verify(
    object: &AttestationObject,
    _data: &AuthenticatorData,
    _client_data_hash: &[u8; 32],
) -> Result<Attestation, Error> {
    match object.format.as_str() {
        "none" => Ok(Attestation),
        format => Err(Error::Attestation {
            format: format.to_owned(),
            problem: AttestationProblem::UnknownFormat,
        }),
    }
}
