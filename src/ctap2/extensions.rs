//! Extension inputs of the authenticator API (CTAP 2.2 §12).
//!
//! Outputs stay [`crate::cbor::Value`]s inside authenticator data: they are signed as they came.

use minicbor::{Decode, Encode};

use crate::cbor::{ByteVec, text_map};
use crate::cose::CoseKey;

pub use crate::webauthn::CredProtect;

/// `credBlob` (CTAP 2.2 §12.2).
pub const CRED_BLOB: &str = "credBlob";
/// `credProtect` (CTAP 2.2 §12.1).
pub const CRED_PROTECT: &str = "credProtect";
/// `hmac-secret` (CTAP 2.2 §12.7).
pub const HMAC_SECRET: &str = "hmac-secret";
/// `largeBlob` (CTAP 2.3 §12.4).
pub const LARGE_BLOB: &str = "largeBlob";
/// `largeBlobKey` (CTAP 2.2 §12.3).
pub const LARGE_BLOB_KEY: &str = "largeBlobKey";
/// `minPinLength` (CTAP 2.2 §12.5).
pub const MIN_PIN_LENGTH: &str = "minPinLength";
/// `pinComplexityPolicy` (CTAP 2.3 §12.6).
pub const PIN_COMPLEXITY_POLICY: &str = "pinComplexityPolicy";
/// `hmac-secret-mc` (CTAP 2.2 §12.8).
pub const HMAC_SECRET_MC: &str = "hmac-secret-mc";
/// `thirdPartyPayment` (CTAP 2.2 §12.9).
pub const THIRD_PARTY_PAYMENT: &str = "thirdPartyPayment";

text_map! {
    /// Extension inputs of makeCredential.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct MakeCredentialExtensions {
        /// A few bytes to keep with the credential.
        "credBlob" => cred_blob: Option<ByteVec>,
        /// Make the credential able to hold a large blob.
        "largeBlob" => large_blob: Option<LargeBlobCreation>,
        /// Protection level, 1 to 3.
        "credProtect" => cred_protect: Option<u64>,
        /// Make the credential able to derive secrets.
        "hmac-secret" => hmac_secret: Option<bool>,
        /// Make a large-blob key; only true is allowed.
        "largeBlobKey" => large_blob_key: Option<bool>,
        /// Tell the least PIN length, to relying parties that may know it.
        "minPinLength" => min_pin_length: Option<bool>,
        /// Salts to derive secrets from at once.
        "hmac-secret-mc" => hmac_secret_mc: Option<HmacSecretInput>,
        /// Let others than the relying party use the credential for payments.
        "thirdPartyPayment" => third_party_payment: Option<bool>,
        /// Tell whether further rules for PINs are in force, to relying parties that may know it.
        "pinComplexityPolicy" => pin_complexity_policy: Option<bool>,
    }
}

text_map! {
    /// Extension inputs of getAssertion.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct GetAssertionExtensions {
        /// Return the few bytes that are kept with the credential.
        "credBlob" => cred_blob: Option<bool>,
        /// Read or write the credential's large blob.
        "largeBlob" => large_blob: Option<LargeBlobAccess>,
        /// Salts to derive secrets from.
        "hmac-secret" => hmac_secret: Option<HmacSecretInput>,
        /// Return the large-blob key; only true is allowed.
        "largeBlobKey" => large_blob_key: Option<bool>,
        /// Ask whether the credential is for payments too.
        "thirdPartyPayment" => third_party_payment: Option<bool>,
    }
}

text_map! {
    /// Input of `largeBlob` at makeCredential.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct LargeBlobCreation {
        /// `required` or `preferred`.
        "support" => support: String,
    }
}

text_map! {
    /// Input of `largeBlob` at getAssertion: either `read`, or `write` with `original_size`.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct LargeBlobAccess {
        /// Return the blob.
        "read" => read: Option<bool>,
        /// The new blob, raw DEFLATE (RFC 1951).
        "write" => write: Option<ByteVec>,
        /// Its length in bytes before compression.
        "originalSize" => original_size: Option<u64>,
    }
}

text_map! {
    /// Output of `largeBlob`, unsigned; which members there are depends on the input.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct LargeBlobOutput {
        /// The blob, raw DEFLATE (RFC 1951).
        "blob" => blob: Option<ByteVec>,
        /// Whether the new blob was stored.
        "written" => written: Option<bool>,
        /// Whether the new credential can hold a blob.
        "supported" => supported: Option<bool>,
        /// The blob's length in bytes before compression.
        "originalSize" => original_size: Option<u64>,
    }
}

text_map! {
    /// Extension outputs outside of authenticator data, as far as they are known here.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct UnsignedExtensionOutputs {
        /// What became of the large blob.
        "largeBlob" => large_blob: Option<LargeBlobOutput>,
    }
}

/// Input of `hmac-secret` at getAssertion and of `hmac-secret-mc` at makeCredential.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct HmacSecretInput {
    /// The platform's key agreement key.
    #[n(0x01)]
    pub key_agreement: CoseKey,
    /// One or two salts of 32 bytes, encrypted.
    #[n(0x02)]
    pub salt_enc: ByteVec,
    /// MAC over `salt_enc`.
    #[n(0x03)]
    pub salt_auth: ByteVec,
    /// The protocol; absent means one.
    #[n(0x04)]
    pub pin_uv_auth_protocol: Option<u64>,
}
