//! authenticatorGetInfo (CTAP 2.2 §6.4): everything that this model can do, without what its version
//! lacks.

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
    CRED_BLOB, CRED_PROTECT, HMAC_SECRET, HMAC_SECRET_MC, LARGE_BLOB, LARGE_BLOB_KEY,
    MIN_PIN_LENGTH, PIN_COMPLEXITY_POLICY, THIRD_PARTY_PAYMENT,
};
use crate::pin_uv::EncryptedMember;
use crate::webauthn::CredentialParameters;

/// What this model can do, whatever its settings.
const OPTIONS: &[(&str, bool)] = &[
    ("pinUvAuthToken", true),
    ("credMgmt", true),
    ("credentialMgmtPreview", true),
    ("perCredMgmtRO", true),
];

impl Authenticator {
    fn encrypted(&mut self, member: EncryptedMember) -> Option<ByteVec> {
        self.state.persistent.encrypted(member, self.environment.random()).map(ByteVec::from)
    }

    pub(super) fn get_info(&mut self) -> GetInfoResponse {
        let count = |n: usize| Some(u64::try_from(n).unwrap_or(u64::MAX));
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let has_array = self.state.has_large_blob_array();
        let mut extensions = vec![
            CRED_BLOB,
            CRED_PROTECT,
            HMAC_SECRET,
            MIN_PIN_LENGTH,
            HMAC_SECRET_MC,
            THIRD_PARTY_PAYMENT,
            PIN_COMPLEXITY_POLICY,
        ];
        extensions.extend(match self.state.large_blob_way() {
            LargeBlobs::LargeBlobKey => Some(LARGE_BLOB_KEY),
            LargeBlobs::LargeBlob => Some(LARGE_BLOB),
            LargeBlobs::None => None,
        });
        let mut options =
            vec![("rk", true), ("up", true), ("plat", false), ("clientPin", self.pin_is_set())];
        options.extend(OPTIONS);
        options.extend(self.settings_options());
        options.extend(self.sensor_options());
        options.extend(has_array.then_some(("largeBlobs", true)));
        let algorithms = KeyType::ALL.map(|key| CredentialParameters::new(key.algorithm()));
        let [major, minor, build] = DEVICE_VERSION.map(u64::from);
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
            max_cred_blob_length: count(MAX_CRED_BLOB_LENGTH),
            firmware_version: Some(major << 16 | minor << 8 | build),
            remaining_discoverable_credentials: count(self.state.free_slots()),
            attestation_formats: Some(texts(&["packed"])),
            enc_identifier: self.encrypted(EncryptedMember::Identifier),
            enc_cred_store_state: self.encrypted(EncryptedMember::CredStoreState),
            ..GetInfoResponse::new(Vec::new(), self.state.aaguid())
        };
        self.describe_settings(&mut info);
        self.describe_sensor(&mut info);
        self.state.line().restrict(&mut info);
        self.state.model.describe(&mut info);
        self.with_u2f(info)
    }
}
