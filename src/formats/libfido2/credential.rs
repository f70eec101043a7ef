//! fido2-cred: what `-M` reads, what it writes and `-V` reads, what `-V` writes.

use super::LinesError;
use super::lines::{Reader, bytes_line, wrapped_line};
use crate::cbor::Value;
use crate::cose::CoseKey;
use crate::webauthn::AttestationObject;

/// What `fido2-cred -M` reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialRequest {
    /// SHA-256 of the client data.
    pub client_data_hash: [u8; 32],
    /// Any text without a line break, not only a domain.
    pub rp_id: String,
    /// The account's name.
    pub user_name: String,
    /// The user handle.
    pub user_id: Vec<u8>,
}

impl CredentialRequest {
    /// Reads the four lines.
    pub fn parse(content: &[u8]) -> Result<Self, LinesError> {
        let mut lines = Reader::new(content)?;
        let request = CredentialRequest {
            client_data_hash: lines.hash("client data hash in base64")?,
            rp_id: lines.text("RP ID")?,
            user_name: lines.text("user name")?,
            user_id: lines.bytes("user ID in base64")?,
        };
        lines.end()?;
        Ok(request)
    }
}

/// What `fido2-cred -M` writes and `fido2-cred -V` reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialLines {
    /// SHA-256 of the client data.
    pub client_data_hash: [u8; 32],
    /// The RP ID.
    pub rp_id: String,
    /// The attestation statement format's name.
    pub format: String,
    /// The authenticator data, as signed.
    pub authenticator_data: Vec<u8>,
    /// The credential ID.
    pub credential_id: Vec<u8>,
    /// The attestation's signature.
    pub signature: Vec<u8>,
    /// The certificate that attests; `None` where the credential's own key does.
    pub certificate: Option<Vec<u8>>,
}

/// Why an attestation has no form in lines.
#[derive(Debug, thiserror::Error)]
pub enum NoLines {
    /// The lines take a signature, and this format has none, or in another shape.
    #[error("an attestation of the format {0:?} has no signature that libfido2's lines could take")]
    Format(String),
    /// More certificates than one; how many.
    #[error("the attestation has {0} certificates, where libfido2's lines take one")]
    Certificates(usize),
}

impl CredentialLines {
    /// Takes apart an attestation.
    pub fn new(
        object: &AttestationObject,
        credential_id: &[u8],
        rp_id: &str,
        client_data_hash: [u8; 32],
    ) -> Result<Self, NoLines> {
        let no_signature = || NoLines::Format(object.format.clone());
        if !matches!(object.format.as_str(), "packed" | "fido-u2f") {
            return Err(no_signature());
        }
        let signature = object.statement.get("sig").and_then(Value::as_bytes);
        let certificates = object.statement.get("x5c").and_then(Value::as_array);
        let certificate = match certificates {
            None => None,
            Some([only]) => Some(only.as_bytes().ok_or_else(no_signature)?.to_vec()),
            Some(several) => return Err(NoLines::Certificates(several.len())),
        };
        Ok(CredentialLines {
            client_data_hash,
            rp_id: rp_id.to_owned(),
            format: object.format.clone(),
            authenticator_data: object.authenticator_data.as_slice().to_vec(),
            credential_id: credential_id.to_vec(),
            signature: signature.ok_or_else(no_signature)?.to_vec(),
            certificate,
        })
    }

    /// Reads the lines; the attestation's algorithm is not among them. A line with a
    /// largeBlobKey, which comes last, is passed over.
    pub fn parse(content: &[u8]) -> Result<Self, LinesError> {
        let mut lines = Reader::new(content)?;
        let mut read = CredentialLines {
            client_data_hash: lines.hash("client data hash in base64")?,
            rp_id: lines.text("RP ID")?,
            format: lines.text("attestation format")?,
            authenticator_data: lines.wrapped("authenticator data")?,
            credential_id: lines.bytes("credential ID in base64")?,
            signature: lines.bytes("signature in base64")?,
            certificate: None,
        };
        if let Some(line) = lines.optional().filter(|line| !line.is_empty()) {
            let bytes = lines.decode(line, "certificate in base64")?;
            // Without a certificate, largeBlobKey takes its place: 32 bytes, which no certificate has.
            if bytes.len() > 32 {
                read.certificate = Some(bytes);
                let _large_blob_key = lines.optional();
            }
        }
        lines.end()?;
        Ok(read)
    }

    /// Returns the attestation object. `algorithm` is that of the signature, for the format
    /// `packed`.
    pub fn to_attestation_object(&self, algorithm: i64) -> AttestationObject {
        let mut statement = Vec::new();
        if self.format == "packed" {
            statement.push(("alg", Value::from(algorithm)));
        }
        statement.push(("sig", self.signature.clone().into()));
        if let Some(certificate) = &self.certificate {
            statement.push(("x5c", Value::Array(vec![certificate.clone().into()])));
        }
        AttestationObject {
            format: self.format.clone(),
            statement: Value::text_map(statement),
            authenticator_data: self.authenticator_data.clone().into(),
        }
    }

    /// Returns the lines.
    pub fn to_text(&self) -> String {
        let mut text = bytes_line(&self.client_data_hash);
        text.push_str(&format!("{}\n{}\n", self.rp_id, self.format));
        text.push_str(&wrapped_line(&self.authenticator_data));
        text.push_str(&bytes_line(&self.credential_id));
        text.push_str(&bytes_line(&self.signature));
        text.extend(self.certificate.as_deref().map(bytes_line));
        text
    }
}

/// Returns what `fido2-cred -V` writes; `None` if the key has no form in PEM.
pub fn credential_id_and_pem(credential_id: &[u8], key: &CoseKey) -> Option<String> {
    Some(bytes_line(credential_id) + &key.to_pem()?)
}
