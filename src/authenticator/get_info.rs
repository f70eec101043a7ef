//! authenticatorGetInfo (CTAP 2.2 §6.4).
//!
//! One departure from what FIDO_2_1 promises: discoverable credentials come without the `credMgmt`
//! option, as authenticatorCredentialManagement is not there yet and is therefore not claimed.

use super::Authenticator;
use super::credential_key::KeyType;
use super::large_blob_store::LargeBlobs;
use super::limits::{
    DEVICE_VERSION, MAX_CRED_BLOB_LENGTH, MAX_CREDENTIAL_COUNT_IN_LIST, MAX_CREDENTIAL_ID_LENGTH,
    MAX_DISCOVERABLE_CREDENTIALS, MAX_MESSAGE_SIZE,
};
use crate::ctap2::GetInfoResponse;
use crate::ctap2::extensions::{
    CRED_BLOB, CRED_PROTECT, HMAC_SECRET, LARGE_BLOB, LARGE_BLOB_KEY,
};
use crate::webauthn::CredentialParameters;

impl Authenticator {
    pub(super) fn get_info(&self) -> GetInfoResponse {
        let count = |n: usize| Some(u64::try_from(n).unwrap_or(u64::MAX));
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let has_array = self.state.large_blobs.way == LargeBlobs::LargeBlobKey;
        let large_blob_extension = match self.state.large_blobs.way {
            LargeBlobs::LargeBlobKey => Some(LARGE_BLOB_KEY),
            LargeBlobs::LargeBlob => Some(LARGE_BLOB),
            LargeBlobs::None => None,
        };
        let mut extensions = vec![CRED_BLOB, CRED_PROTECT, HMAC_SECRET];
        extensions.extend(large_blob_extension);
        let options = [
            ("rk", true),
            ("up", true),
            ("plat", false),
            ("clientPin", self.is_protected()),
            ("pinUvAuthToken", true),
            ("makeCredUvNotRqd", true),
        ];
        let options = options.into_iter().chain(has_array.then_some(("largeBlobs", true)));
        let algorithms = KeyType::ALL.map(|key| CredentialParameters::new(key.algorithm()));
        let [major, minor, build] = DEVICE_VERSION.map(u64::from);
        let taken = self.state.credentials.len();
        GetInfoResponse {
            extensions: Some(texts(&extensions)),
            options: Some(options.collect()),
            max_msg_size: count(MAX_MESSAGE_SIZE),
            pin_uv_auth_protocols: Some(vec![2, 1]),
            max_credential_count_in_list: count(MAX_CREDENTIAL_COUNT_IN_LIST),
            max_credential_id_length: count(MAX_CREDENTIAL_ID_LENGTH),
            transports: Some(texts(&["usb"])),
            algorithms: Some(algorithms.into()),
            max_serialized_large_blob_array: has_array
                .then(|| u64::from(self.state.large_blobs.capacity)),
            max_cred_blob_length: count(MAX_CRED_BLOB_LENGTH),
            force_pin_change: Some(self.state.pin.force_change),
            min_pin_length: Some(u64::from(self.state.pin.min_length)),
            firmware_version: Some(major << 16 | minor << 8 | build),
            remaining_discoverable_credentials: count(
                MAX_DISCOVERABLE_CREDENTIALS.saturating_sub(taken),
            ),
            attestation_formats: Some(texts(&["packed"])),
            ..GetInfoResponse::new(texts(&["FIDO_2_0", "FIDO_2_1"]), self.state.aaguid())
        }
    }
}
