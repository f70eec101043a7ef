//! Why something is not genuine.

use crate::cose::Algorithm;

/// A check that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The RP ID hash is that of another relying party.
    #[error("the RP ID hash belongs to another relying party")]
    RpIdHash,
    /// Flag UP is not set.
    #[error("the key does not say that the user was present (flag UP)")]
    UserNotPresent,
    /// Flag UV is not set.
    #[error("the key does not say that the user was verified (flag UV)")]
    UserNotVerified,
    /// Flag BS is set without BE.
    #[error("the credential says it is backed up (flag BS) but cannot be (flag BE)")]
    BackupFlags,
    /// Flag AT is not set where a new credential must be.
    #[error("there is no attested credential (flag AT)")]
    NoAttestedCredential,
    /// The new key's algorithm was not asked for.
    #[error("the credential uses {0}, which was not asked for")]
    UnexpectedAlgorithm(Algorithm),
    /// A credential answered that was not allowed.
    #[error("a credential answered that was not asked for")]
    UnexpectedCredential,
    /// An extension answered that was not asked.
    #[error("the extension {0:?} answered without having been asked")]
    UnexpectedExtension(String),
    /// An extension's output is not of its type.
    #[error("the output of extension {0:?} is not of the type the standard gives it")]
    ExtensionOutput(&'static str),
    /// The signature does not verify.
    #[error("the signature does not verify")]
    Signature,
    /// Signatures of this algorithm cannot be verified here.
    #[error("signatures with {0} cannot be verified here")]
    UnsupportedAlgorithm(Algorithm),
    /// A public key cannot be used.
    #[error("the public key is not a valid {0} key")]
    PublicKey(Algorithm),
    /// The attestation statement fails.
    #[error("attestation {format:?}: {problem}")]
    Attestation {
        /// The statement's format.
        format: String,
        /// What is wrong.
        problem: AttestationProblem,
    },
}

/// What is wrong with an attestation statement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AttestationProblem {
    /// The format cannot be checked here.
    #[error("the format cannot be checked here")]
    UnknownFormat,
    /// A member is missing or of a wrong type; its name.
    #[error("the member {0:?} is missing or of a wrong type")]
    Member(&'static str),
    /// A statement that must be empty is not.
    #[error("the statement must be empty")]
    NotEmpty,
    /// `alg` is not the credential key's or the certificate's.
    #[error("the statement's algorithm {0} does not fit the key that signed")]
    Algorithm(Algorithm),
    /// The signature does not verify.
    #[error("the signature does not verify")]
    Signature,
    /// A certificate cannot be read.
    #[error("a certificate cannot be read")]
    Certificate,
    /// A certificate breaks a rule; which.
    #[error("the certificate breaks a rule: {0}")]
    CertificateRule(&'static str),
    /// The AAGUID in the certificate is another.
    #[error("the AAGUID in the certificate is not the one in the authenticator data")]
    Aaguid,
}
