//! The pinUvAuthToken as the key keeps it (CTAP 2.2 §6.5.2.1).

use std::time::Duration;

use super::limits::{TOKEN_INITIAL_USAGE_LIMIT, TOKEN_MAX_USAGE_PERIOD, TOKEN_USER_PRESENT_LIMIT};
use super::secret::Secret;
use crate::ctap2::Permissions;
use crate::pin_uv::{PinUvAuthProtocol, verify_with_token};

/// A token in use. There is never more than one, whichever the protocol.
pub(super) struct Token {
    bytes: Secret<32>,
    protocol: PinUvAuthProtocol,
    permissions: Permissions,
    rp_id: Option<String>,
    user_verified: bool,
    user_present: bool,
    issued: Duration,
    used: bool,
}

impl Token {
    pub(super) fn new(
        bytes: Secret<32>,
        protocol: PinUvAuthProtocol,
        permissions: Permissions,
        rp_id: Option<String>,
        now: Duration,
    ) -> Self {
        Token {
            bytes,
            protocol,
            permissions,
            rp_id,
            user_verified: true,
            user_present: false,
            issued: now,
            used: false,
        }
    }

    /// Notes that the user was at the key to be verified, which stands for a touch.
    pub(super) fn with_user_present(self) -> Self {
        Token { user_present: true, ..self }
    }

    /// Tells whether the user was at the key only just now.
    pub(super) fn user_is_present(&self, now: Duration) -> bool {
        let age = now.checked_sub(self.issued);
        self.user_present && age.is_some_and(|age| age < TOKEN_USER_PRESENT_LIMIT)
    }

    /// Tells whether the token's time is over. A clock set back ends it too.
    pub(super) fn is_expired(&self, now: Duration) -> bool {
        let limit = if self.used { TOKEN_MAX_USAGE_PERIOD } else { TOKEN_INITIAL_USAGE_LIMIT };
        now.checked_sub(self.issued).is_none_or(|age| age >= limit)
    }

    /// Checks a MAC and with it marks the token as used.
    pub(super) fn verify(
        &mut self,
        protocol: PinUvAuthProtocol,
        message: &[u8],
        param: &[u8],
    ) -> bool {
        let right = protocol == self.protocol
            && verify_with_token(protocol, self.bytes.as_bytes(), message, param);
        self.used |= right;
        right
    }

    /// Checks a MAC made with the first 16 bytes of the token, which no key should take.
    pub(super) fn verify_by_prefix(
        &mut self,
        protocol: PinUvAuthProtocol,
        message: &[u8],
        param: &[u8],
    ) -> bool {
        let (prefix, _) = self.bytes.as_bytes().split_at(16);
        let right =
            protocol == self.protocol && verify_with_token(protocol, prefix, message, param);
        self.used |= right;
        right
    }

    /// Tells whether the token may do this for this RP.
    pub(super) fn permits(&self, permission: Permissions, rp_id: &str) -> bool {
        self.permissions.contains(permission)
            && self.user_verified
            && self.rp_id.as_deref().is_none_or(|bound| bound == rp_id)
    }

    /// Tells whether the token may write large blobs: for any RP, and after its touch is spent too.
    pub(super) fn may_write_large_blobs(&self) -> bool {
        self.has(Permissions::LARGE_BLOB_WRITE)
    }

    /// Tells whether the token may do this; what it is bound to is for the caller to look at.
    pub(super) fn has(&self, permission: Permissions) -> bool {
        self.permissions.contains(permission)
    }

    /// Returns the RP ID that the token is bound to.
    pub(super) fn rp_id(&self) -> Option<&str> {
        self.rp_id.as_deref()
    }

    /// Binds the token to the RP that first made use of it.
    pub(super) fn bind(&mut self, rp_id: &str) {
        self.rp_id.get_or_insert_with(|| rp_id.to_owned());
    }

    /// Takes back what one touch pays for once: everything but writing large blobs.
    pub(super) fn spend(&mut self) {
        self.user_verified = false;
        self.user_present = false;
        self.permissions &= Permissions::LARGE_BLOB_WRITE;
    }
}
