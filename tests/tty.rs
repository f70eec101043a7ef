//! Questions on a terminal: PINs without echo, accounts by number, Ctrl-C.

#![cfg(test)]
#![cfg(all(unix, feature = "virtual-key"))]

use std::path::Path;
use std::process::Command;

use rexpect::session::{PtySession, spawn_command};
use tempfile::TempDir;

const PIN: &str = "482615";
const FIDOCTL: &str = env!("CARGO_BIN_EXE_fidoctl");

/// A virtual key, and a shell on a terminal of its own that tells how a command left it.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        Desk { folder: tempfile::tempdir().unwrap() }
    }

    fn with_pin() -> Self {
        let desk = Self::new();
        std::fs::write(desk.folder.path().join("pin"), PIN).unwrap();
        desk.run(&["pin", "set", "--new-pin-file", "pin"]);
        desk
    }

    fn with_accounts(names: &[&str]) -> Self {
        let desk = Self::with_pin();
        for name in names {
            let account = ["enroll", "--rp", "example.com", "--user", name];
            desk.run(&[&account[..], &["--rk", "required", "--pin-file", "pin"]].concat());
        }
        desk
    }

    /// Runs a command without a terminal.
    fn run(&self, arguments: &[&str]) {
        let output = command(FIDOCTL, self.folder.path())
            .args(["--device", "virtual:ci.key"])
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
    }

    /// Runs a command on a terminal with echo, then tells its exit code and whether echo is on.
    fn type_at(&self, command_line: &str) -> Typed {
        let script = format!(
            "trap : INT; stty echo; {FIDOCTL} {command_line}; echo \"exit $?\"; \
             stty -a | grep -q -e ' -echo ' && echo 'echo off' || echo 'echo on'"
        );
        let mut shell = command("bash", self.folder.path());
        shell.args(["-c", &script]);
        Typed { session: spawn_command(shell, Some(20_000)).unwrap(), seen: String::new() }
    }
}

fn command(program: &str, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).env("HOME", folder).env_remove("FIDOCTL_DEVICE");
    command
}

/// What a person sees and types.
struct Typed {
    session: PtySession,
    seen: String,
}

impl Typed {
    fn expect(&mut self, text: &str) {
        let before = self.session.exp_string(text).unwrap();
        self.seen.push_str(&before);
        self.seen.push_str(text);
    }

    fn answer(&mut self, question: &str, answer: &str) {
        self.expect(question);
        self.session.send_line(answer).unwrap();
    }

    fn interrupt(&mut self, question: &str) {
        self.expect(question);
        self.session.send_control('c').unwrap();
    }

    /// Waits for the end; returns everything seen.
    fn end(mut self, exit_code: u8) -> String {
        self.expect(&format!("exit {exit_code}"));
        self.expect("echo on");
        self.seen
    }
}

#[test]
fn new_pin_is_asked_twice_and_not_shown() {
    let desk = Desk::new();
    let mut typed = desk.type_at("--device virtual:ci.key pin set");
    typed.answer("New PIN (4 to 63 characters): ", PIN);
    typed.answer("The same PIN again: ", PIN);
    typed.expect("the PIN is set");
    let seen = typed.end(0);
    assert!(!seen.contains(PIN), "{seen}");
}

#[test]
fn new_pins_that_differ_are_asked_anew() {
    let desk = Desk::new();
    let mut typed = desk.type_at("--device virtual:ci.key pin set");
    typed.answer("New PIN (4 to 63 characters): ", PIN);
    typed.answer("The same PIN again: ", "other");
    typed.expect("the two PINs differ");
    typed.answer("New PIN (4 to 63 characters): ", "123");
    typed.answer("New PIN (4 to 63 characters): ", PIN);
    typed.answer("The same PIN again: ", PIN);
    typed.expect("the PIN is set");
    typed.end(0);
}

#[test]
fn wrong_pin_is_asked_again_with_the_tries_left() {
    let desk = Desk::with_pin();
    let mut typed = desk.type_at("--device virtual:ci.key pin verify");
    typed.answer("PIN (8 tries left): ", "wrong-one");
    typed.answer("Wrong PIN. PIN (7 tries left): ", PIN);
    typed.expect("the PIN is right");
    let seen = typed.end(0);
    assert!(!seen.contains(PIN) && !seen.contains("wrong-one"), "{seen}");
}

#[test]
fn changing_the_pin_asks_for_the_old_one_first() {
    let desk = Desk::with_pin();
    let mut typed = desk.type_at("--device virtual:ci.key pin change");
    typed.answer("PIN (8 tries left): ", PIN);
    typed.answer("New PIN (4 to 63 characters): ", "another PIN");
    typed.answer("The same PIN again: ", "another PIN");
    typed.expect("the PIN is changed");
    let seen = typed.end(0);
    assert!(!seen.contains("another PIN\r"), "{seen}");
}

#[test]
fn ctrl_c_at_the_pin_brings_back_the_echo() {
    let desk = Desk::with_pin();
    let mut typed = desk.type_at("--device virtual:ci.key pin verify");
    typed.interrupt("PIN (8 tries left): ");
    typed.end(130);
    let mut typed = desk.type_at("--device virtual:ci.key pin verify");
    typed.expect("PIN (8 tries left): ");
}

#[test]
fn ctrl_d_at_the_pin_is_ctrl_c() {
    let desk = Desk::with_pin();
    let mut typed = desk.type_at("--device virtual:ci.key pin verify");
    typed.expect("PIN (8 tries left): ");
    typed.session.send_control('d').unwrap();
    typed.end(130);
}

#[test]
fn ctrl_c_at_a_new_pin_changes_nothing() {
    let desk = Desk::new();
    let mut typed = desk.type_at("--device virtual:ci.key pin set");
    typed.answer("New PIN (4 to 63 characters): ", PIN);
    typed.interrupt("The same PIN again: ");
    typed.end(130);
    let mut typed = desk.type_at("--device virtual:ci.key pin status");
    typed.expect("not set");
}

#[test]
fn an_account_is_chosen_by_its_number() {
    let desk = Desk::with_accounts(&["alice", "bob", "carol"]);
    let mut typed = desk.type_at("--device virtual:ci.key assert --rp example.com --pin-file pin");
    for account in ["  1  carol", "  2  bob", "  3  alice"] {
        typed.expect(account);
    }
    typed.answer("Which account (number)? ", "4");
    typed.answer("Which account (number)? ", "2");
    typed.expect("signed in at example.com");
    typed.expect("bob");
    typed.end(0);
}

#[test]
fn ctrl_c_at_the_accounts_ends_with_130() {
    let desk = Desk::with_accounts(&["alice", "bob"]);
    let mut typed = desk.type_at("--device virtual:ci.key assert --rp example.com --pin-file pin");
    typed.interrupt("Which account (number)? ");
    typed.end(130);
}

#[test]
fn all_accounts_are_had_without_a_question() {
    let desk = Desk::with_accounts(&["alice", "bob"]);
    let mut typed =
        desk.type_at("--device virtual:ci.key assert --rp example.com --all --pin-file pin");
    typed.expect("bob");
    typed.expect("alice");
    let seen = typed.end(0);
    assert!(!seen.contains("Which account"), "{seen}");
}

#[test]
fn ctrl_c_while_the_key_waits_for_a_touch_ends_with_130() {
    let desk = Desk::with_pin();
    let mut typed = desk.type_at(
        "--device 'virtual:ci.key?touch=never' enroll --rp example.com --user alice \
         --uv discouraged",
    );
    typed.interrupt("touch the key to register");
    typed.end(130);
}

#[test]
fn a_secret_is_shown_on_a_terminal_and_raw_bytes_are_not() {
    let desk = Desk::with_pin();
    desk.run(&[
        "enroll",
        "--rp",
        "example.com",
        "--user",
        "alice",
        "--hmac-secret",
        "--pin-file",
        "pin",
        "--save",
        "cred.json",
    ]);
    let derive = "--device virtual:ci.key secret --credential cred.json --prf disk --pin-file pin";
    let mut typed = desk.type_at(derive);
    typed.expect("with the PIN: the secret with user verification");
    typed.expect("secret   ");
    typed.end(0);
    let mut typed = desk.type_at(&format!("{derive} --output raw"));
    typed.expect("raw bytes are for files and programs");
    typed.end(2);
}
