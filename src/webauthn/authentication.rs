//! AuthenticationResponseJSON (WebAuthn L3 §5.1).

use serde::{Deserialize, Serialize};

use super::{Base64Url, PublicKeyCredentialJson};

/// What a client returns to the relying party after authentication.
pub type AuthenticationResponseJson = PublicKeyCredentialJson<AuthenticatorAssertionResponseJson>;

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
