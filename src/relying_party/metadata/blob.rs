//! The signed form: a JSON Web Signature in compact form (RFC 7515; FIDO Metadata Service 3.0
//! §3.1.7, §3.2).

use std::time::SystemTime;

use data_encoding::{BASE64, BASE64URL_NOPAD};
use serde::Deserialize;
use serde_json::Value;
use x509_cert::der::Decode;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

use super::error::MetadataError;
use super::jws_algorithm;
use super::roots::{Root, Roots};
use crate::cose::Algorithm;
use crate::relying_party::trust::{Certificate, verify_chain};

/// Three certificates take some 8 kB.
const LONGEST_HEADER: usize = 1 << 16;

const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const SUBJECT_ALT_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.17");

/// Who vouches for metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    /// The name that the signer's certificate bears.
    pub name: String,
    /// The algorithm of the signature.
    pub algorithm: Algorithm,
    /// The certificates that came along (DER), the signer's first.
    pub certificates: Vec<Vec<u8>>,
    /// The root that they lead to.
    pub root: Root,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    x5c: Option<Vec<String>>,
    /// Extensions that must be understood; none are.
    crit: Option<Value>,
}

/// Verifies a signed payload and returns it.
///
/// The certificates must lead to one of the roots at the time `at`, the signer's must bear the
/// name wanted, and its key must be of the kind that the algorithm names.
pub(super) fn open(
    blob: &[u8],
    roots: &Roots,
    at: SystemTime,
) -> Result<(Vec<u8>, Signer), MetadataError> {
    let blob = blob.trim_ascii_end();
    let mut parts = blob.split(|byte| *byte == b'.');
    let (Some(header), Some(payload), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(MetadataError::NotSigned);
    };
    let part = |encoded: &[u8], name| {
        BASE64URL_NOPAD.decode(encoded).map_err(|_| MetadataError::Encoding(name))
    };
    if header.len() > LONGEST_HEADER {
        return Err(MetadataError::Header("it is too long".to_owned()));
    }
    let encoded_header = header;
    let header: Header = serde_json::from_slice(&part(header, "header")?)
        .map_err(|error| MetadataError::Header(error.to_string()))?;
    if header.crit.is_some() {
        return Err(MetadataError::Header("it has extensions that must be understood".to_owned()));
    }
    let algorithm = jws_algorithm::find(&header.alg)
        .ok_or_else(|| MetadataError::Algorithm(header.alg.clone()))?;
    let certificates = read_certificates(&header)?;
    let chain: Option<Vec<_>> = certificates.iter().map(|der| Certificate::parse(der)).collect();
    let chain = chain.ok_or(MetadataError::Certificates)?;
    let root = check_chain(&chain, roots, at)?;
    let leaf = chain.first().ok_or(MetadataError::Certificates)?;
    if !bears_name(leaf, roots.signer()) {
        return Err(MetadataError::SignerName(roots.signer().to_owned()));
    }
    let signed_length = encoded_header.len().saturating_add(1).saturating_add(payload.len());
    let signed = blob.get(..signed_length).ok_or(MetadataError::NotSigned)?;
    let signature = part(signature, "signature")?;
    algorithm.verify(leaf.spki(), signed, &signature)?;
    let payload = part(payload, "payload")?;
    let (name, algorithm) = (roots.signer().to_owned(), algorithm.cose());
    Ok((payload, Signer { name, algorithm, certificates, root }))
}

fn read_certificates(header: &Header) -> Result<Vec<Vec<u8>>, MetadataError> {
    let listed = header.x5c.as_deref().filter(|listed| !listed.is_empty());
    let decoded = listed.ok_or(MetadataError::Certificates)?.iter();
    let decoded = decoded.map(|text| BASE64.decode(text.as_bytes()));
    decoded.collect::<Result<_, _>>().map_err(|_| MetadataError::Certificates)
}

fn check_chain(
    chain: &[Certificate<'_>],
    roots: &Roots,
    at: SystemTime,
) -> Result<Root, MetadataError> {
    let trusted = roots.roots().iter().map(|root| Certificate::parse(&root.certificate));
    let trusted: Option<Vec<_>> = trusted.collect();
    let trusted = trusted.ok_or(MetadataError::Certificates)?;
    let place = verify_chain(chain, &trusted, Some(at)).map_err(MetadataError::Chain)?;
    roots.roots().get(place).cloned().ok_or(MetadataError::Certificates)
}

/// Compares with the DNS names, where there are alternative names, otherwise with the common name.
fn bears_name(certificate: &Certificate<'_>, wanted: &str) -> bool {
    match certificate.extension(SUBJECT_ALT_NAME) {
        Some(extension) => SubjectAltName::from_der(extension.value).is_ok_and(|names| {
            names.0.iter().any(|name| match name {
                GeneralName::DnsName(name) => name.as_str().eq_ignore_ascii_case(wanted),
                _ => false,
            })
        }),
        None => certificate
            .subject_values(COMMON_NAME)
            .any(|name| name.eq_ignore_ascii_case(wanted.as_bytes())),
    }
}
