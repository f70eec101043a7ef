//! The token that outlives the session, for reading only (CTAP 2.2 §6.5.5.7, permission `pcmr`).

use zeroize::Zeroizing;

use super::super::key_agreement;
use super::super::verification::token_without_rp;
use super::super::{Error, Session, Unsupported};
use super::CredentialStore;
use crate::ctap2::{GetInfoResponse, Permissions, Status};
use crate::pin_uv::{EncryptedMember, PinUvAuthToken};

const PERMISSION: Permissions = Permissions::PERSISTENT_CREDENTIAL_MANAGEMENT_READ_ONLY;

/// A persistent token: a secret that lets its holder list what is stored on one key, until the
/// PIN is changed or the key is reset. Wiped when dropped.
#[derive(Clone)]
pub struct PersistentToken(Zeroizing<Vec<u8>>);

impl PersistentToken {
    /// Takes a token that was kept.
    pub fn new(bytes: Zeroizing<Vec<u8>>) -> Self {
        PersistentToken(bytes)
    }

    /// Returns the bytes to be kept.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns the key's own identifier; `None` if it gives none. Noise under a token that is
    /// not, or no longer, this key's.
    pub fn identifier(&self, info: &GetInfoResponse) -> Option<[u8; 16]> {
        EncryptedMember::Identifier.decrypt(&self.0, info.enc_identifier.as_ref()?)
    }

    /// Returns what changes whenever the stored credentials do; as [`Self::identifier`].
    pub fn cred_store_state(&self, info: &GetInfoResponse) -> Option<[u8; 16]> {
        EncryptedMember::CredStoreState.decrypt(&self.0, info.enc_cred_store_state.as_ref()?)
    }

    fn for_session(&self, session: &Session<'_>) -> Result<PinUvAuthToken, Error> {
        let protocol = key_agreement::protocol(session.info())?;
        Ok(PinUvAuthToken::new(protocol, self.0.clone(), PERMISSION, None)?)
    }
}

impl std::fmt::Debug for PersistentToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PersistentToken")
    }
}

/// Reads with a persistent token: with `kept` while the key takes it, else with a new one, which
/// is returned too, to be kept from now on.
pub fn read_persistently<T>(
    session: &mut Session<'_>,
    kept: Option<&PersistentToken>,
    read: &mut dyn FnMut(&mut CredentialStore<'_, '_>) -> Result<T, Error>,
) -> Result<(T, Option<PersistentToken>), Error> {
    session.refresh_if_stale()?;
    if !session.info().option_is_true("perCredMgmtRO") {
        return Err(Error::Unsupported(Unsupported::Option("perCredMgmtRO")));
    }
    if let Some(kept) = kept {
        let token = kept.for_session(session)?;
        match read(&mut CredentialStore::with_token(session, token)?) {
            // After a change of the PIN, or a reset, or on another key.
            Err(Error::Refused { status: Status::PIN_AUTH_INVALID, .. }) => {}
            outcome => return outcome.map(|outcome| (outcome, None)),
        }
    }
    let token = token_without_rp(session, PERMISSION)?;
    let renewed = PersistentToken(Zeroizing::new(token.as_bytes().to_vec()));
    // Keys may show their identifier only from now on.
    session.mark_info_stale();
    let outcome = read(&mut CredentialStore::with_token(session, token)?)?;
    Ok((outcome, Some(renewed)))
}
