//! AuthenticationResponseJSON of what a key answered (WebAuthn L3 §5.1, §10.1).

use serde_json::{Map, Value, json};

use super::registration_results::{hmac_outputs, prf_results};
use crate::client::authenticate::Assertion;
use crate::client::authenticate_blobs::LargeBlobOutcome;
use crate::webauthn::extensions::LargeBlobRequest;
use crate::webauthn::{AuthenticationResponseJson, AuthenticatorAssertionResponseJson, Base64Url};

/// Which client extensions are to be answered whatever the key does.
#[derive(Clone, Copy, Debug, Default)]
pub struct AskedAtAuthentication<'o> {
    /// `prf`; secrets come in its form, else in that of `hmacGetSecret`.
    pub prf: bool,
    /// `largeBlob`.
    pub large_blob: Option<&'o LargeBlobRequest>,
}

impl AskedAtAuthentication<'_> {
    /// Returns the client extension outputs.
    pub fn results(self, assertion: &Assertion) -> Map<String, Value> {
        let mut results = Map::new();
        let mut put = |name: &str, output: Value| results.insert(name.to_owned(), output);
        let secrets = assertion.hmac_secrets.as_ref();
        if self.prf {
            put("prf", secrets.map(prf_results).into_iter().collect::<Map<_, _>>().into());
        } else if let Some(secrets) = secrets {
            put("hmacGetSecret", hmac_outputs(secrets));
        }
        if let Some(blob) = &assertion.blobs.cred_blob {
            put("getCredBlob", json!(Base64Url(blob.clone())));
        }
        if let Some(used) = assertion.app_id_used {
            put("appid", used.into());
        }
        match (&assertion.blobs.large_blob, self.large_blob) {
            (Some(LargeBlobOutcome::Blob(blob)), _) => {
                put("largeBlob", json!({ "blob": Base64Url(blob.clone()) }));
            }
            (Some(LargeBlobOutcome::Written), _) => {
                put("largeBlob", json!({ "written": true }));
            }
            (Some(LargeBlobOutcome::Exists | LargeBlobOutcome::NotWritten), _)
            | (_, Some(LargeBlobRequest::Write(_))) => {
                put("largeBlob", json!({ "written": false }));
            }
            (None, None) => {}
            _ => {
                put("largeBlob", json!({}));
            }
        }
        results
    }
}

/// Puts the response together.
pub fn authentication_response(
    assertion: &Assertion,
    client_data_json: &[u8],
    results: Map<String, Value>,
) -> AuthenticationResponseJson {
    let user = assertion.user.as_ref();
    let response = AuthenticatorAssertionResponseJson {
        client_data_json: Base64Url::from(client_data_json),
        authenticator_data: Base64Url(assertion.encoded_authenticator_data.clone()),
        signature: Base64Url(assertion.signature.clone()),
        user_handle: user.map(|user| Base64Url::from(user.id.as_slice())),
    };
    AuthenticationResponseJson::new(assertion.credential_id.clone(), response, results)
}
