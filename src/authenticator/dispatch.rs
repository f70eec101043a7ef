//! Messages in, answers out; waiting for a touch in between.

use std::time::Duration;

use super::bio_enrollment::Enrolment;
use super::built_in_uv::AwaitedFinger;
use super::client_pin_token::KeyAgreementKeys;
use super::credential_index::CredentialIndex;
use super::enumeration::Enumeration;
use super::get_assertion::PreparedAssertion;
use super::get_next_assertion::RememberedAssertions;
use super::large_blobs::LargeBlobWrite;
use super::make_credential::PreparedCredential;
use super::signature_counter::SignatureCounter;
use super::token::Token;
use super::u2f::TouchPoll;
use super::version_line::Feature;
use super::{Environment, Presence, State, StoreError};
use crate::cbor::{self, Leniency, Strictness};
use crate::ctap2::{Command, Message, Request, Status};
use crate::ctaphid::ChannelId;
use crate::pin_uv::{PinUvAuthProtocol, RandomUnavailable};

/// What the authenticator does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The answer: status byte and results.
    Reply(Vec<u8>),
    /// A touch is awaited: poll again.
    AwaitTouch,
}

/// The authenticator: one request at a time, none of it blocking.
pub struct Authenticator {
    pub(super) state: State,
    pub(super) signature_counter: SignatureCounter,
    pub(super) environment: Box<dyn Environment>,
    pub(super) key_agreement_keys: KeyAgreementKeys,
    pub(super) token: Option<Token>,
    pub(super) remembered: Option<RememberedAssertions>,
    pub(super) large_blob_write: Option<LargeBlobWrite>,
    pub(super) enumeration: Option<Enumeration>,
    pub(super) enrolment: Option<Enrolment>,
    pub(super) credential_index: Option<CredentialIndex>,
    pub(super) u2f_poll: Option<TouchPoll>,
    pub(super) waiting: Option<(Duration, AfterTouch)>,
    /// The command of the request that is being answered.
    pub(super) answering: Command,
    store_error: Option<StoreError>,
}

/// What a handler comes to.
pub(super) enum Outcome {
    /// Results for the answer, encoded.
    Results(Vec<u8>),
    /// More after a touch.
    Touch(AfterTouch),
}

/// What a touch sets going.
pub(super) enum AfterTouch {
    /// Answer this.
    Answer(Status),
    /// Answer CREDENTIAL_EXCLUDED, touched or not.
    Exclude,
    /// Make the credential.
    MakeCredential(Box<PreparedCredential>),
    /// Sign.
    GetAssertion(Box<PreparedAssertion>),
    /// Forget everything.
    Reset,
    /// Look at a finger; a touch of any other kind does not count.
    Finger(Box<AwaitedFinger>),
}

impl Outcome {
    pub(super) fn results(results: &impl Message) -> Self {
        Outcome::Results(results.to_vec())
    }

    pub(super) fn nothing() -> Self {
        Outcome::Results(Vec::new())
    }
}

impl From<RandomUnavailable> for Status {
    fn from(_: RandomUnavailable) -> Self {
        Status::OTHER
    }
}

impl Authenticator {
    /// Takes a key's state. This is no power cycle: the key was plugged in all the time.
    pub fn new(state: State, environment: Box<dyn Environment>) -> Self {
        Authenticator {
            signature_counter: SignatureCounter::new(&state),
            state,
            environment,
            key_agreement_keys: KeyAgreementKeys::default(),
            token: None,
            remembered: None,
            enrolment: None,
            large_blob_write: None,
            enumeration: None,
            credential_index: None,
            u2f_poll: None,
            waiting: None,
            answering: Command(0),
            store_error: None,
        }
    }

    /// Begins a request (command byte and parameters) that came on a channel.
    pub fn begin(&mut self, channel: ChannelId, message: &[u8]) -> Step {
        self.answering = Command(message.first().copied().unwrap_or_default());
        let step = self.begin_request(channel, message);
        self.step_by_habit(step)
    }

    fn begin_request(&mut self, channel: ChannelId, message: &[u8]) -> Step {
        self.waiting = None;
        let outcome = self.dispatch(channel, message);
        match outcome {
            Ok(Outcome::Touch(after)) => {
                self.waiting = Some((self.now(), after));
                self.go_on()
            }
            Ok(Outcome::Results(results)) => Step::Reply(reply(Status::SUCCESS, results)),
            Err(status) => Step::Reply(reply(status, Vec::new())),
        }
    }

    /// Goes on with a request that awaits a touch; nothing awaited is answered CTAP1_ERR_OTHER.
    pub fn poll(&mut self) -> Step {
        let step = self.go_on();
        self.step_by_habit(step)
    }

    fn step_by_habit(&self, step: Step) -> Step {
        match step {
            Step::Reply(reply) => Step::Reply(self.reply_by_habit(reply)),
            Step::AwaitTouch => Step::AwaitTouch,
        }
    }

    pub(super) fn go_on(&mut self) -> Step {
        let Some((since, after)) = self.waiting.take() else {
            return Step::Reply(reply(Status::OTHER, Vec::new()));
        };
        if let AfterTouch::Finger(awaited) = after {
            return self.poll_finger(since, *awaited);
        }
        let late = self.now().saturating_sub(since) >= self.touch_patience();
        let presence = match after {
            AfterTouch::Reset if self.state.settings.long_touch_for_reset => {
                self.environment.long_touch(since)
            }
            AfterTouch::MakeCredential(_) if self.makes_credentials_untouched() => Presence::Given,
            _ => self.environment.user_presence(since),
        };
        let result = match presence {
            Presence::Given => self.touched(after),
            Presence::Refused => Err(after.denial(Status::OPERATION_DENIED)),
            Presence::Waiting if late => Err(after.denial(Status::USER_ACTION_TIMEOUT)),
            Presence::Waiting => {
                self.waiting = Some((since, after));
                return Step::AwaitTouch;
            }
        };
        Step::Reply(match result {
            Ok(results) => reply(Status::SUCCESS, results),
            Err(status) => reply(status, Vec::new()),
        })
    }

    /// Gives up the request that awaits a touch, and returns its answer.
    pub fn cancel(&mut self) -> Vec<u8> {
        self.waiting = None;
        reply(Status::KEEPALIVE_CANCEL, Vec::new())
    }

    /// Does what unplugging and plugging in again does.
    pub fn power_cycle(&mut self) -> Result<(), StoreError> {
        let mut next = self.state.clone();
        next.power_cycle(self.now());
        self.environment.save(&next)?;
        self.state = next;
        self.waiting = None;
        self.u2f_poll = None;
        self.remembered = None;
        self.enrolment = None;
        self.large_blob_write = None;
        self.enumeration = None;
        self.forget_tokens();
        Ok(())
    }

    /// Returns what the key remembers.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Returns the time since the Unix epoch, as the environment has it.
    pub fn now(&self) -> Duration {
        self.environment.now()
    }

    /// Returns why the state could last not be stored, once; the command then failed with
    /// CTAP1_ERR_OTHER.
    pub fn take_store_error(&mut self) -> Option<StoreError> {
        self.store_error.take()
    }

    fn dispatch(&mut self, channel: ChannelId, message: &[u8]) -> Result<Outcome, Status> {
        let now = self.now();
        let line = self.state.line();
        if line.has(Feature::PinUvAuthTokens) {
            self.token.take_if(|token| token.is_expired(now));
        }
        if message.len() > self.max_msg_size() {
            return Err(Status::REQUEST_TOO_LARGE);
        }
        let (command, parameters) = message.split_first().ok_or(Status::INVALID_LENGTH)?;
        let command = Command(*command);
        if !line.has_command(command) || self.state.model.lacks_command(command) {
            return Err(Status::INVALID_COMMAND);
        }
        self.refuse_by_habit(command, parameters)?;
        let parameters = &*line.known_parameters(command, parameters, &self.state.model);
        if command != Command::GET_NEXT_ASSERTION {
            self.remembered = None;
        }
        if command != Command::LARGE_BLOBS {
            self.large_blob_write = None;
        }
        let enrols = matches!(command, Command::BIO_ENROLLMENT | Command::BIO_ENROLLMENT_PREVIEW);
        if !enrols {
            self.enrolment = None;
        }
        // The prototype stays beside the final command: libfido2 1.12 sends no other.
        let manages_credentials = command == Command::CREDENTIAL_MANAGEMENT_PREVIEW
            || command == Command::CREDENTIAL_MANAGEMENT;
        if !manages_credentials {
            self.enumeration = None;
        }
        match command {
            Command::MAKE_CREDENTIAL => self.make_credential(&parse(parameters)?),
            Command::GET_ASSERTION => self.get_assertion(channel, &parse(parameters)?),
            Command::GET_NEXT_ASSERTION => self.get_next_assertion(channel),
            Command::GET_INFO => Ok(Outcome::results(&self.get_info())),
            Command::CLIENT_PIN => self.client_pin(&parse(parameters)?),
            Command::RESET => self.reset(),
            Command::LARGE_BLOBS => self.large_blobs(channel, &parse(parameters)?),
            _ if manages_credentials => self.credential_management(channel, &parse(parameters)?),
            _ if enrols && self.has_sensor() => self.bio_enrollment(&parse(parameters)?),
            Command::CONFIG => self.authenticator_config(&parse(parameters)?),
            Command::SELECTION => Ok(Outcome::Touch(AfterTouch::Answer(Status::SUCCESS))),
            _ => Err(Status::INVALID_COMMAND),
        }
    }

    pub(super) fn touched(&mut self, after: AfterTouch) -> Result<Vec<u8>, Status> {
        match after {
            AfterTouch::Answer(Status::SUCCESS) => Ok(Vec::new()),
            AfterTouch::Answer(status) => Err(status),
            AfterTouch::Exclude => Err(Status::CREDENTIAL_EXCLUDED),
            AfterTouch::MakeCredential(prepared) => {
                self.spend_token();
                self.finish_make_credential(&prepared).map(|response| response.to_vec())
            }
            AfterTouch::GetAssertion(prepared) => {
                self.spend_token();
                self.finish_get_assertion(*prepared).map(|response| response.to_vec())
            }
            AfterTouch::Reset => self.finish_reset().map(|()| Vec::new()),
            // Waited for elsewhere.
            AfterTouch::Finger(_) => Err(Status::OTHER),
        }
    }

    fn spend_token(&mut self) {
        if let Some(token) = &mut self.token
            && self.state.line().has(Feature::PinUvAuthTokens)
        {
            token.spend();
        }
    }

    /// Forgets every token and key agreement key.
    pub(super) fn forget_tokens(&mut self) {
        self.token = None;
        self.key_agreement_keys = KeyAgreementKeys::default();
    }

    /// Stores a new state and only then makes it the one in force.
    pub(super) fn commit(&mut self, next: State) -> Result<(), Status> {
        match self.environment.save(&next) {
            Ok(()) => {
                self.state = next;
                self.credential_index = None;
                Ok(())
            }
            Err(error) => {
                self.store_error = Some(error);
                Err(Status::OTHER)
            }
        }
    }

    /// Tells whether a PIN is set.
    pub(super) fn pin_is_set(&self) -> bool {
        self.state.pin.pin.is_some()
    }
}

impl AfterTouch {
    /// Returns the status where no touch came.
    fn denial(&self, reason: Status) -> Status {
        match self {
            AfterTouch::Exclude => Status::CREDENTIAL_EXCLUDED,
            _ => reason,
        }
    }
}

/// Finds the protocol that goes with a parameter; both protocols are known here.
pub(super) fn protocol(id: Option<u64>) -> Result<PinUvAuthProtocol, Status> {
    let id = id.ok_or(Status::MISSING_PARAMETER)?;
    PinUvAuthProtocol::from_id(id).ok_or(Status::INVALID_PARAMETER)
}

fn parse<T: Request>(parameters: &[u8]) -> Result<T, Status> {
    let request = T::from_slice(parameters, Strictness::Canonical);
    if matches!(request, Err(cbor::Error::Canonical(_))) {
        return Err(Status::INVALID_CBOR);
    }
    // What replies may hold, and requests may not; the types forgive it.
    match cbor::leniency(parameters) {
        Some(Leniency::BrokenText) => return Err(Status::INVALID_CBOR),
        Some(Leniency::Null) => return Err(Status::CBOR_UNEXPECTED_TYPE),
        None => {}
    }
    request.map_err(|error| match error {
        cbor::Error::Missing(_) => Status::MISSING_PARAMETER,
        _ => Status::CBOR_UNEXPECTED_TYPE,
    })
}

pub(super) fn reply(status: Status, results: Vec<u8>) -> Vec<u8> {
    let mut reply = vec![status.0];
    reply.extend(results);
    reply
}
