//! The platform's side of key agreement (CTAP 2.2 §6.5.5.4).

use std::sync::Arc;

use super::interaction::TouchReason;
use super::{Error, Session, Unsupported};
use crate::cose::CoseKey;
use crate::ctap2::client_pin::{ClientPinRequest, SubCommand};
use crate::ctap2::{GetInfoResponse, Request};
use crate::pin_uv::{KeyAgreementKey, PinUvAuthProtocol, SharedSecret};

/// A secret shared with the key; good until the key renews its half, as it does on a wrong PIN.
///
/// One agreement serves a token and the `hmac-secret` extension of the same transaction: the key
/// derives the secret anew from the platform's public key in each request.
pub(super) struct Agreement {
    /// The platform's public key, sent along with what is encrypted.
    pub(super) platform_key: CoseKey,
    /// The secret.
    pub(super) secret: SharedSecret,
}

/// Chooses the protocol: two where the key has it, else one.
pub(super) fn protocol(info: &GetInfoResponse) -> Result<PinUvAuthProtocol, Error> {
    // CTAP 2.0 keys may list none; protocol one is all there was.
    let listed = info.pin_uv_auth_protocols.as_deref().unwrap_or(&[1]);
    [PinUvAuthProtocol::Two, PinUvAuthProtocol::One]
        .into_iter()
        .find(|protocol| listed.contains(&protocol.id()))
        .ok_or(Error::Unsupported(Unsupported::PinUvAuthProtocol))
}

/// Agrees on a secret with a fresh platform key. One message, or none where the session keeps what
/// was agreed.
pub(super) fn agree(
    session: &mut Session<'_>,
    protocol: PinUvAuthProtocol,
) -> Result<Arc<Agreement>, Error> {
    if let Some(kept) = session.kept_agreement(protocol) {
        return Ok(kept);
    }
    let request = ClientPinRequest {
        pin_uv_auth_protocol: Some(protocol.id()),
        ..ClientPinRequest::new(SubCommand::GET_KEY_AGREEMENT)
    };
    let answer = session.call(&request, TouchReason::VerifyUser)?;
    let peer = answer.key_agreement.ok_or(Error::Incomplete {
        command: ClientPinRequest::COMMAND,
        what: "key agreement key",
    })?;
    let platform = KeyAgreementKey::generate(session.random())?;
    let secret = platform.agree(protocol, &peer)?;
    let agreement = Arc::new(Agreement { platform_key: platform.public_key(), secret });
    session.keep_agreement(&agreement);
    Ok(agreement)
}
