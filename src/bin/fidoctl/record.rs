//! The credential record: what is known of a credential, without any secret
//! (`fidoctl.credential/1`, described in `docs/json.md`).

use std::path::Path;

use fidoctl::cbor::{self, Strictness};
use fidoctl::cose::CoseKey;
use fidoctl::webauthn::{AuthenticatorData, Base64Url, Flags};
use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Kind};
use crate::output::uuid;

/// The schema's name.
pub const SCHEMA: &str = "fidoctl.credential/1";

/// A credential, as far as it is public.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CredentialRecord {
    pub schema: String,
    pub rp_id: String,
    pub origin: Option<String>,
    pub credential_id: Base64Url,
    /// COSE_Key, encoded.
    pub public_key_cose: Base64Url,
    pub public_key_pem: Option<String>,
    pub algorithm: i64,
    pub aaguid: String,
    pub discoverable: bool,
    pub user_verified: bool,
    pub backup_eligible: bool,
    pub backed_up: bool,
    pub sign_count: u32,
    pub transports: Vec<String>,
    pub user: RecordedUser,
    pub attestation_object: Base64Url,
    #[serde(rename = "client_data_json")]
    pub client_data_json: Option<Base64Url>,
    /// True if the attestation names the very key.
    #[serde(default)]
    pub enterprise_attestation: bool,
    /// The least PIN length, if the key told it.
    #[serde(default)]
    pub minimum_pin_length: Option<u64>,
    /// Whether the key refuses PINs that are easy to guess, if it told that.
    #[serde(default)]
    pub pin_complexity_policy: Option<bool>,
}

/// The account of a credential.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RecordedUser {
    pub id: Base64Url,
    pub name: Option<String>,
    pub display_name: Option<String>,
}

impl CredentialRecord {
    /// Reads a record.
    pub fn load(path: &Path) -> Result<Self, Failure> {
        let unreadable = |error: anyhow::Error| {
            Failure::new(
                Kind::BAD_FILE,
                error.context(format!("{} is not a credential record", path.display())),
            )
            .hint("give the file that 'fidoctl enroll --save FILE' wrote")
        };
        let json = crate::input::read_file(path)?;
        let record: Self = serde_json::from_slice(&json).map_err(|e| unreadable(e.into()))?;
        if record.schema != SCHEMA {
            return Err(unreadable(anyhow::anyhow!(
                "its schema is {:?}, where {SCHEMA:?} is wanted",
                record.schema
            )));
        }
        record.public_key()?;
        Ok(record)
    }

    /// Returns the public key.
    pub fn public_key(&self) -> Result<CoseKey, Failure> {
        cbor::from_slice_with(&self.public_key_cose.0, Strictness::Tolerant, cbor::MESSAGE_NESTING)
            .map_err(|error| {
                Failure::new(
                    Kind::BAD_FILE,
                    anyhow::Error::new(error)
                        .context("the credential record's public_key_cose cannot be read"),
                )
            })
    }

    /// Takes flags, counter and key from authenticator data; `None` if it holds no credential.
    pub fn new(
        rp_id: &str,
        data: &AuthenticatorData,
        attestation_object: &[u8],
        user: RecordedUser,
    ) -> Option<Self> {
        let credential = data.attested_credential.as_ref()?;
        Some(CredentialRecord {
            schema: SCHEMA.to_owned(),
            rp_id: rp_id.to_owned(),
            origin: None,
            credential_id: Base64Url(credential.credential_id.clone()),
            public_key_cose: Base64Url(cbor::to_vec(&credential.public_key)),
            public_key_pem: credential.public_key.to_pem(),
            algorithm: credential.public_key.algorithm().0,
            aaguid: uuid(&credential.aaguid),
            discoverable: false,
            user_verified: data.flags.contains(Flags::UV),
            backup_eligible: data.flags.contains(Flags::BE),
            backed_up: data.flags.contains(Flags::BS),
            sign_count: data.sign_count,
            transports: Vec::new(),
            user,
            attestation_object: Base64Url(attestation_object.to_vec()),
            client_data_json: None,
            enterprise_attestation: false,
            minimum_pin_length: None,
            pin_complexity_policy: None,
        })
    }
}
