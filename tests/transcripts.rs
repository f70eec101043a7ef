//! Transcripts: what is left out of them, their forms, and keys played by them.

#![cfg(test)]
#![cfg(feature = "virtual-key")]

mod plugged_in;
mod scripted_key;

use std::time::Duration;

use fidoctl::cbor::{self, ByteVec, Value};
use fidoctl::client::register::register;
use fidoctl::client::{Error, Requirement, Session, pin};
use fidoctl::ctap2::extensions::{
    GetAssertionExtensions, HmacSecretInput, LargeBlobAccess, MakeCredentialExtensions,
};
use fidoctl::ctap2::{
    ClientPinRequest, ClientPinResponse, Command, CredentialManagementResponse,
    GetAssertionRequest, GetAssertionResponse, LargeBlobsRequest, LargeBlobsResponse,
    MakeCredentialRequest, MakeCredentialResponse, Message as _, Request, client_pin,
    credential_management,
};
use fidoctl::ctaphid::{self, ChannelId, Report};
use fidoctl::pin_uv::SeededRandom;
use fidoctl::transcript::{
    Direction, Event, Header, LINK_TYPE, Message, Secrets, Transcript, What, parse_fido_debug,
    to_pcapng,
};
use fidoctl::transport::{
    CtapHidHost, Interruption, Keepalive, PipeError, Recorder, Replay, ReplayError, Transport,
    TransportError, Watch,
};
use fidoctl::webauthn::{AttestedCredentialData, AuthenticatorData, Flags};
use plugged_in::PluggedKey;
use proptest::prelude::*;
use scripted_key::{PIN, ScriptedPerson, limits, public_key, registration};

const CHANNEL: ChannelId = ChannelId([0, 0, 0, 7]);

/// Bytes that must not be found.
const SECRET: [u8; 16] = [0x5E; 16];

fn secret() -> Option<ByteVec> {
    Some(SECRET.to_vec().into())
}

fn event(direction: Direction, command: ctaphid::Command, payload: Vec<u8>) -> Event {
    let message = Message { channel: CHANNEL, command, payload, missing: 0, left_out: Vec::new() };
    let what = What::Message(message);
    Event { time: Duration::ZERO, connection: 0, direction, what }
}

fn header(secrets: Secrets) -> Header {
    Header {
        program: "test".to_owned(),
        started: Duration::from_secs(1_800_000_000),
        secrets,
        key: None,
        random: Some([1; 32]),
        secret_random: (secrets == Secrets::Included).then_some([0x5E; 32]),
    }
}

fn redacted(events: Vec<Event>) -> Transcript {
    let mut transcript = Transcript { header: header(Secrets::Included), events };
    transcript.redact();
    transcript
}

fn asked(request: &[u8], answer: Vec<u8>) -> Vec<Event> {
    let answer = [vec![0], answer].concat();
    vec![
        event(Direction::ToKey, ctaphid::Command::CBOR, request.to_vec()),
        event(Direction::FromKey, ctaphid::Command::CBOR, answer),
    ]
}

fn left_out(transcript: &Transcript) -> Vec<String> {
    let messages = transcript.events.iter().filter_map(|event| match &event.what {
        What::Message(message) => Some(message.left_out.clone()),
        What::Stray(_) => None,
    });
    messages.flatten().collect()
}

/// Asserts that no run of the secret's bytes is in what is written.
fn assert_clean(transcript: &Transcript) {
    let lines = transcript.to_json_lines();
    assert!(!lines.contains("5e5e5e5e"), "{lines}");
    assert!(!to_pcapng(transcript).windows(4).any(|window| window == [0x5E; 4]));
    assert_eq!(Transcript::from_json_lines(&lines).unwrap(), *transcript);
}

fn hmac_secret_input() -> HmacSecretInput {
    HmacSecretInput {
        key_agreement: public_key(),
        salt_enc: SECRET.to_vec().into(),
        salt_auth: SECRET.to_vec().into(),
        pin_uv_auth_protocol: Some(2),
    }
}

/// Authenticator data with these extension outputs, with or without a credential.
fn data(attested: bool, outputs: &[&'static str]) -> ByteVec {
    let outputs = outputs.iter().map(|name| (*name, Value::from(SECRET.to_vec())));
    let data = AuthenticatorData {
        rp_id_hash: [1; 32],
        flags: Flags::UP,
        sign_count: 3,
        attested_credential: attested.then(|| AttestedCredentialData {
            aaguid: [7; 16],
            credential_id: vec![9; 16],
            public_key: public_key(),
        }),
        extensions: Some(Value::text_map(outputs)),
    };
    data.to_vec().into()
}

#[test]
fn pins_and_tokens_are_left_out() {
    let request = ClientPinRequest {
        pin_uv_auth_protocol: Some(2),
        key_agreement: Some(public_key()),
        pin_uv_auth_param: secret(),
        new_pin_enc: secret(),
        pin_hash_enc: secret(),
        rp_id: Some("example.com".to_owned()),
        ..ClientPinRequest::new(client_pin::SubCommand::CHANGE_PIN)
    };
    let answer = ClientPinResponse { pin_uv_auth_token: secret(), ..Default::default() };
    let transcript = redacted(asked(&request.to_message(), answer.to_vec()));
    assert_clean(&transcript);
    assert_eq!(
        left_out(&transcript),
        ["keyAgreement", "pinUvAuthParam", "newPinEnc", "pinHashEnc", "pinUvAuthToken"]
    );
    assert!(transcript.to_json_lines().contains("6578616d706c652e636f6d"), "the RP ID stays");
}

#[test]
fn secrets_of_a_new_credential_are_left_out() {
    let extensions = MakeCredentialExtensions {
        cred_blob: secret(),
        hmac_secret: Some(true),
        hmac_secret_mc: Some(hmac_secret_input()),
        ..Default::default()
    };
    let request = MakeCredentialRequest {
        client_data_hash: vec![1; 32].into(),
        rp: registration().rp,
        user: registration().user,
        pub_key_cred_params: Vec::new(),
        exclude_list: None,
        extensions: Some(extensions),
        options: None,
        pin_uv_auth_param: secret(),
        pin_uv_auth_protocol: Some(2),
        enterprise_attestation: None,
        attestation_formats_preference: None,
    };
    let answer = MakeCredentialResponse {
        fmt: "none".to_owned(),
        auth_data: data(true, &["hmac-secret-mc", "unheard-of"]),
        att_stmt: None,
        ep_att: None,
        large_blob_key: secret(),
        unsigned_extension_outputs: None,
    };
    let transcript = redacted(asked(&request.to_message(), answer.to_vec()));
    assert_clean(&transcript);
    assert_eq!(
        left_out(&transcript),
        [
            "extensions.credBlob",
            "extensions.hmac-secret-mc.keyAgreement",
            "extensions.hmac-secret-mc.saltEnc",
            "extensions.hmac-secret-mc.saltAuth",
            "pinUvAuthParam",
            "authData.unheard-of",
            "authData.hmac-secret-mc",
            "largeBlobKey",
        ]
    );
}

#[test]
fn secrets_of_an_assertion_are_left_out() {
    let access = LargeBlobAccess { write: secret(), ..Default::default() };
    let extensions = GetAssertionExtensions {
        hmac_secret: Some(hmac_secret_input()),
        large_blob: Some(access),
        ..Default::default()
    };
    let request = GetAssertionRequest {
        rp_id: "example.com".to_owned(),
        client_data_hash: vec![1; 32].into(),
        allow_list: None,
        extensions: Some(extensions),
        options: None,
        pin_uv_auth_param: secret(),
        pin_uv_auth_protocol: Some(2),
    };
    let blob = Value::text_map([("blob", Value::from(SECRET.to_vec()))]);
    let answer = GetAssertionResponse {
        credential: None,
        auth_data: data(false, &["credBlob", "hmac-secret"]),
        signature: vec![3; 8].into(),
        user: None,
        number_of_credentials: None,
        user_selected: None,
        large_blob_key: secret(),
        unsigned_extension_outputs: Some(Value::text_map([("largeBlob", blob)])),
    };
    let mut events = asked(&request.to_message(), answer.to_vec());
    events.extend(asked(&[Command::GET_NEXT_ASSERTION.0], answer.to_vec()));
    let transcript = redacted(events);
    assert_clean(&transcript);
    assert!(transcript.to_json_lines().contains("0303030303030303"), "the signature stays");
}

#[test]
fn large_blobs_and_their_keys_are_left_out() {
    let request =
        LargeBlobsRequest { set: secret(), pin_uv_auth_param: secret(), ..Default::default() };
    let answer = LargeBlobsResponse { config: secret() };
    let mut events = asked(&request.to_message(), answer.to_vec());
    let listing = credential_management::SubCommand::ENUMERATE_CREDENTIALS_GET_NEXT_CREDENTIAL;
    let request = fidoctl::ctap2::CredentialManagementRequest::new(listing, None);
    let answer = CredentialManagementResponse { large_blob_key: secret(), ..Default::default() };
    events.extend(asked(&request.to_message(), answer.to_vec()));
    let transcript = redacted(events);
    assert_clean(&transcript);
    assert_eq!(left_out(&transcript), ["set", "pinUvAuthParam", "config", "largeBlobKey"]);
}

#[test]
fn what_nobody_knows_counts_as_secret() {
    let unknown_member = Value::Map(vec![(Value::from(0x20), Value::from(SECRET.to_vec()))]);
    let cases = [
        // A member that is not listed; a vendor's command; no CBOR; bytes behind the map.
        asked(&[Command::GET_INFO.0], cbor::to_vec(&unknown_member)),
        asked(&[&[0x50], SECRET.as_slice()].concat(), SECRET.to_vec()),
        asked(&[&[Command::CLIENT_PIN.0, 0xA5], SECRET.as_slice()].concat(), SECRET.to_vec()),
        asked(&[&[Command::CLIENT_PIN.0, 0xA0], SECRET.as_slice()].concat(), Vec::new()),
        // An answer to nothing, as to another program.
        vec![event(Direction::FromKey, ctaphid::Command::CBOR, [&[0], &SECRET[..]].concat())],
        vec![event(Direction::ToKey, ctaphid::Command(0x50), SECRET.to_vec())],
        vec![event(
            Direction::ToKey,
            ctaphid::Command::MSG,
            [&[0, 0x40, 0, 0], &SECRET[..]].concat(),
        )],
        vec![event(Direction::FromKey, ctaphid::Command::MSG, SECRET.to_vec())],
        vec![Event {
            what: What::Stray(Box::new([0x5E; 64])),
            ..event(Direction::FromKey, ctaphid::Command::MSG, Vec::new())
        }],
    ];
    for events in cases {
        let transcript = redacted(events);
        let lines = transcript.to_json_lines();
        // Channel and sequence of a stray report stay, and so does a status word.
        assert!(!lines.contains("5e5e5e5e5e5e5e5e5e5e"), "{lines}");
    }
}

#[test]
fn redaction_forgets_the_seed_of_keys_and_keeps_the_other() {
    let transcript = redacted(Vec::new());
    assert_eq!(transcript.header.random, Some([1; 32]));
    assert_eq!(transcript.header.secret_random, None);
    assert_eq!(transcript.header.secrets, Secrets::LeftOut);
}

proptest! {
    #[test]
    fn redaction_never_changes_lengths_and_never_stops(
        payloads in prop::collection::vec((any::<bool>(), 0_u8..0x42, prop::collection::vec(any::<u8>(), 0..80)), 0..6)
    ) {
        let events: Vec<_> = payloads
            .into_iter()
            .map(|(to_key, command, rest)| {
                let direction = if to_key { Direction::ToKey } else { Direction::FromKey };
                event(direction, ctaphid::Command::CBOR, [vec![command], rest].concat())
            })
            .collect();
        let length = |event: &Event| match &event.what {
            What::Message(message) => message.payload.len(),
            What::Stray(_) => 0,
        };
        let before: Vec<_> = events.iter().map(length).collect();
        let transcript = redacted(events);
        prop_assert_eq!(before, transcript.events.iter().map(length).collect::<Vec<_>>());
        let lines = transcript.to_json_lines();
        prop_assert_eq!(Transcript::from_json_lines(&lines).unwrap(), transcript);
    }

    #[test]
    fn text_of_any_kind_is_read_or_refused(text in ".{0,200}") {
        let _refused = Transcript::from_json_lines(&text);
        let _nothing = parse_fido_debug(&text);
    }
}

#[test]
fn pcapng_has_a_block_for_each_report() {
    let payload = vec![1; 100];
    let events = vec![event(Direction::ToKey, ctaphid::Command::PING, payload)];
    let bytes = to_pcapng(&Transcript { header: header(Secrets::LeftOut), events });
    let mut blocks = Vec::new();
    let mut rest = bytes.as_slice();
    while !rest.is_empty() {
        let word = |at: usize| u32::from_le_bytes(rest[at..at + 4].try_into().unwrap());
        let length = usize::try_from(word(4)).unwrap();
        assert_eq!(u32::from_le_bytes(rest[length - 4..length].try_into().unwrap()), word(4));
        blocks.push((word(0), length));
        rest = &rest[length..];
    }
    assert_eq!(blocks, [(0x0A0D_0D0A, 28), (1, 20), (6, 160), (6, 160)]);
    assert_eq!(u16::from_le_bytes([bytes[36], bytes[37]]), LINK_TYPE);
}

#[test]
fn libfido2_s_debugging_text_becomes_messages() {
    let text = "run_manifest: found 1 hid device
fido_tx: dev=0x55f6ede0e2a0, cmd=0x06
fido_tx: buf=0x55f6ede0e2a0, len=8
0000: 16 08 fa e6 05 1a 2b cf
fido_rx: dev=0x55f6ede0e2a0, cmd=0x06, ms=-1
rx_preamble: buf=0x7ffdc9717f00, len=64
0000: ff ff ff ff 86 00 11 16 08 fa e6 05 1a 2b cf 00
0016: 00 00 01 02 00 01 00 05 00 00 00 00 00 00 00 00
0032: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0048: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
rx: payload_len=17
fido_rx: buf=0x55f6ede0e2a8, len=17
0000: 16 08 fa e6 05 1a 2b cf 00 00 00 01 02 00 01 00
0016: 05
fido_tx: dev=0x55f6ede0e2a0, cmd=0x10
fido_tx: buf=0x7ffdc9717f57, len=6
0000: 06 a2 01 02 02 02
";
    let transcript = parse_fido_debug(text).unwrap();
    let messages: Vec<_> = transcript
        .events
        .iter()
        .map(|event| {
            let What::Message(message) = &event.what else { panic!("{event:?}") };
            (event.direction, message.channel.0, message.payload.len(), message.method())
        })
        .collect();
    let method = Some("authenticatorClientPIN getKeyAgreement".to_owned());
    assert_eq!(
        messages,
        [
            (Direction::ToKey, [0xFF; 4], 8, None),
            (Direction::FromKey, [0xFF; 4], 17, None),
            (Direction::ToKey, [0, 0, 0, 1], 6, method),
        ]
    );
    assert!(parse_fido_debug("nothing of the kind\n0000: 00").is_none());
}

// Recorded and played.

struct Unwatched;

impl Watch for Unwatched {
    fn keepalive(&mut self, _: Keepalive) {}

    fn interruption(&self) -> Option<Interruption> {
        None
    }
}

/// Enrolls with a PIN and returns what was made; the key is a real one or a played one.
fn enroll(transport: Box<dyn Transport>) -> Result<Vec<u8>, Error> {
    let mut person = ScriptedPerson::typing(&[PIN]);
    let session = Session::open(transport, &mut person, limits())?;
    let mut session = session.with_random(Box::new(SeededRandom::new([4; 32])));
    let mut wanted = registration();
    wanted.user_verification = Requirement::Required;
    let made = register(&mut session, &wanted)?;
    Ok(made.attestation_object.to_vec())
}

fn recorded(secrets: Secrets) -> (Vec<u8>, Replay) {
    let key = PluggedKey::new();
    let mut person = ScriptedPerson::typing(&[]).and_new_pin(PIN);
    pin::set(&mut Session::open(key.open(), &mut person, limits()).unwrap()).unwrap();
    let recorder = Recorder::new(secrets);
    let pipe = recorder.record(key.pipe());
    let made = enroll(Box::new(CtapHidHost::open(pipe, &mut Unwatched).unwrap())).unwrap();
    let transcript = Transcript { header: header(secrets), events: recorder.events() };
    let lines = transcript.to_json_lines();
    (made, Replay::new(Transcript::from_json_lines(&lines).unwrap()))
}

fn played(replay: &Replay) -> Box<dyn Transport> {
    Box::new(CtapHidHost::open(replay.open(), &mut Unwatched).unwrap())
}

fn replay_error(error: Error) -> ReplayError {
    match error {
        Error::Transport(TransportError::Pipe(PipeError::Replay(error))) => error,
        error => panic!("{error:?}"),
    }
}

#[test]
fn recorded_run_is_repeated_with_its_secrets() {
    let (made, replay) = recorded(Secrets::Included);
    assert_eq!(enroll(played(&replay)).unwrap(), made);
}

#[test]
fn without_secrets_a_pin_cannot_be_repeated_and_the_error_says_so() {
    let (_, replay) = recorded(Secrets::LeftOut);
    let error = replay_error(enroll(played(&replay)).unwrap_err());
    let ReplayError::LeftOut { number: 10, what } = error else { panic!("{error:?}") };
    assert_eq!(what, "pinUvAuthToken");
}

#[test]
fn first_message_that_differs_is_named() {
    let (_, replay) = recorded(Secrets::Included);
    let mut person = ScriptedPerson::typing(&["4321"]);
    let mut session = Session::open(played(&replay), &mut person, limits()).unwrap();
    let error = replay_error(register(&mut session, &registration()).unwrap_err());
    let ReplayError::Differs { number: 9, recorded, sent } = error else { panic!("{error:?}") };
    let token = "authenticatorClientPIN getPinUvAuthTokenUsingPinWithPermissions";
    assert_eq!(recorded, format!("{token} with other contents"));
    assert_eq!(sent, "not that one");
}

#[test]
fn message_of_another_kind_is_named_too_and_so_is_the_end() {
    let (_, replay) = recorded(Secrets::Included);
    let mut transport = played(&replay);
    let error = transport.transact(&[Command::SELECTION.0], &mut Unwatched).unwrap_err();
    assert!(error.to_string().contains("message 3 of the transcript is authenticatorGetInfo"));
    assert!(error.to_string().contains("authenticatorSelection was sent"), "{error}");
    // It was opened once, not twice.
    let error = CtapHidHost::open(replay.open(), &mut Unwatched).err().unwrap();
    assert!(error.to_string().contains("the transcript ends after 12 messages"), "{error}");
}

#[test]
fn message_broken_off_and_stray_report_are_played_as_they_came() {
    let broken = Event {
        what: What::Message(Message {
            channel: CHANNEL,
            command: ctaphid::Command::PING,
            payload: vec![5; 116],
            missing: 84,
            left_out: Vec::new(),
        }),
        ..event(Direction::FromKey, ctaphid::Command::PING, Vec::new())
    };
    let stray = Event { what: What::Stray(Box::new([9; 64])), ..broken.clone() };
    let transcript = Transcript { header: header(Secrets::Included), events: vec![broken, stray] };
    let mut pipe = Replay::new(transcript).open();
    let mut reports: Vec<Report> = Vec::new();
    while let Some(report) = pipe.read(Duration::ZERO).unwrap() {
        reports.push(report);
    }
    // 57 bytes in the first report, 59 in the second; two more were announced.
    assert_eq!(reports.len(), 3);
    assert_eq!((reports[0][5], reports[0][6]), (0, 200));
    assert_eq!(reports[2], [9; 64]);
}
