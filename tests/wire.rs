//! The vocabulary against published bytes: they decode to the value stated, and that value encodes
//! to the same bytes.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop where it stands"
)]

mod vectors;

use std::fmt::Debug;

use fidoctl::cbor::{self, MESSAGE_NESTING, Strictness, Value};
use fidoctl::cose::CoseKey;
use fidoctl::ctap2::{
    ClientPinRequest, ClientPinResponse, Command, GetAssertionRequest, GetAssertionResponse,
    GetInfoResponse, MakeCredentialRequest, MakeCredentialResponse, Message, Request,
};
use fidoctl::ctaphid::{self, Assembler, ChannelId, InitResponse, Keepalive, Report, ReportKind};
use fidoctl::relying_party::signature;
use fidoctl::u2f::{
    AuthenticateRequest, AuthenticateResponse, CommandApdu, Control, RegisterRequest,
    RegisterResponse, ResponseApdu, StatusWord, VersionRequest,
};
use fidoctl::webauthn::{AuthenticatorData, Flags};
use serde_json::Value as Json;
use vectors::{case, hex, items, load, text};

/// Tells whether a decoded value is the one stated in JSON: byte strings as `h'00'`, integers as
/// numbers or their digits, map keys as text.
fn is_stated(value: &Value, stated: &Json) -> bool {
    match (value, stated) {
        (Value::Array(found), Json::Array(stated)) => {
            found.len() == stated.len() && found.iter().zip(stated).all(|(f, s)| is_stated(f, s))
        }
        (Value::Map(found), Json::Object(stated)) => {
            let key = |key: &Value| key.as_text().map_or_else(|| key.to_string(), str::to_owned);
            found.len() == stated.len()
                && found.iter().all(|(k, v)| stated.get(&key(k)).is_some_and(|s| is_stated(v, s)))
        }
        (Value::Bool(found), Json::Bool(stated)) => found == stated,
        (Value::Integer(_), Json::Number(stated)) => value.to_string() == stated.to_string(),
        (Value::Text(found), Json::String(stated)) => found == stated,
        (Value::Integer(_) | Value::Bytes(_), Json::String(stated)) => value.to_string() == *stated,
        _ => false,
    }
}

fn same_both_ways<T: Message + Debug>(bytes: &[u8], name: &str) -> T {
    let decoded =
        T::from_slice(bytes, Strictness::Canonical).unwrap_or_else(|e| panic!("{name}: {e}"));
    assert_eq!(decoded.to_vec(), bytes, "{name}");
    decoded
}

// CBOR and COSE

#[test]
fn canonical_values_mean_what_is_stated() {
    for item in items(&load("cbor-cose")["canonical_values"]) {
        let value: Value = same_both_ways(&hex(&item["cbor"]), "canonical value");
        assert!(is_stated(&value, &item["value"]), "{item}");
    }
}

#[test]
fn canonical_key_order_is_ctap2_s() {
    for item in items(&load("cbor-cose")["canonical_key_order"]) {
        let value: Value = same_both_ways(&hex(&item["cbor"]), "key order");
        let without_spaces = |text: &str| text.replace(' ', "");
        assert_eq!(without_spaces(&value.to_string()), without_spaces(text(&item["value"])));
    }
}

#[test]
fn invalid_cbor_is_refused() {
    for item in items(&load("cbor-cose")["non_canonical_or_invalid"]) {
        let bytes = hex(&item["cbor"]);
        // Text cut inside a character is mended where people's names are read, and only there.
        let refused = cbor::from_slice::<Value>(&bytes).is_err()
            || cbor::from_slice::<String>(&bytes).is_err() && bytes[0] >> 5 == 3;
        assert!(refused, "{item}");
    }
}

#[test]
fn cose_keys_keep_their_bytes() {
    for item in items(&load("cbor-cose")["cose_keys"]) {
        let name = text(&item["alg"]);
        let key: CoseKey = same_both_ways(&hex(&item["cose_key"]), name);
        assert_eq!(key.algorithm().name(), name.split('-').next());
        let spki = key.to_spki_der().unwrap();
        assert_eq!(CoseKey::from_spki_der(&spki, key.algorithm()), Some(key));
    }
}

// CTAP2 messages

#[test]
fn messages_mean_what_is_stated() {
    for item in items(&load("ctap2-messages")["items"]) {
        let bytes = hex(&item["bytes"]);
        let strictness = match &item["canonical"] {
            Json::Bool(true) => Strictness::Canonical,
            _ => Strictness::Tolerant,
        };
        let value: Value = cbor::from_slice_with(&bytes[1..], strictness, MESSAGE_NESTING).unwrap();
        assert!(is_stated(&value, &item["decoded"]), "{}: {value}", item["id"]);
    }
}

#[test]
fn messages_keep_their_bytes() {
    for item in items(&load("ctap2-messages")["items"]) {
        let (name, bytes) = (text(&item["id"]), hex(&item["bytes"]));
        let body = &bytes[1..];
        if item["canonical"] != true {
            assert!(cbor::from_slice::<Value>(body).is_err(), "{name}");
            continue;
        }
        let request = text(&item["direction"]) == "request";
        match name.split('-').next().unwrap() {
            "makeCredential" if request => {
                drop(same_both_ways::<MakeCredentialRequest>(body, name))
            }
            "makeCredential" => drop(same_both_ways::<MakeCredentialResponse>(body, name)),
            "getAssertion" if request => drop(same_both_ways::<GetAssertionRequest>(body, name)),
            "getAssertion" => drop(same_both_ways::<GetAssertionResponse>(body, name)),
            "clientPIN" if request => {
                let message = same_both_ways::<ClientPinRequest>(body, name).to_message();
                assert_eq!(message, bytes, "{name}");
            }
            "clientPIN" | "getKeyAgreement" | "getPinToken" | "getPINRetries" => {
                drop(same_both_ways::<ClientPinResponse>(body, name));
            }
            _ => drop(same_both_ways::<Value>(body, name)),
        }
    }
}

#[test]
fn authenticator_data_in_messages_keep_their_bytes() {
    let messages = load("ctap2-messages");
    let mut met = 0;
    for item in items(&messages["items"]) {
        let name = text(&item["id"]);
        if !(name.starts_with("makeCredential-response")
            || name.starts_with("getAssertion-response"))
        {
            continue;
        }
        let value: Value =
            cbor::from_slice_with(&hex(&item["bytes"])[1..], Strictness::Tolerant, MESSAGE_NESTING)
                .unwrap();
        let Value::Map(members) = value else { panic!("{name}") };
        let bytes = members.iter().find(|(key, _)| key.as_i64() == Some(2)).unwrap().1.as_bytes();
        let data = AuthenticatorData::parse(bytes.unwrap(), Strictness::Canonical).unwrap();
        assert_eq!(data.to_vec(), bytes.unwrap(), "{name}");
        assert_eq!(data.attested_credential.is_some(), data.flags.contains(Flags::AT), "{name}");
        met += 1;
    }
    assert!(met >= 6, "{met}");
}

#[test]
fn request_names_its_command() {
    let item = case(&load("ctap2-messages")["items"], "clientPIN-getKeyAgreement-request");
    assert_eq!(hex(&item["bytes"])[0], Command::CLIENT_PIN.0);
    assert_eq!(ClientPinRequest::COMMAND, Command::CLIENT_PIN);
}

// getInfo

#[test]
fn get_info_of_every_key_is_understood() {
    for item in items(&load("getinfo")["items"]) {
        let (name, bytes) = (text(&item["id"]), hex(&item["cbor"]));
        let value: Value = cbor::from_slice(&bytes).unwrap();
        assert!(is_stated(&value, &item["decoded"]), "{name}");
        let info: GetInfoResponse = cbor::from_slice(&bytes).unwrap();
        let Value::Map(known) = value else { panic!("{name}") };
        let unknown = GetInfoResponse::unknown_members(&bytes);
        let known: Vec<_> = known.into_iter().filter(|member| !unknown.contains(member)).collect();
        assert_eq!(info.to_vec(), cbor::to_vec(&Value::Map(known)), "{name}");
    }
}

#[test]
fn get_info_member_not_known_here_is_kept_apart() {
    let bytes = hex(&case(&load("getinfo")["items"], "fido2-py-unknown-member")["cbor"]);
    let unknown = GetInfoResponse::unknown_members(&bytes);
    assert_eq!(unknown, [(Value::from(0x63), Value::from(1234))]);
}

#[test]
fn get_info_answers_what_a_key_can_do() {
    let bytes = hex(&case(&load("getinfo")["items"], "fido2-py-basic")["cbor"]);
    let info: GetInfoResponse = cbor::from_slice(&bytes).unwrap();
    assert!(info.has_version("FIDO_2_0") && info.has_extension("hmac-secret"));
    assert_eq!((info.option("clientPin"), info.option("uv")), (Some(false), None));
    assert_eq!(info.max_msg_size(), 1200);
    assert!(!info.is_ctap_2_1() && !info.is_protected());
}

// CTAPHID

fn reports(message: &Json) -> Vec<Report> {
    items(&message["frames"]).iter().map(|frame| hex(frame).try_into().unwrap()).collect()
}

fn assemble(reports: &[Report]) -> ctaphid::Message {
    let (channel, first) = ReportKind::parse(&reports[0]);
    let ReportKind::Init { command, length, data } = first else { panic!("{first:?}") };
    let mut assembler = Assembler::begin(channel, command, length, data).unwrap();
    for report in &reports[1..] {
        assert!(!assembler.is_complete());
        let (same, kind) = ReportKind::parse(report);
        let ReportKind::Continuation { sequence, data } = kind else { panic!("{kind:?}") };
        assert_eq!(same, channel);
        assembler.add(sequence, data).unwrap();
    }
    assert!(assembler.is_complete());
    assembler.into_message()
}

#[test]
fn captured_reports_make_the_message_and_the_message_makes_them() {
    for item in items(&load("ctaphid-frames")["items"]) {
        for stated in items(&item["messages"]) {
            let Some(payload) = stated.get("payload") else { continue };
            let reports = reports(stated);
            let message = assemble(&reports);
            assert_eq!(message.channel.0.as_slice(), hex(&stated["cid"]), "{}", item["id"]);
            assert_eq!([message.command.0].as_slice(), hex(&stated["cmd"]), "{}", item["id"]);
            assert_eq!(message.payload, hex(payload), "{}", item["id"]);
            assert_eq!(message.to_reports().unwrap(), reports, "{}", item["id"]);
        }
    }
}

#[test]
fn init_answer_of_a_real_key_is_understood() {
    let item = case(&load("ctaphid-frames")["items"], "init-response-broadcast");
    let payload = hex(&item["messages"][0]["payload"]);
    let answer = InitResponse::parse(&payload).unwrap();
    assert_eq!(answer.channel, ChannelId([0, 0x22, 0, 2]));
    assert_eq!((answer.protocol_version, answer.device_version), (2, [5, 2, 1]));
    assert_eq!(answer.capabilities, ctaphid::Capabilities::WINK | ctaphid::Capabilities::CBOR);
    assert_eq!(answer.to_vec(), payload);
}

#[test]
fn keepalive_of_a_real_key_wants_a_touch() {
    let item = case(&load("ctaphid-frames")["items"], "keepalive-upneeded");
    let byte = hex(&item["messages"][0]["payload"])[0];
    assert_eq!(Keepalive::from_byte(byte), Keepalive::UserPresenceNeeded);
    assert_eq!(Keepalive::UserPresenceNeeded.to_byte(), byte);
}

#[test]
fn longest_message_has_129_reports_and_one_byte_more_is_refused() {
    let item = case(&load("ctaphid-frames")["items"], "derived-ping-7609");
    let stated = &item["messages"][0];
    let mut message = ctaphid::Message {
        channel: ChannelId([0, 0, 0, 1]),
        command: ctaphid::Command::PING,
        payload: (0..7609_u32).map(|i| (3 + 7 * i).to_le_bytes()[0]).collect(),
    };
    assert_eq!(message.payload.len(), ctaphid::MAX_MESSAGE_LENGTH);
    let reports = message.to_reports().unwrap();
    assert_eq!(reports.len(), 129);
    assert_eq!(reports[0].as_slice(), hex(&stated["first_frame"]));
    assert_eq!(reports[128].as_slice(), hex(&stated["last_frame"]));
    assert_eq!(assemble(&reports), message);
    message.payload.push(0);
    assert!(message.to_reports().is_err());
}

// U2F messages

#[test]
fn u2f_registration_keeps_its_bytes_and_verifies() {
    let item = case(&load("u2f-messages")["items"], "u2f-spec-register");
    let apdu = CommandApdu::parse(&hex(&item["apdu_request"])).unwrap();
    assert_eq!((apdu.class, apdu.instruction, apdu.p1, apdu.p2), (0, 1, 0, 0));
    assert_eq!(CommandApdu { p1: 0, ..apdu.clone() }.to_vec(), hex(&item["apdu_request"]));
    let request = RegisterRequest::parse(&apdu.data).unwrap();
    assert_eq!(request.challenge.as_slice(), hex(&item["challenge_parameter"]));
    assert_eq!(request.application.as_slice(), hex(&item["application_parameter"]));
    assert_eq!(request.to_apdu().data, apdu.data);
    let response = RegisterResponse::parse(&hex(&item["response_without_sw"])).unwrap();
    assert_eq!(response.to_vec(), hex(&item["response_without_sw"]));
    assert_eq!(response.public_key.as_slice(), hex(&item["public_key"]));
    assert_eq!(response.key_handle, hex(&item["key_handle"]));
    assert_eq!(response.certificate, hex(&item["certificate"]));
    assert_eq!(response.signature, hex(&item["signature"]));
    let signed =
        RegisterResponse::signed_data(&request, &response.key_handle, &response.public_key);
    assert_eq!(signed, hex(&item["signed_data"]));
}

#[test]
fn u2f_authentication_keeps_its_bytes_and_verifies() {
    let item = case(&load("u2f-messages")["items"], "u2f-spec-authenticate");
    let response = AuthenticateResponse::parse(&hex(&item["response_without_sw"])).unwrap();
    assert_eq!(response.to_vec(), hex(&item["response_without_sw"]));
    assert_eq!((response.user_present, response.counter), (true, 1));
    let request = AuthenticateRequest {
        challenge: hex(&item["challenge_parameter"]).try_into().unwrap(),
        application: hex(&item["application_parameter"]).try_into().unwrap(),
        key_handle: vec![3; 64],
    };
    let signed = AuthenticateResponse::signed_data(&request, true, 1);
    assert_eq!(signed, hex(&item["signed_data"]));
    let public_key = hex(&item["user_public_key"]);
    let key =
        CoseKey::es256(public_key[1..33].try_into().unwrap(), public_key[33..].try_into().unwrap());
    signature::verify(&key, &signed, &response.signature).unwrap();
}

#[test]
fn u2f_requests_are_those_of_browsers() {
    let list = &load("u2f-messages")["items"];
    let bogus = hex(&case(list, "bogus-register-apdu")["request"]);
    assert_eq!(RegisterRequest::TOUCH.to_apdu().to_vec(), bogus);
    let version = case(list, "version-apdu");
    assert_eq!(VersionRequest.to_apdu().to_vec(), hex(&version["request"]));
    for form in ["request", "alternative_request_with_le"] {
        let apdu = CommandApdu::parse(&hex(&version[form])).unwrap();
        assert_eq!(apdu, VersionRequest.to_apdu());
    }
    let answer = ResponseApdu::parse(&hex(&version["response"])).unwrap();
    assert_eq!((answer.data.as_slice(), answer.status), (&b"U2F_V2"[..], StatusWord::NO_ERROR));
    let check = hex(&case(list, "check-only-authenticate-apdu")["request"]);
    let apdu = CommandApdu::parse(&check).unwrap();
    assert_eq!(Control(apdu.p1), Control::CHECK_ONLY);
    let request = AuthenticateRequest::parse(&apdu.data).unwrap();
    assert_eq!(request.key_handle, [4; 8]);
    assert_eq!(request.to_apdu(Control::CHECK_ONLY).to_vec(), check);
}

#[test]
fn apdus_are_read_in_every_form() {
    let read =
        |bytes: &[u8]| CommandApdu::parse(bytes).map(|apdu| (apdu.data, apdu.expected_length)).ok();
    let head = [0, 2, 7, 0];
    for (body, expected) in [
        (&[][..], Some((vec![], None))),
        (&[0], Some((vec![], Some(0x100)))),
        (&[5], Some((vec![], Some(5)))),
        (&[2, 8, 9], Some((vec![8, 9], None))),
        (&[2, 8, 9, 0], Some((vec![8, 9], Some(0x100)))),
        (&[0, 1, 0], Some((vec![], Some(0x100)))),
        (&[0, 0, 0], Some((vec![], Some(0x1_0000)))),
        (&[0, 0, 0, 0, 0], Some((vec![], Some(0x1_0000)))),
        (&[0, 0, 2, 8, 9], Some((vec![8, 9], None))),
        (&[0, 0, 2, 8, 9, 1, 0], Some((vec![8, 9], Some(0x100)))),
        (&[2, 8], None),
        (&[2, 8, 9, 0, 0], None),
        (&[0, 0, 2, 8], None),
        (&[0, 0, 2, 8, 9, 1], None),
        (&[0, 0, 2, 8, 9, 1, 0, 0], None),
    ] {
        assert_eq!(read(&[&head, body].concat()), expected, "{body:?}");
    }
    assert_eq!(read(&[0, 2, 7]), None);
}

#[test]
fn u2f_answers_become_ctap2_s() {
    let list = &load("u2f-messages")["items"];
    let item = &load("u2f")["registration"];
    let registered = RegisterResponse::parse(&hex(&item["u2f_response"])).unwrap();
    let (x, y) = registered.point();
    assert_eq!(cbor::to_vec(&CoseKey::es256(x, y)), hex(&item["cose_key"]));
    assert_eq!(registered.key_handle, hex(&item["key_handle"]));
    let item = case(list, "ctap-spec-u2f-to-ctap2-authenticate");
    let signed = AuthenticateResponse::parse(&hex(&item["u2f_response"])).unwrap();
    let data = AuthenticatorData {
        rp_id_hash: fidoctl::webauthn::rp_id_hash(text(&item["rp_id"])),
        flags: Flags::UP,
        sign_count: signed.counter,
        attested_credential: None,
        extensions: None,
    };
    assert_eq!(data.to_vec(), hex(&item["converted_auth_data"]));
    assert_eq!(signed.signature, hex(&item["converted_signature"]));
}

#[test]
fn text_cut_through_a_character_is_mended() {
    for length in [30, 300] {
        let mut name = "ü".repeat(length).into_bytes();
        name.truncate(name.len() - 1);
        let mut encoded = cbor::to_vec(&Value::Bytes(name));
        // The head of a text differs from that of bytes in the major type only.
        encoded[0] = encoded[0] & 0x1F | 0x60;
        let mended = cbor::from_slice::<cbor::LossyText>(&encoded).unwrap();
        assert_eq!(mended.0, format!("{}\u{fffd}", "ü".repeat(length - 1)));
    }
}
