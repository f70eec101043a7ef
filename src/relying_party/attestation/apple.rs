//! Apple's anonymous attestation (WebAuthn L3 §8.8).

use sha2::{Digest, Sha256};
use x509_cert::der::asn1::ObjectIdentifier;

use super::packed_certificate::{check_public_key, rule};
use super::statement::{Attestation, AttestationKind, Refusal, Statement};
use crate::relying_party::AttestationProblem;

/// Holds the nonce.
const NONCE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113635.100.8.2");
/// SEQUENCE { [1] { OCTET STRING of 32 bytes } }, up to those bytes.
const PREFIX: [u8; 6] = [0x30, 0x24, 0xa1, 0x22, 0x04, 0x20];

/// Nothing is signed but the certificate, which an authority makes for this very registration.
pub(super) fn verify(statement: &Statement<'_>) -> Result<Attestation, Refusal> {
    let (chain, signer) = statement.signer()?;
    let extension = signer.extension(NONCE);
    let extension = extension.ok_or(AttestationProblem::CertificateRule(
        "it must have Apple's extension with a nonce",
    ))?;
    let nonce = extension.value.strip_prefix(&PREFIX);
    rule(nonce.is_some_and(|nonce| nonce.len() == 32), "its nonce is malformed")?;
    if nonce != Some(Sha256::digest(statement.signed_bytes()).as_slice()) {
        return Err(AttestationProblem::Nonce.into());
    }
    check_public_key(&signer, &statement.credential()?.public_key)?;
    Ok(statement.proves(AttestationKind::Basic, &chain))
}
