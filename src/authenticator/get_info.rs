//! authenticatorGetInfo (CTAP 2.2 §6.4).

use super::Authenticator;
use super::credential_key::KeyType;
use super::large_blob_store::LargeBlobs;
use super::limits::{
    DEVICE_VERSION, MAX_CRED_BLOB_LENGTH, MAX_CREDENTIAL_COUNT_IN_LIST, MAX_CREDENTIAL_ID_LENGTH,
    MAX_MESSAGE_SIZE,
};
use crate::cbor::ByteVec;
use crate::ctap2::GetInfoResponse;
use crate::ctap2::extensions::{
    CRED_BLOB, CRED_PROTECT, HMAC_SECRET, LARGE_BLOB, LARGE_BLOB_KEY, MIN_PIN_LENGTH,
    PIN_COMPLEXITY_POLICY,
};
use crate::pin_uv::EncryptedMember;
use crate::webauthn::CredentialParameters;

/// What a CTAP 2.1 key of this model can do, and one option of CTAP 2.2.
const OPTIONS: &[(&str, bool)] = &[
    ("pinUvAuthToken", true),
    ("credMgmt", true),
    ("credentialMgmtPreview", true),
    ("perCredMgmtRO", true),
];

/// What it could do before CTAP 2.1 was final.
const PREVIEW_OPTIONS: &[(&str, bool)] = &[("credentialMgmtPreview", true)];

impl Authenticator {
    fn encrypted(&mut self, member: EncryptedMember) -> Option<ByteVec> {
        self.state.persistent.encrypted(member, self.environment.random()).map(ByteVec::from)
    }

    pub(super) fn get_info(&mut self) -> GetInfoResponse {
        let count = |n: usize| Some(u64::try_from(n).unwrap_or(u64::MAX));
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let has_array = self.state.has_large_blob_array();
        let mut extensions = vec![CRED_PROTECT, HMAC_SECRET];
        extensions.extend((!self.state.is_preview).then_some(CRED_BLOB));
        extensions.extend(match self.state.large_blob_way() {
            LargeBlobs::LargeBlobKey => Some(LARGE_BLOB_KEY),
            LargeBlobs::LargeBlob => Some(LARGE_BLOB),
            LargeBlobs::None => None,
        });
        let mut options =
            vec![("rk", true), ("up", true), ("plat", false), ("clientPin", self.is_protected())];
        if self.state.is_preview {
            options.extend(PREVIEW_OPTIONS);
        } else {
            options.extend(OPTIONS);
            options.extend(self.settings_options());
            extensions.extend([MIN_PIN_LENGTH, PIN_COMPLEXITY_POLICY]);
        }
        options.extend(has_array.then_some(("largeBlobs", true)));
        let algorithms = KeyType::ALL.map(|key| CredentialParameters::new(key.algorithm()));
        let [major, minor, build] = DEVICE_VERSION.map(u64::from);
        let version = if self.state.is_preview { "FIDO_2_1_PRE" } else { "FIDO_2_1" };
        let mut info = GetInfoResponse {
            extensions: Some(texts(&extensions)),
            options: Some(options.into_iter().collect()),
            max_msg_size: count(MAX_MESSAGE_SIZE),
            pin_uv_auth_protocols: Some(vec![2, 1]),
            max_credential_count_in_list: count(MAX_CREDENTIAL_COUNT_IN_LIST),
            max_credential_id_length: count(MAX_CREDENTIAL_ID_LENGTH),
            transports: Some(texts(&["usb"])),
            algorithms: Some(algorithms.into()),
            max_serialized_large_blob_array: has_array
                .then(|| u64::from(self.state.large_blobs.capacity)),
            max_cred_blob_length: (!self.state.is_preview)
                .then(|| u64::try_from(MAX_CRED_BLOB_LENGTH).unwrap_or(u64::MAX)),
            firmware_version: Some(major << 16 | minor << 8 | build),
            remaining_discoverable_credentials: count(self.state.free_slots()),
            attestation_formats: Some(texts(&["packed"])),
            enc_identifier: self.encrypted(EncryptedMember::Identifier),
            enc_cred_store_state: self.encrypted(EncryptedMember::CredStoreState),
            ..GetInfoResponse::new(texts(&["FIDO_2_0", version]), self.state.aaguid())
        };
        if !self.state.is_preview {
            self.describe_settings(&mut info);
        }
        self.with_u2f(info)
    }
}
