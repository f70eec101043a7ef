//! Attestation certificates: what can be read of them, and the rules for those that sign packed
//! statements (WebAuthn L3 §8.2.1).
//!
//! Keys in the field carry certificates with serial numbers, dates and signatures that a strict
//! reader refuses. Only the parts that are looked at are taken apart; the rest is stepped over.

use x509_cert::der::asn1::{AnyRef, ObjectIdentifier};
use x509_cert::der::{self, Decode, Reader, SliceReader, Tag, TagNumber, Tagged};

use super::AttestationProblem;

const COUNTRY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.6");
const ORGANIZATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
const ORGANIZATIONAL_UNIT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.11");
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
/// id-fido-gen-ce-aaguid
const AAGUID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.45724.1.1.4");

const VERSION_3: &[u8] = &[2];

/// A certificate, as far as attestation needs it.
pub(super) struct Certificate<'a> {
    /// The content of the version's INTEGER; absent means version 1.
    version: Option<&'a [u8]>,
    /// Attribute types and the content of their values.
    subject: Vec<(ObjectIdentifier, &'a [u8])>,
    /// SubjectPublicKeyInfo, whole.
    spki: &'a [u8],
    extensions: Vec<Extension<'a>>,
}

struct Extension<'a> {
    identifier: ObjectIdentifier,
    critical: bool,
    value: &'a [u8],
}

impl<'a> Certificate<'a> {
    /// Reads a DER certificate.
    pub(super) fn parse(der: &'a [u8]) -> Result<Self, AttestationProblem> {
        Self::read(der).map_err(|_| AttestationProblem::Certificate)
    }

    /// Returns the DER SubjectPublicKeyInfo.
    pub(super) fn spki(&self) -> &'a [u8] {
        self.spki
    }

    /// Checks the rules for certificates that sign packed statements.
    pub(super) fn check_packed_rules(&self, aaguid: &[u8; 16]) -> Result<(), AttestationProblem> {
        let rule = |holds: bool, what| {
            if holds { Ok(()) } else { Err(AttestationProblem::CertificateRule(what)) }
        };
        rule(self.version == Some(VERSION_3), "version must be 3")?;
        rule(
            self.subject_has(COUNTRY, |v| v.len() == 2 && v.iter().all(u8::is_ascii_alphabetic)),
            "subject must have a country of two letters",
        )?;
        rule(
            self.subject_has(ORGANIZATION, |v| !v.is_empty()),
            "subject must have an organization",
        )?;
        rule(
            self.subject_has(ORGANIZATIONAL_UNIT, |v| v == b"Authenticator Attestation"),
            "organizational unit must be \"Authenticator Attestation\"",
        )?;
        rule(self.subject_has(COMMON_NAME, |v| !v.is_empty()), "subject must have a common name")?;
        rule(self.is_end_entity(), "basic constraints must say that it is no CA")?;
        let Some(extension) = self.extension(AAGUID) else {
            return Ok(());
        };
        rule(!extension.critical, "the AAGUID extension must not be critical")?;
        let certified = octets(extension.value).map_err(|_| {
            AttestationProblem::CertificateRule("the AAGUID extension is malformed")
        })?;
        if certified == aaguid { Ok(()) } else { Err(AttestationProblem::Aaguid) }
    }

    fn subject_has(&self, attribute: ObjectIdentifier, holds: impl Fn(&[u8]) -> bool) -> bool {
        self.subject.iter().any(|(found, value)| *found == attribute && holds(value))
    }

    fn extension(&self, identifier: ObjectIdentifier) -> Option<&Extension<'a>> {
        self.extensions.iter().find(|extension| extension.identifier == identifier)
    }

    /// BasicConstraints are there and `cA` is false, left out or (against DER) written out.
    fn is_end_entity(&self) -> bool {
        let Some(extension) = self.extension(BASIC_CONSTRAINTS) else {
            return false;
        };
        let first = || -> der::Result<Option<AnyRef<'a>>> {
            let content = only_item(extension.value)?;
            content.tag().assert_eq(Tag::Sequence)?;
            items(content.value()).map(|items| items.first().copied())
        };
        match first() {
            Ok(Some(item)) if item.tag() == Tag::Boolean => item.value() == [0],
            Ok(None) => true,
            _ => false,
        }
    }

    fn read(der: &'a [u8]) -> der::Result<Self> {
        let mut certificate = content_reader(only_item(der)?, Tag::Sequence)?;
        let mut tbs = content_reader(AnyRef::decode(&mut certificate)?, Tag::Sequence)?;
        let mut version = None;
        let mut serial_number = AnyRef::decode(&mut tbs)?;
        if serial_number.tag() == context_specific(0) {
            version = Some(only_item(serial_number.value())?.value());
            serial_number = AnyRef::decode(&mut tbs)?;
        }
        serial_number.tag().assert_eq(Tag::Integer)?;
        let [_algorithm, _issuer, _validity, name] = [(); 4].map(|()| AnyRef::decode(&mut tbs));
        let subject = read_subject(name?)?;
        let spki = tbs.tlv_bytes()?;
        let mut extensions = Vec::new();
        while !tbs.is_finished() {
            let member = AnyRef::decode(&mut tbs)?;
            if member.tag() == context_specific(3) {
                extensions = read_extensions(only_item(member.value())?)?;
            }
        }
        Ok(Certificate { version, subject, spki, extensions })
    }
}

/// Reads Name: a SEQUENCE of SETs of attribute type and value.
fn read_subject(name: AnyRef<'_>) -> der::Result<Vec<(ObjectIdentifier, &[u8])>> {
    name.tag().assert_eq(Tag::Sequence)?;
    let mut attributes = Vec::new();
    for relative_name in items(name.value())? {
        for attribute in items(relative_name.value())? {
            let mut reader = content_reader(attribute, Tag::Sequence)?;
            let attribute_type = ObjectIdentifier::decode(&mut reader)?;
            attributes.push((attribute_type, AnyRef::decode(&mut reader)?.value()));
        }
    }
    Ok(attributes)
}

fn read_extensions(sequence: AnyRef<'_>) -> der::Result<Vec<Extension<'_>>> {
    sequence.tag().assert_eq(Tag::Sequence)?;
    items(sequence.value())?
        .into_iter()
        .map(|extension| {
            let mut reader = content_reader(extension, Tag::Sequence)?;
            let identifier = ObjectIdentifier::decode(&mut reader)?;
            let mut value = AnyRef::decode(&mut reader)?;
            let mut critical = false;
            if value.tag() == Tag::Boolean {
                critical = value.value() != [0];
                value = AnyRef::decode(&mut reader)?;
            }
            value.tag().assert_eq(Tag::OctetString)?;
            Ok(Extension { identifier, critical, value: value.value() })
        })
        .collect()
}

/// Returns the content of the one OCTET STRING that `der` is.
fn octets(der: &[u8]) -> der::Result<&[u8]> {
    let item = only_item(der)?;
    item.tag().assert_eq(Tag::OctetString)?;
    Ok(item.value())
}

fn only_item(der: &[u8]) -> der::Result<AnyRef<'_>> {
    AnyRef::from_der(der)
}

fn items(content: &[u8]) -> der::Result<Vec<AnyRef<'_>>> {
    let mut reader = SliceReader::new(content)?;
    let mut items = Vec::new();
    while !reader.is_finished() {
        items.push(AnyRef::decode(&mut reader)?);
    }
    Ok(items)
}

fn content_reader(item: AnyRef<'_>, tag: Tag) -> der::Result<SliceReader<'_>> {
    item.tag().assert_eq(tag)?;
    SliceReader::new(item.value())
}

fn context_specific(number: u32) -> Tag {
    Tag::ContextSpecific { constructed: true, number: TagNumber(number) }
}
