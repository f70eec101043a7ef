//! A key that does what a test tells it, message by message, and notes what it was asked; and a
//! person who answers from a list, and notes what they were told.
#![allow(dead_code, reason = "each test file uses its part")]

use std::collections::VecDeque;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use fidoctl::cbor::{Strictness, Value};
use fidoctl::client::authenticate::{AllowedCredential, Authentication};
use fidoctl::client::interaction::{
    Account, Declined, NewPinQuestion, Notice, PinQuestion, TouchReason, UserInteraction,
};
use fidoctl::client::register::Registration;
use fidoctl::client::{Limits, Requirement};
use fidoctl::cose::{Algorithm, CoseKey};
use fidoctl::ctap2::client_pin::{ClientPinRequest, ClientPinResponse, SubCommand};
use fidoctl::ctap2::{
    Command, GetAssertionRequest, GetAssertionResponse, GetInfoResponse, MakeCredentialRequest,
    MakeCredentialResponse, Message, Status, TextKeyed,
};
use fidoctl::pin_uv::{
    KeyAgreementKey, OsRandom, Pin, PinUvAuthProtocol, SharedSecret, verify_with_token,
};
use fidoctl::transport::{Capabilities, Keepalive, Properties, Transport, TransportError, Watch};
use fidoctl::webauthn::{
    AttestedCredentialData, AuthenticatorData, CredentialDescriptor, Flags, RpEntity, UserEntity,
    rp_id_hash,
};
use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::Signer;

pub const RP_ID: &str = "example.com";
pub const PIN: &str = "1234";
pub const TOKEN: [u8; 32] = [0x70; 32];
pub const HASH: [u8; 32] = [0xC1; 32];

type AlterData = Box<dyn FnMut(&mut AuthenticatorData) + Send>;
type Intervene = Box<dyn FnMut(&[u8]) -> Option<Vec<u8>> + Send>;

/// What the key is and does. Fields are set by tests before the key is plugged in.
pub struct ScriptedKey {
    pub info: GetInfoResponse,
    pub capabilities: Capabilities,
    pub pin: Option<String>,
    pub pin_retries: u64,
    pub power_cycle_needed: bool,
    pub uv_retries: u64,
    /// Outcomes of built-in verification, one each; success when used up.
    pub uv_outcomes: VecDeque<Status>,
    /// Credentials on the key.
    pub credentials: Vec<Vec<u8>>,
    /// Has the last word on authenticator data.
    pub alter_data: AlterData,
    /// Has the first word on every message.
    pub intervene: Intervene,
    /// What getAssertion says of the number of matches.
    pub number_of_credentials: Option<u64>,
    /// Leave out the credential in assertions.
    pub omit_credential: bool,
    pub log: Arc<Mutex<Vec<String>>>,
    agreement_key: KeyAgreementKey,
    next: usize,
}

impl ScriptedKey {
    /// A CTAP 2.1 key with a PIN set.
    pub fn with_pin() -> Self {
        let mut key = Self::without_pin();
        key.pin = Some(PIN.to_owned());
        key.option("clientPin", true);
        key
    }

    /// A CTAP 2.1 key with no PIN set.
    pub fn without_pin() -> Self {
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
            number_of_credentials: None,
            omit_credential: false,
            log: Arc::default(),
            agreement_key: KeyAgreementKey::generate(&mut OsRandom).unwrap(),
            next: 0,
        }
    }

    /// Sets an option of getInfo.
    pub fn option(&mut self, name: &str, value: bool) {
        let options = self.info.options.take().unwrap_or_default();
        let others: Vec<_> =
            options.iter().filter(|(n, _)| *n != name).map(|(n, v)| (n.to_owned(), *v)).collect();
        let all: TextKeyed<bool> = others.into_iter().chain([(name.to_owned(), value)]).collect();
        self.info.options = Some(all);
    }

    /// Takes an option of getInfo away.
    pub fn without_option(&mut self, name: &str) {
        let options = self.info.options.take().unwrap_or_default();
        self.info.options = Some(
            options.iter().filter(|(n, _)| *n != name).map(|(n, v)| (n.to_owned(), *v)).collect(),
        );
    }

    /// Answers one command with bytes of the test's own.
    pub fn answering(mut self, command: Command, answer: &[u8]) -> Self {
        let answer = answer.to_vec();
        self.intervene = Box::new(move |message| (message[0] == command.0).then(|| answer.clone()));
        self
    }

    /// Alters authenticator data.
    pub fn altering(mut self, alter: impl FnMut(&mut AuthenticatorData) + Send + 'static) -> Self {
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

    fn secret(&self, request: &ClientPinRequest) -> SharedSecret {
        let protocol = PinUvAuthProtocol::from_id(request.pin_uv_auth_protocol.unwrap()).unwrap();
        self.agreement_key.agree(protocol, request.key_agreement.as_ref().unwrap()).unwrap()
    }

    fn client_pin(&mut self, request: ClientPinRequest) -> Result<Vec<u8>, Status> {
        let mut response = ClientPinResponse::default();
        match request.sub_command {
            SubCommand::GET_PIN_RETRIES => {
                response.pin_retries = Some(self.pin_retries);
                response.power_cycle_state = Some(self.power_cycle_needed);
            }
            SubCommand::GET_UV_RETRIES => response.uv_retries = Some(self.uv_retries),
            SubCommand::GET_KEY_AGREEMENT => {
                response.key_agreement = Some(self.agreement_key.public_key());
            }
            SubCommand::SET_PIN => {
                let padded =
                    self.secret(&request).decrypt(request.new_pin_enc.as_ref().unwrap()).unwrap();
                self.pin = Some(unpad(&padded));
                self.option("clientPin", true);
                return Ok(Vec::new());
            }
            SubCommand::CHANGE_PIN => {
                self.compare_pin(&request)?;
                let padded =
                    self.secret(&request).decrypt(request.new_pin_enc.as_ref().unwrap()).unwrap();
                self.pin = Some(unpad(&padded));
                return Ok(Vec::new());
            }
            SubCommand::GET_PIN_TOKEN | SubCommand::GET_TOKEN_USING_PIN => {
                self.compare_pin(&request)?;
                let secret = self.secret(&request);
                response.pin_uv_auth_token =
                    Some(secret.encrypt(&mut OsRandom, &TOKEN).unwrap().into());
            }
            SubCommand::GET_TOKEN_USING_UV => {
                match self.uv_outcomes.pop_front() {
                    None | Some(Status::SUCCESS) => {}
                    Some(status) => {
                        self.uv_retries = self.uv_retries.saturating_sub(1);
                        return Err(status);
                    }
                }
                let secret = self.secret(&request);
                response.pin_uv_auth_token =
                    Some(secret.encrypt(&mut OsRandom, &TOKEN).unwrap().into());
            }
            _ => return Err(Status::INVALID_SUBCOMMAND),
        }
        Ok(response.to_vec())
    }

    fn compare_pin(&mut self, request: &ClientPinRequest) -> Result<(), Status> {
        let Some(pin) = &self.pin else { return Err(Status::PIN_NOT_SET) };
        self.pin_retries -= 1;
        let hash = self.secret(request).decrypt(request.pin_hash_enc.as_ref().unwrap());
        if hash.is_ok_and(|hash| hash.as_slice() == Pin::new(pin).unwrap().hash().as_slice()) {
            self.pin_retries = 8;
            return Ok(());
        }
        self.agreement_key = KeyAgreementKey::generate(&mut OsRandom).unwrap();
        if self.pin_retries == 0 {
            Err(Status::PIN_BLOCKED)
        } else if self.pin_retries % 3 == 2 {
            self.power_cycle_needed = true;
            Err(Status::PIN_AUTH_BLOCKED)
        } else {
            Err(Status::PIN_INVALID)
        }
    }

    fn verify(
        &self,
        hash: &[u8],
        param: Option<&[u8]>,
        protocol: Option<u64>,
    ) -> Result<Flags, Status> {
        let Some(param) = param else { return Ok(Flags::empty()) };
        let protocol = PinUvAuthProtocol::from_id(protocol.unwrap()).unwrap();
        if verify_with_token(protocol, &TOKEN, hash, param) {
            Ok(Flags::UV)
        } else {
            Err(Status::PIN_AUTH_INVALID)
        }
    }

    fn make_credential(&mut self, request: MakeCredentialRequest) -> Result<Vec<u8>, Status> {
        let param = request.pin_uv_auth_param.as_ref().map(|param| param.as_slice());
        if param.is_some_and(<[u8]>::is_empty) {
            return Err(if self.pin.is_some() { Status::PIN_INVALID } else { Status::PIN_NOT_SET });
        }
        let mut verified =
            self.verify(&request.client_data_hash, param, request.pin_uv_auth_protocol)?;
        if request.options.is_some_and(|options| options.uv == Some(true)) {
            match self.uv_outcomes.pop_front() {
                None | Some(Status::SUCCESS) => verified = Flags::UV,
                Some(status) => return Err(status),
            }
        }
        let excluded = request.exclude_list.unwrap_or_default();
        if excluded.iter().any(|entry| self.credentials.contains(&Vec::from(entry.id.clone()))) {
            return Err(Status::CREDENTIAL_EXCLUDED);
        }
        let mut outputs = Vec::new();
        if let Some(extensions) = request.extensions {
            if let Some(level) = extensions.cred_protect {
                outputs.push(("credProtect", Value::from(i64::try_from(level).unwrap())));
            }
            if extensions.hmac_secret == Some(true) {
                outputs.push(("hmac-secret", Value::from(true)));
            }
        }
        let mut data = AuthenticatorData {
            rp_id_hash: rp_id_hash(&request.rp.id),
            flags: Flags::UP | verified,
            sign_count: 1,
            attested_credential: Some(AttestedCredentialData {
                aaguid: [7; 16],
                credential_id: vec![9; 16],
                public_key: public_key(),
            }),
            extensions: (!outputs.is_empty()).then(|| Value::text_map(outputs)),
        };
        (self.alter_data)(&mut data);
        let response = MakeCredentialResponse {
            fmt: "none".to_owned(),
            auth_data: data.to_vec().into(),
            att_stmt: None,
            ep_att: None,
            large_blob_key: None,
            unsigned_extension_outputs: None,
        };
        Ok(response.to_vec())
    }

    fn get_assertion(&mut self, request: GetAssertionRequest) -> Result<Vec<u8>, Status> {
        let param = request.pin_uv_auth_param.as_ref().map(|param| param.as_slice());
        let verified =
            self.verify(&request.client_data_hash, param, request.pin_uv_auth_protocol)?;
        let up = request.options.as_ref().is_none_or(|options| options.up != Some(false));
        let flags = if up { Flags::UP | verified } else { verified };
        let list = request.allow_list.as_deref();
        let id = match list {
            None => self.credentials.first().cloned(),
            Some(list) => {
                let listed = |id: &&Vec<u8>| list.iter().any(|entry| entry.id.as_slice() == **id);
                self.credentials.iter().find(listed).cloned()
            }
        };
        let id = id.ok_or(Status::NO_CREDENTIALS)?;
        let number = if list.is_none() { self.number_of_credentials } else { None };
        self.next = 1;
        let mut outputs = None;
        if let Some(input) = request.extensions.and_then(|extensions| extensions.hmac_secret) {
            let protocol =
                PinUvAuthProtocol::from_id(input.pin_uv_auth_protocol.unwrap_or(1)).unwrap();
            let secret = self.agreement_key.agree(protocol, &input.key_agreement).unwrap();
            assert!(secret.verify(&input.salt_enc, &input.salt_auth));
            let salts = secret.decrypt(&input.salt_enc).unwrap();
            let derived: Vec<u8> = salts.iter().map(|byte| byte ^ 0xFF).collect();
            let output = secret.encrypt(&mut OsRandom, &derived).unwrap();
            outputs = Some(Value::text_map([("hmac-secret", Value::from(output))]));
        }
        let hash: [u8; 32] = request.client_data_hash.as_slice().try_into().unwrap();
        Ok(self.assertion(&request.rp_id, &hash, &id, flags, number, outputs).to_vec())
    }

    fn assertion(
        &mut self,
        rp_id: &str,
        hash: &[u8; 32],
        id: &[u8],
        flags: Flags,
        number: Option<u64>,
        extensions: Option<Value>,
    ) -> GetAssertionResponse {
        let mut data = AuthenticatorData {
            rp_id_hash: rp_id_hash(rp_id),
            flags,
            sign_count: 2,
            attested_credential: None,
            extensions,
        };
        (self.alter_data)(&mut data);
        let data = data.to_vec();
        let message = [data.as_slice(), hash].concat();
        let signature: p256::ecdsa::DerSignature = signing_key().sign(&message);
        GetAssertionResponse {
            credential: (!self.omit_credential).then(|| CredentialDescriptor::new(id)),
            auth_data: data.into(),
            signature: signature.as_bytes().to_vec().into(),
            user: Some(UserEntity { id: id.to_vec().into(), name: None, display_name: None }),
            number_of_credentials: number,
            user_selected: None,
            large_blob_key: None,
            unsigned_extension_outputs: None,
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
        if let Some(answer) = (self.intervene)(message) {
            return Ok(answer);
        }
        Ok(match self.answer(message) {
            Ok(results) => [vec![Status::SUCCESS.0], results].concat(),
            Err(status) => vec![status.0],
        })
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

fn waits_for_touch(message: &[u8]) -> bool {
    match Command(message[0]) {
        Command::MAKE_CREDENTIAL | Command::RESET | Command::SELECTION => true,
        Command::GET_ASSERTION => {
            let request: GetAssertionRequest = decode(&message[1..]);
            request.options.is_none_or(|options| options.up != Some(false))
        }
        _ => false,
    }
}

/// Names a message as the log has it.
pub fn describe(message: &[u8]) -> String {
    match Command(message[0]) {
        Command::GET_INFO => "getInfo".to_owned(),
        Command::MAKE_CREDENTIAL => "makeCredential".to_owned(),
        Command::GET_ASSERTION if waits_for_touch(message) => "getAssertion".to_owned(),
        Command::GET_ASSERTION => "silent getAssertion".to_owned(),
        Command::GET_NEXT_ASSERTION => "getNextAssertion".to_owned(),
        Command::RESET => "reset".to_owned(),
        Command::SELECTION => "selection".to_owned(),
        Command::CLIENT_PIN => {
            let request: ClientPinRequest = decode(&message[1..]);
            match request.sub_command {
                SubCommand::GET_PIN_RETRIES => "PIN retries".to_owned(),
                SubCommand::GET_KEY_AGREEMENT => "key agreement".to_owned(),
                SubCommand::SET_PIN => "set PIN".to_owned(),
                SubCommand::CHANGE_PIN => "change PIN".to_owned(),
                SubCommand::GET_PIN_TOKEN => "legacy token".to_owned(),
                SubCommand::GET_TOKEN_USING_UV => {
                    format!("UV token {:#04x}", request.permissions.unwrap())
                }
                SubCommand::GET_UV_RETRIES => "UV retries".to_owned(),
                SubCommand::GET_TOKEN_USING_PIN => format!(
                    "PIN token {:#04x} {}",
                    request.permissions.unwrap(),
                    request.rp_id.unwrap_or_default()
                ),
                other => format!("clientPIN {}", other.0),
            }
        }
        other => other.to_string(),
    }
}

fn decode<M: Message>(bytes: &[u8]) -> M {
    M::from_slice(bytes, Strictness::Canonical).unwrap()
}

fn unpad(padded: &[u8]) -> String {
    let text: Vec<u8> = padded.iter().copied().take_while(|byte| *byte != 0).collect();
    String::from_utf8(text).unwrap()
}

fn signing_key() -> SigningKey {
    SigningKey::from_slice(&[0x11; 32]).unwrap()
}

/// The public key of every credential on the key.
pub fn public_key() -> CoseKey {
    let point = signing_key().verifying_key().to_sec1_point(false);
    CoseKey::es256((*point.x().unwrap()).into(), (*point.y().unwrap()).into())
}

/// Limits that nothing reaches.
pub fn limits() -> Limits {
    Limits {
        deadline: None,
        cancel: Arc::new(AtomicBool::new(false)),
        strictness: Strictness::Canonical,
        risk_last_pin_tries: false,
    }
}

/// A registration that asks for nothing special.
pub fn registration() -> Registration {
    Registration {
        client_data_hash: HASH,
        rp: RpEntity { id: RP_ID.to_owned(), name: None },
        user: UserEntity { id: vec![1, 2, 3].into(), name: None, display_name: None },
        algorithms: vec![Algorithm::ES256],
        exclude: Vec::new(),
        resident_key: Requirement::Discouraged,
        user_verification: Requirement::Preferred,
        cred_protect: None,
        hmac_secret: false,
    }
}

/// An authentication with the credentials given.
pub fn authentication(allow: &[&[u8]]) -> Authentication {
    Authentication {
        rp_id: RP_ID.to_owned(),
        client_data_hash: HASH,
        allow: allow
            .iter()
            .map(|id| AllowedCredential {
                descriptor: CredentialDescriptor::new(*id),
                public_key: Some(public_key()),
            })
            .collect(),
        user_verification: Requirement::Preferred,
        user_presence: true,
        hmac_secret: None,
        all_accounts: false,
    }
}

/// Answers from lists; notes everything in the order it comes.
pub struct ScriptedPerson {
    pub pins: VecDeque<&'static str>,
    pub new_pins: VecDeque<&'static str>,
    pub account: usize,
    pub types_the_pin: bool,
    pub heard: Vec<String>,
}

impl ScriptedPerson {
    pub fn typing(pins: &[&'static str]) -> Self {
        ScriptedPerson {
            pins: pins.iter().copied().collect(),
            new_pins: VecDeque::new(),
            account: 0,
            types_the_pin: true,
            heard: Vec::new(),
        }
    }

    pub fn with_stored_pin(pin: &'static str) -> Self {
        ScriptedPerson { types_the_pin: false, ..Self::typing(&[pin]) }
    }

    pub fn and_new_pin(mut self, pin: &'static str) -> Self {
        self.new_pins.push_back(pin);
        self
    }
}

impl UserInteraction for ScriptedPerson {
    fn touch_wanted(&mut self, reason: TouchReason) {
        self.heard.push(format!("touch wanted: {reason:?}"));
    }

    fn touch_over(&mut self) {
        self.heard.push("touch over".to_owned());
    }

    fn pin(&mut self, question: &PinQuestion<'_>) -> Result<Pin, Declined> {
        let PinQuestion { rp_id, retries_left, last_was_wrong } = question;
        let rp_id = rp_id.unwrap_or("nobody");
        let again = if *last_was_wrong { " again" } else { "" };
        self.heard.push(format!("PIN{again} for {rp_id}, {retries_left} left"));
        Ok(Pin::new(self.pins.pop_front().ok_or(Declined::Used)?)?)
    }

    fn pin_is_typed(&self) -> bool {
        self.types_the_pin
    }

    fn new_pin(&mut self, question: &NewPinQuestion) -> Result<Pin, Declined> {
        self.heard.push(format!("new PIN, {} to {}", question.minimum, question.maximum));
        Ok(Pin::new(self.new_pins.pop_front().ok_or(Declined::Used)?)?)
    }

    fn choose_account(&mut self, accounts: &[Account]) -> Result<usize, Declined> {
        self.heard.push(format!("account, one of {}", accounts.len()));
        Ok(self.account)
    }

    fn notice(&mut self, notice: &Notice) {
        self.heard.push(format!("{notice:?}"));
    }
}
