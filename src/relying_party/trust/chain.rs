//! From a signer's certificate to a root that is trusted (RFC 5280 §6).

use std::time::SystemTime;

use x509_cert::der::asn1::ObjectIdentifier;

use super::certificate::{Certificate, Role};
use super::{certificate_signature, validity};

/// More certificates than this are not looked at.
pub const LONGEST_CHAIN: usize = 8;

/// Extensions that may be critical: those heeded here, and those that restrict what an end entity
/// is for, which attestation formats have rules of their own for.
const KNOWN_CRITICAL: [ObjectIdentifier; 5] = [
    ObjectIdentifier::new_unwrap("2.5.29.15"), // keyUsage
    ObjectIdentifier::new_unwrap("2.5.29.17"), // subjectAltName
    ObjectIdentifier::new_unwrap("2.5.29.19"), // basicConstraints
    ObjectIdentifier::new_unwrap("2.5.29.32"), // certificatePolicies
    ObjectIdentifier::new_unwrap("2.5.29.37"), // extKeyUsage
];

/// Why certificates do not lead to a root.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// There is no certificate.
    #[error("there is no certificate")]
    Empty,
    /// There are more certificates than are looked at; how many.
    #[error("there are {0} certificates, where at most {LONGEST_CHAIN} are looked at")]
    TooLong(usize),
    /// The last certificate was issued by none of the roots.
    #[error("the certificates lead to none of the roots")]
    NoRoot,
    /// A certificate is not as it must be.
    #[error("{}: {problem}", place(*.position))]
    At {
        /// Which: 0 is the signer's; the number of certificates stands for the root.
        position: usize,
        /// What is wrong.
        problem: CertificateProblem,
    },
}

/// What is wrong with a certificate in a chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateProblem {
    /// Its dates cannot be read.
    #[error("its dates cannot be read")]
    Dates,
    /// It is not valid yet.
    #[error("it is not valid yet")]
    NotYetValid,
    /// It is no longer valid.
    #[error("it has expired")]
    Expired,
    /// It was issued by another than the next certificate.
    #[error("the next certificate is not its issuer's")]
    Issuer,
    /// It issued a certificate and is no authority.
    #[error("it issued a certificate but is no certificate authority")]
    NotAnAuthority,
    /// It issued a certificate, and its key usage rules that out.
    #[error("it issued a certificate but its key may not sign any")]
    KeyUsage,
    /// More certificates follow than it allows.
    #[error("more certificates follow than its path length allows")]
    PathLength,
    /// An extension that must be understood is not; its object identifier.
    #[error("its extension {0} is critical and not understood here")]
    CriticalExtension(String),
    /// Its signature is wrong or cannot be read.
    #[error("its signature does not verify")]
    Signature,
    /// It is signed over a SHA-1 hash.
    #[error("it is signed over a SHA-1 hash, for which a second certificate can be made")]
    Sha1,
    /// It is signed with an algorithm not known here; its object identifier.
    #[error("it is signed with the algorithm {0}, which cannot be verified here")]
    Algorithm(String),
    /// Its issuer's public key cannot be used.
    #[error("its issuer's public key cannot be used")]
    IssuerKey,
}

fn place(position: usize) -> String {
    match position {
        0 => "the signer's certificate".to_owned(),
        above => format!("certificate {above} above the signer's"),
    }
}

/// Verifies that `certificates`, the signer's first, each issued by the next, lead to one of
/// `roots`; returns that root's index.
///
/// A signer's certificate that is itself among the roots is trusted as it is. All others are
/// checked: names, signatures, validity at `at` (without a time, dates are not looked at), and of
/// those that issued another, the root included, constraints, key usage and path length. What
/// follows a root is not looked at. A root need not be self-signed.
pub fn verify(
    certificates: &[Certificate<'_>],
    roots: &[Certificate<'_>],
    at: Option<SystemTime>,
) -> Result<usize, ChainError> {
    if certificates.len() > LONGEST_CHAIN {
        return Err(ChainError::TooLong(certificates.len()));
    }
    let signer = certificates.first().ok_or(ChainError::Empty)?;
    if let Some(root) = same_as(signer, roots) {
        return Ok(root);
    }
    let mut closest = ChainError::NoRoot;
    let mut intermediates = 0;
    for (position, certificate) in certificates.iter().enumerate() {
        let wrong = |position, problem| ChainError::At { position, problem };
        check_alone(certificate, at).map_err(|problem| wrong(position, problem))?;
        let above = position.saturating_add(1);
        let issuer = Issuer { intermediates, at };
        for (index, root) in roots.iter().enumerate() {
            if !certificate.names_as_issuer(root) {
                continue;
            }
            match issuer.check(certificate, root) {
                Ok(()) => return Ok(index),
                Err((up, problem)) => closest = wrong(position.saturating_add(up), problem),
            }
        }
        let Some(next) = certificates.get(above) else {
            break;
        };
        if !certificate.names_as_issuer(next) {
            // What the key sent along may belong to nothing; the roots have been tried.
            let lost = wrong(position, CertificateProblem::Issuer);
            return Err(if closest == ChainError::NoRoot { lost } else { closest });
        }
        issuer
            .check(certificate, next)
            .map_err(|(up, problem)| wrong(position.saturating_add(up), problem))?;
        if let Some(root) = same_as(next, roots) {
            return Ok(root);
        }
        if !next.is_self_issued() {
            intermediates = intermediates.saturating_add(1);
        }
    }
    Err(closest)
}

fn same_as(certificate: &Certificate<'_>, roots: &[Certificate<'_>]) -> Option<usize> {
    roots.iter().position(|root| root.der() == certificate.der())
}

fn check_alone(
    certificate: &Certificate<'_>,
    at: Option<SystemTime>,
) -> Result<(), CertificateProblem> {
    if let Some(at) = at {
        validity::check(certificate, at)?;
    }
    let unknown = certificate
        .extensions()
        .iter()
        .find(|extension| extension.critical && !KNOWN_CRITICAL.contains(&extension.identifier));
    unknown.map_or(Ok(()), |extension| {
        Err(CertificateProblem::CriticalExtension(extension.identifier.to_string()))
    })
}

/// What is demanded of a certificate that issued another.
struct Issuer {
    /// Certificates between it and the signer's that count for its path length.
    intermediates: usize,
    at: Option<SystemTime>,
}

impl Issuer {
    /// Fails with 0 for the certificate issued, 1 for the issuer's, and what is wrong.
    fn check(
        &self,
        issued: &Certificate<'_>,
        issuer: &Certificate<'_>,
    ) -> Result<(), (usize, CertificateProblem)> {
        self.check_authority(issuer).map_err(|problem| (1, problem))?;
        certificate_signature::verify(issued, issuer).map_err(|problem| (0, problem))
    }

    fn check_authority(&self, issuer: &Certificate<'_>) -> Result<(), CertificateProblem> {
        check_alone(issuer, self.at)?;
        match issuer.role() {
            Role::Authority { path_length } => {
                if path_length.is_some_and(|most| self.intermediates > most) {
                    return Err(CertificateProblem::PathLength);
                }
            }
            // Before version 3 there was nowhere to say it.
            Role::Unsaid if !issuer.is_version_3() && issuer.is_self_issued() => {}
            _ => return Err(CertificateProblem::NotAnAuthority),
        }
        if !issuer.may_sign_certificates() {
            return Err(CertificateProblem::KeyUsage);
        }
        Ok(())
    }
}
