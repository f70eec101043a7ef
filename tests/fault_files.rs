//! What the program leaves on the disk when the cable is bad: whole files, or none.

#![cfg(test)]
#![cfg(feature = "virtual-key")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn fidoctl(folder: &Path, words: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fidoctl"))
        .args(words.split(' '))
        .current_dir(folder)
        .output()
        .unwrap()
}

#[test]
fn files_are_whole_or_not_there_and_the_key_still_opens() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert!(fidoctl(folder, "virtual new --state key --seed 1").status.success());
    let (mut whole, mut missing) = (0, 0);
    // Opening, getInfo, and making the credential.
    for message in 1..=4 {
        for fault in ["vanish", "error=0x7f", "status=0x7f", "garbage", "truncate=30", "corrupt=1"]
        {
            let _was_there = fs::remove_file(folder.join("id.json"));
            let words = format!(
                "--device virtual:key?fault={fault}@message:{message} enroll --rp example.com \
                 --user alice --uv discouraged --save id.json"
            );
            let ended = fidoctl(folder, &words);
            assert!(ended.status.code().is_some_and(|code| code != 101), "{words}: {ended:?}");
            let saved = fs::read_to_string(folder.join("id.json")).ok();
            assert_eq!(saved.is_some(), ended.status.success(), "{words}: {ended:?}");
            if let Some(saved) = saved {
                serde_json::from_str::<serde_json::Value>(&saved).unwrap();
                whole += 1;
            } else {
                missing += 1;
            }
            let names = fs::read_dir(folder).unwrap();
            let left = names.map(|entry| entry.unwrap().file_name()).filter(|name| {
                let name = name.to_string_lossy();
                name != "id.json" && !name.starts_with("key")
            });
            assert_eq!(left.count(), 0, "{words} leaves something");
            assert!(fidoctl(folder, "virtual show --state key").status.success(), "{words}");
        }
    }
    assert!(whole >= 6 && missing >= 12, "{whole} whole, {missing} missing");
}

#[test]
fn a_seed_makes_the_same_key_twice() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut credentials = Vec::new();
    for name in ["one", "two"] {
        let words = format!(
            "--json --device virtual:{name}?seed=7 enroll --rp example.com --user alice --uv discouraged"
        );
        for _ in 0..2 {
            let made = fidoctl(folder, &words);
            let response: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap();
            credentials.push(response["id"].clone());
        }
    }
    assert!(credentials[0].is_string());
    assert_eq!(credentials[..2], credentials[2..]);
    assert_ne!(credentials[0], credentials[1]);
}
