//! The rules for certificates that sign packed statements (WebAuthn L3 §8.2.1), some of which hold
//! for others too.

use x509_cert::der::asn1::ObjectIdentifier;

use crate::cose::CoseKey;
use crate::relying_party::AttestationProblem;
use crate::relying_party::trust::{Certificate, Role, octets};

const COUNTRY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.6");
const ORGANIZATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
const ORGANIZATIONAL_UNIT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.11");
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
/// id-fido-gen-ce-aaguid
const AAGUID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.45724.1.1.4");

/// Fails with the words of a rule that does not hold.
pub(super) fn rule(holds: bool, what: &'static str) -> Result<(), AttestationProblem> {
    if holds { Ok(()) } else { Err(AttestationProblem::CertificateRule(what)) }
}

/// Checks all of them.
pub(super) fn check(
    certificate: &Certificate<'_>,
    aaguid: &[u8; 16],
) -> Result<(), AttestationProblem> {
    let subject_has =
        |attribute, holds: fn(&[u8]) -> bool| certificate.subject_values(attribute).any(holds);
    rule(certificate.is_version_3(), "version must be 3")?;
    rule(
        subject_has(COUNTRY, |v| v.len() == 2 && v.iter().all(u8::is_ascii_alphabetic)),
        "subject must have a country of two letters",
    )?;
    rule(subject_has(ORGANIZATION, |v| !v.is_empty()), "subject must have an organization")?;
    rule(
        subject_has(ORGANIZATIONAL_UNIT, |v| v == b"Authenticator Attestation"),
        "organizational unit must be \"Authenticator Attestation\"",
    )?;
    rule(subject_has(COMMON_NAME, |v| !v.is_empty()), "subject must have a common name")?;
    check_end_entity(certificate)?;
    check_aaguid(certificate, aaguid)
}

/// Checks that BasicConstraints say that it is no authority.
pub(super) fn check_end_entity(certificate: &Certificate<'_>) -> Result<(), AttestationProblem> {
    let end_entity = certificate.role() == Role::EndEntity;
    rule(end_entity, "basic constraints must say that it is no CA")
}

/// Checks that the AAGUID extension, if there, names the authenticator.
pub(super) fn check_aaguid(
    certificate: &Certificate<'_>,
    aaguid: &[u8; 16],
) -> Result<(), AttestationProblem> {
    let Some(extension) = certificate.extension(AAGUID) else {
        return Ok(());
    };
    rule(!extension.critical, "the AAGUID extension must not be critical")?;
    let certified = octets(extension.value)
        .map_err(|_| AttestationProblem::CertificateRule("the AAGUID extension is malformed"))?;
    if certified == aaguid { Ok(()) } else { Err(AttestationProblem::Aaguid) }
}

/// Checks that the certificate is about the credential's own key.
pub(super) fn check_public_key(
    certificate: &Certificate<'_>,
    credential: &CoseKey,
) -> Result<(), AttestationProblem> {
    let certified = CoseKey::from_spki_der(certificate.spki(), credential.algorithm());
    if certified.as_ref() == Some(credential) { Ok(()) } else { Err(AttestationProblem::PublicKey) }
}
