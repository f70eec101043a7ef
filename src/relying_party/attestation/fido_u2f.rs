//! FIDO U2F attestation (WebAuthn L3 §8.6).

use super::statement::{Attestation, AttestationKind, Refusal, Statement};
use crate::cose::Algorithm;
use crate::relying_party::signature::Sha1;
use crate::relying_party::{AttestationProblem, signature};

/// Precedes what a U2F key signs at registration (FIDO U2F Raw Message Formats §4.3).
const REGISTRATION_RESERVED: &[u8] = &[0];
/// Marks an uncompressed point (SEC 1 §2.3.3).
const UNCOMPRESSED: &[u8] = &[4];

pub(super) fn verify(statement: &Statement<'_>) -> Result<Attestation, Refusal> {
    let signature = statement.bytes("sig")?;
    let (chain, signer) = statement.signer()?;
    if chain.len() != 1 {
        return Err(AttestationProblem::Member("x5c").into());
    }
    let credential = statement.credential()?;
    let algorithm = credential.public_key.algorithm();
    let (x, y) = credential
        .public_key
        .p256_point()
        .filter(|_| algorithm == Algorithm::ES256)
        .ok_or(AttestationProblem::Algorithm(algorithm))?;
    let message = [
        REGISTRATION_RESERVED,
        &statement.authenticator_data.rp_id_hash,
        statement.client_data_hash,
        &credential.credential_id,
        UNCOMPRESSED,
        &x,
        &y,
    ]
    .concat();
    let spki = signer.spki();
    signature::verify_with_spki(spki, Algorithm::ES256, &message, signature, Sha1::Refused)
        .map_err(Refusal::of_signature)?;
    Ok(statement.proves(AttestationKind::Basic, &chain))
}
