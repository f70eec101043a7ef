//! What is kept with a credential for others: credBlob, largeBlobKey, largeBlob
//! (CTAP 2.2 §12.2, §12.3, CTAP 2.3 §12.4).

use serde::{Deserialize, Serialize};

use super::Authenticator;
use super::large_blob_store::LargeBlobs;
use super::limits::MAX_CRED_BLOB_LENGTH;
use super::secret::Secret;
use super::state::{Credential, State};
use super::version_line::Feature;
use crate::cbor::{self, ByteVec, Value};
use crate::ctap2::Status;
use crate::ctap2::extensions::{
    GetAssertionExtensions, LargeBlobAccess, LargeBlobOutput, MakeCredentialExtensions,
    UnsignedExtensionOutputs,
};
use crate::webauthn::Base64Url;

/// The blobs of one discoverable credential.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CredentialBlobs {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) cred_blob: Option<Base64Url>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) large_blob_key: Option<Secret<32>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) large_blob: Option<LargeBlob>,
}

/// Room for a blob of extension `largeBlob`, and what is in it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LargeBlob {
    stored: Option<StoredLargeBlob>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredLargeBlob {
    compressed: Base64Url,
    original_size: u64,
}

impl Authenticator {
    /// Makes a new credential's blobs. Those that are not discoverable have no room for any.
    pub(super) fn new_blobs(
        &mut self,
        inputs: &MakeCredentialExtensions,
        discoverable: bool,
    ) -> Result<CredentialBlobs, Status> {
        let mut blobs = CredentialBlobs::default();
        let has_room = discoverable && self.state.line().has(Feature::CredBlob);
        let fits = |blob: &&ByteVec| blob.len() <= MAX_CRED_BLOB_LENGTH && has_room;
        blobs.cred_blob = inputs.cred_blob.as_ref().filter(fits).map(|b| Base64Url(b.to_vec()));
        match (self.state.large_blob_way(), inputs.large_blob_key, &inputs.large_blob) {
            (LargeBlobs::LargeBlobKey, Some(wanted), _) => {
                if !wanted || !discoverable {
                    return Err(Status::INVALID_OPTION);
                }
                blobs.large_blob_key = Some(Secret::generate(self.environment.random())?);
            }
            (LargeBlobs::LargeBlob, _, Some(wanted)) => match wanted.support.as_str() {
                "required" if !discoverable => return Err(Status::INVALID_OPTION),
                "required" | "preferred" => {
                    blobs.large_blob = discoverable.then(LargeBlob::default);
                }
                _ => return Err(Status::INVALID_OPTION),
            },
            _ => {}
        }
        Ok(blobs)
    }

    /// Returns the unsigned outputs of makeCredential.
    pub(super) fn unsigned_outputs(
        &self,
        inputs: &MakeCredentialExtensions,
        blobs: &CredentialBlobs,
    ) -> Option<Value> {
        let asked = inputs.large_blob.is_some();
        (asked && self.state.large_blob_way() == LargeBlobs::LargeBlob).then(|| {
            let supported = Some(blobs.large_blob.is_some());
            unsigned(LargeBlobOutput { supported, ..Default::default() })
        })
    }

    /// Checks what is asked of blobs at getAssertion; `single` if an allow list names one
    /// credential.
    pub(super) fn check_blob_inputs(
        &self,
        inputs: &GetAssertionExtensions,
        single: bool,
        user_verified: bool,
    ) -> Result<(), Status> {
        let way = self.state.large_blob_way();
        if way == LargeBlobs::LargeBlobKey && inputs.large_blob_key == Some(false) {
            return Err(Status::INVALID_OPTION);
        }
        let Some(access) = inputs.large_blob.as_ref().filter(|_| way == LargeBlobs::LargeBlob)
        else {
            return Ok(());
        };
        match (access.read, &access.write, access.original_size) {
            (Some(true), None, None) => Ok(()),
            (None, Some(_), Some(_)) if single && user_verified => Ok(()),
            _ => Err(Status::INVALID_OPTION),
        }
    }

    /// Reads or writes a credential's large blob; a write goes into `next`.
    pub(super) fn access_large_blob(
        &self,
        next: &mut State,
        credential: &Credential,
        access: Option<&LargeBlobAccess>,
    ) -> Option<Value> {
        let access = access.filter(|_| self.state.large_blob_way() == LargeBlobs::LargeBlob)?;
        let output = match (&access.write, access.original_size) {
            (Some(compressed), Some(original_size)) => {
                let room = next.large_blobs.capacity();
                let stored = next.credentials.iter_mut().find(|c| c.id.0 == credential.id);
                let place = stored.and_then(|stored| stored.blobs.large_blob.as_mut());
                let place = place.filter(|_| compressed.len() <= room);
                let written = place.map(|place| {
                    let compressed = Base64Url(compressed.to_vec());
                    place.stored = Some(StoredLargeBlob { compressed, original_size });
                });
                LargeBlobOutput { written: Some(written.is_some()), ..Default::default() }
            }
            _ => {
                let stored = credential.blobs.large_blob.as_ref()?.stored.as_ref()?;
                LargeBlobOutput {
                    blob: Some(stored.compressed.0.clone().into()),
                    original_size: Some(stored.original_size),
                    ..Default::default()
                }
            }
        };
        Some(unsigned(output))
    }
}

impl CredentialBlobs {
    /// Returns what getAssertion's `credBlob` gives: nothing stored is an empty string.
    pub(super) fn cred_blob_output(&self) -> Value {
        Value::from(self.cred_blob.as_ref().map(|blob| blob.0.clone()).unwrap_or_default())
    }

    /// Returns the large-blob key as it is sent.
    pub(super) fn large_blob_key(&self) -> Option<ByteVec> {
        self.large_blob_key.as_ref().map(|key| key.as_bytes().to_vec().into())
    }
}

fn unsigned(large_blob: LargeBlobOutput) -> Value {
    let outputs = UnsignedExtensionOutputs { large_blob: Some(large_blob) };
    // What was just encoded decodes.
    cbor::from_slice(&cbor::to_vec(&outputs)).unwrap_or(Value::Map(Vec::new()))
}
