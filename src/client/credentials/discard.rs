//! Nothing is left behind: a new credential that failed its checks is taken off the key again.

use super::super::{Error, Session, token};
use super::CredentialStore;
use crate::ctap2::Permissions;

/// Deletes the credential where that can be done without asking anybody, and wraps the error that
/// it was rejected for.
pub(in super::super) fn discard(
    session: &mut Session<'_>,
    credential_id: &[u8],
    cause: Error,
) -> Error {
    let removed = matches!(delete(session, credential_id), Ok(true));
    let (cause, credential_id) = (Box::new(cause), credential_id.to_vec());
    Error::CredentialRejected { cause, credential_id, removed }
}

fn delete(session: &mut Session<'_>, credential_id: &[u8]) -> Result<bool, Error> {
    // The token that made the credential was good for that only.
    let permissions = Permissions::CREDENTIAL_MANAGEMENT;
    let Some(token) = token::using_proven_pin(session, permissions)? else {
        return Ok(false);
    };
    CredentialStore::with_token(session, token)?.delete(credential_id)?;
    Ok(true)
}
