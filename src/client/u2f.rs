//! Registering and authenticating through U2F (CTAP 2.2 §11.1.9, §10.1 to §10.3), in the form of
//! CTAP2's answers, so that the same checks go over them.
//!
//! What U2F cannot promise is refused here before anything is sent.

use std::thread;
use std::time::{Duration, Instant};

use super::interaction::{Notice, TouchReason};
use super::watch::PersonWatch;
use super::{Error, Limits, Session, Unsupported};
use crate::cbor::Value;
use crate::cose::{Algorithm, CoseKey};
use crate::ctap2::{
    GetAssertionRequest, GetAssertionResponse, MakeCredentialRequest, MakeCredentialResponse,
};
use crate::transport::{Interruption, Keepalive, Transport, TransportError, Watch};
use crate::u2f::{
    AuthenticateRequest, AuthenticateResponse, CommandApdu, Control, Instruction, RegisterRequest,
    RegisterResponse, ResponseApdu, StatusWord, U2F_V2, VersionRequest,
};
use crate::webauthn::{
    AttestedCredentialData, AuthenticatorData, CredentialDescriptor, Flags, rp_id_hash,
};

/// How often a key is asked whether it was touched.
const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// How often the limits are looked at meanwhile.
const TICK: Duration = Duration::from_millis(50);

/// How long a touch is waited for; U2F keys do not give up by themselves.
const TOUCH_PATIENCE: Duration = Duration::from_secs(30);

/// What a check-only request carries; nothing is signed.
const NO_CHALLENGE: [u8; 32] = [0; 32];

/// Tells whether the key answers U2F_VERSION as it must. One message.
pub(super) fn is_spoken(transport: &mut dyn Transport, limits: &Limits) -> Result<bool, Error> {
    let apdu = VersionRequest.to_apdu().to_vec();
    match transport.msg(&apdu, &mut Unheard(limits)) {
        Ok(answer) => Ok(ResponseApdu::parse(&answer).is_ok_and(|response| {
            response.status == StatusWord::NO_ERROR && response.data == U2F_V2.as_bytes()
        })),
        Err(TransportError::Refused { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Waits for a touch that does nothing.
pub(super) fn touch(session: &mut Session<'_>, reason: TouchReason) -> Result<(), Error> {
    touched(session, &RegisterRequest::TOUCH.to_apdu(), reason).map(drop)
}

/// Makes a credential. A message for each excluded credential, then one until the key is touched.
pub(super) fn make_credential(
    session: &mut Session<'_>,
    request: &MakeCredentialRequest,
    client_data_hash: &[u8; 32],
) -> Result<MakeCredentialResponse, Error> {
    refuse_what_registration_lacks(request)?;
    session.interaction().notice(&Notice::UsingU2f);
    let application = rp_id_hash(&request.rp.id);
    let excluded = request.exclude_list.as_deref().unwrap_or_default();
    if find(session, application, excluded)?.is_some() {
        touch(session, TouchReason::Enroll)?;
        return Err(Error::CredentialExcluded);
    }
    let register = RegisterRequest { challenge: *client_data_hash, application };
    let data = touched(session, &register.to_apdu(), TouchReason::Enroll)?;
    let registered = RegisterResponse::parse(&data)
        .map_err(|source| Error::U2fAnswer { instruction: Instruction::REGISTER, source })?;
    let (x, y) = registered.point();
    let authenticator_data = AuthenticatorData {
        rp_id_hash: application,
        flags: Flags::UP,
        sign_count: 0,
        attested_credential: Some(AttestedCredentialData {
            aaguid: [0; 16],
            credential_id: registered.key_handle,
            public_key: CoseKey::es256(x, y),
        }),
        extensions: None,
    };
    let certificates = Value::Array(vec![registered.certificate.into()]);
    Ok(MakeCredentialResponse {
        fmt: "fido-u2f".to_owned(),
        auth_data: authenticator_data.to_vec().into(),
        att_stmt: Some(Value::text_map([
            ("sig", registered.signature.into()),
            ("x5c", certificates),
        ])),
        ep_att: None,
        large_blob_key: None,
        unsigned_extension_outputs: None,
    })
}

/// Signs with the first credential of the allow list that is on the key. A message for each that
/// is looked for, then one until the key is touched.
pub(super) fn get_assertion(
    session: &mut Session<'_>,
    request: &GetAssertionRequest,
    client_data_hash: &[u8; 32],
) -> Result<GetAssertionResponse, Error> {
    refuse_what_authentication_lacks(request)?;
    session.interaction().notice(&Notice::UsingU2f);
    let user_presence = request.options.as_ref().and_then(|options| options.up).unwrap_or(true);
    let application = rp_id_hash(&request.rp_id);
    let allowed = request.allow_list.as_deref().unwrap_or_default();
    let Some(descriptor) = find(session, application, allowed)? else {
        // With a touch, as CTAP2 keys want one before they say so.
        if user_presence {
            touch(session, TouchReason::Assert)?;
        }
        return Err(Error::NoCredentials);
    };
    let authenticate = AuthenticateRequest {
        challenge: *client_data_hash,
        application,
        key_handle: descriptor.id.to_vec(),
    };
    let data = if user_presence {
        let apdu = authenticate.to_apdu(Control::ENFORCE_USER_PRESENCE);
        touched(session, &apdu, TouchReason::Assert)?
    } else {
        untouched(session, &authenticate.to_apdu(Control::DONT_ENFORCE_USER_PRESENCE))?
    };
    let answer = AuthenticateResponse::parse(&data)
        .map_err(|source| Error::U2fAnswer { instruction: Instruction::AUTHENTICATE, source })?;
    let mut flags = Flags::empty();
    flags.set(Flags::UP, answer.user_present);
    let authenticator_data = AuthenticatorData {
        rp_id_hash: application,
        flags,
        sign_count: answer.counter,
        attested_credential: None,
        extensions: None,
    };
    Ok(GetAssertionResponse {
        credential: Some(CredentialDescriptor::new(descriptor.id.to_vec())),
        auth_data: authenticator_data.to_vec().into(),
        signature: answer.signature.into(),
        user: None,
        number_of_credentials: None,
        user_selected: None,
        large_blob_key: None,
        unsigned_extension_outputs: None,
    })
}

fn refuse_what_registration_lacks(request: &MakeCredentialRequest) -> Result<(), Error> {
    let lacks = |what| Err(Error::Unsupported(Unsupported::OverU2f(what)));
    let options = request.options.clone().unwrap_or_default();
    let mut algorithms = request.pub_key_cred_params.iter().map(|wanted| wanted.algorithm);
    if !algorithms.any(|algorithm| algorithm == Algorithm::ES256) {
        lacks("any other algorithm than ES256")
    } else if options.rk == Some(true) {
        lacks("discoverable credentials")
    } else if options.uv == Some(true) || request.pin_uv_auth_param.is_some() {
        lacks("user verification")
    } else if request.extensions.is_some() {
        lacks("extensions")
    } else if request.enterprise_attestation.is_some() {
        lacks("enterprise attestation")
    } else {
        Ok(())
    }
}

fn refuse_what_authentication_lacks(request: &GetAssertionRequest) -> Result<(), Error> {
    let lacks = |what| Err(Error::Unsupported(Unsupported::OverU2f(what)));
    let options = request.options.clone().unwrap_or_default();
    if request.allow_list.as_ref().is_none_or(Vec::is_empty) {
        lacks("finding a credential without its ID")
    } else if options.uv == Some(true) || request.pin_uv_auth_param.is_some() {
        lacks("user verification")
    } else if request.extensions.is_some() {
        lacks("extensions")
    } else {
        Ok(())
    }
}

/// Finds the first credential of `list` that is on the key, without a touch. A message for each
/// that is looked for.
pub(super) fn find<'l>(
    session: &mut Session<'_>,
    application: [u8; 32],
    list: &'l [CredentialDescriptor],
) -> Result<Option<&'l CredentialDescriptor>, Error> {
    for descriptor in list {
        if is_known(session, application, descriptor)? {
            return Ok(Some(descriptor));
        }
    }
    Ok(None)
}

/// Asks, without a touch, whether a credential is on the key. One message.
fn is_known(
    session: &mut Session<'_>,
    application: [u8; 32],
    descriptor: &CredentialDescriptor,
) -> Result<bool, Error> {
    let key_handle = descriptor.id.to_vec();
    let request = AuthenticateRequest { challenge: NO_CHALLENGE, application, key_handle };
    let response = once(session, &request.to_apdu(Control::CHECK_ONLY))?;
    match response.status {
        // The second is against the rules, but as clear.
        StatusWord::CONDITIONS_NOT_SATISFIED | StatusWord::NO_ERROR => Ok(true),
        StatusWord::WRONG_DATA | StatusWord::WRONG_LENGTH => Ok(false),
        status => Err(Error::U2fRefused { instruction: Instruction::AUTHENTICATE, status }),
    }
}

/// Sends a command for which no touch is wanted.
fn untouched(session: &mut Session<'_>, apdu: &CommandApdu) -> Result<Vec<u8>, Error> {
    let response = once(session, apdu)?;
    match response.status {
        StatusWord::NO_ERROR => Ok(response.data),
        StatusWord::CONDITIONS_NOT_SATISFIED => {
            Err(Error::Unsupported(Unsupported::OverU2f("signing without a touch")))
        }
        status => Err(Error::U2fRefused { instruction: Instruction(apdu.instruction), status }),
    }
}

/// Sends a command again and again until the key is touched.
fn touched(
    session: &mut Session<'_>,
    apdu: &CommandApdu,
    reason: TouchReason,
) -> Result<Vec<u8>, Error> {
    let (transport, interaction, limits) = session.parts();
    let instruction = Instruction(apdu.instruction);
    let message = apdu.to_vec();
    let mut watch = PersonWatch::new(interaction, reason, limits);
    let begun = Instant::now();
    loop {
        if let Some(why) = limits.interruption() {
            return Err(TransportError::Interrupted(why).into());
        }
        let answer = transport.msg(&message, &mut watch)?;
        let response = parse(instruction, &answer)?;
        match response.status {
            StatusWord::NO_ERROR => return Ok(response.data),
            StatusWord::CONDITIONS_NOT_SATISFIED => watch.keepalive(Keepalive::UserPresenceNeeded),
            status => return Err(Error::U2fRefused { instruction, status }),
        }
        if begun.elapsed() >= TOUCH_PATIENCE {
            return Err(Error::NotTouched { waited: TOUCH_PATIENCE });
        }
        pause(limits)?;
    }
}

fn once(session: &mut Session<'_>, apdu: &CommandApdu) -> Result<ResponseApdu, Error> {
    let (transport, _, limits) = session.parts();
    let answer = transport.msg(&apdu.to_vec(), &mut Unheard(limits))?;
    parse(Instruction(apdu.instruction), &answer)
}

fn parse(instruction: Instruction, answer: &[u8]) -> Result<ResponseApdu, Error> {
    ResponseApdu::parse(answer).map_err(|source| Error::U2fAnswer { instruction, source })
}

/// Lets the time until the next question pass, unless it is time to give up.
fn pause(limits: &Limits) -> Result<(), Error> {
    let begun = Instant::now();
    while begun.elapsed() < POLL_INTERVAL {
        if let Some(why) = limits.interruption() {
            return Err(TransportError::Interrupted(why).into());
        }
        thread::sleep(TICK);
    }
    Ok(())
}

/// Follows exchanges that no person needs to hear of.
struct Unheard<'l>(&'l Limits);

impl Watch for Unheard<'_> {
    fn keepalive(&mut self, _: Keepalive) {}

    fn interruption(&self) -> Option<Interruption> {
        self.0.interruption()
    }
}
