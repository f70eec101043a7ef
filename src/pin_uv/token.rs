//! The pinUvAuthToken (CTAP 2.2 §6.5.2.1).

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::shared_secret::authenticate;
use super::{Error, PinUvAuthProtocol};
use crate::ctap2::Permissions;

/// A token as the client holds it, to authenticate bytes with; wiped when dropped.
pub struct PinUvAuthToken {
    protocol: PinUvAuthProtocol,
    token: Zeroizing<Vec<u8>>,
    permissions: Permissions,
    rp_id: Option<String>,
}

impl PinUvAuthToken {
    /// Takes a decrypted token with what it was asked for.
    pub fn new(
        protocol: PinUvAuthProtocol,
        token: Zeroizing<Vec<u8>>,
        permissions: Permissions,
        rp_id: Option<String>,
    ) -> Result<Self, Error> {
        let fits = match protocol {
            PinUvAuthProtocol::One => matches!(token.len(), 16 | 32),
            PinUvAuthProtocol::Two => token.len() == 32,
        };
        if !fits {
            return Err(Error::TokenLength(token.len()));
        }
        Ok(PinUvAuthToken { protocol, token, permissions, rp_id })
    }

    /// Returns the protocol to name beside the MAC.
    pub fn protocol(&self) -> PinUvAuthProtocol {
        self.protocol
    }

    /// Returns what the token may be used for.
    pub fn permissions(&self) -> Permissions {
        self.permissions
    }

    /// Returns the token itself, for keeping a persistent one.
    pub fn as_bytes(&self) -> &[u8] {
        &self.token
    }

    /// Returns the RP ID that the token is bound to.
    pub fn rp_id(&self) -> Option<&str> {
        self.rp_id.as_deref()
    }

    /// Returns the pinUvAuthParam for `message`.
    pub fn authenticate(&self, message: &[u8]) -> Vec<u8> {
        authenticate_with_token(self.protocol, &self.token, message)
    }
}

impl std::fmt::Debug for PinUvAuthToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PinUvAuthToken({:?})", self.permissions)
    }
}

/// Returns the pinUvAuthParam of `message` under a token's bytes.
pub fn authenticate_with_token(
    protocol: PinUvAuthProtocol,
    token: &[u8],
    message: &[u8],
) -> Vec<u8> {
    authenticate(protocol, token, message)
}

/// Tells in constant time whether `param` is the pinUvAuthParam of `message` under a token.
pub fn verify_with_token(
    protocol: PinUvAuthProtocol,
    token: &[u8],
    message: &[u8],
    param: &[u8],
) -> bool {
    authenticate(protocol, token, message).ct_eq(param).into()
}
