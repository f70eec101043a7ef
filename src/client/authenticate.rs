//! Producing assertions (CTAP 2.2 §6.2, §6.3), checked before they are reported.

use super::hmac_secret::{HmacSecrets, Salts};
use super::{Error, Requirement, Session, Verification};
use crate::cose::CoseKey;
use crate::webauthn::{AuthenticatorData, CredentialDescriptor, UserEntity};

/// What is wanted.
#[derive(Clone, Debug)]
pub struct Authentication {
    /// The relying party.
    pub rp_id: String,
    /// SHA-256 of the client data.
    pub client_data_hash: [u8; 32],
    /// Credentials that may be used; empty asks for discoverable ones.
    pub allow: Vec<AllowedCredential>,
    /// Verify the person.
    pub user_verification: Requirement,
    /// Test user presence; false asks for a silent assertion.
    pub user_presence: bool,
    /// Derive secrets.
    pub hmac_secret: Option<Salts>,
    /// Return every account's assertion instead of asking which.
    pub all_accounts: bool,
}

/// A credential that may be used, with its public key if that is known.
#[derive(Clone, Debug)]
pub struct AllowedCredential {
    /// The credential.
    pub descriptor: CredentialDescriptor,
    /// If given, the signature is checked with it.
    pub public_key: Option<CoseKey>,
}

/// An assertion, checked.
#[derive(Debug)]
pub struct Assertion {
    /// The credential ID.
    pub credential_id: Vec<u8>,
    /// Authenticator data as signed.
    pub encoded_authenticator_data: Vec<u8>,
    /// Authenticator data, read.
    pub authenticator_data: AuthenticatorData,
    /// The signature.
    pub signature: Vec<u8>,
    /// The account, if the key named it.
    pub user: Option<UserEntity>,
    /// Derived secrets, if asked for.
    pub hmac_secrets: Option<HmacSecrets>,
    /// True if the signature was checked with a public key given.
    pub signature_verified: bool,
    /// How the person was verified.
    pub verification: Verification,
}

/// Produces one assertion, or one per account.
pub fn authenticate(
    session: &mut Session<'_>,
    wanted: &Authentication,
) -> Result<Vec<Assertion>, Error> {
    unimplemented!()
}
