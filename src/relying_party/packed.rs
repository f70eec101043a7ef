//! Packed attestation (WebAuthn L3 §8.2).

use super::attestation::{Attestation, AttestationKind, Refusal, Statement};
use super::signature::Sha1;
use super::trust::Certificate;
use super::{AttestationProblem, packed_certificate, signature};
use crate::cbor::Value;
use crate::cose::Algorithm;

pub(super) fn verify(statement: &Statement<'_>) -> Result<Attestation, Refusal> {
    let member = AttestationProblem::Member;
    if statement.members.get("ecdaaKeyId").is_some() {
        return Err(AttestationProblem::Ecdaa.into());
    }
    let algorithm = statement.members.get("alg").and_then(Value::as_i64);
    let algorithm = algorithm.map(Algorithm).ok_or(member("alg"))?;
    let signature = statement.signature()?;
    let credential = statement.authenticator_data.attested_credential.as_ref();
    let credential = credential.ok_or(member("authData"))?;
    let message = statement.signed_bytes();
    match statement.certificates()? {
        Some(chain) => {
            let leaf = chain.first().copied().and_then(Certificate::parse);
            let leaf = leaf.ok_or(AttestationProblem::Certificate)?;
            signature::verify_with_spki(leaf.spki(), algorithm, &message, signature, Sha1::Refused)
                .map_err(Refusal::of_signature)?;
            packed_certificate::check(&leaf, &credential.aaguid)?;
            Ok(Attestation::basic(&chain))
        }
        None => {
            if algorithm != credential.public_key.algorithm() {
                return Err(AttestationProblem::Algorithm(algorithm).into());
            }
            signature::verify(&credential.public_key, &message, signature)
                .map_err(Refusal::of_signature)?;
            Ok(Attestation { kind: AttestationKind::SelfAttestation, certificates: Vec::new() })
        }
    }
}
