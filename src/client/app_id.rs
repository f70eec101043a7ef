//! Credentials that a site's users made over U2F, before WebAuthn: they belong to an application
//! ID in place of the RP ID (WebAuthn L3 §10.1.1, §10.1.2).
//!
//! Only where the caller names an application ID is it ever asked for.

use super::credential_list::{self, Probed};
use super::interaction::TouchReason;
use super::verification::Authorization;
use super::{Error, Protocol, Session, Unsupported, Verification, select, u2f};
use crate::webauthn::{CredentialDescriptor, rp_id_hash};

/// Where the credentials of an allow list were found.
pub(super) enum Whereabouts {
    /// Under the RP ID, or nowhere.
    RpId,
    /// Under the application ID; this one.
    AppId(CredentialDescriptor),
    /// This key says nothing without a touch.
    Untold,
}

/// Finds out, without a touch, whether the RP ID or the application ID has credentials of the
/// list. One message or two, if the list is no longer than the key takes.
pub(super) fn find(
    session: &mut Session<'_>,
    rp_id: &str,
    app_id: &str,
    allow: &[CredentialDescriptor],
) -> Result<Whereabouts, Error> {
    match probe(session, rp_id, allow)? {
        Probed::Found(_) => return Ok(Whereabouts::RpId),
        Probed::Unable => return Ok(Whereabouts::Untold),
        Probed::Nothing => {}
    }
    Ok(match probe(session, app_id, allow)? {
        Probed::Found(found) => Whereabouts::AppId(found),
        Probed::Nothing => Whereabouts::RpId,
        Probed::Unable => Whereabouts::Untold,
    })
}

/// Refuses, after a touch, if a credential of the list is on the key under the application ID.
pub(super) fn exclude(
    session: &mut Session<'_>,
    app_id: &str,
    exclude: &[CredentialDescriptor],
) -> Result<(), Error> {
    match probe(session, app_id, exclude)? {
        Probed::Nothing => Ok(()),
        Probed::Unable => Err(Error::Unsupported(Unsupported::Extension("appidExclude"))),
        Probed::Found(_) => {
            // So that nobody learns unseen what is on the key.
            select::touch(session, TouchReason::Enroll)?;
            Err(Error::CredentialExcluded)
        }
    }
}

/// Credentials made over U2F answer whoever asks: no verification protects them.
fn probe(
    session: &mut Session<'_>,
    rp_id: &str,
    list: &[CredentialDescriptor],
) -> Result<Probed, Error> {
    if session.protocol() == Protocol::U2f {
        let found = u2f::find(session, rp_id_hash(rp_id), list)?;
        return Ok(found.map_or(Probed::Nothing, |found| Probed::Found(found.clone())));
    }
    let nobody = Authorization::without_token(Verification::None);
    credential_list::find(session, rp_id, list, &nobody)
}
