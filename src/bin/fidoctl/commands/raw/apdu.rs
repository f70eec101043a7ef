use fidoctl::u2f::ResponseApdu;
use serde_json::{Value, json};

use super::{HexBytes, Outcome, TouchWatch, UNCHECKED, hex_bytes};
use crate::context::Context;
use crate::device::Target;
use crate::explanations::explain_status_word;
use crate::failure::{Failure, Kind};
use crate::output::{Page, Report, hex};

/// Send one U2F message (CTAPHID_MSG)
///
/// Nothing is checked. A key that wants a touch says so at once: send it again while touching.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  fidoctl --device virtual raw apdu 00030000000000")]
pub struct Args {
    /// The command APDU, in hex
    #[arg(value_name = "HEX", value_parser = hex_bytes)]
    apdu: HexBytes,
}

struct Answered {
    target: Target,
    sent: Vec<u8>,
    response: ResponseApdu,
}

pub fn run(args: &Args, context: &mut Context) -> Outcome {
    let sent = args.apdu.0.clone();
    let (target, mut transport) = context.open()?;
    let answer = transport.msg(&sent, &mut TouchWatch::new(context))?;
    let response = ResponseApdu::parse(&answer).map_err(|error| {
        let problem = format!("the key's answer is {}: {error}", hex(&answer));
        Failure::message(Kind::MALFORMED_ANSWER, problem)
    })?;
    Ok(Box::new(Answered { target, sent, response }))
}

impl Report for Answered {
    fn json(&self) -> Value {
        json!({
            "schema": "fidoctl.raw-apdu/1",
            "key": self.target.json(),
            "sent": hex(&self.sent),
            "status_word": format!("0x{:04x}", self.response.status.0),
            "status_word_name": self.response.status.name(),
            "answer": hex(&self.response.data),
        })
    }

    fn human(&self, page: &mut Page) {
        page.line(&self.response.status.to_string());
        if !self.response.data.is_empty() {
            page.line(&hex(&self.response.data));
        }
        page.open(UNCHECKED);
    }

    fn failure(&self) -> Option<Failure> {
        let explanation = explain_status_word(self.response.status);
        let message =
            format!("the key answered {}: {}", self.response.status, explanation.sentence);
        let mut failure = Failure::message(explanation.kind?, message);
        failure.hints.extend(explanation.next_step.map(str::to_owned));
        Some(failure)
    }
}
