//! authenticatorGetAssertion and the answer it shares with getNextAssertion (CTAP 2.2 §6.2, §6.3).

use minicbor::{Decode, Encode};

use super::extensions::GetAssertionExtensions;
use super::{Command, Request};
use crate::cbor::{ByteVec, Value, text_map};
use crate::webauthn::{CredentialDescriptor, UserEntity};

text_map! {
    /// Options of getAssertion; absent means the standard's default.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct GetAssertionOptions {
        /// Not allowed here; kept so that a key can say so.
        "rk" => rk: Option<bool>,
        /// Test user presence; default true.
        "up" => up: Option<bool>,
        /// Verify the user by built-in means; default false.
        "uv" => uv: Option<bool>,
    }
}

/// Parameters of getAssertion.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct GetAssertionRequest {
    /// The relying party.
    #[n(0x01)]
    pub rp_id: String,
    /// SHA-256 of the client data, 32 bytes.
    #[n(0x02)]
    pub client_data_hash: ByteVec,
    /// Credentials that may be used; absent asks for discoverable ones, never empty.
    #[n(0x03)]
    pub allow_list: Option<Vec<CredentialDescriptor>>,
    /// Extension inputs.
    #[n(0x04)]
    pub extensions: Option<GetAssertionExtensions>,
    /// Options.
    #[n(0x05)]
    pub options: Option<GetAssertionOptions>,
    /// MAC over `client_data_hash`.
    #[n(0x06)]
    pub pin_uv_auth_param: Option<ByteVec>,
    /// The protocol of `pin_uv_auth_param`.
    #[n(0x07)]
    pub pin_uv_auth_protocol: Option<u64>,
}

/// Results of getAssertion and getNextAssertion.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct GetAssertionResponse {
    /// The credential; some keys leave it out where the allow list had one entry.
    #[n(0x01)]
    pub credential: Option<CredentialDescriptor>,
    /// Authenticator data, as signed.
    #[n(0x02)]
    pub auth_data: ByteVec,
    /// Signature over authenticator data and client data hash.
    #[n(0x03)]
    pub signature: ByteVec,
    /// The account; names only after user verification.
    #[n(0x04)]
    pub user: Option<UserEntity>,
    /// How many credentials match; only in the first answer, only if more than one does.
    #[n(0x05)]
    pub number_of_credentials: Option<u64>,
    /// True if the person chose on the key's own display.
    #[n(0x06)]
    pub user_selected: Option<bool>,
    /// The credential's large-blob key, 32 bytes.
    #[n(0x07)]
    pub large_blob_key: Option<ByteVec>,
    /// Extension outputs that are not signed.
    #[n(0x08)]
    pub unsigned_extension_outputs: Option<Value>,
}

impl Request for GetAssertionRequest {
    const COMMAND: Command = Command::GET_ASSERTION;
    type Response = GetAssertionResponse;
}
