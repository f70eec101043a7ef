//! What can be read of a certificate.
//!
//! Keys in the field carry certificates with serial numbers, dates and signatures that a strict
//! reader refuses. Only the parts that are looked at are taken apart; the rest is stepped over.

use x509_cert::der::asn1::{AnyRef, ObjectIdentifier};
use x509_cert::der::{self, Decode, Reader, Tag, Tagged};

use super::der_items::{content_reader, context_specific, items, members, only_item};

const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");

/// keyCertSign, in the first byte of KeyUsage (RFC 5280 §4.2.1.3).
const KEY_CERT_SIGN: u8 = 0x04;
const VERSION_3: &[u8] = &[2];

/// A DER certificate, read as far as attestation needs it.
#[derive(Clone, Debug)]
pub struct Certificate<'a> {
    der: &'a [u8],
    /// TBSCertificate, whole: what is signed.
    pub(super) signed: &'a [u8],
    /// The AlgorithmIdentifier inside what is signed, whole.
    pub(super) signed_algorithm: &'a [u8],
    /// What follows TBSCertificate: algorithm and signature, not taken apart.
    pub(super) seal: &'a [u8],
    /// The content of the version's INTEGER; absent means version 1.
    version: Option<&'a [u8]>,
    issuer: &'a [u8],
    /// The content of Validity.
    pub(super) validity: &'a [u8],
    subject: &'a [u8],
    /// Attribute types and the content of their values.
    attributes: Vec<(ObjectIdentifier, &'a [u8])>,
    spki: &'a [u8],
    extensions: Vec<Extension<'a>>,
}

/// An extension of a certificate.
#[derive(Clone, Debug)]
pub(in crate::relying_party) struct Extension<'a> {
    pub(in crate::relying_party) identifier: ObjectIdentifier,
    pub(in crate::relying_party) critical: bool,
    /// The content of extnValue.
    pub(in crate::relying_party) value: &'a [u8],
}

/// What BasicConstraints say (RFC 5280 §4.2.1.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::relying_party) enum Role {
    /// There are none.
    Unsaid,
    /// They cannot be read.
    Unreadable,
    /// `cA` is false, left out or (against DER) written out.
    EndEntity,
    /// `cA` is true; how many intermediate certificates may follow, if that is limited.
    Authority { path_length: Option<usize> },
}

impl<'a> Certificate<'a> {
    /// Reads a DER certificate; `None` if it is none.
    pub fn parse(der: &'a [u8]) -> Option<Self> {
        Self::read(der).ok()
    }

    /// Returns the certificate, whole.
    pub fn der(&self) -> &'a [u8] {
        self.der
    }

    /// Returns the DER SubjectPublicKeyInfo.
    pub fn spki(&self) -> &'a [u8] {
        self.spki
    }

    /// Returns the values of an attribute of the subject, as bytes of whatever string type.
    pub fn subject_values(&self, attribute: ObjectIdentifier) -> impl Iterator<Item = &'a [u8]> {
        let found = self.attributes.iter().filter(move |(kind, _)| *kind == attribute);
        found.map(|(_, value)| *value)
    }

    /// Tells whether the subject has no attributes.
    pub(in crate::relying_party) fn has_empty_subject(&self) -> bool {
        self.attributes.is_empty()
    }

    pub(in crate::relying_party) fn is_version_3(&self) -> bool {
        self.version == Some(VERSION_3)
    }

    pub(in crate::relying_party) fn extensions(&self) -> &[Extension<'a>] {
        &self.extensions
    }

    pub(in crate::relying_party) fn extension(
        &self,
        identifier: ObjectIdentifier,
    ) -> Option<&Extension<'a>> {
        self.extensions.iter().find(|extension| extension.identifier == identifier)
    }

    /// Tells whether `issuer` has the name that this certificate gives for its issuer.
    pub(super) fn names_as_issuer(&self, issuer: &Certificate<'_>) -> bool {
        self.issuer == issuer.subject && !issuer.has_empty_subject()
    }

    /// Tells whether the issuer's name is the subject's own.
    pub(super) fn is_self_issued(&self) -> bool {
        self.issuer == self.subject
    }

    /// Returns what BasicConstraints say.
    pub(in crate::relying_party) fn role(&self) -> Role {
        let Some(extension) = self.extension(BASIC_CONSTRAINTS) else {
            return Role::Unsaid;
        };
        let read = || -> der::Result<Role> {
            let constraints = members(only_item(extension.value)?)?;
            let unreadable = Ok(Role::Unreadable);
            let (authority, rest) = match constraints.split_first() {
                Some((first, rest)) if first.tag() == Tag::Boolean => (first.value() != [0], rest),
                _ => (false, constraints.as_slice()),
            };
            match rest {
                [] if authority => Ok(Role::Authority { path_length: None }),
                [] => Ok(Role::EndEntity),
                [length] if authority && length.tag() == Tag::Integer => match length.value() {
                    [small] if *small < 0x80 => {
                        Ok(Role::Authority { path_length: Some(usize::from(*small)) })
                    }
                    _ => unreadable,
                },
                _ => unreadable,
            }
        };
        read().unwrap_or(Role::Unreadable)
    }

    /// Tells whether KeyUsage, if there, lets the key sign certificates.
    pub(super) fn may_sign_certificates(&self) -> bool {
        self.extension(KEY_USAGE).is_none_or(|extension| {
            let usage = only_item(extension.value);
            usage.is_ok_and(|usage| {
                // The first byte of the content counts the bits that are not used.
                usage.tag() == Tag::BitString
                    && usage.value().get(1).is_some_and(|bits| bits & KEY_CERT_SIGN != 0)
            })
        })
    }

    fn read(der: &'a [u8]) -> der::Result<Self> {
        let mut certificate = content_reader(only_item(der)?, Tag::Sequence)?;
        let signed = certificate.tlv_bytes()?;
        let seal = certificate.read_slice(certificate.remaining_len())?;
        let mut tbs = content_reader(only_item(signed)?, Tag::Sequence)?;
        let mut version = None;
        let mut serial_number = AnyRef::decode(&mut tbs)?;
        if serial_number.tag() == context_specific(0) {
            version = Some(only_item(serial_number.value())?.value());
            serial_number = AnyRef::decode(&mut tbs)?;
        }
        serial_number.tag().assert_eq(Tag::Integer)?;
        let signed_algorithm = tbs.tlv_bytes()?;
        let issuer = tbs.tlv_bytes()?;
        let validity = AnyRef::decode(&mut tbs)?.value();
        let subject = tbs.tlv_bytes()?;
        let attributes = read_attributes(only_item(subject)?)?;
        let spki = tbs.tlv_bytes()?;
        let mut extensions = Vec::new();
        while !tbs.is_finished() {
            let member = AnyRef::decode(&mut tbs)?;
            if member.tag() == context_specific(3) {
                extensions = read_extensions(only_item(member.value())?)?;
            }
        }
        Ok(Certificate {
            der,
            signed,
            signed_algorithm,
            seal,
            version,
            issuer,
            validity,
            subject,
            attributes,
            spki,
            extensions,
        })
    }
}

/// Reads Name: a SEQUENCE of SETs of attribute type and value.
pub(in crate::relying_party) fn read_attributes(
    name: AnyRef<'_>,
) -> der::Result<Vec<(ObjectIdentifier, &[u8])>> {
    let mut attributes = Vec::new();
    for relative_name in members(name)? {
        for attribute in items(relative_name.value())? {
            let mut reader = content_reader(attribute, Tag::Sequence)?;
            let attribute_type = ObjectIdentifier::decode(&mut reader)?;
            attributes.push((attribute_type, AnyRef::decode(&mut reader)?.value()));
        }
    }
    Ok(attributes)
}

fn read_extensions(sequence: AnyRef<'_>) -> der::Result<Vec<Extension<'_>>> {
    members(sequence)?
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
