//! Nothing is left behind: a new credential that failed its checks is taken off the key again.

use super::super::interaction::Notice;
use super::super::{Error, Session, Verification, token};
use super::CredentialStore;
use super::store::command;
use crate::ctap2::Permissions;
use crate::pin_uv::PinUvAuthToken;

/// Deletes the credential where that can be done without another question, and wraps the error
/// that it was rejected for. After built-in verification the person is verified once more.
pub(in super::super) fn discard(
    session: &mut Session<'_>,
    credential_id: &[u8],
    verification: Verification,
    cause: Error,
) -> Error {
    let removed = matches!(delete(session, credential_id, verification), Ok(true));
    let (cause, credential_id) = (Box::new(cause), credential_id.to_vec());
    Error::CredentialRejected { cause, credential_id, removed }
}

fn delete(
    session: &mut Session<'_>,
    credential_id: &[u8],
    verification: Verification,
) -> Result<bool, Error> {
    command(session.info())?;
    let Some(token) = another_token(session, verification)? else {
        return Ok(false);
    };
    CredentialStore::with_token(session, token)?.delete(credential_id)?;
    Ok(true)
}

/// Gets a token for deleting: the one that made the credential was good for that only.
fn another_token(
    session: &mut Session<'_>,
    verification: Verification,
) -> Result<Option<PinUvAuthToken>, Error> {
    let permissions = Permissions::CREDENTIAL_MANAGEMENT;
    if let Some((token, _)) = token::using_proven_pin(session, permissions, None)? {
        return Ok(Some(token));
    }
    if verification != Verification::BuiltIn || !token::built_in_is_possible(session.info()) {
        return Ok(None);
    }
    session.interaction().notice(&Notice::TakingCredentialBack);
    let (token, _) = token::using_built_in(session, permissions, None)?;
    Ok(Some(token))
}
