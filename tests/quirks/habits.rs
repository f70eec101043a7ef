//! The virtual key misbehaves as it is told: what a key without habits takes, it refuses. Without
//! this the other tests would prove nothing.

use fidoctl::cbor::{self, diagnostic_parser};
use fidoctl::ctap2::Status;
use fidoctl::transport::{Interruption, Keepalive, Watch};

use crate::plugged_in::PluggedKey;
use crate::{like, set_pin};

struct Unwatched;

impl Watch for Unwatched {
    fn keepalive(&mut self, _: Keepalive) {}

    fn interruption(&self) -> Option<Interruption> {
        None
    }
}

/// Sends a command with parameters in diagnostic notation; returns the status.
fn status_of(key: &PluggedKey, command: u8, parameters: &str) -> Status {
    let mut message = vec![command];
    message.extend(cbor::to_vec(&diagnostic_parser::parse(parameters).unwrap()));
    Status(key.open().transact(&message, &mut Unwatched).unwrap()[0])
}

/// makeCredential with this instead of, or beside, its usual members, by number.
fn make_credential(change: &[(u8, &str)]) -> String {
    let mut members = vec![
        (1, format!("h'{}'", "00".repeat(32))),
        (2, r#"{"id": "example.com"}"#.to_owned()),
        (3, r#"{"id": h'01'}"#.to_owned()),
        (4, r#"[{"alg": -7, "type": "public-key"}]"#.to_owned()),
    ];
    for (number, value) in change {
        members.retain(|(other, _)| other != number);
        members.push((*number, (*value).to_owned()));
    }
    members.sort();
    let members = members.iter().map(|(number, value)| format!("{number}: {value}"));
    format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
}

fn get_assertion(change: &[(u8, &str)]) -> String {
    let mut members =
        vec![(1, "\"example.com\"".to_owned()), (2, format!("h'{}'", "00".repeat(32)))];
    members.extend(change.iter().map(|(number, value)| (*number, (*value).to_owned())));
    let members = members.iter().map(|(number, value)| format!("{number}: {value}"));
    format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
}

#[test]
fn keys_refuse_what_their_habits_say_and_others_do_not() {
    let two = r#"[{"alg": -7, "type": "public-key"}, {"alg": -257, "type": "public-key"}]"#;
    let list = r#"[{"id": h'07', "type": "public-key", "transports": ["usb"]}]"#;
    let agreement = "{1: 2, 2: 2, 3: {1: 2, 3: -7, -1: 1, -2: h'00', -3: h'00'}}";
    let cases = [
        ("feitian-epass", 1, make_credential(&[(6, "{\"other\": true}")]), 0x2B),
        ("feitian-epass", 1, make_credential(&[(4, two)]), 0x26),
        ("mirkey", 1, make_credential(&[(7, "{\"other\": true}")]), 0x2B),
        ("nitrokey-fido2-1.1", 1, make_credential(&[(7, "{\"rk\": false}")]), 0x2B),
        ("canokey", 1, make_credential(&[(5, "[]")]), 0x14),
        ("canokey", 1, make_credential(&[(7, "{}")]), 0x14),
        ("google-titan-v2", 1, make_credential(&[(8, "h''"), (9, "1")]), 0x14),
        ("hyperfido", 1, make_credential(&[(5, list)]), 0x2E),
        ("solo-1", 2, get_assertion(&[(5, "{\"up\": false}")]), 0x2B),
        ("excelsecu", 2, get_assertion(&[(5, "{\"up\": false}")]), 0x33),
        ("excelsecu", 6, agreement.replace("2: 2, 3: {", "2: 5, 3: {"), 0x26),
        ("yubikey-5.7", 1, make_credential(&[(7, "{\"uv\": true}"), (8, "h'00'"), (9, "1")]), 0x2C),
        ("yubikey-5.7", 10, "{1: 3, 3: 1}".to_owned(), 0x02),
    ];
    for (name, command, parameters, status) in cases {
        let key = like(name);
        assert_eq!(status_of(&key, command, &parameters), Status(status), "{name}: {parameters}");
        let other = PluggedKey::new();
        assert_ne!(status_of(&other, command, &parameters), Status(status), "{parameters}");
    }
}

#[test]
fn keys_say_other_statuses_where_their_habits_say_so() {
    for (name, status) in [("feitian-epass", 0x33), ("ctap-2.0", 0x31)] {
        let key = like(name);
        set_pin(&key);
        let probe = make_credential(&[(8, "h''"), (9, "1")]);
        assert_eq!(status_of(&key, 1, &probe), Status(status), "{name}");
    }
}
