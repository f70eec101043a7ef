//! authenticatorCredentialManagement (CTAP 2.2 §6.8), and its prototype in FIDO_2_1_PRE.

use minicbor::{Decode, Encode};

use super::{Command, Request};
use crate::cbor::{ByteVec, EncodedItem, LossyText, text_map};
use crate::cose::CoseKey;
use crate::webauthn::{CredentialDescriptor, UserEntity};

/// A subcommand's number; unknown ones are kept so that a key can refuse them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct SubCommand(#[n(0)] pub u64);

impl SubCommand {
    /// getCredsMetadata
    pub const GET_CREDS_METADATA: Self = Self(0x01);
    /// enumerateRPsBegin
    pub const ENUMERATE_RPS_BEGIN: Self = Self(0x02);
    /// enumerateRPsGetNextRP
    pub const ENUMERATE_RPS_GET_NEXT_RP: Self = Self(0x03);
    /// enumerateCredentialsBegin
    pub const ENUMERATE_CREDENTIALS_BEGIN: Self = Self(0x04);
    /// enumerateCredentialsGetNextCredential
    pub const ENUMERATE_CREDENTIALS_GET_NEXT_CREDENTIAL: Self = Self(0x05);
    /// deleteCredential
    pub const DELETE_CREDENTIAL: Self = Self(0x06);
    /// updateUserInformation, which the prototype lacks
    pub const UPDATE_USER_INFORMATION: Self = Self(0x07);
}

/// Parameters of a subcommand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SubCommandParams {
    /// SHA-256 of the RP ID, 32 bytes.
    #[n(0x01)]
    pub rp_id_hash: Option<ByteVec>,
    /// The credential meant.
    #[n(0x02)]
    pub credential_id: Option<CredentialDescriptor>,
    /// The account as it is to be.
    #[n(0x03)]
    pub user: Option<UserEntity>,
}

/// Parameters of credentialManagement.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CredentialManagementRequest {
    /// What to do.
    #[n(0x01)]
    pub sub_command: SubCommand,
    /// [`SubCommandParams`], as the bytes that are sent.
    #[n(0x02)]
    pub sub_command_params: Option<EncodedItem>,
    /// The protocol of `pin_uv_auth_param`.
    #[n(0x03)]
    pub pin_uv_auth_protocol: Option<u64>,
    /// MAC over [`Self::authenticated_bytes`].
    #[n(0x04)]
    pub pin_uv_auth_param: Option<ByteVec>,
}

impl CredentialManagementRequest {
    /// Starts a request that nothing authorises yet.
    pub fn new(sub_command: SubCommand, params: Option<&SubCommandParams>) -> Self {
        CredentialManagementRequest {
            sub_command,
            sub_command_params: params.map(EncodedItem::of),
            pin_uv_auth_protocol: None,
            pin_uv_auth_param: None,
        }
    }

    /// Returns what `pin_uv_auth_param` covers: the subcommand and its parameters as sent.
    pub fn authenticated_bytes(&self) -> Vec<u8> {
        // No subcommand that there is needs more than a byte.
        let mut message = vec![u8::try_from(self.sub_command.0).unwrap_or_default()];
        message.extend(self.sub_command_params.iter().flat_map(EncodedItem::as_bytes));
        message
    }
}

impl Request for CredentialManagementRequest {
    const COMMAND: Command = Command::CREDENTIAL_MANAGEMENT;
    type Response = CredentialManagementResponse;
}

/// The same under the command byte of FIDO_2_1_PRE.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct PreviewCredentialManagementRequest(#[n(0)] pub CredentialManagementRequest);

impl Request for PreviewCredentialManagementRequest {
    const COMMAND: Command = Command::CREDENTIAL_MANAGEMENT_PREVIEW;
    type Response = CredentialManagementResponse;
}

text_map! {
    /// A relying party as a key remembers it.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct StoredRpEntity {
        /// The RP ID, which keys may cut (CTAP 2.2 §6.8.7).
        "id" => id: Option<LossyText>,
        /// A name for people.
        "name" => name: Option<LossyText>,
    }
}

/// Results of credentialManagement; which are there depends on the subcommand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CredentialManagementResponse {
    /// Discoverable credentials on the key.
    #[n(0x01)]
    pub existing_resident_credentials_count: Option<u64>,
    /// How many more there is room for, at most.
    #[n(0x02)]
    pub max_possible_remaining_resident_credentials_count: Option<u64>,
    /// A relying party.
    #[n(0x03)]
    pub rp: Option<StoredRpEntity>,
    /// SHA-256 of its RP ID, 32 bytes.
    #[n(0x04)]
    pub rp_id_hash: Option<ByteVec>,
    /// How many relying parties there are.
    #[n(0x05)]
    pub total_rps: Option<u64>,
    /// An account.
    #[n(0x06)]
    pub user: Option<UserEntity>,
    /// Its credential.
    #[n(0x07)]
    pub credential_id: Option<CredentialDescriptor>,
    /// The credential's public key.
    #[n(0x08)]
    pub public_key: Option<CoseKey>,
    /// How many credentials the relying party has.
    #[n(0x09)]
    pub total_credentials: Option<u64>,
    /// The credential's protection level.
    #[n(0x0A)]
    pub cred_protect: Option<u64>,
    /// The credential's large-blob key, 32 bytes.
    #[n(0x0B)]
    pub large_blob_key: Option<ByteVec>,
    /// True if the credential may be used for payments by third parties.
    #[n(0x0C)]
    pub third_party_payment: Option<bool>,
}
