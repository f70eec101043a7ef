//! What the program itself does, with keys in state files.

use std::process::{Command, Output};

use fidoctl::transport::KeyDescription;
use fidoctl::transport::discovery::Bus;
use fidoctl::transport::matching::{Picked, pick};
use serde_json::Value;
use tempfile::TempDir;

use crate::QUIRKS;

struct Desk(TempDir);

impl Desk {
    fn with_key_like(name: &str) -> Self {
        let desk = Desk(tempfile::tempdir().unwrap());
        let made = desk.run(&["virtual", "new", "--state", "the.key", "--like", name]);
        assert!(made.status.success(), "{made:?}");
        desk
    }

    fn run(&self, args: &[&str]) -> Output {
        let program = env!("CARGO_BIN_EXE_fidoctl");
        let home = self.0.path();
        let command = &mut Command::new(program);
        let command = command.args(args).current_dir(home).env_clear().env("HOME", home);
        command.stdin(std::process::Stdio::null()).output().unwrap()
    }

    /// Runs a command on the key.
    fn on_key(&self, args: &[&str]) -> Output {
        self.run(&[&["--device", "virtual:the.key", "--json"], args].concat())
    }

    fn succeeds(&self, args: &[&str]) -> Value {
        let output = self.on_key(args);
        assert!(output.status.success(), "{output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Runs a command that fails; returns its exit code and its error.
    fn fails(&self, args: &[&str]) -> (i32, Value) {
        let output = self.on_key(args);
        let text = String::from_utf8(output.stderr).unwrap();
        let error: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
        (output.status.code().unwrap(), error["error"].clone())
    }

    fn write(&self, name: &str, content: &str) {
        std::fs::write(self.0.path().join(name), content).unwrap();
    }
}

fn desks_of(promise: &str) -> impl Iterator<Item = (&'static str, Desk)> {
    let quirk = QUIRKS.iter().find(|quirk| quirk.promise == promise).unwrap();
    quirk.keys.iter().map(|name| {
        eprintln!("like {name}");
        (*name, Desk::with_key_like(name))
    })
}

fn hints(error: &Value) -> String {
    error["hints"].to_string()
}

#[test]
fn wink_is_tried_whatever_init_says() {
    for (name, desk) in desks_of("wink_is_tried_whatever_init_says") {
        assert_eq!(desk.succeeds(&["info"])["ctaphid"]["wink"], false);
        if name == "security-key-by-yubico" {
            desk.succeeds(&["wink"]);
        } else {
            let (code, error) = desk.fails(&["wink"]);
            assert_eq!((code, error["kind"].as_str()), (7, Some("unsupported")));
        }
    }
}

pub(crate) fn explains_missing_credential_management() {
    let desk = Desk::with_key_like("yubikey-5.1");
    let (code, error) = desk.fails(&["credential", "list"]);
    assert_eq!(code, 7);
    assert!(hints(&error).contains("fidoctl assert --rp"), "{error}");
}

#[test]
fn pin_rules_of_the_key_are_told() {
    for (_, desk) in desks_of("pin_rules_of_the_key_are_told") {
        let info = desk.succeeds(&["info"]);
        assert_eq!(info["get_info"]["pinComplexityPolicy"], true);
        desk.write("new.txt", "123456\n");
        let (code, error) = desk.fails(&["pin", "set", "--new-pin-file", "new.txt"]);
        assert_eq!((code, error["kind"].as_str()), (4, Some("pin-unfit")));
        assert!(hints(&error).contains("https://example.com/pin-rules"), "{error}");
    }
}

#[test]
fn consent_to_a_reset_is_not_left_to_the_key() {
    for (_, desk) in desks_of("consent_to_a_reset_is_not_left_to_the_key") {
        let enroll = ["enroll", "--rp", "example.com", "--user", "alice", "--save", "alice.json"];
        desk.succeeds(&enroll);
        let (code, _) = desk.fails(&["reset"]);
        assert_eq!(code, 5);
        desk.succeeds(&["assert", "--credential", "alice.json"]);
        desk.succeeds(&["reset", "--yes"]);
        let (code, _) = desk.fails(&["assert", "--credential", "alice.json"]);
        assert_eq!(code, 6);
    }
}

#[test]
fn reset_comes_at_once_after_the_replug() {
    for (_, desk) in desks_of("reset_comes_at_once_after_the_replug") {
        // Plugged in longer ago than its window lasts.
        let path = desk.0.path().join("the.key");
        let text = std::fs::read_to_string(&path).unwrap();
        let mut state: Value = serde_json::from_str(&text).unwrap();
        state["state"]["power"]["powered_since"] = 1_000_000.into();
        desk.write("the.key", &state.to_string());
        let (code, error) = desk.fails(&["reset", "--yes", "--no-replug"]);
        assert_eq!((code, error["kind"].as_str()), (1, Some("reset-too-late")));
        desk.succeeds(&["reset", "--yes"]);
    }
}

fn connected(serial: &str, path: &str) -> KeyDescription {
    KeyDescription {
        path: path.to_owned(),
        vendor_id: 0x1d50,
        product_id: 0x60fc,
        product: Some("a key".to_owned()),
        manufacturer: None,
        serial: Some(serial.to_owned()),
        release: 1,
        bus: Bus::Usb,
        accessible: Some(true),
    }
}

#[test]
fn serial_number_is_no_identity() {
    for (_, desk) in desks_of("serial_number_is_no_identity") {
        let shown = desk.run(&["virtual", "show", "--state", "the.key", "--json"]);
        let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
        let serial = shown["serial"].as_str().unwrap();
        let keys = [connected(serial, "/dev/hidraw1"), connected(serial, "/dev/hidraw2")];
        let selector = format!("serial:{serial}").parse().unwrap();
        let picked = pick(Some(&selector), &keys);
        assert!(matches!(picked, Picked::Several(ref several) if several.len() == 2));
    }
}

#[test]
fn shared_aaguid_is_no_identity() {
    let aaguids: Vec<_> = desks_of("shared_aaguid_is_no_identity")
        .map(|(_, desk)| desk.succeeds(&["info"])["get_info"]["aaguid"].to_string())
        .collect();
    assert!(aaguids.windows(2).all(|pair| pair[0] == pair[1]), "{aaguids:?}");
    let keys = [connected("1", "/dev/hidraw1"), connected("2", "/dev/hidraw2")];
    let selector = format!("aaguid:{}", aaguids[0].trim_matches('"')).parse().unwrap();
    // All of them are asked; more than one that says so is an error.
    assert!(matches!(pick(Some(&selector), &keys), Picked::Ask(several) if several.len() == 2));
}
