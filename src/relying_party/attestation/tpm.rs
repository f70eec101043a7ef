//! TPM attestation (WebAuthn L3 §8.3).

use super::statement::{Attestation, AttestationKind, Refusal, Statement};
use super::tpm_certificate;
use super::tpm_structures::{Certified, NameHash, PublicArea};
use crate::cbor::Value;
use crate::cose::Algorithm;
use crate::relying_party::signature::Sha1;
use crate::relying_party::{AttestationProblem, signature};

pub(super) fn verify(statement: &Statement<'_>) -> Result<Attestation, Refusal> {
    let member = AttestationProblem::Member;
    if statement.members.get("ver").and_then(Value::as_text) != Some("2.0") {
        return Err(member("ver").into());
    }
    if statement.members.get("ecdaaKeyId").is_some() {
        return Err(AttestationProblem::Ecdaa.into());
    }
    let algorithm = statement.algorithm()?;
    let signature = statement.bytes("sig")?;
    let (cert_info, pub_area) = (statement.bytes("certInfo")?, statement.bytes("pubArea")?);
    let (chain, signer) = statement.signer()?;
    let credential = statement.credential()?;

    let area = PublicArea::read(pub_area).ok_or(member("pubArea"))?;
    if !area.is(&credential.public_key) {
        return Err(AttestationProblem::PublicKey.into());
    }
    let certified = Certified::read(cert_info).ok_or(member("certInfo"))?;
    let sha1 = |hash| match (hash, statement.sha1) {
        (NameHash::Sha1, Sha1::Refused) => Err(AttestationProblem::Sha1),
        (hash, _) => Ok(hash),
    };
    let hash = message_hash(algorithm).ok_or(Refusal::UnsupportedAlgorithm(algorithm))?;
    if certified.extra_data != sha1(hash)?.digest(&statement.signed_bytes()) {
        return Err(AttestationProblem::Nonce.into());
    }
    let name_hash = sha1(area.name_hash().ok_or(member("pubArea"))?)?;
    if certified.name != area.name(name_hash, pub_area) {
        return Err(AttestationProblem::PublicKey.into());
    }
    signature::verify_with_spki(signer.spki(), algorithm, cert_info, signature, statement.sha1)
        .map_err(Refusal::of_signature)?;
    tpm_certificate::check(&signer, &credential.aaguid)?;
    Ok(statement.proves(AttestationKind::Basic, &chain))
}

/// Returns the hash of an algorithm.
fn message_hash(algorithm: Algorithm) -> Option<NameHash> {
    Some(match algorithm {
        Algorithm::RS1 => NameHash::Sha1,
        Algorithm::RS256 | Algorithm::PS256 | Algorithm::ES256 | Algorithm::ESP256 => {
            NameHash::Sha256
        }
        Algorithm::RS384 | Algorithm::PS384 | Algorithm::ES384 | Algorithm::ESP384 => {
            NameHash::Sha384
        }
        Algorithm::RS512 | Algorithm::PS512 | Algorithm::ES512 | Algorithm::ESP512 => {
            NameHash::Sha512
        }
        _ => return None,
    })
}
