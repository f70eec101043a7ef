//! The W3C test vectors, one [`Case`] each.

use fidoctl::cbor::Strictness;
use fidoctl::relying_party::{Expectations, Report, StoredCredential, authentication};
use fidoctl::webauthn::{
    AttestationObject, AuthenticationResponseJson, AuthenticatorData, RegistrationResponseJson,
};
use serde_json::{Value as Json, json};

use super::{base64url, case, hex, items, load, text};

/// A case of the W3C vectors, taken apart.
pub struct Case {
    pub object: Vec<u8>,
    pub registration_client_data: Vec<u8>,
    pub credential: StoredCredential,
    pub authenticator_data: Vec<u8>,
    pub signature: Vec<u8>,
    pub client_data: Vec<u8>,
    pub json: Json,
}

impl Case {
    /// Takes a case apart.
    pub fn new(json: &Json) -> Self {
        let (create, get) = (&json["registration"], &json["authentication"]);
        let object = hex(&create["attestationObject"]);
        let data = AttestationObject::from_slice(&object).unwrap().authenticator_data;
        let data = AuthenticatorData::parse(&data, Strictness::Canonical).unwrap();
        let attested = data.attested_credential.unwrap();
        let mut credential = StoredCredential::new(attested.public_key);
        credential.id = Some(attested.credential_id);
        credential.sign_count = Some(data.sign_count);
        Case {
            object,
            registration_client_data: hex(&create["clientDataJSON"]),
            credential,
            authenticator_data: hex(&get["authenticatorData"]),
            signature: hex(&get["signature"]),
            client_data: hex(&get["clientDataJSON"]),
            json: json.clone(),
        }
    }

    /// Returns the case of this name.
    pub fn named(id: &str) -> Self {
        Self::new(&case(&load("webauthn-l3")["cases"], id))
    }

    /// Returns every case.
    pub fn all() -> Vec<Self> {
        items(&load("webauthn-l3")["cases"]).iter().map(Self::new).collect()
    }

    /// Returns the name.
    pub fn id(&self) -> &str {
        text(&self.json["id"])
    }

    /// What a relying party expects of `ceremony`, `registration` or `authentication`.
    pub fn expectations(&self, ceremony: &str) -> Expectations {
        let in_frame = self.id().ends_with("Origin");
        Expectations {
            origins: Some(vec!["https://example.org".to_owned()]),
            challenge: Some(hex(&self.json[ceremony]["challenge"])),
            allow_cross_origin: in_frame,
            top_origins: in_frame.then(|| vec!["https://example.com".to_owned()]),
            algorithms: Some(vec![self.credential.public_key.algorithm()]),
            ..Expectations::default()
        }
    }

    /// What a client would return at registration.
    pub fn registration_response(&self) -> RegistrationResponseJson {
        let id = base64url(self.credential.id.as_ref().unwrap());
        let object = AttestationObject::from_slice(&self.object).unwrap();
        let key = &self.credential.public_key;
        let response = json!({
            "id": id, "rawId": id, "type": "public-key", "clientExtensionResults": {},
            "response": {
                "clientDataJSON": base64url(&self.registration_client_data),
                "attestationObject": base64url(&self.object),
                "authenticatorData": base64url(&object.authenticator_data),
                "transports": ["usb"],
                "publicKey": key.to_spki_der().map(|der| base64url(&der)),
                "publicKeyAlgorithm": key.algorithm().0,
            },
        });
        serde_json::from_value(response).unwrap()
    }

    /// What a client would return at authentication.
    pub fn authentication_response(&self) -> AuthenticationResponseJson {
        let id = base64url(self.credential.id.as_ref().unwrap());
        let response = json!({
            "id": id, "rawId": id, "type": "public-key", "clientExtensionResults": {},
            "response": {
                "clientDataJSON": base64url(&self.client_data),
                "authenticatorData": base64url(&self.authenticator_data),
                "signature": base64url(&self.signature),
            },
        });
        serde_json::from_value(response).unwrap()
    }

    /// Verifies the assertion.
    pub fn verify_authentication(&self) -> Report {
        let wanted = self.expectations("authentication");
        authentication::verify(&self.authentication_response(), &wanted, &self.credential)
    }
}
