//! Many assertions over one session: options in lines, responses in lines.

use std::path::PathBuf;

use fidoctl::ceremony::{self, Site};
use fidoctl::client::Session;
use fidoctl::webauthn::{Leniency, RequestOptions};
use serde_json::{Value, json};

use super::Outcome;
use super::rp_id::OriginArgs;
use crate::arguments::NewPinArgs;
use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::hints::{of_ceremony_error, of_options_error};
use crate::input_lines::{InputLines, Line};
use crate::output::{Page, Report, Written, failure_json, json_line};

/// Answers every line of standard input with a line, in order, as soon as it can.
pub fn run(origin: &OriginArgs, risk_last_tries: bool, context: &mut Context) -> Outcome {
    if context.global.pin.pin_stdin {
        return Err(Failure::message(
            Kind::USAGE,
            "standard input holds the options, so the PIN cannot come from there",
        )
        .hint("use --pin-file, --pin-fd, --pin-env or --pin-program"));
    }
    let mut prompter = context.prompter(&NewPinArgs::default())?;
    let batch = context.with_session(&mut prompter, risk_last_tries, |session, _| {
        session.keep_verification();
        answer_all(session, origin, context)
    })?;
    // A line's error says no more than that there was no PIN.
    Ok(Box::new(Batch { source_failure: prompter.take_source_failure(), ..batch }))
}

fn answer_all(
    session: &mut Session<'_>,
    origin: &OriginArgs,
    context: &Context,
) -> Result<Batch, Failure> {
    let lines = InputLines::of_stdin();
    let mut batch = Batch::default();
    while let Some(line) = lines.next(context)? {
        batch.lines = batch.lines.saturating_add(1);
        session.set_deadline(context.deadline_from_now());
        let outcome = answer(session, &line, batch.lines, origin);
        let written = match &outcome {
            Ok(response) => json_line(response)?,
            Err(failure) if failure.kind == Kind::INTERRUPTED => Written::Done,
            Err(failure) => json_line(&failure_json(failure))?,
        };
        match outcome {
            // Nothing that follows could be done either.
            Err(failure) if is_the_end(failure.kind) => return Err(failure),
            Err(_) => batch.failed = batch.failed.saturating_add(1),
            Ok(_) => {}
        }
        if written == Written::ReaderGone {
            break;
        }
    }
    Ok(batch)
}

fn is_the_end(kind: Kind) -> bool {
    matches!(kind, Kind::INTERRUPTED | Kind::KEY_GONE | Kind::KEY_SILENT)
}

fn answer(
    session: &mut Session<'_>,
    line: &Line,
    number: usize,
    origin: &OriginArgs,
) -> Result<Value, Failure> {
    let place = PathBuf::from(format!("line {number} of standard input"));
    let Line::Content(json) = line else {
        return Err(Failure::message(Kind::BAD_FILE, format!("{} is too long", place.display()))
            .hint("write each request options object on a line of its own"));
    };
    let options = RequestOptions::from_json(json, Leniency::Strict)
        .map_err(|error| of_options_error(error, &place))?;
    let (origin, rp_id) = origin.resolve(options.rp_id.as_deref())?;
    let site = Site { origin, rp_id };
    let done = ceremony::authenticate(session, &options, &site).map_err(of_ceremony_error)?;
    Ok(json!(done.response))
}

/// How a batch went.
#[derive(Default)]
struct Batch {
    lines: usize,
    failed: usize,
    source_failure: Option<Failure>,
}

impl Report for Batch {
    fn json(&self) -> Value {
        json!({ "lines": self.lines, "failed": self.failed })
    }

    fn human(&self, _: &mut Page) {}

    /// Everything has been said, line by line.
    fn verbatim(&self) -> Option<&str> {
        Some("")
    }

    fn failure(&self) -> Option<Failure> {
        if self.failed == 0 {
            return None;
        }
        let message = format!("{} of {} lines could not be answered", self.failed, self.lines);
        let failure = Failure::message(Kind::PARTLY_DONE, message);
        Some(match &self.source_failure {
            Some(cause) => failure.hint(format!("{:#}", cause.error)),
            None => failure.hint("look for \"error\" in the answers"),
        })
    }
}
