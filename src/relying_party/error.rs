//! Why something is not genuine.

use super::trust::ChainError;
use crate::cose::Algorithm;

/// A check that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The credential's type is not `public-key`; what it is.
    #[error("the credential is of type {0:?}, where \"public-key\" is wanted")]
    CredentialType(String),
    /// The client data cannot be read; why.
    #[error("the client data cannot be read: {0}")]
    ClientData(String),
    /// The client data belong to another ceremony.
    #[error("the client data are of type {got:?}, where {wanted:?} is wanted")]
    ClientDataType {
        /// The `type` wanted.
        wanted: &'static str,
        /// The `type` that came.
        got: String,
    },
    /// The challenge is another.
    #[error("the challenge is not the one that was sent")]
    Challenge,
    /// The response was made for another origin; which.
    #[error("the response was made for the origin {0:?}")]
    Origin(String),
    /// The response was made in a frame of another origin.
    #[error("the response was made in a frame of another origin")]
    CrossOrigin,
    /// The frame was in a page of an unexpected origin; which.
    #[error("the response was made in a frame inside a page of {0:?}")]
    TopOrigin(String),
    /// The attestation object cannot be read; why.
    #[error("the attestation object cannot be read: {0}")]
    AttestationObject(String),
    /// The authenticator data cannot be read; why.
    #[error("the authenticator data cannot be read: {0}")]
    AuthenticatorData(String),
    /// Two members of a response that say the same thing twice do not agree; the second one.
    #[error("the response's member {0:?} contradicts the rest of it")]
    Member(&'static str),
    /// The account is another.
    #[error("the user handle is that of another account")]
    UserHandle,
    /// The credential can be backed up, and that was ruled out.
    #[error("the credential can be backed up (flag BE), which was ruled out")]
    BackupEligible,
    /// Flag BE is not what it was at registration.
    #[error("flag BE is not what it was when the credential was registered")]
    BackupEligibilityChanged,
    /// The counter did not grow: there may be a copy of the credential.
    #[error("the signature counter is {got}, where more than {stored} is wanted")]
    SignCount {
        /// The counter at the last use.
        stored: u32,
        /// The counter that came.
        got: u32,
    },
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
    /// The signature is over a SHA-1 hash.
    #[error("the signature is over a SHA-1 hash, for which a second message can be made")]
    Sha1,
    /// A public key cannot be used.
    #[error("the public key is not a valid {0} key")]
    PublicKey(Algorithm),
    /// The registration is not attested by a certificate.
    #[error("the registration is not attested by a certificate")]
    NotAttested,
    /// The attestation's format is not among those taken; which.
    #[error("the attestation is of format {0:?}, which is not among those wanted")]
    AttestationFormat(String),
    /// The model is not among those taken.
    #[error("the key's model (AAGUID) is not among those wanted")]
    Aaguid,
    /// The metadata do not know the model.
    #[error("the metadata do not know the key's model")]
    UnknownModel,
    /// The metadata warn of the model; of what.
    #[error("the metadata warn of the key's model: {0}")]
    ModelStatus(String),
    /// The attestation's certificates lead to no root.
    #[error("the attestation's certificates: {0}")]
    Chain(ChainError),
    /// A certificate behind the attestation's first cannot be read.
    #[error("one of the attestation's certificates cannot be read")]
    ChainUnreadable,
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
    /// The format has been withdrawn and is not checked.
    #[error("the format has been withdrawn and is not checked here")]
    Withdrawn,
    /// A compound statement has too few parts, too many, or none that can be told apart.
    #[error("a compound statement must have two to eight parts")]
    Parts,
    /// A part of a compound statement fails.
    #[error("its part {format:?}: {problem}")]
    Part {
        /// The part's format.
        format: String,
        /// What is wrong.
        problem: Box<AttestationProblem>,
    },
    /// A member is missing or of a wrong type; its name.
    #[error("the member {0:?} is missing or of a wrong type")]
    Member(&'static str),
    /// A statement that must be empty is not.
    #[error("the statement must be empty")]
    NotEmpty,
    /// `alg` is not the credential key's or the certificate's.
    #[error("the statement's algorithm {0} does not fit the key that signed")]
    Algorithm(Algorithm),
    /// The statement uses ECDAA, which the standard has withdrawn.
    #[error("ECDAA is no longer part of the standard")]
    Ecdaa,
    /// The signature does not verify.
    #[error("the signature does not verify")]
    Signature,
    /// The statement rests on a SHA-1 hash.
    #[error("the statement rests on a SHA-1 hash, for which a second message can be made")]
    Sha1,
    /// The statement was made for another registration.
    #[error("the statement was made for other authenticator data or client data")]
    Nonce,
    /// The statement is about another public key.
    #[error("the statement is about another public key than the credential's")]
    PublicKey,
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
