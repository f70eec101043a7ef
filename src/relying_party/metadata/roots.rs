//! Who may sign metadata.

use sha2::{Digest, Sha256};

use super::error::MetadataError;
use crate::relying_party::trust::Certificate;

const FIDO_SIGNER: &str = "mds.fidoalliance.org";

/// A signer's name, and the roots that its certificate may lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roots {
    signer: String,
    roots: Vec<Root>,
}

/// A certificate that is trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// A name for people.
    pub name: String,
    /// The certificate, DER.
    pub certificate: Vec<u8>,
}

impl Root {
    /// Returns the certificate's SHA-256 fingerprint.
    pub fn fingerprint(&self) -> [u8; 32] {
        Sha256::digest(&self.certificate).into()
    }
}

impl Roots {
    /// Takes a signer and roots of one's own; fails if one is not a certificate.
    pub fn new(signer: &str, roots: Vec<Root>) -> Result<Self, MetadataError> {
        match roots.iter().find(|root| Certificate::parse(&root.certificate).is_none()) {
            Some(root) => Err(MetadataError::Root(root.name.clone())),
            None => Ok(Roots { signer: signer.to_owned(), roots }),
        }
    }

    /// Returns the FIDO Alliance's signer, and the two roots of GlobalSign that it uses.
    pub fn of_fido() -> Self {
        let root = |name: &str, certificate: &[u8]| Root {
            name: name.to_owned(),
            certificate: Vec::from(certificate),
        };
        Roots {
            signer: FIDO_SIGNER.to_owned(),
            roots: vec![
                root("GlobalSign Root CA - R3", include_bytes!("roots/globalsign-r3.der")),
                root("GlobalSign Root R46", include_bytes!("roots/globalsign-r46.der")),
            ],
        }
    }

    /// Returns the name that the signer's certificate must bear.
    pub fn signer(&self) -> &str {
        &self.signer
    }

    /// Returns the roots.
    pub fn roots(&self) -> &[Root] {
        &self.roots
    }
}
