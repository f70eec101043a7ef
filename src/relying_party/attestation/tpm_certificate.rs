//! The rules for certificates of a TPM's attestation keys (WebAuthn L3 §8.3.1).

use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::{self, Tag, Tagged};

use super::packed_certificate::{check_aaguid, check_end_entity, rule};
use crate::relying_party::AttestationProblem;
use crate::relying_party::trust::{
    Certificate, context_specific, members, only_item, read_attributes,
};

const SUBJECT_ALT_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.17");
const EXTENDED_KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37");
/// tcg-kp-AIKCertificate
const AIK_CERTIFICATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.133.8.3");
/// Attributes of the TPM, in the subject's alternative name.
const TPM_ATTRIBUTES: [(ObjectIdentifier, &str); 3] = [
    (ObjectIdentifier::new_unwrap("2.23.133.2.1"), "it must name the TPM's manufacturer"),
    (ObjectIdentifier::new_unwrap("2.23.133.2.2"), "it must name the TPM's model"),
    (ObjectIdentifier::new_unwrap("2.23.133.2.3"), "it must name the TPM's version"),
];
/// directoryName of GeneralName.
const DIRECTORY_NAME: u32 = 4;

/// Checks all of them; manufacturers are not held against a list.
pub(super) fn check(
    certificate: &Certificate<'_>,
    aaguid: &[u8; 16],
) -> Result<(), AttestationProblem> {
    rule(certificate.is_version_3(), "version must be 3")?;
    rule(certificate.has_empty_subject(), "subject must be empty")?;
    let names = certificate.extension(SUBJECT_ALT_NAME);
    rule(
        names.is_some_and(|names| names.critical),
        "it must have a critical alternative name, as its subject is empty",
    )?;
    let attributes = names.and_then(|names| directory_attributes(names.value).ok());
    let attributes = attributes.unwrap_or_default();
    for (wanted, words) in TPM_ATTRIBUTES {
        let named = attributes.iter().any(|(kind, value)| *kind == wanted && !value.is_empty());
        rule(named, words)?;
    }
    let purposes = certificate.extension(EXTENDED_KEY_USAGE);
    let purposes = purposes.and_then(|usage| read_purposes(usage.value).ok());
    rule(
        purposes.is_some_and(|purposes| purposes.contains(&AIK_CERTIFICATE)),
        "extended key usage must be that of a TPM's attestation key",
    )?;
    check_end_entity(certificate)?;
    check_aaguid(certificate, aaguid)
}

/// Returns the attributes of every directory name among GeneralNames.
fn directory_attributes(names: &[u8]) -> der::Result<Vec<(ObjectIdentifier, &[u8])>> {
    let mut attributes = Vec::new();
    for name in members(only_item(names)?)? {
        if name.tag() == context_specific(DIRECTORY_NAME) {
            attributes.extend(read_attributes(only_item(name.value())?)?);
        }
    }
    Ok(attributes)
}

fn read_purposes(usage: &[u8]) -> der::Result<Vec<ObjectIdentifier>> {
    members(only_item(usage)?)?
        .iter()
        .map(|purpose| {
            purpose.tag().assert_eq(Tag::ObjectIdentifier)?;
            purpose.decode_as::<ObjectIdentifier>()
        })
        .collect()
}
