//! RegistrationResponseJSON of what a key answered (WebAuthn L3 §5.1, §10.1).

use serde_json::{Map, Value, json};

use crate::client::hmac_secret::HmacSecrets;
use crate::client::register::Registered;
use crate::ctap2::GetInfoResponse;
use crate::ctap2::extensions::HMAC_SECRET;
use crate::webauthn::{
    AttestationObject, AuthenticatorAttestationResponseJson, Base64Url, RegistrationResponseJson,
};

/// Which client extensions are to be answered that the key does not answer itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AskedAtRegistration {
    /// `credProps`.
    pub cred_props: bool,
    /// `prf`; secrets come in its form.
    pub prf: bool,
    /// `hmacCreateSecret`; secrets come in the form of `hmacGetSecret`.
    pub hmac_create_secret: bool,
    /// `appidExclude`.
    pub app_id_exclude: bool,
}

impl AskedAtRegistration {
    /// Returns the client extension outputs.
    pub fn results(self, registered: &Registered) -> Map<String, Value> {
        let mut results = Map::new();
        let mut put = |name: &str, output: Value| results.insert(name.to_owned(), output);
        let output = registered.authenticator_data.extension(HMAC_SECRET);
        let derives = output.and_then(|output| output.as_bool()) == Some(true);
        let secrets = registered.hmac_secrets.as_ref();
        if self.cred_props {
            put("credProps", json!({ "rk": registered.discoverable }));
        }
        if self.prf {
            let mut prf = Map::from_iter([("enabled".to_owned(), derives.into())]);
            prf.extend(secrets.map(prf_results));
            put("prf", prf.into());
        }
        if self.hmac_create_secret {
            put("hmacCreateSecret", derives.into());
        }
        if let Some(secrets) = secrets.filter(|_| !self.prf) {
            put("hmacGetSecret", hmac_outputs(secrets));
        }
        if self.app_id_exclude {
            put("appidExclude", true.into());
        }
        if let Some(stored) = registered.blobs.cred_blob {
            put("credBlob", stored.into());
        }
        if let Some(supported) = registered.blobs.large_blob {
            put("largeBlob", json!({ "supported": supported }));
        }
        results
    }
}

/// The member `results` of `prf`.
pub(super) fn prf_results(secrets: &HmacSecrets) -> (String, Value) {
    ("results".to_owned(), members(secrets, ["first", "second"]))
}

/// The output `hmacGetSecret`.
pub(super) fn hmac_outputs(secrets: &HmacSecrets) -> Value {
    members(secrets, ["output1", "output2"])
}

fn members(secrets: &HmacSecrets, [first, second]: [&str; 2]) -> Value {
    let mut members = Map::new();
    members.insert(first.to_owned(), json!(Base64Url(Vec::from(secrets.first.as_slice()))));
    if let Some(secret) = &secrets.second {
        members.insert(second.to_owned(), json!(Base64Url(Vec::from(secret.as_slice()))));
    }
    members.into()
}

/// Returns how a key can be reached: sorted, no duplicates. One that does not say so was reached
/// by CTAPHID, which is USB's.
pub fn transports(info: &GetInfoResponse) -> Vec<String> {
    let mut transports = info.transports.clone().unwrap_or_else(|| vec!["usb".to_owned()]);
    transports.sort();
    transports.dedup();
    transports
}

/// Puts the response together.
pub fn registration_response(
    registered: &Registered,
    conveyed: &AttestationObject,
    transports: Vec<String>,
    client_data_json: &[u8],
    results: Map<String, Value>,
) -> RegistrationResponseJson {
    let credential = registered.authenticator_data.attested_credential.as_ref();
    let key = credential.map(|credential| &credential.public_key);
    let response = AuthenticatorAttestationResponseJson {
        client_data_json: Base64Url::from(client_data_json),
        attestation_object: Base64Url(conveyed.to_vec()),
        authenticator_data: Some(Base64Url::from(conveyed.authenticator_data.as_slice())),
        transports,
        public_key: key.and_then(|key| key.to_spki_der()).map(Base64Url),
        public_key_algorithm: key.map(|key| key.algorithm().0).unwrap_or_default(),
    };
    let id = credential.map(|credential| credential.credential_id.clone()).unwrap_or_default();
    RegistrationResponseJson::new(id, response, results)
}
