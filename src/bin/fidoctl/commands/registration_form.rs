//! The forms in which a credential that was made is handed on.

use fidoctl::cbor;
use fidoctl::cose::CoseKey;
use fidoctl::formats::cose_text;
use fidoctl::formats::jwk::Jwk;
use fidoctl::formats::libfido2::CredentialLines;
use fidoctl::webauthn::{
    AttestationObject, AuthenticatorAttestationResponseJson, Base64Url, RegistrationResponseJson,
};
use serde_json::Map;

use super::rp_id::ClientData;
use crate::failure::{Failure, Kind};
use crate::output::json_text;

/// A form of the whole registration, or of the public key alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum RegistrationForm {
    /// RegistrationResponseJSON
    Webauthn,
    /// The public key as PEM
    Pem,
    /// The public key as JWK, named by the credential ID
    Jwk,
    /// The public key as COSE, in bytes
    Cose,
    /// The public key as COSE, in hex
    CoseHex,
    /// The public key as COSE, in base64
    CoseBase64,
    /// The lines that fido2-cred -M writes and fido2-cred -V reads
    Libfido2,
}

/// What is printed in place of a report.
#[derive(Debug)]
pub enum Printed {
    /// Text, whole lines of it.
    Text(String),
    /// Bytes, which no terminal gets.
    Bytes(Vec<u8>),
}

impl Printed {
    /// Returns the text, if it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Printed::Text(text) => Some(text),
            Printed::Bytes(_) => None,
        }
    }

    /// Returns the bytes, if they are no text.
    pub fn bytes(&self) -> Option<&[u8]> {
        match self {
            Printed::Text(_) => None,
            Printed::Bytes(bytes) => Some(bytes),
        }
    }
}

impl RegistrationForm {
    /// Refuses a form that is no JSON where JSON is asked for.
    pub fn check(self, json: bool) -> Result<(), Failure> {
        match self {
            RegistrationForm::Webauthn | RegistrationForm::Jwk => Ok(()),
            _ if !json => Ok(()),
            _ => Err(Failure::message(Kind::USAGE, "the form asked for by --format is not JSON")
                .hint("leave out --json or --format, or use --format jwk")),
        }
    }
}

/// A credential as it was made.
pub struct Made<'a> {
    pub rp_id: &'a str,
    pub credential_id: &'a [u8],
    pub public_key: &'a CoseKey,
    pub attestation_object: &'a AttestationObject,
    pub transports: &'a [String],
    /// `None` if they are not known any more.
    pub client_data: Option<&'a ClientData>,
}

impl Made<'_> {
    /// Puts the credential into a form.
    pub fn print(&self, form: RegistrationForm) -> Result<Printed, Failure> {
        let text = match form {
            RegistrationForm::Webauthn => self.webauthn()?,
            RegistrationForm::Pem => self.public_key.to_pem().ok_or_else(|| self.has_no("PEM"))?,
            RegistrationForm::Jwk => {
                let jwk = Jwk::new(self.public_key, self.credential_id);
                json_text(&jwk.ok_or_else(|| self.has_no("JWK"))?)
            }
            RegistrationForm::Cose => return Ok(Printed::Bytes(cbor::to_vec(self.public_key))),
            RegistrationForm::CoseHex => cose_text::to_hex(self.public_key) + "\n",
            RegistrationForm::CoseBase64 => cose_text::to_base64(self.public_key) + "\n",
            RegistrationForm::Libfido2 => self.libfido2()?,
        };
        Ok(Printed::Text(text))
    }

    /// Returns the WebAuthn response around these client data.
    pub fn response(
        &self,
        client_data_json: &[u8],
        extension_results: Map<String, serde_json::Value>,
    ) -> RegistrationResponseJson {
        let object = self.attestation_object;
        let response = AuthenticatorAttestationResponseJson {
            client_data_json: Base64Url::from(client_data_json),
            attestation_object: Base64Url(object.to_vec()),
            authenticator_data: Some(Base64Url(object.authenticator_data.to_vec())),
            transports: self.transports.to_vec(),
            public_key: self.public_key.to_spki_der().map(Base64Url),
            public_key_algorithm: self.public_key.algorithm().0,
        };
        RegistrationResponseJson::new(self.credential_id.to_vec(), response, extension_results)
    }

    fn webauthn(&self) -> Result<String, Failure> {
        match self.client_data {
            Some(ClientData::Json { json, .. }) => Ok(json_text(&self.response(json, Map::new()))),
            _ => Err(only_the_hash()),
        }
    }

    fn libfido2(&self) -> Result<String, Failure> {
        let client_data = self.client_data.ok_or_else(|| {
            Failure::message(Kind::USAGE, "the hash of the client data is not known here")
                .hint("give it with --client-data-hash")
        })?;
        let lines = CredentialLines::new(
            self.attestation_object,
            self.credential_id,
            self.rp_id,
            client_data.hash(),
        );
        lines.map(|lines| lines.to_text()).map_err(|error| {
            Failure::new(Kind::UNSUPPORTED, error)
                .hint("use --format pem: that key is what fido2-assert -V reads")
        })
    }

    fn has_no(&self, form: &str) -> Failure {
        let algorithm = self.public_key.algorithm();
        Failure::message(Kind::UNSUPPORTED, format!("a key for {algorithm} has no form in {form}"))
            .hint("use --format cose")
    }
}

/// Says that there can be no WebAuthn response.
pub fn only_the_hash() -> Failure {
    Failure::message(
        Kind::USAGE,
        "a WebAuthn response holds client data, and only their hash is known here",
    )
    .hint("use another --format, or --challenge and --origin in place of the hash")
}
