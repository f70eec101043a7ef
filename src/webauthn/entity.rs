//! Relying party, user, credential descriptor, credential parameters (WebAuthn L3 §5.4, §5.8).

use crate::cbor::{ByteVec, LossyText, text_map};
use crate::cose::Algorithm;

/// The only credential type there is (WebAuthn L3 §5.8.2).
pub const PUBLIC_KEY: &str = "public-key";

text_map! {
    /// PublicKeyCredentialRpEntity.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct RpEntity {
        /// The RP ID, a domain.
        "id" => id: String,
        /// A name for people.
        "name" => name: Option<LossyText>,
    }
}

text_map! {
    /// PublicKeyCredentialUserEntity.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct UserEntity {
        /// The user handle, 1 to 64 bytes.
        "id" => id: ByteVec,
        /// The account's name.
        "name" => name: Option<LossyText>,
        /// The person's name.
        "displayName" => display_name: Option<LossyText>,
    }
}

text_map! {
    /// PublicKeyCredentialDescriptor; `transports` is never sent to a key, as some choke on it.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct CredentialDescriptor {
        /// The credential ID.
        "id" => id: ByteVec,
        /// [`PUBLIC_KEY`].
        "type" => credential_type: String,
    }
}

impl CredentialDescriptor {
    /// Names a public-key credential.
    pub fn new(id: impl Into<Vec<u8>>) -> Self {
        CredentialDescriptor {
            id: ByteVec::from(id.into()),
            credential_type: PUBLIC_KEY.to_owned(),
        }
    }
}

text_map! {
    /// PublicKeyCredentialParameters.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct CredentialParameters {
        /// The signature algorithm.
        "alg" => algorithm: Algorithm,
        /// [`PUBLIC_KEY`].
        "type" => credential_type: String,
    }
}

impl CredentialParameters {
    /// Asks for a public-key credential with this algorithm.
    pub fn new(algorithm: Algorithm) -> Self {
        CredentialParameters { algorithm, credential_type: PUBLIC_KEY.to_owned() }
    }
}
