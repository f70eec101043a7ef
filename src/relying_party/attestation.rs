//! Attestation statements: which format, and what was found (WebAuthn L3 §6.5, §8).

use super::{AttestationProblem, Error, fido_u2f, packed};
use crate::cbor::Value;
use crate::cose::Algorithm;
use crate::webauthn::{AttestationObject, AuthenticatorData};

/// What a statement proves, before anybody has asked whether its certificates can be trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attestation {
    /// The type of attestation.
    pub kind: AttestationKind,
    /// DER certificates, the one that signed first; empty without any.
    pub certificates: Vec<Vec<u8>>,
}

/// Types of attestation (WebAuthn L3 §6.5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttestationKind {
    /// Nothing is attested.
    None,
    /// Signed by the credential itself: it proves possession, not origin.
    SelfAttestation,
    /// Signed by an attestation key; Basic, AttCA and AnonCA look alike.
    Basic,
}

/// A statement and what it is about.
pub(super) struct Statement<'a> {
    pub(super) members: &'a Value,
    pub(super) encoded_authenticator_data: &'a [u8],
    pub(super) authenticator_data: &'a AuthenticatorData,
    pub(super) client_data_hash: &'a [u8; 32],
}

/// Why a format's verification fails.
pub(super) enum Refusal {
    /// The statement is wrong.
    Problem(AttestationProblem),
    /// The algorithm is not known here.
    UnsupportedAlgorithm(Algorithm),
}

/// Verifies the attestation statement of `object`; `data` are its authenticator data, read.
///
/// Formats: `none`, `packed`, `fido-u2f`; any other is [`AttestationProblem::UnknownFormat`].
/// Certificates are not traced to a root, and their dates are not looked at.
pub fn verify(
    object: &AttestationObject,
    data: &AuthenticatorData,
    client_data_hash: &[u8; 32],
) -> Result<Attestation, Error> {
    let statement = Statement {
        members: &object.statement,
        encoded_authenticator_data: &object.authenticator_data,
        authenticator_data: data,
        client_data_hash,
    };
    let outcome = match object.format.as_str() {
        "none" => verify_none(&statement),
        "packed" => packed::verify(&statement),
        "fido-u2f" => fido_u2f::verify(&statement),
        _ => Err(AttestationProblem::UnknownFormat.into()),
    };
    outcome.map_err(|refusal| match refusal {
        Refusal::Problem(problem) => Error::Attestation { format: object.format.clone(), problem },
        Refusal::UnsupportedAlgorithm(algorithm) => Error::UnsupportedAlgorithm(algorithm),
    })
}

/// WebAuthn L3 §8.7.
fn verify_none(statement: &Statement<'_>) -> Result<Attestation, Refusal> {
    match statement.members {
        Value::Map(members) if members.is_empty() => {
            Ok(Attestation { kind: AttestationKind::None, certificates: Vec::new() })
        }
        _ => Err(AttestationProblem::NotEmpty.into()),
    }
}

impl<'a> Statement<'a> {
    /// Returns `sig`.
    pub(super) fn signature(&self) -> Result<&'a [u8], AttestationProblem> {
        let signature = self.members.get("sig").and_then(Value::as_bytes);
        signature.ok_or(AttestationProblem::Member("sig"))
    }

    /// Returns `x5c`: at least one certificate, the signer's first; `None` without the member.
    pub(super) fn certificates(&self) -> Result<Option<Vec<&'a [u8]>>, AttestationProblem> {
        let Some(chain) = self.members.get("x5c") else {
            return Ok(None);
        };
        let chain: Option<Vec<_>> =
            chain.as_array().and_then(|chain| chain.iter().map(Value::as_bytes).collect());
        match chain {
            Some(chain) if !chain.is_empty() => Ok(Some(chain)),
            _ => Err(AttestationProblem::Member("x5c")),
        }
    }

    /// Returns authenticator data and client data hash, which packed statements sign.
    pub(super) fn signed_bytes(&self) -> Vec<u8> {
        [self.encoded_authenticator_data, self.client_data_hash].concat()
    }
}

impl Attestation {
    pub(super) fn basic(certificates: &[&[u8]]) -> Self {
        Attestation {
            kind: AttestationKind::Basic,
            certificates: certificates.iter().map(|der| der.to_vec()).collect(),
        }
    }
}

impl From<AttestationProblem> for Refusal {
    fn from(problem: AttestationProblem) -> Self {
        Refusal::Problem(problem)
    }
}

impl Refusal {
    /// Says of an attestation what was said of a signature.
    pub(super) fn of_signature(error: Error) -> Self {
        match error {
            Error::UnsupportedAlgorithm(algorithm) => Refusal::UnsupportedAlgorithm(algorithm),
            Error::PublicKey(algorithm) => AttestationProblem::Algorithm(algorithm).into(),
            _ => AttestationProblem::Signature.into(),
        }
    }
}
