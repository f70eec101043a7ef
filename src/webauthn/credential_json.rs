//! What registration and authentication responses have in common (WebAuthn L3 §5.1).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Base64Url, PUBLIC_KEY};

/// A PublicKeyCredential in JSON, around the answer `R` of the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PublicKeyCredentialJson<R> {
    /// The credential ID.
    pub id: Base64Url,
    /// The credential ID once more.
    pub raw_id: Base64Url,
    /// The key's answer.
    pub response: R,
    /// `cross-platform` for a key that can be carried about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub authenticator_attachment: Option<String>,
    /// Client extension outputs.
    #[serde(default)]
    pub client_extension_results: Map<String, Value>,
    /// `public-key`.
    #[serde(rename = "type")]
    pub credential_type: String,
}

impl<R> PublicKeyCredentialJson<R> {
    /// Puts together the answer of a key that can be carried about.
    pub fn new(
        credential_id: Vec<u8>,
        response: R,
        client_extension_results: Map<String, Value>,
    ) -> Self {
        PublicKeyCredentialJson {
            id: Base64Url(credential_id.clone()),
            raw_id: Base64Url(credential_id),
            response,
            authenticator_attachment: Some("cross-platform".to_owned()),
            client_extension_results,
            credential_type: PUBLIC_KEY.to_owned(),
        }
    }
}
