//! The only ways to a pinUvAuthToken (CTAP 2.2 §6.5.5.7).

use std::sync::Arc;

use super::interaction::{Notice, TouchReason};
use super::key_agreement::{self, Agreement, agree};
use super::pin_tries::{pin_retries, uv_retries, with_pin};
use super::session::PinHash;
use super::{Error, Session};
use crate::ctap2::client_pin::{ClientPinRequest, ClientPinResponse, SubCommand};
use crate::ctap2::{GetInfoResponse, Permissions, Request};
use crate::pin_uv::PinUvAuthToken;

/// The most tries of built-in verification that CTAP lets a key give (CTAP 2.2 §6.5.2.2).
const MAX_UV_RETRIES: u64 = 25;

/// Gets a token with the PIN: tries left, key agreement, token.
///
/// Keys without option pinUvAuthToken give one without permissions; so do all if none are asked
/// for. `shown_rp_id` is the one that the person reads.
pub(super) fn using_pin(
    session: &mut Session<'_>,
    permissions: Permissions,
    rp_id: Option<&str>,
    shown_rp_id: Option<&str>,
) -> Result<(PinUvAuthToken, Arc<Agreement>), Error> {
    if session.info().force_pin_change == Some(true) {
        return Err(Error::PinChangeForced);
    }
    if session.keeps_verification()
        && let Some(hash) = session.proven_pin()
    {
        return using_known_pin(session, &hash, permissions, rp_id);
    }
    with_pin(session, shown_rp_id, &mut |session, pin| {
        using_pin_hash(session, &pin.hash(), permissions, rp_id)
    })
}

/// Gets a token with the PIN that the key took before in a session that keeps what was agreed.
/// Token, and no question about the tries left: the key has just put them back.
fn using_known_pin(
    session: &mut Session<'_>,
    hash: &PinHash,
    permissions: Permissions,
    rp_id: Option<&str>,
) -> Result<(PinUvAuthToken, Arc<Agreement>), Error> {
    match using_pin_hash(session, hash, permissions, rp_id) {
        // Another program's wrong PIN makes the key renew its half of the secret, and then ours
        // comes out wrong. Whether there is a try to spare must be known before another one.
        Err(Error::PinInvalid { .. }) => {
            let retries = pin_retries(session)?;
            if retries.left <= 1 || retries.power_cycle_needed {
                return Err(Error::PinInvalid { retries_left: Some(retries.left) });
            }
            using_pin_hash(session, hash, permissions, rp_id)
        }
        outcome => outcome,
    }
}

/// Gets another token with the PIN that the key took before in this session, which costs nobody
/// a question and no try; `None` if it took none. Key agreement, token.
pub(super) fn using_proven_pin(
    session: &mut Session<'_>,
    permissions: Permissions,
    rp_id: Option<&str>,
) -> Result<Option<(PinUvAuthToken, Arc<Agreement>)>, Error> {
    let Some(hash) = session.proven_pin() else { return Ok(None) };
    using_pin_hash(session, &hash, permissions, rp_id).map(Some)
}

fn using_pin_hash(
    session: &mut Session<'_>,
    hash: &PinHash,
    permissions: Permissions,
    rp_id: Option<&str>,
) -> Result<(PinUvAuthToken, Arc<Agreement>), Error> {
    let protocol = key_agreement::protocol(session.info())?;
    let with_permissions = has_permissions(session.info(), permissions);
    let agreement = agree(session, protocol)?;
    let pin_hash_enc = agreement.secret.encrypt(session.random(), hash.as_slice())?;
    let mut request = ClientPinRequest {
        pin_uv_auth_protocol: Some(protocol.id()),
        key_agreement: Some(agreement.platform_key.clone()),
        pin_hash_enc: Some(pin_hash_enc.into()),
        ..ClientPinRequest::new(SubCommand::GET_PIN_TOKEN)
    };
    if with_permissions {
        request.sub_command = SubCommand::GET_TOKEN_USING_PIN;
        request.permissions = Some(permissions.bits());
        request.rp_id = rp_id.map(str::to_owned);
    }
    match session.call(&request, TouchReason::VerifyUser) {
        Ok(answer) => {
            let opened = open(answer, agreement, permissions, rp_id)?;
            session.remember_pin(hash.clone());
            Ok(opened)
        }
        Err(Error::PinPolicyViolation) => Err(Error::PinChangeForced),
        Err(error) => {
            // The key has renewed its half of the secret.
            session.forget_verification();
            Err(error)
        }
    }
}

/// Tells whether a token asked for with these permissions is one that has permissions.
pub(super) fn has_permissions(info: &GetInfoResponse, permissions: Permissions) -> bool {
    info.option_is_true("pinUvAuthToken") && !permissions.is_empty()
}

/// Gets a token by built-in verification: tries left, key agreement, token.
///
/// Tries again as often as the key prefers; then [`Error::UvInvalid`] or [`Error::UvBlocked`].
pub(super) fn using_built_in(
    session: &mut Session<'_>,
    permissions: Permissions,
    rp_id: Option<&str>,
) -> Result<(PinUvAuthToken, Arc<Agreement>), Error> {
    let legacy = is_legacy(session.info());
    let mut retries_left = match uv_retries(session) {
        // The question is younger than the answer.
        Err(Error::Refused { .. } | Error::Incomplete { .. }) if legacy => MAX_UV_RETRIES,
        retries_left => retries_left?,
    };
    if retries_left == 0 {
        return Err(Error::UvBlocked);
    }
    let agreement = agree(session, key_agreement::protocol(session.info())?)?;
    let request = ClientPinRequest {
        pin_uv_auth_protocol: Some(agreement.secret.protocol().id()),
        key_agreement: Some(agreement.platform_key.clone()),
        permissions: (!legacy).then(|| permissions.bits()),
        rp_id: rp_id.map(str::to_owned).filter(|_| !legacy),
        ..ClientPinRequest::new(SubCommand::GET_TOKEN_USING_UV)
    };
    let attempts = session.info().preferred_platform_uv_attempts.unwrap_or(MAX_UV_RETRIES);
    for _ in 0..attempts.clamp(1, MAX_UV_RETRIES) {
        match session.call(&request, TouchReason::VerifyUser) {
            Ok(answer) => return open(answer, agreement, permissions, rp_id),
            Err(Error::UvInvalid { .. }) => {
                retries_left = uv_retries(session)?;
                let notice = Notice::BuiltInVerificationFailed { retries_left };
                session.interaction().notice(&notice);
                if retries_left == 0 {
                    return Err(Error::UvBlocked);
                }
            }
            Err(error) => return Err(error),
        }
    }
    Err(Error::UvInvalid { retries_left: Some(retries_left) })
}

/// Tells whether built-in verification is set up and gives tokens.
pub(super) fn built_in_is_possible(info: &GetInfoResponse) -> bool {
    info.option_is_true("uv") && (info.option_is_true("pinUvAuthToken") || is_legacy(info))
}

/// Tells whether built-in verification gives tokens as FIDO_2_1_PRE had it: without permissions.
pub(super) fn is_legacy(info: &GetInfoResponse) -> bool {
    info.option_is_true("uvToken") && !info.option_is_true("pinUvAuthToken")
}

fn open(
    answer: ClientPinResponse,
    agreement: Arc<Agreement>,
    permissions: Permissions,
    rp_id: Option<&str>,
) -> Result<(PinUvAuthToken, Arc<Agreement>), Error> {
    let encrypted = answer
        .pin_uv_auth_token
        .ok_or(Error::Incomplete { command: ClientPinRequest::COMMAND, what: "pinUvAuthToken" })?;
    let token = PinUvAuthToken::new(
        agreement.secret.protocol(),
        agreement.secret.decrypt(&encrypted)?,
        permissions,
        rp_id.map(str::to_owned),
    )?;
    Ok((token, agreement))
}
