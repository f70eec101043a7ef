//! The only ways to a pinUvAuthToken (CTAP 2.2 §6.5.5.7).

use super::interaction::{Notice, TouchReason};
use super::key_agreement::{self, Agreement, agree};
use super::pin_tries::{send_pin, uv_retries, with_pin};
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
) -> Result<(PinUvAuthToken, Agreement), Error> {
    if session.info().force_pin_change == Some(true) {
        return Err(Error::PinChangeForced);
    }
    with_pin(session, shown_rp_id, &mut |session, pin| {
        using_pin_hash(session, &pin.hash(), permissions, rp_id)
    })
}

/// Gets another token with the PIN that the key took before in this session, which costs nobody
/// a question and no try; `None` if it took none. Key agreement, token.
pub(super) fn using_proven_pin(
    session: &mut Session<'_>,
    permissions: Permissions,
    rp_id: Option<&str>,
) -> Result<Option<(PinUvAuthToken, Agreement)>, Error> {
    let Some(hash) = session.proven_pin() else { return Ok(None) };
    using_pin_hash(session, &hash, permissions, rp_id).map(Some)
}

fn using_pin_hash(
    session: &mut Session<'_>,
    hash: &PinHash,
    permissions: Permissions,
    rp_id: Option<&str>,
) -> Result<(PinUvAuthToken, Agreement), Error> {
    let protocol = key_agreement::protocol(session.info())?;
    let with_permissions =
        session.info().option_is_true("pinUvAuthToken") && !permissions.is_empty();
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
    match send_pin(session, &request) {
        Ok(answer) => {
            let opened = open(answer, agreement, permissions, rp_id)?;
            session.remember_pin(hash.clone());
            Ok(opened)
        }
        Err(Error::PinPolicyViolation) => Err(Error::PinChangeForced),
        Err(error) => Err(error),
    }
}

/// Gets a token by built-in verification: tries left, key agreement, token.
///
/// Tries again as often as the key prefers; then [`Error::UvInvalid`] or [`Error::UvBlocked`].
pub(super) fn using_built_in(
    session: &mut Session<'_>,
    permissions: Permissions,
    rp_id: Option<&str>,
) -> Result<(PinUvAuthToken, Agreement), Error> {
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
    agreement: Agreement,
    permissions: Permissions,
    rp_id: Option<&str>,
) -> Result<(PinUvAuthToken, Agreement), Error> {
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
