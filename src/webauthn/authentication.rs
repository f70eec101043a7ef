//! AuthenticationResponseJSON (WebAuthn L3 §5.1).

use serde::{Deserialize, Serialize};

use super::Base64Url;

/// What a client returns to the relying party after authentication.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthenticationResponseJson {
    /// The credential ID.
    pub id: Base64Url,
    /// The credential ID once more.
    pub raw_id: Base64Url,
    /// The key's answer.
    pub response: AuthenticatorAssertionResponseJson,
    /// `cross-platform` for a key that can be carried about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub authenticator_attachment: Option<String>,
    /// Client extension outputs.
    #[serde(default)]
    pub client_extension_results: serde_json::Map<String, serde_json::Value>,
    /// `public-key`.
    #[serde(rename = "type")]
    pub credential_type: String,
}

/// AuthenticatorAssertionResponseJSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthenticatorAssertionResponseJson {
    /// The client data, as hashed.
    #[serde(rename = "clientDataJSON")]
    pub client_data_json: Base64Url,
    /// The authenticator data, as signed.
    pub authenticator_data: Base64Url,
    /// The signature over authenticator data and client data hash.
    pub signature: Base64Url,
    /// The account, for discoverable credentials.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub user_handle: Option<Base64Url>,
}
