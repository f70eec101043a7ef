//! A served key that a program touches, refuses, unplugs and moves through time.

#![cfg(test)]
#![cfg(feature = "virtual-key")]

use std::path::Path;
use std::process::{Command, Output};

const FIDOCTL: &str = env!("CARGO_BIN_EXE_fidoctl");

/// Runs a shell script beside a key that nobody touches by themselves; `F` is the program.
fn run_with_key(folder: &Path, script: &str) -> Output {
    let words = ["virtual", "run", "--touch", "never", "--", "sh", "-euc", script];
    Command::new(FIDOCTL).args(words).env("F", FIDOCTL).current_dir(folder).output().unwrap()
}

fn succeeds(script: &str) {
    let folder = tempfile::tempdir().unwrap();
    let ended = run_with_key(folder.path(), script);
    assert!(ended.status.success(), "{ended:?}");
}

const ENROLL: &str = "$F enroll --rp example.com --user alice --uv discouraged --save id.json";

#[test]
fn touch_is_given_once_and_waited_for() {
    succeeds(&format!(
        "$F virtual touch & {ENROLL}; wait $!
         if $F enroll --rp example.com --user bob --uv discouraged --timeout 1; then exit 9; fi"
    ));
}

#[test]
fn refusal_is_told_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let ended = run_with_key(folder.path(), &format!("$F virtual refuse & {ENROLL}"));
    assert!(!ended.status.success());
    assert!(String::from_utf8_lossy(&ended.stderr).contains("CTAP2_ERR_OPERATION_DENIED"));
    assert!(!folder.path().join("id.json").exists());
}

#[test]
fn unplugged_key_is_gone_and_comes_back_at_the_same_place() {
    succeeds(
        "$F virtual unplug
         if $F info; then exit 9; fi
         $F virtual plug-in
         $F info --wait 5",
    );
}

#[test]
fn clock_moves_past_the_time_for_a_reset() {
    let folder = tempfile::tempdir().unwrap();
    let ended = run_with_key(folder.path(), "$F virtual clock 11; $F reset --yes --no-replug");
    assert!(!ended.status.success());
    assert!(String::from_utf8_lossy(&ended.stderr).contains("CTAP2_ERR_NOT_ALLOWED"), "{ended:?}");
    succeeds(
        "$F virtual clock 11; $F virtual unplug; $F virtual plug-in
         $F virtual touch & $F reset --yes --no-replug --wait 5",
    );
}

#[test]
fn order_for_nobody_says_how_to_start_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let ended = Command::new(FIDOCTL)
        .args(["virtual", "touch", "--control", "nobody.sock"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(!ended.status.success());
    assert!(String::from_utf8_lossy(&ended.stderr).contains("virtual serve --control"));
}
