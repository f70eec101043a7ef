//! Blobs at registration: credBlob, and room for a large blob in either of its forms
//! (CTAP 2.2 §12.2, §12.3, CTAP 2.3 §12.4).

use super::{Error, Unsupported};
use crate::cbor::{self, MESSAGE_NESTING, Strictness, Value};
use crate::ctap2::extensions::{
    CRED_BLOB, LARGE_BLOB, LARGE_BLOB_KEY, LargeBlobCreation, LargeBlobOutput,
    MakeCredentialExtensions, UnsignedExtensionOutputs,
};
use crate::ctap2::{GetInfoResponse, MakeCredentialResponse};
use crate::large_blob::LargeBlobKey;
use crate::relying_party;
use crate::webauthn::AuthenticatorData;

pub use crate::webauthn::LargeBlobSupport;

/// What is wanted of blobs.
#[derive(Clone, Debug, Default)]
pub struct RegistrationBlobs {
    /// credBlob: the bytes, and whether it is an error if they are not stored.
    pub cred_blob: Option<(Vec<u8>, bool)>,
    /// Room for a large blob; keys have it for discoverable credentials only.
    pub large_blob: Option<LargeBlobSupport>,
}

/// What came of the wishes; `None` where there was none.
#[derive(Clone, Debug, Default)]
pub struct RegisteredBlobs {
    /// Whether credBlob is stored.
    pub cred_blob: Option<bool>,
    /// Whether the credential can hold a large blob.
    pub large_blob: Option<bool>,
}

/// How a key keeps large blobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LargeBlobWay {
    /// All in one array, by extension `largeBlobKey`.
    Array,
    /// With the credential, by extension `largeBlob` of CTAP 2.3.
    Credential,
}

impl LargeBlobWay {
    /// Finds the way of a key; `None` if it keeps no large blobs.
    pub fn of(info: &GetInfoResponse) -> Option<Self> {
        if info.option_is_true("largeBlobs") && info.has_extension(LARGE_BLOB_KEY) {
            Some(LargeBlobWay::Array)
        } else if info.has_extension(LARGE_BLOB) {
            Some(LargeBlobWay::Credential)
        } else {
            None
        }
    }

    /// Finds the way of a key that must have one.
    pub(super) fn demand(info: &GetInfoResponse) -> Result<Self, Error> {
        Self::of(info).ok_or(Error::Unsupported(Unsupported::Extension(LARGE_BLOB_KEY)))
    }
}

impl RegistrationBlobs {
    /// Adds the extension inputs for a credential that is to be discoverable or not.
    pub(super) fn add_inputs(
        &self,
        info: &GetInfoResponse,
        discoverable: bool,
        inputs: &mut MakeCredentialExtensions,
    ) -> Result<(), Error> {
        if let Some((blob, enforced)) = &self.cred_blob {
            let maximum = info.max_cred_blob_length.unwrap_or_default();
            let fits = u64::try_from(blob.len()).is_ok_and(|length| length <= maximum);
            if fits && info.has_extension(CRED_BLOB) {
                inputs.cred_blob = Some(blob.clone().into());
            } else if !info.has_extension(CRED_BLOB) && *enforced {
                return Err(Error::Unsupported(Unsupported::Extension(CRED_BLOB)));
            } else if *enforced {
                return Err(Error::CredBlobTooLong { length: blob.len(), maximum });
            }
        }
        let Some(support) = self.large_blob else {
            return Ok(());
        };
        if support == LargeBlobSupport::Required {
            LargeBlobWay::demand(info)?;
            if !discoverable {
                return Err(Error::LargeBlobNotDiscoverable);
            }
        }
        match LargeBlobWay::of(info).filter(|_| discoverable) {
            Some(LargeBlobWay::Array) => inputs.large_blob_key = Some(true),
            Some(LargeBlobWay::Credential) => {
                let support = match support {
                    LargeBlobSupport::Required => "required",
                    LargeBlobSupport::Preferred => "preferred",
                };
                inputs.large_blob = Some(LargeBlobCreation { support: support.to_owned() });
            }
            None => {}
        }
        Ok(())
    }

    /// Reads and checks the outputs.
    pub(super) fn outputs(
        &self,
        sent: &MakeCredentialExtensions,
        data: &AuthenticatorData,
        answer: &MakeCredentialResponse,
    ) -> Result<RegisteredBlobs, Error> {
        let mut blobs = RegisteredBlobs::default();
        if let Some((_, enforced)) = &self.cred_blob {
            let stored = match data.extension(CRED_BLOB) {
                None => false,
                Some(output) => output.as_bool().ok_or_else(|| wrong(CRED_BLOB))?,
            };
            if *enforced && !stored {
                return Err(Error::ExtensionNotApplied(CRED_BLOB));
            }
            blobs.cred_blob = Some(stored);
        }
        if let Some(support) = self.large_blob {
            let has_key = sent.large_blob_key.is_some()
                && large_blob_key(answer.large_blob_key.as_deref())?.is_some();
            let has_room = sent.large_blob.is_some()
                && large_blob_output(answer.unsigned_extension_outputs.as_ref())?
                    .is_some_and(|output| output.supported == Some(true));
            let supported = has_key || has_room;
            if support == LargeBlobSupport::Required && !supported {
                return Err(Error::ExtensionNotApplied(LARGE_BLOB_KEY));
            }
            blobs.large_blob = Some(supported);
        }
        Ok(blobs)
    }
}

/// Reads a large-blob key.
pub(super) fn large_blob_key(
    member: Option<&Vec<u8>>,
) -> Result<Option<LargeBlobKey>, relying_party::Error> {
    let read =
        |bytes: &Vec<u8>| LargeBlobKey::from_slice(bytes).ok_or_else(|| wrong(LARGE_BLOB_KEY));
    member.map(read).transpose()
}

/// Reads the output of `largeBlob`, which is not signed.
pub(super) fn large_blob_output(
    outputs: Option<&Value>,
) -> Result<Option<LargeBlobOutput>, relying_party::Error> {
    let Some(outputs) = outputs else {
        return Ok(None);
    };
    let encoded = cbor::to_vec(outputs);
    let outputs: Result<UnsignedExtensionOutputs, _> =
        cbor::from_slice_with(&encoded, Strictness::Tolerant, MESSAGE_NESTING);
    Ok(outputs.map_err(|_| wrong(LARGE_BLOB))?.large_blob)
}

pub(super) fn wrong(extension: &'static str) -> relying_party::Error {
    relying_party::Error::ExtensionOutput(extension)
}
