use fidoctl::cbor::{self, Strictness, Value as CborValue, diagnostic_parser};
use fidoctl::ctap2::{Command, Status};
use serde_json::{Value, json};

use super::names::ctap2_command;
use super::{HexBytes, Outcome, TouchWatch, UNCHECKED, hex_bytes, refuse_reset};
use crate::context::Context;
use crate::device::Target;
use crate::explanations::explain_status;
use crate::failure::{Failure, Kind};
use crate::output::{Page, Report, hex, visible};

/// Arrays and maps inside each other that an answer is shown with.
const NESTING: usize = 16;

/// Send one CTAP2 message (CTAPHID_CBOR)
///
/// Nothing is checked. The exit code is that of the key's status; see 'fidoctl explain'.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  fidoctl raw cbor getInfo\n  fidoctl raw cbor clientPIN '{1: 2, 2: 1}'\n  fidoctl raw cbor 0x06 a201020201"
)]
pub struct Args {
    /// The command's name or number
    #[arg(value_name = "COMMAND", value_parser = ctap2_command)]
    command: Command,

    /// Its parameters: hex, or diagnostic notation (RFC 8949), sent in the order written
    #[arg(value_name = "CBOR", value_parser = parameters, default_value = "", hide_default_value = true)]
    parameters: HexBytes,

    /// Consent to erasing the key, where that is the command
    #[arg(long)]
    yes: bool,
}

/// What is hex is hex: a map in diagnostic notation never is.
fn parameters(text: &str) -> Result<HexBytes, String> {
    if text.chars().all(|c| c.is_ascii_hexdigit() || c.is_whitespace()) {
        return hex_bytes(text);
    }
    let value = diagnostic_parser::parse(text)
        .map_err(|error| format!("neither hex nor diagnostic notation: {error}"))?;
    Ok(HexBytes(cbor::to_vec(&value)))
}

struct Answered {
    target: Target,
    command: Command,
    sent: Vec<u8>,
    status: Status,
    body: Vec<u8>,
}

pub fn run(args: &Args, context: &mut Context) -> Outcome {
    let mut sent = vec![args.command.0];
    sent.extend(&args.parameters.0);
    refuse_reset(&sent, args.yes)?;
    let (target, mut transport) = context.open()?;
    let answer = transport.transact(&sent, &mut TouchWatch::new(context))?;
    let (status, body) = answer.split_first().ok_or_else(|| {
        Failure::message(Kind::MALFORMED_ANSWER, "the key's answer is empty, without a status")
    })?;
    let (status, body) = (Status(*status), body.to_vec());
    Ok(Box::new(Answered { target, command: args.command, sent, status, body }))
}

impl Answered {
    /// Returns the body as a value, and what is wrong with its encoding.
    fn value(&self) -> (Option<CborValue>, Option<String>) {
        if self.body.is_empty() {
            return (None, None);
        }
        match cbor::from_slice_with(&self.body, Strictness::Canonical, NESTING) {
            Ok(value) => (Some(value), None),
            Err(error) => {
                let value = cbor::from_slice_with(&self.body, Strictness::Tolerant, NESTING);
                (value.ok(), Some(error.to_string()))
            }
        }
    }
}

impl Report for Answered {
    fn json(&self) -> Value {
        let (value, problem) = self.value();
        json!({
            "schema": "fidoctl.raw-cbor/1",
            "key": self.target.json(),
            "command": format!("0x{:02x}", self.command.0),
            "command_name": self.command.name(),
            "sent": hex(&self.sent),
            "status": format!("0x{:02x}", self.status.0),
            "status_name": self.status.name(),
            "answer": hex(&self.body),
            "diagnostic": value.map(|value| value.to_string()),
            "problem": problem,
        })
    }

    fn human(&self, page: &mut Page) {
        page.line(&self.status.to_string());
        let (value, problem) = self.value();
        match value {
            Some(value) => page.line(&visible(&value.to_string())),
            None if self.body.is_empty() => {}
            None => page.line(&format!("h'{}'", hex(&self.body))),
        }
        if let Some(problem) = problem {
            page.open(&problem);
        }
        page.open(UNCHECKED);
    }

    fn failure(&self) -> Option<Failure> {
        let explanation = explain_status(self.status);
        let message =
            format!("the key refused {} ({}): {}", self.command, self.status, explanation.sentence);
        let mut failure = Failure::message(explanation.kind?, message);
        failure.hints.extend(explanation.next_step.map(str::to_owned));
        failure.status = Some(self.status);
        Some(failure)
    }
}
