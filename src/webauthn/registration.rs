//! RegistrationResponseJSON (WebAuthn L3 §5.1).

use serde::{Deserialize, Serialize};

use super::{Base64Url, PublicKeyCredentialJson};

/// What a client returns to the relying party after registration.
pub type RegistrationResponseJson = PublicKeyCredentialJson<AuthenticatorAttestationResponseJson>;

/// AuthenticatorAttestationResponseJSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthenticatorAttestationResponseJson {
    /// The client data, as hashed.
    #[serde(rename = "clientDataJSON")]
    pub client_data_json: Base64Url,
    /// The attestation object.
    pub attestation_object: Base64Url,
    /// The authenticator data inside it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub authenticator_data: Option<Base64Url>,
    /// How the key can be reached: sorted, no duplicates.
    #[serde(default)]
    pub transports: Vec<String>,
    /// DER SubjectPublicKeyInfo, where the key has that form.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub public_key: Option<Base64Url>,
    /// COSE algorithm number.
    #[serde(default)]
    pub public_key_algorithm: i64,
}
