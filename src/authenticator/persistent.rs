//! The persistent pinUvAuthToken and what only its holder may know (CTAP 2.2 §6.4, §6.5.2.1).

use serde::{Deserialize, Serialize};

use super::Authenticator;
use super::secret::Secret;
use crate::ctap2::Status;
use crate::pin_uv::{
    EncryptedMember, PinUvAuthProtocol, Random, RandomUnavailable, verify_with_token,
};

/// All three come to be when the token is first asked for; a reset clears them all.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct PersistentState {
    /// Gone after a change of the PIN.
    token: Option<Secret<32>>,
    /// The same until a reset.
    identifier: Option<Secret<16>>,
    /// Another one after every change of the discoverable credentials.
    store_state: Option<Secret<16>>,
}

impl PersistentState {
    pub(super) fn forget_token(&mut self) {
        self.token = None;
    }

    /// Notes a change of the discoverable credentials.
    pub(super) fn credentials_changed(
        &mut self,
        random: &mut dyn Random,
    ) -> Result<(), RandomUnavailable> {
        // A state that nobody was told of yet need not change.
        if let Some(store_state) = &mut self.store_state {
            *store_state = Secret::generate(random)?;
        }
        Ok(())
    }

    /// Tells whether the token vouches for the message.
    pub(super) fn verify(&self, protocol: PinUvAuthProtocol, message: &[u8], param: &[u8]) -> bool {
        self.token
            .as_ref()
            .is_some_and(|token| verify_with_token(protocol, token.as_bytes(), message, param))
    }

    /// Returns a member of getInfo's answer, encrypted anew; `None` while there is no token.
    pub(super) fn encrypted(
        &self,
        member: EncryptedMember,
        random: &mut dyn Random,
    ) -> Option<Vec<u8>> {
        let plaintext = match member {
            EncryptedMember::Identifier => &self.identifier,
            EncryptedMember::CredStoreState => &self.store_state,
        };
        let (token, plaintext) = (self.token.as_ref()?, plaintext.as_ref()?);
        member.encrypt(random, token.as_bytes(), plaintext.as_bytes()).ok()
    }
}

impl Authenticator {
    /// Returns the persistent token, made when first asked for.
    pub(super) fn persistent_token(&mut self) -> Result<Secret<32>, Status> {
        if let Some(token) = &self.state.persistent.token {
            return Ok(token.clone());
        }
        let mut next = self.state.clone();
        let random = self.environment.random();
        let token = Secret::generate(random)?;
        let persistent = &mut next.persistent;
        persistent.token = Some(token.clone());
        if persistent.identifier.is_none() {
            persistent.identifier = Some(Secret::generate(random)?);
        }
        if persistent.store_state.is_none() {
            persistent.store_state = Some(Secret::generate(random)?);
        }
        self.commit(next)?;
        Ok(token)
    }
}
