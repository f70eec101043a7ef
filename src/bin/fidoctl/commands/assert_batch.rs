//! Many assertions over one session: options in lines, responses in lines.

use std::path::PathBuf;

use fidoctl::ceremony;
use fidoctl::client::Session;
use fidoctl::webauthn::{RequestOptions, time_limit};
use serde_json::{Value, json};

use super::Outcome;
use super::options::{parse_options, raise};
use super::rp_id::ClientDataArgs;
use super::wishes::Wish;
use crate::arguments::NewPinArgs;
use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::hints::of_ceremony_error;
use crate::input_lines::{InputLines, Line};
use crate::output::{Page, Report, Written, failure_json, json_line};

/// What holds for every line.
pub struct Batch<'a> {
    pub client_data: &'a ClientDataArgs,
    pub uv: Option<Wish>,
    pub lenient_json: bool,
    pub risk_last_tries: bool,
}

impl Batch<'_> {
    /// Answers every line of standard input with a line, in order, as soon as it can.
    pub fn run(&self, context: &mut Context) -> Outcome {
        if context.global.pin.pin_stdin {
            let message = "options and PIN cannot both come from standard input";
            return Err(Failure::message(Kind::USAGE, message).hint("give the PIN with --pin-file"));
        }
        let mut prompter = context.prompter(&NewPinArgs::default())?;
        let tally = context.with_session(&mut prompter, self.risk_last_tries, |session, _| {
            session.keep_verification();
            self.answer_all(session, context)
        })?;
        // A line's error says no more than that there was no PIN.
        Ok(Box::new(Tally { source_failure: prompter.take_source_failure(), ..tally }))
    }

    fn answer_all(&self, session: &mut Session<'_>, context: &Context) -> Result<Tally, Failure> {
        let lines = InputLines::of_stdin();
        let mut tally = Tally::default();
        while let Some(line) = lines.next(context)? {
            tally.lines = tally.lines.saturating_add(1);
            let outcome = self.answer(session, &line, tally.lines, context);
            let written = match &outcome {
                Ok(response) => json_line(response)?,
                Err(failure) if failure.kind == Kind::INTERRUPTED => Written::Done,
                Err(failure) => json_line(&failure_json(failure))?,
            };
            match outcome {
                // Nothing that follows could be done either.
                Err(failure) if is_the_end(failure.kind) => return Err(failure),
                Err(_) => tally.failed = tally.failed.saturating_add(1),
                Ok(_) => {}
            }
            if written == Written::ReaderGone {
                break;
            }
        }
        Ok(tally)
    }

    fn answer(
        &self,
        session: &mut Session<'_>,
        line: &Line,
        number: usize,
        context: &Context,
    ) -> Result<Value, Failure> {
        let place = PathBuf::from(format!("line {number} of standard input"));
        let Line::Content(json) = line else {
            let message = format!("{} is too long", place.display());
            return Err(Failure::message(Kind::BAD_FILE, message)
                .hint("write the request options on a line of their own"));
        };
        let mut options =
            parse_options(json, &place, self.lenient_json, RequestOptions::from_json)?;
        options.user_verification = raise(options.user_verification, self.uv)?;
        let site = self.client_data.site(options.rp_id.as_deref())?;
        session.set_deadline(context.deadline_for(time_limit(options.timeout)));
        let done = ceremony::authenticate(session, &options, &site).map_err(of_ceremony_error)?;
        Ok(json!(done.response))
    }
}

fn is_the_end(kind: Kind) -> bool {
    matches!(kind, Kind::INTERRUPTED | Kind::KEY_GONE | Kind::KEY_SILENT)
}

/// How a batch went.
#[derive(Default)]
struct Tally {
    lines: usize,
    failed: usize,
    source_failure: Option<Failure>,
}

impl Report for Tally {
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
