//! Which protocol a key is spoken to in, decided once when a session is opened.
//!
//! A key that speaks CTAP2 is never spoken to in U2F: what it promises there would be less, and
//! nobody asked for that.

use super::Error;
use super::interaction::{Notice, UserInteraction};
use super::session::{self, Limits};
use super::u2f;
use super::{Unsupported, session::Greeting};
use crate::cose::Algorithm;
use crate::ctap2::{Command, GetInfoResponse, TextKeyed};
use crate::transport::{Capabilities, ErrorCode, Transport, TransportError};
use crate::u2f::{MAX_KEY_HANDLE_LENGTH, U2F_V2};
use crate::webauthn::CredentialParameters;

/// A protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// CTAP2.
    Ctap2,
    /// U2F, for keys that speak nothing else.
    U2f,
}

/// The major type of a CBOR map, in the upper three bits of its first byte.
const MAP: u8 = 5;

/// Asks the key what it can do. One message; two for a key that fails to answer in CTAP2.
pub(super) fn greet(
    transport: &mut dyn Transport,
    interaction: &mut dyn UserInteraction,
    limits: &Limits,
) -> Result<Greeting, Error> {
    let capabilities = transport.properties().capabilities;
    let may_speak_u2f = !capabilities.contains(Capabilities::NMSG);
    // Bits without a meaning show that the byte means nothing: then the key itself is asked.
    let known = Capabilities::WINK | Capabilities::CBOR | Capabilities::NMSG;
    if capabilities.contains(Capabilities::CBOR) || !known.contains(capabilities) {
        let answer = session::ask_for_info(transport, interaction, limits);
        if !may_speak_u2f || !is_garbage(&answer) || !u2f::is_spoken(transport, limits)? {
            return session::understand_info(answer?, limits);
        }
        interaction.notice(&Notice::FallingBackToU2f);
        return Ok(u2f_greeting());
    }
    if may_speak_u2f && u2f::is_spoken(transport, limits)? {
        return Ok(u2f_greeting());
    }
    Err(Error::Unsupported(Unsupported::EveryProtocol))
}

/// Tells whether an answer to getInfo shows that CTAP2 is not spoken: an unknown command, or
/// something that is not even the beginning of a map. An answer that is only wrong somewhere is
/// that of a CTAP2 key, and an error.
fn is_garbage(answer: &Result<Vec<u8>, Error>) -> bool {
    match answer {
        Ok(body) => body.first().is_none_or(|first| first >> 5 != MAP),
        Err(Error::Transport(TransportError::Refused { code, .. })) => {
            *code == ErrorCode::INVALID_CMD
        }
        Err(Error::Unsupported(Unsupported::Command(command))) => *command == Command::GET_INFO,
        _ => false,
    }
}

/// What getInfo would say of a key that has none, so that one set of rules serves both.
fn u2f_greeting() -> Greeting {
    let options: TextKeyed<bool> = [("rk", false), ("up", true)]
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .collect();
    let info = GetInfoResponse {
        extensions: Some(Vec::new()),
        options: Some(options),
        // One at a time, and as many as there are.
        max_msg_size: Some(u64::MAX),
        max_credential_count_in_list: Some(u64::MAX),
        max_credential_id_length: u64::try_from(MAX_KEY_HANDLE_LENGTH).ok(),
        algorithms: Some(vec![CredentialParameters::new(Algorithm::ES256)]),
        ..GetInfoResponse::new(vec![U2F_V2.to_owned()], [0; 16])
    };
    Greeting { protocol: Protocol::U2f, info, encoded_info: Vec::new() }
}
