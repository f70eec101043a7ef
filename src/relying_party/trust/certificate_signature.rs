//! Signatures on certificates (RFC 5280 §4.1.1, RFC 5758, RFC 8410).

use x509_cert::der::asn1::{AnyRef, ObjectIdentifier};
use x509_cert::der::{self, Decode, Reader, SliceReader, Tag, Tagged};

use super::certificate::Certificate;
use super::chain::CertificateProblem;
use crate::cose::{Algorithm, CoseKey};
use crate::relying_party::public_key::{Hash, PublicKey, Scheme};
use crate::relying_party::rsa_key::RsaScheme;

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

/// Algorithms with the label under which keys of their kind are read.
const ALGORITHMS: [(ObjectIdentifier, Algorithm, Scheme); 11] = [
    (oid("1.2.840.113549.1.1.11"), Algorithm::RS256, Scheme::Rsa(RsaScheme::Pkcs1Sha256)),
    (oid("1.2.840.113549.1.1.12"), Algorithm::RS384, Scheme::Rsa(RsaScheme::Pkcs1Sha384)),
    (oid("1.2.840.113549.1.1.13"), Algorithm::RS512, Scheme::Rsa(RsaScheme::Pkcs1Sha512)),
    (oid("1.2.840.10045.4.3.2"), Algorithm::ES256, Scheme::Ecdsa(Hash::Sha256)),
    (oid("1.2.840.10045.4.3.3"), Algorithm::ES384, Scheme::Ecdsa(Hash::Sha384)),
    (oid("1.2.840.10045.4.3.4"), Algorithm::ES512, Scheme::Ecdsa(Hash::Sha512)),
    (oid("1.3.101.112"), Algorithm::ED25519, Scheme::OfKey),
    (oid("1.3.101.113"), Algorithm::ED448, Scheme::OfKey),
    (oid("2.16.840.1.101.3.4.3.17"), Algorithm::ML_DSA_44, Scheme::OfKey),
    (oid("2.16.840.1.101.3.4.3.18"), Algorithm::ML_DSA_65, Scheme::OfKey),
    (oid("2.16.840.1.101.3.4.3.19"), Algorithm::ML_DSA_87, Scheme::OfKey),
];

/// RSA and ECDSA with SHA-1.
const WITH_SHA1: [ObjectIdentifier; 2] = [oid("1.2.840.113549.1.1.5"), oid("1.2.840.10045.4.1")];

/// Verifies the signature of `certificate` with the key of `issuer`.
pub(super) fn verify(
    certificate: &Certificate<'_>,
    issuer: &Certificate<'_>,
) -> Result<(), CertificateProblem> {
    let (algorithm, signature) =
        read_seal(certificate).map_err(|_| CertificateProblem::Signature)?;
    // The outer algorithm is not signed; the inner one is.
    if algorithm != certificate.signed_algorithm {
        return Err(CertificateProblem::Signature);
    }
    let identifier = read_identifier(algorithm).map_err(|_| CertificateProblem::Signature)?;
    if WITH_SHA1.contains(&identifier) {
        return Err(CertificateProblem::Sha1);
    }
    let Some((_, label, scheme)) = ALGORITHMS.into_iter().find(|(oid, ..)| *oid == identifier)
    else {
        return Err(CertificateProblem::Algorithm(identifier.to_string()));
    };
    let key = CoseKey::from_spki_der(issuer.spki(), label);
    let key = key.and_then(|key| PublicKey::new(&key)).ok_or(CertificateProblem::IssuerKey)?;
    if key.verifies(scheme, certificate.signed, signature) {
        Ok(())
    } else {
        Err(CertificateProblem::Signature)
    }
}

/// Returns the outer algorithm, whole, and the signature.
fn read_seal<'a>(certificate: &Certificate<'a>) -> der::Result<(&'a [u8], &'a [u8])> {
    let mut reader = SliceReader::new(certificate.seal)?;
    let algorithm = reader.tlv_bytes()?;
    let signature = AnyRef::decode(&mut reader)?;
    reader.finish()?;
    signature.tag().assert_eq(Tag::BitString)?;
    // No bit of the last byte is left out.
    match signature.value().split_first() {
        Some((0, signature)) => Ok((algorithm, signature)),
        _ => Err(Tag::BitString.value_error().into()),
    }
}

fn read_identifier(algorithm: &[u8]) -> der::Result<ObjectIdentifier> {
    let members = super::der_items::members(super::der_items::only_item(algorithm)?)?;
    members.first().copied().map_or_else(
        || Err(Tag::Sequence.value_error().into()),
        |first| first.decode_as::<ObjectIdentifier>(),
    )
}
