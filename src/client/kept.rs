//! What one operation's verification leaves for the next in the same session, where that is
//! wished.

use std::sync::Arc;

use super::key_agreement::Agreement;
use super::verification::{Authorization, Need};
use super::{Session, token};
use crate::ctap2::GetInfoResponse;
use crate::pin_uv::PinUvAuthProtocol;

/// Everything is dropped as soon as the key no longer takes it.
#[derive(Default)]
pub(super) struct Kept {
    agreement: Option<Arc<Agreement>>,
    authorization: Option<Authorization>,
}

impl Session<'_> {
    /// From now on the PIN is asked for once, and what it opened serves for as long as the key
    /// lets it: the secret shared with the key, and a token for the same relying party.
    pub fn keep_verification(&mut self) {
        self.kept.get_or_insert_default();
    }

    pub(super) fn keeps_verification(&self) -> bool {
        self.kept.is_some()
    }

    /// Forgets what a wrong PIN has made worthless, and the PIN.
    pub(super) fn forget_verification(&mut self) {
        self.proven_pin = None;
        self.forget_agreement();
    }

    /// Forgets what was agreed with the key, and the token that came of it.
    pub(super) fn forget_agreement(&mut self) {
        self.kept.iter_mut().for_each(|kept| *kept = Kept::default());
    }

    pub(super) fn kept_agreement(&self, protocol: PinUvAuthProtocol) -> Option<Arc<Agreement>> {
        let agreement = self.kept.as_ref()?.agreement.as_ref()?;
        (agreement.secret.protocol() == protocol).then(|| Arc::clone(agreement))
    }

    pub(super) fn keep_agreement(&mut self, agreement: &Arc<Agreement>) {
        if let Some(kept) = &mut self.kept {
            kept.agreement = Some(Arc::clone(agreement));
        }
    }

    /// Takes out the authorization of an earlier operation if it is enough for this one.
    pub(super) fn take_authorization(&mut self, need: &Need<'_>) -> Option<Authorization> {
        let kept = self.kept.as_mut()?;
        kept.authorization.take().filter(|authorization| {
            authorization.token().is_some_and(|token| {
                token.permissions().contains(need.permissions) && token.rp_id() == need.rp_id
            })
        })
    }

    /// Puts an authorization back for later, unless the operation has spent its token.
    pub(super) fn keep_authorization(&mut self, authorization: Authorization, need: &Need<'_>) {
        let lasts = outlasts(self.info(), need);
        if let Some(kept) = self.kept.as_mut().filter(|_| lasts) {
            kept.authorization = Some(authorization);
        }
    }
}

/// A touch takes the permissions back from a token that has some (CTAP 2.2 §6.1.2 step 14,
/// §6.2.2 step 8); one of the times before them lasts.
fn outlasts(info: &GetInfoResponse, need: &Need<'_>) -> bool {
    !need.user_presence || !token::has_permissions(info, need.permissions)
}
