//! A statement and what it is about, and who checks it.

use super::{android_key, apple, compound, fido_u2f, packed, tpm};
use crate::cbor::Value;
use crate::cose::Algorithm;
use crate::relying_party::signature::Sha1;
use crate::relying_party::trust::Certificate;
use crate::relying_party::{AttestationProblem, Error};
use crate::webauthn::{AttestationObject, AttestedCredentialData, AuthenticatorData};

/// What a statement proves, before anybody has asked whether its certificates can be trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attestation {
    /// The format's name.
    pub format: String,
    /// The type of attestation; of a compound statement the strongest in it.
    pub kind: AttestationKind,
    /// DER certificates, the one that signed first; empty without any, and in a compound
    /// statement, whose parts have their own.
    pub certificates: Vec<Vec<u8>>,
    /// What a compound statement consists of.
    pub parts: Vec<Attestation>,
}

/// Types of attestation (WebAuthn L3 §6.5.3), from weak to strong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AttestationKind {
    /// Nothing is attested.
    None,
    /// Signed by the credential itself: it proves possession, not origin.
    SelfAttestation,
    /// Signed by an attestation key; Basic, AttCA and AnonCA look alike.
    Basic,
}

/// A statement and what it is about.
#[derive(Clone, Copy)]
pub(super) struct Statement<'a> {
    pub(super) format: &'a str,
    pub(super) members: &'a Value,
    pub(super) encoded_authenticator_data: &'a [u8],
    pub(super) authenticator_data: &'a AuthenticatorData,
    pub(super) client_data_hash: &'a [u8; 32],
    pub(super) sha1: Sha1,
}

/// Why a format's verification fails.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The statement is wrong.
    Problem(AttestationProblem),
    /// The algorithm is not known here.
    UnsupportedAlgorithm(Algorithm),
}

/// Verifies the attestation statement of `object`; `data` are its authenticator data, read.
///
/// Formats: `none`, `packed`, `fido-u2f`, `tpm`, `android-key`, `apple` and `compound`;
/// `android-safetynet` is [`AttestationProblem::Withdrawn`], any other
/// [`AttestationProblem::UnknownFormat`]. Certificates are not traced to a root, and their dates
/// are not looked at.
pub fn verify(
    object: &AttestationObject,
    data: &AuthenticatorData,
    client_data_hash: &[u8; 32],
) -> Result<Attestation, Error> {
    verify_with(object, data, client_data_hash, Sha1::Refused)
}

/// Verifies as [`verify`] does; a TPM may have used SHA-1 if that is allowed.
pub fn verify_with(
    object: &AttestationObject,
    data: &AuthenticatorData,
    client_data_hash: &[u8; 32],
    sha1: Sha1,
) -> Result<Attestation, Error> {
    let statement = Statement {
        format: &object.format,
        members: &object.statement,
        encoded_authenticator_data: &object.authenticator_data,
        authenticator_data: data,
        client_data_hash,
        sha1,
    };
    statement.verify().map_err(|refusal| match refusal {
        Refusal::Problem(problem) => Error::Attestation { format: object.format.clone(), problem },
        Refusal::UnsupportedAlgorithm(algorithm) => Error::UnsupportedAlgorithm(algorithm),
    })
}

impl<'a> Statement<'a> {
    pub(super) fn verify(&self) -> Result<Attestation, Refusal> {
        match self.format {
            "compound" => compound::verify(self),
            _ => self.verify_single(),
        }
    }

    /// Verifies a statement that is not made of others.
    pub(super) fn verify_single(&self) -> Result<Attestation, Refusal> {
        match self.format {
            "none" => self.verify_none(),
            "packed" => packed::verify(self),
            "fido-u2f" => fido_u2f::verify(self),
            "tpm" => tpm::verify(self),
            "android-key" => android_key::verify(self),
            "apple" => apple::verify(self),
            "android-safetynet" => Err(AttestationProblem::Withdrawn.into()),
            _ => Err(AttestationProblem::UnknownFormat.into()),
        }
    }

    /// WebAuthn L3 §8.7.
    fn verify_none(&self) -> Result<Attestation, Refusal> {
        match self.members {
            Value::Map(members) if members.is_empty() => {
                Ok(self.proves(AttestationKind::None, &[]))
            }
            _ => Err(AttestationProblem::NotEmpty.into()),
        }
    }

    /// Returns `alg`.
    pub(super) fn algorithm(&self) -> Result<Algorithm, AttestationProblem> {
        let algorithm = self.members.get("alg").and_then(Value::as_i64);
        algorithm.map(Algorithm).ok_or(AttestationProblem::Member("alg"))
    }

    /// Returns a member that is bytes.
    pub(super) fn bytes(&self, name: &'static str) -> Result<&'a [u8], AttestationProblem> {
        let bytes = self.members.get(name).and_then(Value::as_bytes);
        bytes.ok_or(AttestationProblem::Member(name))
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

    /// Returns `x5c`, which must be there, and the signer's certificate, read.
    pub(super) fn signer(&self) -> Result<(Vec<&'a [u8]>, Certificate<'a>), AttestationProblem> {
        let chain = self.certificates()?.ok_or(AttestationProblem::Member("x5c"))?;
        let signer = chain.first().copied().and_then(Certificate::parse);
        signer.map(|signer| (chain, signer)).ok_or(AttestationProblem::Certificate)
    }

    /// Returns the new credential.
    pub(super) fn credential(&self) -> Result<&'a AttestedCredentialData, AttestationProblem> {
        let credential = self.authenticator_data.attested_credential.as_ref();
        credential.ok_or(AttestationProblem::Member("authData"))
    }

    /// Returns authenticator data and client data hash, which most statements sign.
    pub(super) fn signed_bytes(&self) -> Vec<u8> {
        [self.encoded_authenticator_data, self.client_data_hash].concat()
    }

    /// States what was proven.
    pub(super) fn proves(&self, kind: AttestationKind, certificates: &[&[u8]]) -> Attestation {
        Attestation {
            format: self.format.to_owned(),
            kind,
            certificates: certificates.iter().map(|der| Vec::from(*der)).collect(),
            parts: Vec::new(),
        }
    }
}

impl Attestation {
    /// Returns the statements with certificates of their own: this one, or the parts of a compound
    /// one.
    pub fn certified(&self) -> impl Iterator<Item = &Attestation> {
        let parts = std::iter::once(self).chain(&self.parts);
        parts.filter(|part| !part.certificates.is_empty())
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
            Error::Sha1 => AttestationProblem::Sha1.into(),
            _ => AttestationProblem::Signature.into(),
        }
    }
}
