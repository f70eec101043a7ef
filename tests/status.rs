//! The table of statuses, as the program prints it.

#![cfg(test)]

use std::process::Command;

use serde_json::Value;

fn explain(args: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_fidoctl")).arg("explain").args(args).output().unwrap()
}

fn explained(args: &[&str]) -> Value {
    let output = explain(&[args, &["--json"]].concat());
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn every_status_byte_has_name_sentence_next_step_and_exit_code() {
    let everything = explained(&[]);
    let kinds = everything["kinds"].as_array().unwrap();
    let statuses = everything["statuses"].as_array().unwrap();
    for byte in 0..=u8::MAX {
        let number = format!("0x{byte:02x}");
        let mut rows = statuses.iter().filter(|row| row["status"] == *number);
        let row = rows.next().unwrap_or_else(|| panic!("{number} is missing"));
        assert!(rows.next().is_none(), "{number} is there twice");
        assert!(!row["status_name"].as_str().unwrap().is_empty(), "{row}");
        let sentence = row["sentence"].as_str().unwrap();
        assert!(sentence.split(' ').count() >= 4, "{row}");
        assert!(!sentence.ends_with('.') && !sentence.contains("_ERR_"), "{row}");
        if byte == 0 {
            assert!(row["kind"].is_null() && row["exit_code"] == 0, "{row}");
            continue;
        }
        let of_kind = |kind: &&Value| kind["kind"] == row["kind"];
        let kind = kinds.iter().find(of_kind).unwrap_or_else(|| panic!("{row}"));
        assert_eq!(kind["exit_code"], row["exit_code"], "{row}");
        assert_ne!(row["exit_code"], 0, "{row}");
        // Only who cancels knows already what to do next.
        assert_eq!(row["next_step"].is_null(), byte == 0x2D, "{row}");
    }
}

#[test]
fn unassigned_bytes_are_said_to_be_so() {
    for row in explained(&[])["statuses"].as_array().unwrap() {
        let unnamed = row["status_name"] == "unassigned status";
        let unexplained = row["sentence"].as_str().unwrap().contains("unassigned");
        assert_eq!(unnamed, unexplained, "{row}");
    }
}

#[test]
fn statuses_go_by_number_and_by_name() {
    for text in ["0x31", "0X31", "49", "CTAP2_ERR_PIN_INVALID", "pin_invalid"] {
        let row = &explained(&[text])["statuses"][0];
        assert_eq!(row["status_name"], "CTAP2_ERR_PIN_INVALID", "{text}");
        assert_eq!((&row["kind"], &row["exit_code"]), (&"pin-invalid".into(), &4.into()));
    }
    for text in ["0x6985", "conditions_not_satisfied"] {
        assert_eq!(explained(&[text])["statuses"][0]["kind"], "no-touch", "{text}");
    }
    assert_eq!(explained(&["0x63c2"])["statuses"][0]["kind"], "pin-invalid");
}

#[test]
fn what_is_neither_status_nor_kind_is_a_usage_error() {
    for text in ["0x100", "256", "0x", "no-such-kind", ""] {
        assert_eq!(explain(&[text]).status.code(), Some(2), "{text}");
    }
}

#[test]
fn kind_names_the_statuses_behind_it() {
    let kind = explained(&["key-full"]);
    assert_eq!(kind["kinds"][0]["exit_code"], 1);
    let statuses = kind["statuses"].as_array().unwrap();
    let numbers: Vec<_> = statuses.iter().map(|row| row["status"].as_str().unwrap()).collect();
    assert_eq!(numbers, ["0x17", "0x18", "0x28"]);
}

#[test]
fn status_page_is_what_the_program_prints() {
    let printed = String::from_utf8(explain(&["--markdown"]).stdout).unwrap();
    let page = std::fs::read_to_string("docs/status.md").unwrap();
    let why = "to bring it up to date: fidoctl explain --markdown > docs/status.md";
    assert!(printed == page, "docs/status.md is not what is printed; {why}");
}
