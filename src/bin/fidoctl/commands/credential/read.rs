//! Reading what is stored, with the PIN or with a token kept in a file.

use fidoctl::client::Error;
use fidoctl::client::credentials::{CredentialStore, read_persistently};

use crate::arguments::NewPinArgs;
use crate::context::Context;
use crate::device::Target;
use crate::failure::Failure;
use crate::token_file::{KeptToken, TokenFileArgs};
use crate::whole_file::WholeFile;

/// Opens the key and reads.
pub fn read<T>(
    context: &Context,
    kept: &TokenFileArgs,
    risk_last_tries: bool,
    read: &mut dyn FnMut(&mut CredentialStore<'_, '_>) -> Result<T, Error>,
) -> Result<(Target, T), Failure> {
    let mut prompter = context.prompter(&NewPinArgs::default())?;
    let Some(path) = &kept.token_file else {
        return context.with_session(&mut prompter, risk_last_tries, |session, target| {
            Ok((target.clone(), read(&mut CredentialStore::open(session)?)?))
        });
    };
    let kept = KeptToken::load(path)?;
    // A token that works need not be written, so its folder may be read-only.
    let file = match WholeFile::reserve(path, true) {
        Err(failure) if kept.is_none() => return Err(failure),
        file => file,
    };
    context.with_session(&mut prompter, risk_last_tries, |session, target| {
        if let Some(kept) = &kept {
            kept.check_model(session.info())?;
        }
        let token = kept.as_ref().map(|kept| &kept.token);
        let (outcome, renewed) = read_persistently(session, token, read)?;
        if let Some(renewed) = renewed {
            // Keys may show their identifier only once there is a token.
            session.refresh()?;
            KeptToken::new(session.info(), renewed).save(file?)?;
        }
        Ok((target.clone(), outcome))
    })
}
