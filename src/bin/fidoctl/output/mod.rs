//! Results on stdout, everything else on stderr.

mod page;
mod text;

use std::io::{ErrorKind, IsTerminal, Write};
use std::process::ExitCode;

use serde_json::{Value, json};

use crate::arguments::Global;
use crate::exit::Exit;
use crate::failure::{Failure, Kind};

pub use page::Page;
pub use text::{hex, uuid, visible};

/// What a command found or did: one value, shown as text or as JSON.
pub trait Report {
    /// Returns the JSON form.
    fn json(&self) -> Value;

    /// Writes the text form.
    fn human(&self, page: &mut Page);

    /// Returns why what was found is a failure all the same; with `--json` it is told in place of
    /// the report, which then goes with it.
    fn failure(&self) -> Option<Failure> {
        None
    }

    /// Tells whether stdout gets the JSON form although nobody asked, because it is a result for
    /// programs and stdout is not a terminal; the text then goes to stderr.
    fn is_for_programs(&self) -> bool {
        false
    }

    /// Returns bytes that are the result itself: stdout gets them as they are where it is not a
    /// terminal and JSON is not asked for; the text then goes to stderr.
    fn bytes(&self) -> Option<&[u8]> {
        None
    }

    /// Tells whether stdout belongs to somebody else: nothing is written there, in no form.
    fn is_silent(&self) -> bool {
        false
    }

    /// Returns what is written to stdout as it is, in place of the human form.
    fn verbatim(&self) -> Option<&str> {
        None
    }

    /// Returns the exit status if nothing failed: that of a program that was run for the user.
    fn exit_status(&self) -> u8 {
        Exit::Done.number()
    }
}

/// Puts a report into the form that commands return.
pub fn boxed(report: impl Report + 'static) -> Box<dyn Report> {
    Box::new(report)
}

/// How to show things.
#[derive(Clone, Copy)]
pub struct Style {
    json: bool,
    quiet: bool,
}

impl Style {
    /// Reads the global flags.
    pub fn from_flags(global: &Global) -> Self {
        Style { json: global.json, quiet: global.quiet }
    }
}

/// Writes a report; a reader that has gone away is no failure.
pub fn report(report: &dyn Report, style: Style) -> Result<ExitCode, Failure> {
    let failure = report.failure();
    if style.json
        && let Some(failure) = failure
    {
        return Err(failure.report(report.json()));
    }
    let written = if report.is_silent() {
        Ok(())
    } else if style.json {
        write_out(&line_of_json(&report.json()))
    } else if let Some(text) = report.verbatim() {
        write_out(text)
    } else if let Some(bytes) = report.bytes().filter(|_| !std::io::stdout().is_terminal()) {
        if !style.quiet {
            write_err(&render(report));
        }
        write_raw(bytes)
    } else if report.is_for_programs() && !std::io::stdout().is_terminal() {
        if !style.quiet {
            write_err(&render(report));
        }
        write_out(&line_of_json(&report.json()))
    } else {
        write_out(&render(report))
    };
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(cannot_write(error)),
        _ => failure.map_or(Ok(report.exit_status().into()), Err),
    }
}

fn render(report: &dyn Report) -> String {
    let mut page = Page::default();
    report.human(&mut page);
    page.into_text()
}

fn line_of_json(value: &Value) -> String {
    format!("{value:#}\n")
}

/// Writes a value as the JSON text that stdout gets.
pub fn json_text(value: &impl serde::Serialize) -> String {
    line_of_json(&json!(value))
}

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// The reader can have it.
    Done,
    /// Nobody reads any more.
    ReaderGone,
}

/// Writes one of many values, each on a line, and sees that it goes out at once.
pub fn json_line(value: &Value) -> Result<Written, Failure> {
    match write_out(&format!("{value}\n")) {
        Ok(()) => Ok(Written::Done),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(Written::ReaderGone),
        Err(error) => Err(cannot_write(error)),
    }
}

fn cannot_write(error: std::io::Error) -> Failure {
    Failure::new(Kind::IO, anyhow::Error::new(error).context("cannot write to standard output"))
}

fn write_out(text: &str) -> std::io::Result<()> {
    let mut out = anstream::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Writes bytes, none of which is a colour to be taken out.
fn write_raw(bytes: &[u8]) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

/// Writes to stderr; if even that fails there is nobody left to tell.
pub fn write_err(text: &str) {
    let _nobody_left = anstream::stderr().lock().write_all(text.as_bytes());
}

/// Shows a failure and returns its exit code.
pub fn failure(failure: &Failure, style: Style) -> ExitCode {
    if style.json {
        write_err(&format!("{}\n", failure_json(failure)));
    } else {
        let mut page = Page::default();
        let name = failure.dom_exception.map(|name| format!(" ({})", name.name()));
        page.error(&format!("{:#}{}", failure.error, name.unwrap_or_default()));
        for candidate in &failure.candidates {
            if let Some(selector) = candidate.get("selector").and_then(Value::as_str) {
                let product = candidate.get("product").and_then(Value::as_str).unwrap_or("?");
                page.line(&format!("  --device {selector}   {}", visible(product)));
            }
        }
        for hint in &failure.hints {
            page.hint(hint);
        }
        write_err(&page.into_text());
    }
    failure.kind.exit.into()
}

/// Returns the JSON form of a failure.
pub fn failure_json(failure: &Failure) -> Value {
    let mut error = json!({
        "kind": failure.kind.name,
        "message": format!("{:#}", failure.error),
        "hints": failure.hints,
    });
    if let Some(members) = error.as_object_mut() {
        if let Some(status) = failure.status {
            members.insert("status".into(), format!("0x{:02x}", status.0).into());
            members.insert("status_name".into(), status.name().into());
        }
        if let Some(name) = failure.dom_exception {
            members.insert("dom_exception".into(), name.name().into());
        }
        if let Some(retries_left) = failure.retries_left {
            members.insert("retries_left".into(), retries_left.into());
        }
        if let Some(report) = failure.report.as_deref() {
            members.insert("report".into(), report.clone());
        }
        if !failure.candidates.is_empty() {
            members.insert("candidates".into(), failure.candidates.clone().into());
        }
    }
    json!({ "error": error })
}

/// Shows what clap has to say: help and versions on stdout, mistakes on stderr.
pub fn usage(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        let _reader_gone = error.print();
        return Exit::Done.into();
    }
    // The flags could not be parsed, so the wish for JSON is looked for by hand.
    if std::env::args_os().skip(1).take_while(|a| a != "--").any(|argument| argument == "--json") {
        let failure =
            Failure::message(Kind::USAGE, error.to_string().trim_start_matches("error: ").trim())
                .hint("see 'fidoctl --help'");
        write_err(&format!("{}\n", failure_json(&failure)));
    } else {
        let _reader_gone = error.print();
    }
    Exit::Usage.into()
}
