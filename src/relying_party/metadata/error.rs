//! Why metadata are of no use, and what was left out of those that are.

use std::fmt;

use crate::relying_party::trust::ChainError;

/// Why a file cannot be relied upon as metadata.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// The file is longer than any metadata; its length in bytes.
    #[error("{0} bytes are too many for metadata")]
    TooLong(usize),
    /// The file is no JSON Web Signature in compact form.
    #[error("the file is not a signed blob: three parts with a dot in between are wanted")]
    NotSigned,
    /// A part is not base64url; which.
    #[error("the {0} is not base64url")]
    Encoding(&'static str),
    /// The header cannot be used; why.
    #[error("the header cannot be used: {0}")]
    Header(String),
    /// The algorithm is none that can be relied upon.
    #[error("the signature's algorithm {0:?} is none that can be relied upon")]
    Algorithm(String),
    /// The header brings no certificates, or some that cannot be read.
    #[error("the header brings no certificates that can be read (x5c)")]
    Certificates,
    /// A root given is not a certificate; which.
    #[error("{0} is not a certificate")]
    Root(String),
    /// The certificates lead to no root.
    #[error("the signer's certificate cannot be trusted")]
    Chain(#[source] ChainError),
    /// The signer is another; the name wanted.
    #[error("the signer's certificate is not that of {0}")]
    SignerName(String),
    /// The signer's key is not of the kind that the algorithm names, or of no use.
    #[error("the signer's key cannot make signatures with {0}")]
    SignerKey(&'static str),
    /// The signature does not verify.
    #[error("the signature does not verify")]
    Signature,
    /// The payload is no JSON; why.
    #[error("the payload is not JSON: {0}")]
    Payload(String),
    /// A member of the payload is missing or not of the shape the standard gives it; its name.
    #[error("the payload's member {0:?} is missing or not of the shape that the standard gives it")]
    PayloadMember(&'static str),
    /// Two entries are about the same model; which.
    #[error("there are two entries for the model {0}")]
    Duplicate(String),
    /// The time to judge by lies outside of the years 1970 to 9999.
    #[error("the time to judge by is not between the years 1970 and 9999")]
    Time,
}

/// Something in an entry that cannot be read and was left out; the rest is of use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The entry's place in the list, from 0.
    pub index: usize,
    /// The model, as far as the entry tells; untrusted text.
    pub model: Option<String>,
    /// What was left out: a member by its path, or the whole entry.
    pub left_out: Option<String>,
    /// Why.
    pub reason: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "entry {}", self.index)?;
        if let Some(model) = &self.model {
            write!(f, " ({model})")?;
        }
        match &self.left_out {
            Some(member) => write!(f, ": {member} was left out: {}", self.reason),
            None => write!(f, " was left out: {}", self.reason),
        }
    }
}
