//! authenticatorMakeCredential (CTAP 2.2 §6.1).

use minicbor::{Decode, Encode};

use super::extensions::MakeCredentialExtensions;
use super::{Command, Request};
use crate::cbor::{ByteVec, Value, text_map};
use crate::webauthn::{CredentialDescriptor, CredentialParameters, RpEntity, UserEntity};

text_map! {
    /// Options of makeCredential; absent means the standard's default.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct MakeCredentialOptions {
        /// Make the credential discoverable; default false.
        "rk" => rk: Option<bool>,
        /// Test user presence; only true is allowed.
        "up" => up: Option<bool>,
        /// Verify the user by built-in means; default false.
        "uv" => uv: Option<bool>,
    }
}

/// Parameters of makeCredential.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct MakeCredentialRequest {
    /// SHA-256 of the client data, 32 bytes.
    #[n(0x01)]
    pub client_data_hash: ByteVec,
    /// The relying party.
    #[n(0x02)]
    pub rp: RpEntity,
    /// The account.
    #[n(0x03)]
    pub user: UserEntity,
    /// Algorithms wanted, best first.
    #[n(0x04)]
    pub pub_key_cred_params: Vec<CredentialParameters>,
    /// Credentials that must not be on this key; never empty.
    #[n(0x05)]
    pub exclude_list: Option<Vec<CredentialDescriptor>>,
    /// Extension inputs.
    #[n(0x06)]
    pub extensions: Option<MakeCredentialExtensions>,
    /// Options.
    #[n(0x07)]
    pub options: Option<MakeCredentialOptions>,
    /// MAC over `client_data_hash`; zero bytes long asks only for a touch.
    #[n(0x08)]
    pub pin_uv_auth_param: Option<ByteVec>,
    /// The protocol of `pin_uv_auth_param`.
    #[n(0x09)]
    pub pin_uv_auth_protocol: Option<u64>,
    /// 1 vendor-facilitated, 2 platform-managed.
    #[n(0x0A)]
    pub enterprise_attestation: Option<u64>,
    /// Attestation formats wanted, best first.
    #[n(0x0B)]
    pub attestation_formats_preference: Option<Vec<String>>,
}

/// Results of makeCredential.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct MakeCredentialResponse {
    /// The attestation statement format's name.
    #[n(0x01)]
    pub fmt: String,
    /// Authenticator data, as signed.
    #[n(0x02)]
    pub auth_data: ByteVec,
    /// The attestation statement; may be left out where `fmt` is `none`.
    #[n(0x03)]
    pub att_stmt: Option<Value>,
    /// True if this is an enterprise attestation.
    #[n(0x04)]
    pub ep_att: Option<bool>,
    /// The credential's large-blob key, 32 bytes.
    #[n(0x05)]
    pub large_blob_key: Option<ByteVec>,
    /// Extension outputs that are not signed.
    #[n(0x06)]
    pub unsigned_extension_outputs: Option<Value>,
}

impl Request for MakeCredentialRequest {
    const COMMAND: Command = Command::MAKE_CREDENTIAL;
    type Response = MakeCredentialResponse;
}
