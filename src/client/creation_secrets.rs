//! Secrets derived while the credential is made: hmac-secret-mc (CTAP 2.2 §12.8).

use std::sync::Arc;

use super::hmac_secret::{HmacSecrets, Salts};
use super::key_agreement::{self, Agreement, agree};
use super::verification::Authorization;
use super::{Error, Session, Shortfall};
use crate::ctap2::MakeCredentialRequest;
use crate::ctap2::extensions::HMAC_SECRET_MC;
use crate::webauthn::AuthenticatorData;

/// The most that the salts add to a message, in bytes: identifier, key agreement key, two salts and
/// MAC under protocol two, and the protocol.
pub(super) const LENGTH_OF_INPUT: usize = 15 + 1 + 79 + 83 + 35 + 2;

/// Salts on their way to the key and back.
pub(super) struct CreationSecrets<'a> {
    salts: &'a Salts,
    own: Option<Arc<Agreement>>,
    authorization: &'a Authorization,
}

impl<'a> CreationSecrets<'a> {
    /// Puts the salts, if there are any, into the request; the key agreement of a token serves
    /// again.
    pub(super) fn add_input(
        session: &mut Session<'_>,
        salts: Option<&'a Salts>,
        authorization: &'a Authorization,
        request: &mut MakeCredentialRequest,
    ) -> Result<Option<Self>, Error> {
        let Some(salts) = salts else {
            return Ok(None);
        };
        let own = match authorization.agreement {
            Some(_) => None,
            None => Some(agree(session, key_agreement::protocol(session.info())?)?),
        };
        let secrets = CreationSecrets { salts, own, authorization };
        if let Some(agreement) = secrets.agreement() {
            let mut input = salts.to_input(session.random(), agreement)?;
            input.pin_uv_auth_protocol = Some(agreement.secret.protocol().id());
            request.extensions.get_or_insert_default().hmac_secret_mc = Some(input);
        }
        Ok(Some(secrets))
    }

    /// Decrypts what the key derived; a key that derived nothing has not done what
    /// was asked.
    pub(super) fn open(
        &self,
        data: &AuthenticatorData,
        shortfall: Shortfall,
    ) -> Result<Option<HmacSecrets>, Error> {
        let opened = match self.agreement() {
            Some(agreement) => self.salts.open_output(agreement, data, HMAC_SECRET_MC)?,
            None => None,
        };
        match opened {
            Some(secrets) => Ok(Some(secrets)),
            None => shortfall.or(None, Error::ExtensionNotApplied(HMAC_SECRET_MC)),
        }
    }

    fn agreement(&self) -> Option<&Agreement> {
        self.own.as_deref().or(self.authorization.agreement.as_deref())
    }
}
