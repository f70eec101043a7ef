//! Salts that depend on which credential answers (WebAuthn L3 §10.1.4, `evalByCredential`).

use super::authenticate::Authentication;
use super::credential_list::{self, Probed};
use super::hmac_secret::Salts;
use super::verification::Authorization;
use super::{Error, Session, Unsupported};
use crate::webauthn::CredentialDescriptor;

/// Narrows the allow list down to the credential that will answer, where its salts depend on that,
/// and finds its salts. No message, or those of probing, where several are listed.
pub(super) fn find<'w>(
    session: &mut Session<'_>,
    wanted: &'w Authentication,
    allow: &[CredentialDescriptor],
    authorization: &Authorization,
) -> Result<(Vec<CredentialDescriptor>, Option<&'w Salts>), Error> {
    if wanted.salts_by_credential.is_empty() || allow.is_empty() {
        return Ok((allow.to_vec(), wanted.hmac_secret.as_ref()));
    }
    let one = match allow {
        [only] => only.clone(),
        several => match credential_list::find(session, &wanted.rp_id, several, authorization)? {
            Probed::Found(found) => found,
            Probed::Nothing => return Err(Error::NoCredentials),
            Probed::Unable => return Err(Error::Unsupported(Unsupported::Option("up"))),
        },
    };
    let own = wanted.salts_by_credential.iter().find(|(id, _)| *id == one.id.as_slice());
    let salts = own.map(|(_, salts)| salts).or(wanted.hmac_secret.as_ref());
    Ok((vec![one], salts))
}
