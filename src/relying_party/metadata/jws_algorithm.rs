//! Algorithms of JSON Web Signatures (RFC 7518 §3.1, RFC 8037), by those of COSE.

use x509_cert::der::asn1::{AnyRef, UintRef};
use x509_cert::der::{self, Encode, Tag};

use super::error::MetadataError;
use crate::cose::Algorithm;
use crate::relying_party::{Error, signature};

/// An algorithm that metadata may be signed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct JwsAlgorithm {
    name: &'static str,
    cose: Algorithm,
    form: Form,
}

/// How a signature is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    AsItIs,
    /// Two numbers of this many bytes each, where COSE and X.509 have DER.
    TwoNumbers(usize),
}

const KNOWN: [JwsAlgorithm; 10] = [
    new("RS256", Algorithm::RS256, Form::AsItIs),
    new("RS384", Algorithm::RS384, Form::AsItIs),
    new("RS512", Algorithm::RS512, Form::AsItIs),
    new("PS256", Algorithm::PS256, Form::AsItIs),
    new("PS384", Algorithm::PS384, Form::AsItIs),
    new("PS512", Algorithm::PS512, Form::AsItIs),
    new("ES256", Algorithm::ES256, Form::TwoNumbers(32)),
    new("ES384", Algorithm::ES384, Form::TwoNumbers(48)),
    new("ES512", Algorithm::ES512, Form::TwoNumbers(66)),
    new("EdDSA", Algorithm::EDDSA, Form::AsItIs),
];

const fn new(name: &'static str, cose: Algorithm, form: Form) -> JwsAlgorithm {
    JwsAlgorithm { name, cose, form }
}

/// Finds an algorithm by its exact name; `none` is no algorithm, nor is one with a shared secret.
pub(super) fn find(name: &str) -> Option<JwsAlgorithm> {
    KNOWN.into_iter().find(|algorithm| algorithm.name == name)
}

impl JwsAlgorithm {
    pub(super) fn cose(self) -> Algorithm {
        self.cose
    }

    /// Verifies with a public key (DER SubjectPublicKeyInfo), which must be of the kind named.
    pub(super) fn verify(
        self,
        spki: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), MetadataError> {
        let converted;
        let signature = match self.form {
            Form::AsItIs => signature,
            Form::TwoNumbers(length) => {
                converted = der_of_two_numbers(signature, length).unwrap_or_default();
                &converted
            }
        };
        let sha1 = signature::Sha1::Refused;
        signature::verify_with_spki(spki, self.cose, message, signature, sha1).map_err(|error| {
            match error {
                Error::Signature => MetadataError::Signature,
                _ => MetadataError::SignerKey(self.name),
            }
        })
    }
}

/// Ecdsa-Sig-Value (RFC 3279 §2.2.3).
fn der_of_two_numbers(signature: &[u8], length: usize) -> Option<Vec<u8>> {
    let (r, s) = signature.split_at_checked(length)?;
    if s.len() != length {
        return None;
    }
    let encode = || -> der::Result<Vec<u8>> {
        let numbers = [UintRef::new(r)?.to_der()?, UintRef::new(s)?.to_der()?].concat();
        AnyRef::new(Tag::Sequence, &numbers)?.to_der()
    };
    encode().ok()
}
