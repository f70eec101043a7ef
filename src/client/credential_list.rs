//! Allow and exclude lists longer than a key takes: silent probing (CTAP 2.2 §6.1.2, §6.2.2).

use super::interaction::TouchReason;
use super::verification::Authorization;
use super::{Error, Session, answer};
use crate::ctap2::get_assertion::{GetAssertionOptions, GetAssertionRequest};
use crate::ctap2::{GetAssertionResponse, GetInfoResponse, Request, Status};
use crate::relying_party;
use crate::webauthn::{AuthenticatorData, CredentialDescriptor, MAX_CREDENTIAL_ID_LENGTH};

/// What a probe signs: of no use to anybody.
const PROBE_HASH: [u8; 32] = [0; 32];

/// Drops IDs longer than this key makes them.
pub(super) fn possible<'d>(
    info: &GetInfoResponse,
    list: impl Iterator<Item = &'d CredentialDescriptor>,
) -> Vec<CredentialDescriptor> {
    let longest = info
        .max_credential_id_length
        .and_then(|length| usize::try_from(length).ok())
        .map_or(MAX_CREDENTIAL_ID_LENGTH, |length| length.min(MAX_CREDENTIAL_ID_LENGTH));
    list.filter(|descriptor| descriptor.id.len() <= longest).cloned().collect()
}

/// Tells whether a list goes into one request, given the length in bytes of the whole message.
pub(super) fn fits(session: &Session<'_>, entries: usize, message: usize) -> bool {
    entries <= 1 || (entries <= max_count(session.info()) && message <= session.max_msg_size())
}

/// A key that says nothing is taken to compare one credential at a time.
fn max_count(info: &GetInfoResponse) -> usize {
    let count = info.max_credential_count_in_list.unwrap_or(1).max(1);
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// What probing found.
pub(super) enum Probed {
    /// The first credential of the list that is on the key.
    Found(CredentialDescriptor),
    /// None is.
    Nothing,
    /// This key does nothing without a touch: it must judge the whole list itself.
    Unable,
}

/// Finds the first credential of `list` that is on the key, without a touch.
///
/// One message a batch. With a token its MAC goes along, so that protected credentials answer too.
pub(super) fn find(
    session: &mut Session<'_>,
    rp_id: &str,
    list: &[CredentialDescriptor],
    authorization: &Authorization,
) -> Result<Probed, Error> {
    let mut count = max_count(session.info());
    let mut rest = list;
    while !rest.is_empty() {
        count = count.min(rest.len());
        let Some((batch, tail)) = rest.split_at_checked(count) else {
            break;
        };
        let request = probe(rp_id, batch, authorization);
        if count > 1 && request.to_message().len() > session.max_msg_size() {
            count -= 1;
            continue;
        }
        match session.call(&request, TouchReason::Assert) {
            Ok(answer) => return matched(session, rp_id, batch, answer).map(Probed::Found),
            Err(Error::NoCredentials) => rest = tail,
            Err(Error::Refused {
                status: Status::REQUEST_TOO_LARGE | Status::LIMIT_EXCEEDED,
                ..
            }) if count > 1 => count /= 2,
            Err(Error::Refused {
                status: Status::UNSUPPORTED_OPTION | Status::INVALID_OPTION,
                ..
            }) => return Ok(Probed::Unable),
            // What some keys say of it although there is nothing to authorise it with.
            Err(Error::Refused { status: Status::PIN_AUTH_INVALID, .. })
                if authorization.token().is_none() =>
            {
                return Ok(Probed::Unable);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(Probed::Nothing)
}

fn probe(
    rp_id: &str,
    batch: &[CredentialDescriptor],
    authorization: &Authorization,
) -> GetAssertionRequest {
    GetAssertionRequest {
        rp_id: rp_id.to_owned(),
        client_data_hash: PROBE_HASH.to_vec().into(),
        allow_list: Some(batch.to_vec()),
        // hmac-secret together with up = false is an error by the standard.
        extensions: None,
        options: Some(GetAssertionOptions { up: Some(false), ..Default::default() }),
        pin_uv_auth_param: authorization.pin_uv_auth_param(&PROBE_HASH),
        pin_uv_auth_protocol: authorization.pin_uv_auth_protocol(),
    }
}

fn matched(
    session: &Session<'_>,
    rp_id: &str,
    batch: &[CredentialDescriptor],
    answer: GetAssertionResponse,
) -> Result<CredentialDescriptor, Error> {
    let data = AuthenticatorData::parse(&answer.auth_data, session.limits().strictness)?;
    answer::check_rp_id(&data, rp_id)?;
    let found = match (answer.credential, batch) {
        (Some(credential), _) => credential.id,
        (None, [only]) => only.id.clone(),
        (None, _) => {
            let command = GetAssertionRequest::COMMAND;
            return Err(Error::Incomplete { command, what: "credential" });
        }
    };
    let known = batch.iter().find(|descriptor| descriptor.id == found);
    Ok(known.cloned().ok_or(relying_party::Error::UnexpectedCredential)?)
}
