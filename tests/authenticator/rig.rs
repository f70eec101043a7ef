//! An authenticator in a world made by the test, and the platform's half of the PIN protocols.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use fidoctl::authenticator::{
    Authenticator, CreationOptions, Environment, Presence, State, Step, StoreError,
};
use fidoctl::cbor::Strictness;
use fidoctl::cose::{Algorithm, CoseKey};
use fidoctl::ctap2::client_pin::SubCommand;
use fidoctl::ctap2::extensions::MakeCredentialExtensions;
use fidoctl::ctap2::get_assertion::GetAssertionOptions;
use fidoctl::ctap2::make_credential::MakeCredentialOptions;
use fidoctl::ctap2::{
    ClientPinRequest, ClientPinResponse, GetAssertionRequest, GetAssertionResponse, GetInfo,
    GetInfoResponse, MakeCredentialRequest, MakeCredentialResponse, Permissions, Request, Status,
};
use fidoctl::ctaphid::ChannelId;
use fidoctl::pin_uv::{
    KeyAgreementKey, Pin, PinUvAuthProtocol, PinUvAuthToken, Random, RandomUnavailable,
    SharedSecret,
};
use fidoctl::webauthn::{
    AuthenticatorData, CredentialDescriptor, CredentialParameters, RpEntity, UserEntity,
};

pub const CHANNEL: ChannelId = ChannelId([0, 0, 0, 1]);
pub const RP: &str = "example.com";
pub const HASH: [u8; 32] = [0xcd; 32];
pub const MC: Permissions = Permissions::MAKE_CREDENTIAL;
pub const GA: Permissions = Permissions::GET_ASSERTION;

/// SplitMix64: the same bytes in every run.
pub struct SeededRandom(pub u64);

impl Random for SeededRandom {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomUnavailable> {
        for chunk in out.chunks_mut(8) {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(z ^ (z >> 31)).to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

/// What the test decides about the world.
pub struct World {
    pub now: Duration,
    pub presence: Presence,
    /// If given, the touch comes so long after it was first asked for.
    pub touch_after: Option<Duration>,
    pub long_presence: Presence,
    pub disk_is_full: bool,
    pub saved: Option<State>,
}

#[derive(Clone)]
pub struct WorldHandle(Arc<Mutex<World>>);

impl WorldHandle {
    pub fn new() -> Self {
        WorldHandle(Arc::new(Mutex::new(World {
            now: Duration::from_secs(1_800_000_000),
            presence: Presence::Given,
            touch_after: None,
            long_presence: Presence::Given,
            disk_is_full: false,
            saved: None,
        })))
    }

    pub fn get(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap()
    }

    pub fn pass(&self, time: Duration) {
        self.get().now += time;
    }
}

struct TestEnvironment {
    world: WorldHandle,
    random: SeededRandom,
}

impl Environment for TestEnvironment {
    fn random(&mut self) -> &mut dyn Random {
        &mut self.random
    }

    fn now(&self) -> Duration {
        self.world.get().now
    }

    fn user_presence(&mut self, since: Duration) -> Presence {
        let world = self.world.get();
        match world.touch_after {
            Some(delay) if world.now < since + delay => Presence::Waiting,
            _ => world.presence,
        }
    }

    fn long_touch(&mut self, _since: Duration) -> Presence {
        self.world.get().long_presence
    }

    fn save(&mut self, state: &State) -> Result<(), StoreError> {
        let mut world = self.world.get();
        if world.disk_is_full {
            return Err(StoreError::DiskFull { path: PathBuf::from("test") });
        }
        world.saved = Some(state.clone());
        Ok(())
    }
}

pub fn new_authenticator(world: &WorldHandle, options: &CreationOptions) -> Authenticator {
    let mut random = SeededRandom(7);
    let state = State::create(options, &mut random, world.get().now).unwrap();
    authenticator_from(world, state)
}

pub fn authenticator_from(world: &WorldHandle, state: State) -> Authenticator {
    let environment = TestEnvironment { world: world.clone(), random: SeededRandom(11) };
    Authenticator::new(state, Box::new(environment))
}

/// A key on one channel, with a platform that speaks to it.
pub struct Key {
    pub authenticator: Authenticator,
    pub world: WorldHandle,
    random: SeededRandom,
}

impl Key {
    pub fn new() -> Self {
        Self::with(&CreationOptions::default())
    }

    pub fn with(options: &CreationOptions) -> Self {
        let world = WorldHandle::new();
        let authenticator = new_authenticator(&world, options);
        Key { authenticator, world, random: SeededRandom(3) }
    }

    pub fn with_pin() -> Self {
        let mut key = Self::new();
        key.set_pin("1234").unwrap();
        key
    }

    pub fn pass_seconds(&self, seconds: u64) {
        self.world.pass(Duration::from_secs(seconds));
    }

    pub fn raw(&mut self, message: &[u8]) -> Vec<u8> {
        self.raw_on(CHANNEL, message)
    }

    pub fn raw_on(&mut self, channel: ChannelId, message: &[u8]) -> Vec<u8> {
        match self.authenticator.begin(channel, message) {
            Step::Reply(reply) => reply,
            Step::AwaitTouch => panic!("a touch is awaited"),
        }
    }

    pub fn send<R: Request>(&mut self, request: &R) -> Result<R::Response, Status> {
        let reply = self.raw(&request.to_message());
        parse::<R>(&reply)
    }

    pub fn info(&mut self) -> GetInfoResponse {
        self.send(&GetInfo).unwrap()
    }

    // Credentials.

    pub fn make(&mut self, request: &MakeCredentialRequest) -> Result<Made, Status> {
        self.send(request).map(Made::new)
    }

    pub fn get(&mut self, request: &GetAssertionRequest) -> Result<Got, Status> {
        self.send(request).map(Got::new)
    }

    // PINs.

    pub fn shared_secret(&mut self, protocol: PinUvAuthProtocol) -> (CoseKey, SharedSecret) {
        let mut request = ClientPinRequest::new(SubCommand::GET_KEY_AGREEMENT);
        request.pin_uv_auth_protocol = Some(protocol.id());
        let theirs = self.send(&request).unwrap().key_agreement.unwrap();
        let ours = KeyAgreementKey::generate(&mut self.random).unwrap();
        (ours.public_key(), ours.agree(protocol, &theirs).unwrap())
    }

    pub fn encrypt(&mut self, secret: &SharedSecret, plaintext: &[u8]) -> Vec<u8> {
        secret.encrypt(&mut self.random, plaintext).unwrap()
    }

    pub fn set_pin(&mut self, pin: &str) -> Result<(), Status> {
        let listed = self.info().pin_uv_auth_protocols.unwrap();
        let best = PinUvAuthProtocol::from_id(listed[0]).unwrap();
        self.set_padded_pin(best, Pin::new(pin).unwrap().padded().as_slice())
    }

    pub fn set_padded_pin(
        &mut self,
        protocol: PinUvAuthProtocol,
        padded: &[u8],
    ) -> Result<(), Status> {
        let (ours, secret) = self.shared_secret(protocol);
        let new_pin_enc = self.encrypt(&secret, padded);
        let mut request = ClientPinRequest::new(SubCommand::SET_PIN);
        request.pin_uv_auth_protocol = Some(protocol.id());
        request.key_agreement = Some(ours);
        request.pin_uv_auth_param = Some(secret.authenticate(&new_pin_enc).into());
        request.new_pin_enc = Some(new_pin_enc.into());
        self.send(&request).map(|_| ())
    }

    pub fn change_pin(&mut self, old: &str, new: &str) -> Result<(), Status> {
        let (ours, secret) = self.shared_secret(PinUvAuthProtocol::Two);
        let new_pin_enc = self.encrypt(&secret, Pin::new(new).unwrap().padded().as_slice());
        let pin_hash_enc = self.encrypt(&secret, Pin::new(old).unwrap().hash().as_slice());
        let signed = [new_pin_enc.as_slice(), &pin_hash_enc].concat();
        let mut request = ClientPinRequest::new(SubCommand::CHANGE_PIN);
        request.pin_uv_auth_protocol = Some(2);
        request.key_agreement = Some(ours);
        request.pin_uv_auth_param = Some(secret.authenticate(&signed).into());
        request.new_pin_enc = Some(new_pin_enc.into());
        request.pin_hash_enc = Some(pin_hash_enc.into());
        self.send(&request).map(|_| ())
    }

    pub fn token(
        &mut self,
        pin: &str,
        permissions: Permissions,
        rp_id: Option<&str>,
    ) -> Result<PinUvAuthToken, Status> {
        self.token_of(PinUvAuthProtocol::Two, pin, permissions.bits(), rp_id)
    }

    pub fn token_of(
        &mut self,
        protocol: PinUvAuthProtocol,
        pin: &str,
        permissions: u64,
        rp_id: Option<&str>,
    ) -> Result<PinUvAuthToken, Status> {
        let mut request = ClientPinRequest::new(SubCommand::GET_TOKEN_USING_PIN);
        request.permissions = Some(permissions);
        request.rp_id = rp_id.map(str::to_owned);
        self.issue(protocol, pin, request)
    }

    pub fn legacy_token(&mut self, pin: &str) -> Result<PinUvAuthToken, Status> {
        let request = ClientPinRequest::new(SubCommand::GET_PIN_TOKEN);
        self.issue(PinUvAuthProtocol::One, pin, request)
    }

    fn issue(
        &mut self,
        protocol: PinUvAuthProtocol,
        pin: &str,
        mut request: ClientPinRequest,
    ) -> Result<PinUvAuthToken, Status> {
        let (ours, secret) = self.shared_secret(protocol);
        let hash = Pin::new(pin).unwrap().hash();
        request.pin_uv_auth_protocol = Some(protocol.id());
        request.key_agreement = Some(ours);
        request.pin_hash_enc = Some(self.encrypt(&secret, hash.as_slice()).into());
        let encrypted = self.send(&request)?.pin_uv_auth_token.unwrap();
        let token = secret.decrypt(&encrypted).unwrap();
        Ok(PinUvAuthToken::new(protocol, token, Permissions::all(), None).unwrap())
    }

    pub fn retries(&mut self) -> ClientPinResponse {
        self.send(&ClientPinRequest::new(SubCommand::GET_PIN_RETRIES)).unwrap()
    }

    /// Makes a discoverable credential with a fresh token where a PIN is set.
    pub fn enroll(&mut self, rp_id: &str, user: &str) -> Made {
        self.enroll_protected(rp_id, user, None)
    }

    pub fn enroll_protected(&mut self, rp_id: &str, user: &str, level: Option<u64>) -> Made {
        let mut request = make_request(rp_id, user);
        request.options = discoverable();
        request.extensions = Some(MakeCredentialExtensions {
            cred_protect: level,
            hmac_secret: Some(true),
            ..Default::default()
        });
        if self.info().pin_is_set() {
            let token = self.token("1234", MC, Some(rp_id)).unwrap();
            authorize_make(&mut request, &token);
        }
        self.make(&request).unwrap()
    }
}

pub fn parse<R: Request>(reply: &[u8]) -> Result<R::Response, Status> {
    match Status(reply[0]) {
        Status::SUCCESS => {
            // No results may be sent as no map at all.
            let results = if reply.len() == 1 { &[0xa0] } else { &reply[1..] };
            Ok(fidoctl::ctap2::Message::from_slice(results, Strictness::Canonical).unwrap())
        }
        status => Err(status),
    }
}

pub fn make_request(rp_id: &str, user: &str) -> MakeCredentialRequest {
    MakeCredentialRequest {
        client_data_hash: HASH.to_vec().into(),
        rp: RpEntity { id: rp_id.to_owned(), name: None },
        user: UserEntity {
            id: user.as_bytes().to_vec().into(),
            name: Some(fidoctl::cbor::LossyText(format!("{user}@{rp_id}"))),
            display_name: Some(fidoctl::cbor::LossyText(user.to_uppercase())),
        },
        pub_key_cred_params: vec![CredentialParameters::new(Algorithm::ES256)],
        exclude_list: None,
        extensions: None,
        options: None,
        pin_uv_auth_param: None,
        pin_uv_auth_protocol: None,
        enterprise_attestation: None,
        attestation_formats_preference: None,
    }
}

pub fn get_request(rp_id: &str, allowed: &[&[u8]]) -> GetAssertionRequest {
    let list: Vec<_> = allowed.iter().map(|id| CredentialDescriptor::new(id.to_vec())).collect();
    GetAssertionRequest {
        rp_id: rp_id.to_owned(),
        client_data_hash: HASH.to_vec().into(),
        allow_list: (!list.is_empty()).then_some(list),
        extensions: None,
        options: None,
        pin_uv_auth_param: None,
        pin_uv_auth_protocol: None,
    }
}

pub fn discoverable() -> Option<MakeCredentialOptions> {
    Some(MakeCredentialOptions { rk: Some(true), ..Default::default() })
}

pub fn silent() -> Option<GetAssertionOptions> {
    Some(GetAssertionOptions { up: Some(false), ..Default::default() })
}

pub fn authorize_make(request: &mut MakeCredentialRequest, token: &PinUvAuthToken) {
    request.pin_uv_auth_param = Some(token.authenticate(&HASH).into());
    request.pin_uv_auth_protocol = Some(token.protocol().id());
}

pub fn authorize_get(request: &mut GetAssertionRequest, token: &PinUvAuthToken) {
    request.pin_uv_auth_param = Some(token.authenticate(&HASH).into());
    request.pin_uv_auth_protocol = Some(token.protocol().id());
}

/// A new credential, its authenticator data taken apart.
#[derive(Debug)]
pub struct Made {
    pub response: MakeCredentialResponse,
    pub data: AuthenticatorData,
}

impl Made {
    fn new(response: MakeCredentialResponse) -> Self {
        let data = AuthenticatorData::parse(&response.auth_data, Strictness::Canonical).unwrap();
        Made { response, data }
    }

    pub fn id(&self) -> &[u8] {
        &self.data.attested_credential.as_ref().unwrap().credential_id
    }

    pub fn public_key(&self) -> &CoseKey {
        &self.data.attested_credential.as_ref().unwrap().public_key
    }
}

/// An assertion, its authenticator data taken apart.
#[derive(Debug)]
pub struct Got {
    pub response: GetAssertionResponse,
    pub data: AuthenticatorData,
}

impl Got {
    pub fn new(response: GetAssertionResponse) -> Self {
        let data = AuthenticatorData::parse(&response.auth_data, Strictness::Canonical).unwrap();
        Got { response, data }
    }

    pub fn id(&self) -> &[u8] {
        &self.response.credential.as_ref().unwrap().id
    }
}
