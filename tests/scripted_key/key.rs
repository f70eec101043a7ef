//! The key.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use fidoctl::ctap2::{Command, GetInfoResponse, Message, Status, TextKeyed};
use fidoctl::ctaphid::{self, ErrorCode};
use fidoctl::pin_uv::{KeyAgreementKey, OsRandom};
use fidoctl::transport::{Capabilities, Keepalive, Properties, Transport, TransportError, Watch};
use fidoctl::u2f::{CommandApdu, Instruction};
use fidoctl::webauthn::{AuthenticatorData, Flags};

use super::names::{decode, describe, waits_for_touch};
use super::{HASH, PIN, RP_ID};

type AlterData = Box<dyn FnMut(&mut AuthenticatorData) + Send>;
type AnswerU2f = Box<dyn FnMut(&CommandApdu) -> Option<Vec<u8>> + Send>;
type Intervene = Box<dyn FnMut(&[u8]) -> Option<Vec<u8>> + Send>;

/// What the key is and does. Fields are set by tests before the key is plugged in.
pub(crate) struct ScriptedKey {
    pub(crate) info: GetInfoResponse,
    pub(crate) capabilities: Capabilities,
    pub(crate) pin: Option<String>,
    pub(crate) pin_retries: u64,
    pub(crate) power_cycle_needed: bool,
    pub(crate) uv_retries: u64,
    /// Outcomes of built-in verification, one each; success when used up.
    pub(crate) uv_outcomes: VecDeque<Status>,
    /// Credentials on the key.
    pub(crate) credentials: Vec<Vec<u8>>,
    /// Has the last word on authenticator data.
    pub(crate) alter_data: AlterData,
    /// Has the first word on every message.
    pub(crate) intervene: Intervene,
    /// Answers U2F messages; `None` as a key that knows none.
    pub(crate) answer_u2f: AnswerU2f,
    /// What getAssertion says of the number of matches.
    pub(crate) number_of_credentials: Option<u64>,
    /// The credential that assertions claim to be by.
    pub(crate) answer_with_credential: Option<Vec<u8>>,
    /// Wait for a touch until given up.
    pub(crate) never_touched: bool,
    /// Leave out the credential in assertions.
    pub(crate) omit_credential: bool,
    pub(crate) log: Arc<Mutex<Vec<String>>>,
    pub(super) agreement_key: KeyAgreementKey,
    pub(super) next: usize,
}

impl ScriptedKey {
    /// A CTAP 2.1 key with a PIN set.
    pub(crate) fn with_pin() -> Self {
        let mut key = Self::without_pin();
        key.pin = Some(PIN.to_owned());
        key.option("clientPin", true);
        key
    }

    /// A CTAP 2.1 key with no PIN set.
    pub(crate) fn without_pin() -> Self {
        let mut info = GetInfoResponse::new(vec!["FIDO_2_1".to_owned()], [7; 16]);
        info.extensions = Some(vec!["credProtect".to_owned(), "hmac-secret".to_owned()]);
        info.options = Some(
            [("rk", true), ("clientPin", false), ("pinUvAuthToken", true)].into_iter().collect(),
        );
        info.pin_uv_auth_protocols = Some(vec![1, 2]);
        info.max_credential_count_in_list = Some(2);
        info.max_credential_id_length = Some(64);
        ScriptedKey {
            info,
            capabilities: Capabilities::CBOR,
            pin: None,
            pin_retries: 8,
            power_cycle_needed: false,
            uv_retries: 5,
            uv_outcomes: VecDeque::new(),
            credentials: vec![vec![1; 16]],
            alter_data: Box::new(|_| {}),
            intervene: Box::new(|_| None),
            answer_u2f: Box::new(|_| None),
            number_of_credentials: None,
            answer_with_credential: None,
            never_touched: false,
            omit_credential: false,
            log: Arc::default(),
            agreement_key: KeyAgreementKey::generate(&mut OsRandom).unwrap(),
            next: 0,
        }
    }

    /// Sets an option of getInfo.
    pub(crate) fn option(&mut self, name: &str, value: bool) {
        let options = self.info.options.take().unwrap_or_default();
        let others: Vec<_> =
            options.iter().filter(|(n, _)| *n != name).map(|(n, v)| (n.to_owned(), *v)).collect();
        let all: TextKeyed<bool> = others.into_iter().chain([(name.to_owned(), value)]).collect();
        self.info.options = Some(all);
    }

    /// Takes an option of getInfo away.
    pub(crate) fn without_option(&mut self, name: &str) {
        let options = self.info.options.take().unwrap_or_default();
        self.info.options = Some(
            options.iter().filter(|(n, _)| *n != name).map(|(n, v)| (n.to_owned(), *v)).collect(),
        );
    }

    /// Answers one command with bytes of the test's own.
    pub(crate) fn answering(mut self, command: Command, answer: &[u8]) -> Self {
        let answer = answer.to_vec();
        self.intervene = Box::new(move |message| (message[0] == command.0).then(|| answer.clone()));
        self
    }

    /// Alters authenticator data.
    pub(crate) fn altering(
        mut self,
        alter: impl FnMut(&mut AuthenticatorData) + Send + 'static,
    ) -> Self {
        self.alter_data = Box::new(alter);
        self
    }

    fn answer(&mut self, message: &[u8]) -> Result<Vec<u8>, Status> {
        let parameters = &message[1..];
        match Command(message[0]) {
            Command::GET_INFO => Ok(self.info.to_vec()),
            Command::CLIENT_PIN => self.client_pin(decode(parameters)),
            Command::MAKE_CREDENTIAL => self.make_credential(decode(parameters)),
            Command::GET_ASSERTION => self.get_assertion(decode(parameters)),
            Command::GET_NEXT_ASSERTION => {
                let id = self.credentials[self.next % self.credentials.len()].clone();
                self.next += 1;
                Ok(self.assertion(RP_ID, &HASH, &id, Flags::UP | Flags::UV, None, None).to_vec())
            }
            Command::RESET | Command::SELECTION => Ok(Vec::new()),
            _ => Err(Status::INVALID_COMMAND),
        }
    }
}

impl Transport for ScriptedKey {
    fn transact(
        &mut self,
        message: &[u8],
        watch: &mut dyn Watch,
    ) -> Result<Vec<u8>, TransportError> {
        self.log.lock().unwrap().push(describe(message));
        if let Some(interruption) = watch.interruption() {
            return Err(TransportError::Interrupted(interruption));
        }
        if waits_for_touch(message) {
            watch.keepalive(Keepalive::UserPresenceNeeded);
        }
        while self.never_touched && waits_for_touch(message) {
            if let Some(interruption) = watch.interruption() {
                self.log.lock().unwrap().push("cancel".to_owned());
                return Err(TransportError::Interrupted(interruption));
            }
            std::thread::yield_now();
        }
        if let Some(answer) = (self.intervene)(message) {
            return Ok(answer);
        }
        Ok(match self.answer(message) {
            Ok(results) => [vec![Status::SUCCESS.0], results].concat(),
            Err(status) => vec![status.0],
        })
    }

    fn msg(&mut self, apdu: &[u8], _: &mut dyn Watch) -> Result<Vec<u8>, TransportError> {
        let apdu = CommandApdu::parse(apdu).unwrap();
        self.log.lock().unwrap().push(Instruction(apdu.instruction).name().to_owned());
        (self.answer_u2f)(&apdu).ok_or(TransportError::Refused {
            command: ctaphid::Command::MSG,
            code: ErrorCode::INVALID_CMD,
        })
    }

    fn exchange(
        &mut self,
        command: ctaphid::Command,
        _: &[u8],
        _: &mut dyn Watch,
    ) -> Result<Vec<u8>, TransportError> {
        Err(TransportError::Refused { command, code: ErrorCode::INVALID_CMD })
    }

    fn ping(&mut self, data: &[u8], _: &mut dyn Watch) -> Result<Vec<u8>, TransportError> {
        Ok(data.to_vec())
    }

    fn wink(&mut self, _: &mut dyn Watch) -> Result<(), TransportError> {
        Ok(())
    }

    fn properties(&self) -> Properties {
        Properties {
            protocol_version: 2,
            device_version: [1, 0, 0],
            capabilities: self.capabilities,
        }
    }
}
