use std::fmt::Write;

use fidoctl::ctap2::Status;
use fidoctl::u2f::StatusWord;
use serde_json::{Value, json};

use super::Outcome;
use crate::explanations::{Explanation, STATUS_WORDS, explain_status, explain_status_word};
use crate::failure::Kind;
use crate::output::{Page, Report};

/// Explain a number that a key answered, or a kind of failure
///
/// Without one, everything is listed.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  fidoctl explain 0x31\n  fidoctl explain PIN_INVALID\n  fidoctl explain 0x6985\n  fidoctl explain pin-blocked"
)]
pub struct Args {
    /// A status byte (0x31, 49, PIN_INVALID), a U2F status word (0x6985), or a kind in JSON errors
    #[arg(value_name = "STATUS|KIND", value_parser = subject)]
    subject: Option<Subject>,

    /// Print docs/status.md
    #[arg(long, hide = true, conflicts_with = "subject")]
    markdown: bool,
}

/// What is to be explained.
#[derive(Clone, Copy)]
enum Subject {
    Status(Status),
    StatusWord(StatusWord),
    Kind(Kind),
}

fn subject(text: &str) -> Result<Subject, String> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let by_number = match digits {
        Some(digits) if digits.len() <= 2 => {
            u8::from_str_radix(digits, 16).ok().map(|status| Subject::Status(Status(status)))
        }
        Some(digits) if digits.len() == 4 => u16::from_str_radix(digits, 16)
            .ok()
            .map(|status| Subject::StatusWord(StatusWord(status))),
        Some(_) => None,
        None => text.parse().ok().map(|status| Subject::Status(Status(status))),
    };
    let is_named = |name: &str, prefixes: &[&str]| {
        let short = prefixes.iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
        name.eq_ignore_ascii_case(text) || short.eq_ignore_ascii_case(text)
    };
    let by_status = || {
        let named =
            |status: &Status| is_named(status.name(), &["CTAP1_ERR_", "CTAP2_ERR_", "CTAP2_"]);
        (0..=u8::MAX).map(Status).find(named).map(Subject::Status)
    };
    let by_word = || {
        let named = |status: &StatusWord| is_named(status.name(), &["SW_"]);
        STATUS_WORDS.into_iter().find(named).map(Subject::StatusWord)
    };
    let by_kind = || Kind::ALL.iter().find(|kind| kind.name == text).copied().map(Subject::Kind);
    by_number.or_else(by_kind).or_else(by_status).or_else(by_word).ok_or_else(|| {
        "a status such as 0x31 or PIN_INVALID is wanted, or a kind such as pin-invalid".to_owned()
    })
}

struct Explained {
    statuses: Vec<Status>,
    status_words: Vec<StatusWord>,
    kinds: Vec<Kind>,
    markdown: Option<String>,
}

pub fn run(args: &Args) -> Outcome {
    let all = || (0..=u8::MAX).map(Status);
    let mut explained = Explained {
        statuses: Vec::new(),
        status_words: Vec::new(),
        kinds: Vec::new(),
        markdown: args.markdown.then(markdown),
    };
    match args.subject {
        Some(Subject::Status(status)) => explained.statuses.push(status),
        Some(Subject::StatusWord(status)) => explained.status_words.push(status),
        Some(Subject::Kind(kind)) => {
            let comes_to_it = |explanation: Explanation| explanation.kind == Some(kind);
            explained.kinds.push(kind);
            explained.statuses = all()
                .filter(|status| is_assigned(*status) && comes_to_it(explain_status(*status)))
                .collect();
            explained.status_words = STATUS_WORDS
                .into_iter()
                .filter(|status| comes_to_it(explain_status_word(*status)))
                .collect();
        }
        None => {
            explained.statuses = all().collect();
            explained.status_words = STATUS_WORDS.to_vec();
            explained.kinds = Kind::ALL.to_vec();
        }
    }
    Ok(Box::new(explained))
}

/// Tells whether the standard gives the number a meaning of its own.
fn is_assigned(status: Status) -> bool {
    status.name() != "unassigned status"
}

impl Explained {
    /// Numbers, names and meanings in a row.
    fn rows(&self) -> impl Iterator<Item = (String, &'static str, Explanation)> {
        let statuses = self
            .statuses
            .iter()
            .map(|status| (format!("0x{:02x}", status.0), status.name(), explain_status(*status)));
        let words = self.status_words.iter().map(|status| {
            (format!("0x{:04x}", status.0), status.name(), explain_status_word(*status))
        });
        statuses.chain(words)
    }
}

impl Report for Explained {
    fn json(&self) -> Value {
        let rows: Vec<_> = self
            .rows()
            .map(|(number, name, explanation)| {
                json!({
                    "status": number,
                    "status_name": name,
                    "sentence": explanation.sentence,
                    "next_step": explanation.next_step,
                    "kind": explanation.kind.map(|kind| kind.name),
                    "exit_code": explanation.exit().number(),
                })
            })
            .collect();
        let kinds = self
            .kinds
            .iter()
            .map(|kind| json!({ "kind": kind.name, "exit_code": kind.exit.number() }))
            .collect::<Vec<_>>();
        json!({ "schema": "fidoctl.explain/1", "statuses": rows, "kinds": kinds })
    }

    fn human(&self, page: &mut Page) {
        let everything = self.kinds.len() > 1;
        for kind in self.kinds.iter().filter(|_| !everything) {
            page.pairs([
                ("kind", kind.name.to_owned()),
                ("exit code", kind.exit.number().to_string()),
            ]);
        }
        for (index, (number, name, explanation)) in self.rows().enumerate() {
            if everything && name == "unassigned status" {
                continue;
            }
            if index > 0 || !everything && !self.kinds.is_empty() {
                page.line("");
            }
            page.heading(&format!("{number} {name}"));
            let mut pairs = vec![("means", explanation.sentence.to_owned())];
            pairs.extend(explanation.next_step.map(|step| ("next step", step.to_owned())));
            pairs.extend(explanation.kind.map(|kind| ("kind", kind.name.to_owned())));
            pairs.push(("exit code", explanation.exit().number().to_string()));
            page.pairs(pairs);
        }
    }

    fn verbatim(&self) -> Option<&str> {
        self.markdown.as_deref()
    }
}

const INTRODUCTION: &str = "\
# What keys answer

`fidoctl explain 0x31` says the same. This page is written by the program.

## Status bytes

The first byte of every CTAP2 answer. Numbers that are not here are unassigned.

";

const STATUS_WORDS_HEADING: &str = "
## U2F status words

The last two bytes of every U2F answer.

";

/// Writes docs/status.md.
fn markdown() -> String {
    let mut text = INTRODUCTION.to_owned();
    table(&mut text, ranges());
    text.push_str(STATUS_WORDS_HEADING);
    let words = STATUS_WORDS.into_iter().map(|status| {
        (format!("`0x{:04x}`", status.0), status.name(), explain_status_word(status))
    });
    table(&mut text, words);
    text
}

/// Returns the assigned status bytes; those that share a name in one row.
fn ranges() -> impl Iterator<Item = (String, &'static str, Explanation)> {
    let mut rows: Vec<(u8, u8, &'static str, Explanation)> = Vec::new();
    for status in (0..=u8::MAX).map(Status).filter(|status| is_assigned(*status)) {
        match rows.last_mut() {
            Some((_, last, name, _)) if *name == status.name() => *last = status.0,
            _ => rows.push((status.0, status.0, status.name(), explain_status(status))),
        }
    }
    rows.into_iter().map(|(first, last, name, explanation)| {
        let number = match first == last {
            true => format!("`0x{first:02x}`"),
            false => format!("`0x{first:02x}` to `0x{last:02x}`"),
        };
        (number, name, explanation)
    })
}

fn table(text: &mut String, rows: impl Iterator<Item = (String, &'static str, Explanation)>) {
    text.push_str("| Number | Name | Means | Next step | Kind | Exit code |\n");
    text.push_str("| --- | --- | --- | --- | --- | --- |\n");
    for (number, name, explanation) in rows {
        let kind = explanation.kind.map(|kind| format!("`{}`", kind.name)).unwrap_or_default();
        // Writing to a String cannot fail.
        let _infallible = writeln!(
            text,
            "| {number} | {name} | {} | {} | {kind} | {} |",
            explanation.sentence,
            explanation.next_step.unwrap_or_default(),
            explanation.exit().number(),
        );
    }
}
