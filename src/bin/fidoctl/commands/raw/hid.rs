use fidoctl::ctaphid::Command;
use serde_json::{Value, json};

use super::names::ctaphid_command;
use super::{HexBytes, Outcome, TouchWatch, UNCHECKED, hex_bytes, refuse_reset};
use crate::context::Context;
use crate::device::Target;
use crate::output::{Page, Report, hex};

/// Send one CTAPHID command on a channel of its own
///
/// Nothing is checked, but that the answer is one to this command.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  fidoctl --device virtual raw hid PING 01020304")]
pub struct Args {
    /// The command's name or number
    #[arg(value_name = "COMMAND", value_parser = ctaphid_command)]
    command: Command,

    /// The payload, in hex
    #[arg(value_name = "HEX", value_parser = hex_bytes, default_value = "", hide_default_value = true)]
    payload: HexBytes,

    /// Consent to erasing the key, where that is the command
    #[arg(long)]
    yes: bool,
}

struct Answered {
    target: Target,
    command: Command,
    sent: Vec<u8>,
    answer: Vec<u8>,
}

pub fn run(args: &Args, context: &mut Context) -> Outcome {
    let sent = args.payload.0.clone();
    if args.command == Command::CBOR {
        refuse_reset(&sent, args.yes)?;
    }
    let (target, mut transport) = context.open()?;
    let answer = transport.exchange(args.command, &sent, &mut TouchWatch::new(context))?;
    Ok(Box::new(Answered { target, command: args.command, sent, answer }))
}

impl Report for Answered {
    fn json(&self) -> Value {
        json!({
            "schema": "fidoctl.raw-hid/1",
            "key": self.target.json(),
            "command": format!("0x{:02x}", self.command.0),
            "command_name": self.command.name(),
            "sent": hex(&self.sent),
            "answer": hex(&self.answer),
        })
    }

    fn human(&self, page: &mut Page) {
        page.line(&self.command.to_string());
        if !self.answer.is_empty() {
            page.line(&hex(&self.answer));
        }
        page.open(UNCHECKED);
    }
}
