//! Making a credential (CTAP 2.2 §6.1), checked before it is reported.

use super::{Error, Requirement, Session, Verification};
use crate::cose::Algorithm;
use crate::ctap2::extensions::CredProtect;
use crate::webauthn::{
    AttestationObject, AuthenticatorData, CredentialDescriptor, RpEntity, UserEntity,
};

/// What is wanted.
#[derive(Clone, Debug)]
pub struct Registration {
    /// SHA-256 of the client data.
    pub client_data_hash: [u8; 32],
    /// The relying party.
    pub rp: RpEntity,
    /// The account.
    pub user: UserEntity,
    /// Algorithms, best first; only those that the key lists are sent.
    pub algorithms: Vec<Algorithm>,
    /// Credentials that must not be on this key.
    pub exclude: Vec<CredentialDescriptor>,
    /// Make it discoverable.
    pub resident_key: Requirement,
    /// Verify the person.
    pub user_verification: Requirement,
    /// credProtect: the level, and whether a lower one is an error.
    pub cred_protect: Option<(CredProtect, bool)>,
    /// Make the credential able to derive secrets (hmac-secret).
    pub hmac_secret: bool,
}

/// What was made and checked.
#[derive(Clone, Debug)]
pub struct Registered {
    /// The attestation object.
    pub attestation_object: AttestationObject,
    /// Its authenticator data, read.
    pub authenticator_data: AuthenticatorData,
    /// True if the credential is discoverable.
    pub discoverable: bool,
    /// How the person was verified.
    pub verification: Verification,
}

/// Makes a credential. With a PIN: tries left, key agreement, token, makeCredential.
pub fn register(session: &mut Session<'_>, wanted: &Registration) -> Result<Registered, Error> {
    unimplemented!()
}
