//! credProtect: who may find the credential (CTAP 2.2 §12.1).

use super::interaction::Notice;
use super::register::Registered;
use super::{Error, Session, Unsupported};
use crate::ctap2::GetInfoResponse;
use crate::ctap2::extensions::{CRED_PROTECT, CredProtect};
use crate::relying_party;
use crate::webauthn::AuthenticatorData;

/// A level, and whether a lower one is an error.
type Wish = Option<(CredProtect, bool)>;

/// Returns what is sent, if the key knows the extension.
pub(super) fn input(info: &GetInfoResponse, wish: Wish) -> Result<Option<u64>, Error> {
    match wish {
        Some((level, _)) if info.has_extension(CRED_PROTECT) => Ok(Some(level.level())),
        // The lowest level is what every key gives that knows no levels.
        Some((level, true)) if level > CredProtect::Optional => {
            Err(Error::Unsupported(Unsupported::Extension(CRED_PROTECT)))
        }
        _ => Ok(None),
    }
}

/// Holds the level that the key tells against the one that was wanted; a lower one that is no
/// error does not pass in silence.
pub(super) fn confirm(
    session: &mut Session<'_>,
    wish: Wish,
    registered: &Registered,
) -> Result<(), Error> {
    let level = level(&registered.authenticator_data)?;
    let Some((least, enforced)) = wish else { return Ok(()) };
    let silent = level.is_none() && session.info().has_extension(CRED_PROTECT);
    if level.unwrap_or(CredProtect::Optional) >= least && !silent {
        return Ok(());
    }
    if enforced {
        return Err(Error::ExtensionNotApplied(CRED_PROTECT));
    }
    session.interaction().notice(&Notice::NotProtected);
    Ok(())
}

fn level(data: &AuthenticatorData) -> Result<Option<CredProtect>, Error> {
    let Some(output) = data.extension(CRED_PROTECT) else { return Ok(None) };
    let level = output.as_i64().and_then(|level| u64::try_from(level).ok());
    match level.and_then(CredProtect::from_level) {
        Some(level) => Ok(Some(level)),
        None => Err(relying_party::Error::ExtensionOutput(CRED_PROTECT).into()),
    }
}
