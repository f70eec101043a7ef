//! What the documentation shows is what the program does.
#![cfg(test)]

use std::fs;
use std::path::Path;
use std::process::Command;

use snapbox::assert::Assert;

/// Everything before the marker was printed by one command.
const MARKER: &str = "\u{1}end of command ";

/// A `$ command` of a console block, and what it shows: `? N` if it does not exit with 0, then
/// the output, in which `[..]` stands for anything in a line and `...` for any lines.
struct Shown {
    command: String,
    output: String,
}

#[test]
fn readme_shows_what_happens() {
    run_and_compare("README.md");
}

#[test]
fn guide_shows_what_happens() {
    run_and_compare("docs/guide.md");
}

#[test]
fn policies_show_what_happens() {
    run_and_compare("docs/policies.md");
}

#[test]
fn personalities_page_shows_what_happens() {
    run_and_compare("docs/personalities.md");
}

#[test]
fn readme_s_main_job_works() {
    let readme = read("README.md");
    let job = blocks(&readme, "sh").find(|block| block.contains("enroll")).unwrap();
    let (build, run) = job.split_once("&&").unwrap();
    assert_eq!(build.trim(), "cargo build --release");
    let output = shell(&format!("PWD=/nonexistent\n{run}"));
    assert!(output.contains(&format!("{MARKER}0")), "{output}");
}

#[test]
fn command_reference_is_what_the_program_prints() {
    let printed = Command::new(env!("CARGO_BIN_EXE_fidoctl")).args(["man", "--markdown"]).output();
    let printed = String::from_utf8(printed.unwrap().stdout).unwrap();
    let why = "to bring it up to date: fidoctl man --markdown > docs/cli.md";
    assert!(printed == read("docs/cli.md"), "docs/cli.md is not what is printed; {why}");
}

#[test]
fn exit_codes_name_every_kind() {
    let kinds = read("src/bin/fidoctl/failure.rs");
    let named = read("docs/exit-codes.md");
    let names = kinds.lines().filter_map(|line| line.split_once(" = \"")?.1.split('"').next());
    let names: Vec<_> = names.filter(|name| !name.is_empty()).collect();
    assert!(names.len() > 30, "{names:?}");
    for name in names {
        assert!(named.contains(&format!("`{name}`")), "docs/exit-codes.md does not name {name}");
    }
}

fn run_and_compare(path: &str) {
    let text = read(path);
    let shown: Vec<Shown> = blocks(&text, "console").flat_map(|block| commands(&block)).collect();
    assert!(!shown.is_empty(), "{path} shows no commands");
    let mut script = String::new();
    for shown in &shown {
        script.push_str(&format!("{}\necho \"{MARKER}$?\"\n", shown.command));
    }
    let output = shell(&script);
    let mut rest = output.as_str();
    for shown in &shown {
        let (printed, tail) = rest.split_once(MARKER).unwrap_or_else(|| panic!("{output}"));
        let (status, tail) = tail.split_once('\n').unwrap();
        rest = tail;
        let status = if status == "0" { String::new() } else { format!("? {status}\n") };
        let actual = format!("$ {}\n{status}{printed}", shown.command);
        Assert::new()
            .normalize_paths(false)
            .eq(actual, format!("$ {}\n{}", shown.command, shown.output));
    }
}

/// Runs a script in a fresh folder; its output and its errors come back in the order written.
fn shell(script: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let programs = Path::new(env!("CARGO_BIN_EXE_fidoctl")).parent().unwrap();
    let path = format!("{}:/usr/bin:/bin", programs.display());
    let script = format!("exec 2>&1\n{script}\necho \"{MARKER}$?\"");
    let output = Command::new("bash")
        .args(["-c", &script])
        .current_dir(folder.path())
        .env_clear()
        .env("PATH", path)
        .env("HOME", folder.path())
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// Finds the fenced blocks of a language.
fn blocks<'a>(text: &'a str, language: &'a str) -> impl Iterator<Item = String> + 'a {
    let fence = format!("```{language}\n");
    let starts: Vec<_> = text.match_indices(&fence).map(|(at, _)| at + fence.len()).collect();
    starts.into_iter().map(|start| text[start..].split("```").next().unwrap().to_owned())
}

fn commands(block: &str) -> Vec<Shown> {
    let parts = block.split("$ ").skip(1);
    let shown = parts.map(|part| {
        let (command, output) = part.split_once('\n').unwrap();
        let output = output.strip_suffix("\n\n").map_or(output.trim_start_matches('\n'), |o| o);
        let output =
            if output.is_empty() { String::new() } else { format!("{}\n", output.trim_end()) };
        Shown { command: command.to_owned(), output }
    });
    shown.collect()
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap()
}
