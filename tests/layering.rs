//! Who may import whom, and what may stand in a source file.
//!
//! A change of the table is a change of the architecture: say why in `docs/architecture.md`.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop where it stands"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Folder (or file), folders of this crate it may import, crates it may name. The first row that
/// a path begins with counts; what it does not list is forbidden.
const TABLE: &[(&str, &str, &str)] = &[
    ("lib.rs", "", ""),
    ("cbor/", "", "minicbor thiserror"),
    ("cose/", "cbor", "minicbor data_encoding x509_cert"),
    (
        "webauthn/",
        "cbor cose",
        "minicbor bitflags data_encoding psl serde serde_json sha2 thiserror unicode_normalization",
    ),
    ("ctap2/", "cbor cose webauthn", "minicbor bitflags thiserror"),
    (
        "pin_uv/",
        "ctap2 cose",
        "aes cbc data_encoding getrandom hkdf hmac p256 sha2 subtle thiserror unicode_normalization \
         zeroize",
    ),
    ("u2f/", "", "thiserror"),
    ("formats/", "cbor cose webauthn", "data_encoding serde serde_json thiserror zeroize"),
    ("ctaphid/", "", "bitflags thiserror"),
    ("large_blob/", "cbor ctap2", "aes_gcm miniz_oxide minicbor sha2 thiserror zeroize"),
    ("transcript/", "cbor ctap2 ctaphid", "data_encoding serde serde_json thiserror"),
    ("transport/record.rs", "ctaphid transcript", ""),
    ("transport/replay.rs", "ctaphid transcript", "thiserror"),
    ("transport/virtual_key.rs", "ctaphid authenticator pin_uv", "log thiserror"),
    ("transport/hid.rs", "ctaphid", "hidapi log rustix thiserror"),
    ("transport/", "ctaphid", "data_encoding getrandom log rustix thiserror"),
    (
        "client/",
        "cbor cose ctap2 large_blob pin_uv relying_party transport u2f webauthn",
        "log thiserror zeroize",
    ),
    ("ceremony/", "cbor client ctap2 transport webauthn", "serde_json thiserror"),
    (
        "authenticator/",
        "cbor cose ctap2 ctaphid large_blob pin_uv u2f webauthn",
        "aes bitflags cbc data_encoding ed25519_dalek hmac log p256 rustix serde serde_json sha2 \
         subtle thiserror x509_cert zeroize",
    ),
    ("serving/", "authenticator ctaphid transport", "log rustix thiserror"),
    ("relying_party/policy/", "cbor cose webauthn", "serde_json thiserror toml"),
    (
        "relying_party/metadata/",
        "cose",
        "data_encoding serde serde_json sha1 sha2 thiserror x509_cert",
    ),
    (
        "relying_party/",
        "cbor cose webauthn",
        "ed25519_dalek ed448_goldilocks ml_dsa p256 p384 p521 rsa sha1 sha2 subtle thiserror x509_cert",
    ),
    (
        "bin/fidoctl/",
        "authenticator cbor ceremony client cose ctap2 ctaphid formats large_blob pin_uv relying_party serving \
         transcript transport u2f webauthn",
        "anstream anstyle anyhow clap clap_complete clap_mangen ctrlc data_encoding env_logger \
         getrandom humantime indicatif log rpassword rustix serde serde_json tempfile unicode_normalization \
         zeroize",
    ),
];

/// What no file of the library may say.
const BANNED: &[&str] = &[
    "println!",
    "eprintln!",
    "print!",
    "eprint!",
    "dbg!",
    "todo!",
    "unimplemented!",
    "panic!",
    "unsafe ",
    "std::env",
    "process::exit",
];

const LONGEST_FILE: usize = 400;

/// A source file without its comments and without the content of its literals.
struct Source {
    path: String,
    lines: Vec<String>,
    length: usize,
}

impl Source {
    /// Code that ships: what stands in front of the inline tests.
    fn shipped(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.lines.iter().map(String::as_str);
        (1..).zip(lines).take_while(|(_, line)| !line.starts_with("mod tests"))
    }

    fn is_library(&self) -> bool {
        !self.path.starts_with("bin/")
    }

    fn row(&self) -> Option<&'static (&'static str, &'static str, &'static str)> {
        TABLE.iter().find(|(prefix, ..)| self.path.starts_with(prefix))
    }
}

fn sources() -> Vec<Source> {
    fn visit(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                visit(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    visit(&root, &mut paths);
    paths.sort();
    assert!(paths.len() > 40, "the sources were not found");
    paths.iter().map(|path| read(&root, path)).collect()
}

fn read(root: &Path, path: &Path) -> Source {
    let text = fs::read_to_string(path).unwrap();
    let path = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
    let length = text.lines().count();
    let lines = without_literals(&text).lines().map(str::to_owned).collect();
    Source { path, lines, length }
}

/// Blanks comments, strings and character literals; line breaks stay where they are.
fn without_literals(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let literal = literal_length(rest);
        let length = literal.unwrap_or(first.len_utf8());
        let (token, tail) = rest.split_at(length);
        if literal.is_some() {
            out.extend(token.chars().filter(|c| *c == '\n'));
        } else {
            out.push(first);
        }
        rest = tail;
    }
    out
}

/// Returns the length of the comment or literal that `text` begins with.
fn literal_length(text: &str) -> Option<usize> {
    let quoted = |skip: usize, quote: char| {
        let mut escaped = false;
        let end = text[skip..].char_indices().find(|(_, c)| {
            let ends = *c == quote && !escaped;
            escaped = *c == '\\' && !escaped;
            ends
        });
        end.map(|(at, _)| skip + at + 1)
    };
    let until = |skip: usize, end: &str| text[skip..].find(end).map(|at| skip + at + end.len());
    if text.starts_with("//") {
        Some(text.find('\n').unwrap_or(text.len()))
    } else if text.starts_with("r#\"") {
        until(3, "\"#")
    } else if text.starts_with("r\"") {
        until(2, "\"")
    } else if text.starts_with('"') {
        quoted(1, '"')
    } else if text.starts_with("'\\") || text.starts_with('\'') && text.chars().nth(2) == Some('\'')
    {
        quoted(1, '\'')
    } else {
        None
    }
}

/// Returns the names that follow `prefix` on a line.
fn names_after<'a>(line: &'a str, prefix: &'a str) -> impl Iterator<Item = &'a str> {
    line.match_indices(prefix).map(move |(at, _)| {
        let path = &line[at + prefix.len()..];
        path.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
    })
}

/// Returns `name` of every `name::` that begins a path.
fn path_roots(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices("::").filter_map(|(at, _)| {
        let before = &line[..at];
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let start = before.rfind(|c| !word(c)).map_or(0, |at| at + 1);
        let follows_path = before[..start].ends_with("::") || before[..start].ends_with('$');
        (!follows_path && start < at).then(|| &before[start..])
    })
}

/// The crates of `[dependencies]`, as paths spell them.
fn dependencies() -> BTreeSet<String> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let manifest = fs::read_to_string(manifest).unwrap();
    let mut wanted = false;
    let mut found = BTreeSet::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            wanted = line.ends_with("dependencies]") && !line.starts_with("[dev-");
        } else if let Some((name, _)) = line.split_once('=').filter(|_| wanted) {
            found.insert(name.trim().replace('-', "_"));
        }
    }
    found
}

/// Fails with one line per broken rule: file, line, rule.
fn demand_none(broken: &[String]) {
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn folders_import_only_what_the_table_lists() {
    let mut broken = Vec::new();
    for source in sources() {
        let Some((prefix, folders, _)) = source.row() else {
            broken.push(format!("src/{}: not in the table", source.path));
            continue;
        };
        let own = prefix.split('/').next().unwrap();
        let allowed: Vec<_> = folders.split_whitespace().chain([own]).collect();
        let root = if source.is_library() { "crate::" } else { "fidoctl::" };
        for (number, line) in source.shipped() {
            // Groups such as `use crate::{cbor, cose}` have no name here and are refused.
            for name in names_after(line, root).filter(|name| !allowed.contains(name)) {
                broken.push(format!("src/{}:{number}: {own} may not import {name}", source.path));
            }
        }
    }
    demand_none(&broken);
}

#[test]
fn folders_name_only_the_crates_that_the_table_lists() {
    let dependencies = dependencies();
    let mut broken = Vec::new();
    for source in sources() {
        let Some((prefix, _, crates)) = source.row() else { continue };
        let allowed: Vec<_> = crates.split_whitespace().collect();
        for (number, line) in source.shipped() {
            for name in path_roots(line) {
                if dependencies.contains(name) && !allowed.contains(&name) {
                    broken.push(format!(
                        "src/{}:{number}: {prefix} may not name {name}",
                        source.path
                    ));
                }
            }
        }
    }
    demand_none(&broken);
}

#[test]
fn table_names_crates_and_folders_that_exist_and_has_no_cycle() {
    let dependencies = dependencies();
    let folder = |prefix: &'static str| prefix.split('/').next().unwrap();
    for (prefix, folders, crates) in TABLE {
        for name in crates.split_whitespace() {
            assert!(dependencies.contains(name), "{prefix} names {name}, which is no dependency");
        }
        for name in folders.split_whitespace() {
            let known = TABLE.iter().any(|(other, ..)| folder(other) == name);
            assert!(known, "{prefix} imports {name}, which is no folder");
        }
    }
    // Take away what imports nothing that is left; a cycle is what cannot be taken away.
    let mut left: BTreeSet<_> = TABLE.iter().map(|(prefix, ..)| folder(prefix)).collect();
    while !left.is_empty() {
        let imports_left = |name: &str| {
            TABLE
                .iter()
                .filter(|(prefix, ..)| folder(prefix) == name)
                .any(|(_, folders, _)| folders.split_whitespace().any(|f| left.contains(f)))
        };
        let free: Vec<_> = left.iter().copied().filter(|name| !imports_left(name)).collect();
        assert!(!free.is_empty(), "a cycle among {left:?}");
        left.retain(|name| !free.contains(name));
    }
}

#[test]
fn library_neither_prints_nor_stops_nor_reads_the_environment() {
    let mut broken = Vec::new();
    for source in sources().iter().filter(|source| source.is_library()) {
        for (number, line) in source.shipped() {
            for word in BANNED.iter().filter(|word| contains_word(line, word)) {
                broken.push(format!("src/{}:{number}: {word} is banned", source.path));
            }
        }
    }
    demand_none(&broken);
}

fn contains_word(line: &str, word: &str) -> bool {
    let part_of_a_name =
        |at: usize| line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
    line.match_indices(word).any(|(at, _)| !part_of_a_name(at))
}

#[test]
fn files_are_short() {
    let long = sources().into_iter().filter(|source| source.length > LONGEST_FILE);
    demand_none(&long.map(|s| format!("src/{}: {} lines", s.path, s.length)).collect::<Vec<_>>());
}

#[test]
fn rules_see_through_comments_and_strings() {
    let code =
        "a /* */ // use crate::x;\nlet s = \"crate::y \\\" println!\"; let c = '\"'; crate::z";
    let seen = without_literals(code);
    assert_eq!(seen.lines().count(), 2);
    assert!(!seen.contains("crate::x") && !seen.contains("crate::y") && seen.contains("crate::z"));
    let names: Vec<_> = names_after("use crate::cbor::X; crate::ctap2::y()", "crate::").collect();
    assert_eq!(names, ["cbor", "ctap2"]);
    let roots: Vec<_> = path_roots("p256::ecdsa::X + $crate::y + self::z").collect();
    assert_eq!(roots, ["p256", "self"]);
}
