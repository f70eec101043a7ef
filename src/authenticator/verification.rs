//! What makeCredential and getAssertion share: options, pinUvAuthParam, lists.

use super::Authenticator;
use super::dispatch::{AfterTouch, Outcome, protocol};
use super::state::Credential;
use super::version_line::Feature;
use crate::ctap2::extensions::CredProtect;
use crate::ctap2::{Permissions, Status};
use crate::pin_uv::PinUvAuthProtocol;
use crate::webauthn::{CredentialDescriptor, PUBLIC_KEY};

/// Length of a client data hash in bytes.
const HASH_LENGTH: usize = 32;

/// A pinUvAuthParam with its protocol, neither checked yet.
pub(super) struct PinUvAuth<'a> {
    protocol: PinUvAuthProtocol,
    param: &'a [u8],
}

impl Authenticator {
    /// Asks for a touch where the parameter is empty: platforms use it to let a key be chosen.
    pub(super) fn touch_probe(&self, param: Option<&[u8]>) -> Option<Outcome> {
        let status = if self.pin_is_set() { Status::PIN_INVALID } else { Status::PIN_NOT_SET };
        param.is_some_and(<[u8]>::is_empty).then_some(Outcome::Touch(AfterTouch::Answer(status)))
    }

    /// Checks the token's MAC, permission and RP; returns whether the user is thereby verified.
    pub(super) fn verify_user(
        &mut self,
        pin_uv_auth: Option<&PinUvAuth<'_>>,
        client_data_hash: &[u8],
        permission: Permissions,
        rp_id: &str,
    ) -> Result<bool, Status> {
        let Some(PinUvAuth { protocol, param }) = pin_uv_auth else {
            return Ok(false);
        };
        if !self.is_protected() {
            return Err(Status::PIN_NOT_SET);
        }
        let takes_prefix = self.state.habits.takes_token_prefix;
        let token = self.token.as_mut().ok_or(Status::PIN_AUTH_INVALID)?;
        let right = token.verify(*protocol, client_data_hash, param)
            || takes_prefix && token.verify_by_prefix(*protocol, client_data_hash, param);
        if !right || !token.permits(permission, rp_id) {
            return Err(Status::PIN_AUTH_INVALID);
        }
        if self.state.line().has(Feature::PinUvAuthTokens) {
            token.bind(rp_id);
        }
        Ok(true)
    }

    /// Leaves out the touch where the token, which was checked before, stands for it.
    pub(super) fn touch_unless_present(
        &mut self,
        pin_uv_auth: Option<&PinUvAuth<'_>>,
        outcome: Outcome,
    ) -> Result<Outcome, Status> {
        let now = self.now();
        let present = self.token.as_ref().is_some_and(|token| token.user_is_present(now));
        if pin_uv_auth.is_some() && present {
            self.touched_already(outcome).map(Outcome::Results)
        } else {
            Ok(outcome)
        }
    }

    /// Goes through a list for this RP's credentials on this key.
    pub(super) fn listed(
        &self,
        rp_id: &str,
        list: &[CredentialDescriptor],
    ) -> Result<Vec<Credential>, Status> {
        if list.len() > self.state.model.max_credential_count_in_list() {
            return Err(Status::LIMIT_EXCEEDED);
        }
        let descriptors = list.iter().filter(|entry| entry.credential_type == PUBLIC_KEY);
        Ok(descriptors.filter_map(|entry| self.state.find(rp_id, &entry.id)).collect())
    }
}

/// Pairs the parameter with its protocol.
pub(super) fn pin_uv_auth(
    param: Option<&[u8]>,
    protocol_id: Option<u64>,
) -> Result<Option<PinUvAuth<'_>>, Status> {
    param.map(|param| Ok(PinUvAuth { protocol: protocol(protocol_id)?, param })).transpose()
}

/// Checks the length of a client data hash.
pub(super) fn check_hash(client_data_hash: &[u8]) -> Result<(), Status> {
    if client_data_hash.len() == HASH_LENGTH { Ok(()) } else { Err(Status::INVALID_LENGTH) }
}

/// Tells whether a credential may be seen.
pub(super) fn is_visible(credential: &Credential, user_verified: bool, listed: bool) -> bool {
    user_verified
        || match credential.cred_protect {
            CredProtect::Optional => true,
            CredProtect::OptionalWithCredentialIdList => listed,
            CredProtect::Required => false,
        }
}
