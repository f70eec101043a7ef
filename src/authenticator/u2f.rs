//! U2F beside CTAP2 (FIDO U2F Raw Message Formats; CTAP 2.2 §7.2.4, §10).
//!
//! Key handles are the self-contained credential IDs that CTAP2 knows too, so that what one
//! protocol made the other can use. Nothing here waits: a client that wants a touch asks again and
//! again.

use std::time::Duration;

use super::credential_id::Traits;
use super::credential_key::{CredentialKey, KeyType};
use super::{Authenticator, Presence};
use crate::ctap2::GetInfoResponse;
use crate::ctap2::extensions::CredProtect;
use crate::u2f::{
    AuthenticateRequest, AuthenticateResponse, CommandApdu, Control, Error, Instruction,
    RegisterRequest, RegisterResponse, ResponseApdu, StatusWord, U2F_V2,
};

/// A client that has not asked for so long has given up; a later request begins a new wait.
const POLLING_GAP: Duration = Duration::from_secs(2);

/// A client's wait for a touch.
#[derive(Clone, Copy)]
pub(super) struct TouchPoll {
    since: Duration,
    last_asked: Duration,
}

type Answer = Result<Vec<u8>, StatusWord>;

impl From<Error> for StatusWord {
    fn from(_: Error) -> Self {
        StatusWord::WRONG_LENGTH
    }
}

impl Authenticator {
    /// Answers a U2F message (command APDU) at once; `None` if this key speaks no U2F.
    pub fn u2f(&mut self, apdu: &[u8]) -> Option<Vec<u8>> {
        if !self.state.interfaces.has_u2f() {
            return None;
        }
        self.remembered = None;
        let response = match self.answer_u2f(apdu) {
            Ok(data) => ResponseApdu { data, status: StatusWord::NO_ERROR },
            Err(status) => ResponseApdu::of_status(status),
        };
        Some(response.to_vec())
    }

    /// Tells whether this key speaks CTAP2.
    pub fn speaks_ctap2(&self) -> bool {
        self.state.interfaces.has_ctap2()
    }

    /// Tells whether U2F is to be had now.
    pub fn serves_u2f(&self) -> bool {
        // While every operation wants verification that U2F cannot give (CTAP 2.2 §7.2.4), it is off.
        self.state.interfaces.has_u2f() && !self.state.settings.always_uv
    }

    /// Puts U2F into what getInfo says.
    pub(super) fn with_u2f(&self, mut info: GetInfoResponse) -> GetInfoResponse {
        if self.serves_u2f() {
            info.versions.insert(0, U2F_V2.to_owned());
        }
        info
    }

    fn answer_u2f(&mut self, apdu: &[u8]) -> Answer {
        let apdu = CommandApdu::parse(apdu)?;
        if apdu.class != 0 {
            return Err(StatusWord::CLA_NOT_SUPPORTED);
        }
        let instruction = Instruction(apdu.instruction);
        self.u2f_pin_by_habit(instruction)?;
        match instruction {
            Instruction::VERSION if apdu.data.is_empty() => Ok(U2F_V2.as_bytes().to_vec()),
            Instruction::VERSION => Err(StatusWord::WRONG_LENGTH),
            Instruction::REGISTER | Instruction::AUTHENTICATE if !self.serves_u2f() => {
                Err(StatusWord::COMMAND_NOT_ALLOWED)
            }
            Instruction::REGISTER => self.u2f_register(&RegisterRequest::parse(&apdu.data)?),
            Instruction::AUTHENTICATE => {
                let request = AuthenticateRequest::parse(&apdu.data)?;
                self.u2f_authenticate(Control(apdu.p1), &request)
            }
            _ => Err(StatusWord::INS_NOT_SUPPORTED),
        }
    }

    fn u2f_register(&mut self, request: &RegisterRequest) -> Answer {
        self.u2f_touch()?;
        let fault = StatusWord::NO_PRECISE_DIAGNOSIS;
        let now = self.now();
        let random = self.environment.random();
        let key = CredentialKey::generate(KeyType::Es256, random).map_err(|_| fault)?;
        let key_handle = self
            .state
            .wrapping_keys
            .wrap(random, &request.application, &key, Traits::default())
            .map_err(|_| fault)?;
        let public_key = key.uncompressed_point().ok_or(fault)?;
        let signed = RegisterResponse::signed_data(request, &key_handle, &public_key);
        let (certificate, signature) =
            self.state.attestation.u2f(&key, &signed, random, now).map_err(|_| fault)?;
        Ok(RegisterResponse { public_key, key_handle, certificate, signature }.to_vec())
    }

    fn u2f_authenticate(&mut self, control: Control, request: &AuthenticateRequest) -> Answer {
        let unwrapped = self.state.wrapping_keys.unwrap(&request.key_handle, &request.application);
        let key = unwrapped
            // U2F cannot verify the person, and knows but one algorithm.
            .filter(|found| found.traits.cred_protect != CredProtect::Required)
            .map(|found| found.key)
            .filter(|key| key.key_type() == KeyType::Es256)
            .ok_or(StatusWord::WRONG_DATA)?;
        let user_present = match control {
            Control::CHECK_ONLY => return Err(StatusWord::CONDITIONS_NOT_SATISFIED),
            Control::ENFORCE_USER_PRESENCE => {
                self.u2f_touch()?;
                true
            }
            Control::DONT_ENFORCE_USER_PRESENCE => false,
            _ => return Err(StatusWord::WRONG_DATA),
        };
        let count = self.next_count();
        let counter = count.value;
        self.commit_count(count, None).map_err(|_| StatusWord::NO_PRECISE_DIAGNOSIS)?;
        let signed = AuthenticateResponse::signed_data(request, user_present, counter);
        let signature = key.sign(&signed);
        Ok(AuthenticateResponse { user_present, counter, signature }.to_vec())
    }

    /// Takes a touch, or says that one is wanted. U2F has no word for a refusal.
    fn u2f_touch(&mut self) -> Result<(), StatusWord> {
        let now = self.now();
        let waiting = self.u2f_poll.take().filter(|poll| now < poll.last_asked + POLLING_GAP);
        let since = waiting.map_or(now, |poll| poll.since);
        match self.environment.user_presence(since) {
            Presence::Given => Ok(()),
            Presence::Waiting | Presence::Refused => {
                self.u2f_poll = Some(TouchPoll { since, last_asked: now });
                Err(StatusWord::CONDITIONS_NOT_SATISFIED)
            }
        }
    }
}
