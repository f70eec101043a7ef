//! FIDO U2F attestation (WebAuthn L3 §8.6).

use super::attestation::{Attestation, Refusal, Statement};
use super::signature::Sha1;
use super::trust::Certificate;
use super::{AttestationProblem, signature};
use crate::cose::Algorithm;

/// Precedes what a U2F key signs at registration (FIDO U2F Raw Message Formats §4.3).
const REGISTRATION_RESERVED: &[u8] = &[0];
/// Marks an uncompressed point (SEC 1 §2.3.3).
const UNCOMPRESSED: &[u8] = &[4];

pub(super) fn verify(statement: &Statement<'_>) -> Result<Attestation, Refusal> {
    let member = AttestationProblem::Member;
    let signature = statement.signature()?;
    let chain = statement.certificates()?.ok_or(member("x5c"))?;
    let [certificate] = chain.as_slice() else {
        return Err(member("x5c").into());
    };
    let data = statement.authenticator_data;
    let credential = data.attested_credential.as_ref().ok_or(member("authData"))?;
    let algorithm = credential.public_key.algorithm();
    let (x, y) = credential
        .public_key
        .p256_point()
        .filter(|_| algorithm == Algorithm::ES256)
        .ok_or(AttestationProblem::Algorithm(algorithm))?;
    let message = [
        REGISTRATION_RESERVED,
        &data.rp_id_hash,
        statement.client_data_hash,
        &credential.credential_id,
        UNCOMPRESSED,
        &x,
        &y,
    ]
    .concat();
    let certificate = Certificate::parse(certificate).ok_or(AttestationProblem::Certificate)?;
    signature::verify_with_spki(
        certificate.spki(),
        Algorithm::ES256,
        &message,
        signature,
        Sha1::Refused,
    )
    .map_err(Refusal::of_signature)?;
    Ok(Attestation::basic(&chain))
}
