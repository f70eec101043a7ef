//! Packed attestation (WebAuthn L3 §8.2).

use super::packed_certificate;
use super::statement::{Attestation, AttestationKind, Refusal, Statement};
use crate::relying_party::signature::Sha1;
use crate::relying_party::{AttestationProblem, signature};

pub(super) fn verify(statement: &Statement<'_>) -> Result<Attestation, Refusal> {
    if statement.members.get("ecdaaKeyId").is_some() {
        return Err(AttestationProblem::Ecdaa.into());
    }
    let algorithm = statement.algorithm()?;
    let signature = statement.bytes("sig")?;
    let credential = statement.credential()?;
    let message = statement.signed_bytes();
    if statement.members.get("x5c").is_some() {
        let (chain, signer) = statement.signer()?;
        let spki = signer.spki();
        signature::verify_with_spki(spki, algorithm, &message, signature, Sha1::Refused)
            .map_err(Refusal::of_signature)?;
        packed_certificate::check(&signer, &credential.aaguid)?;
        return Ok(statement.proves(AttestationKind::Basic, &chain));
    }
    if algorithm != credential.public_key.algorithm() {
        return Err(AttestationProblem::Algorithm(algorithm).into());
    }
    signature::verify(&credential.public_key, &message, signature)
        .map_err(Refusal::of_signature)?;
    Ok(statement.proves(AttestationKind::SelfAttestation, &[]))
}
