//! The forms in which a credential that was made is handed on.

use clap::ValueEnum;
use clap::builder::PossibleValue;
use fidoctl::cbor;
use fidoctl::cose::CoseKey;
use fidoctl::formats::cose_text;
use fidoctl::formats::jwk::Jwk;
use fidoctl::formats::libfido2::CredentialLines;
use fidoctl::webauthn::AttestationObject;

use crate::failure::{Failure, Kind};
use crate::output::json_text;

/// A form of the public key, or of the registration for other programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum RegistrationForm {
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

/// What `enroll` prints: the response for the service, or a form for other programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnrollForm {
    /// RegistrationResponseJSON.
    Webauthn,
    /// Another one.
    Of(RegistrationForm),
}

impl ValueEnum for EnrollForm {
    fn value_variants<'a>() -> &'a [Self] {
        &[
            EnrollForm::Webauthn,
            EnrollForm::Of(RegistrationForm::Pem),
            EnrollForm::Of(RegistrationForm::Jwk),
            EnrollForm::Of(RegistrationForm::Cose),
            EnrollForm::Of(RegistrationForm::CoseHex),
            EnrollForm::Of(RegistrationForm::CoseBase64),
            EnrollForm::Of(RegistrationForm::Libfido2),
        ]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            EnrollForm::Webauthn => {
                Some(PossibleValue::new("webauthn").help("RegistrationResponseJSON"))
            }
            EnrollForm::Of(form) => form.to_possible_value(),
        }
    }
}

impl EnrollForm {
    /// Refuses a form that is no JSON where JSON is asked for.
    pub fn check(self, json: bool) -> Result<(), Failure> {
        match self {
            EnrollForm::Webauthn => Ok(()),
            EnrollForm::Of(form) => form.check(json),
        }
    }
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
            RegistrationForm::Jwk => Ok(()),
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
    /// `None` if it is not known any more.
    pub client_data_hash: Option<[u8; 32]>,
}

impl Made<'_> {
    /// Puts the credential into a form.
    pub fn print(&self, form: RegistrationForm) -> Result<Printed, Failure> {
        let text = match form {
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

    fn libfido2(&self) -> Result<String, Failure> {
        let client_data_hash = self.client_data_hash.ok_or_else(|| {
            Failure::message(Kind::USAGE, "the hash of the client data is not known here")
                .hint("give it with --client-data-hash")
        })?;
        let lines = CredentialLines::new(
            self.attestation_object,
            self.credential_id,
            self.rp_id,
            client_data_hash,
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
