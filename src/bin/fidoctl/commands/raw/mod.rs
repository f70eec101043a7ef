//! One message, as it is.

mod apdu;
mod cbor;
mod hid;
mod names;

use data_encoding::HEXLOWER_PERMISSIVE;
use fidoctl::client::Limits;
use fidoctl::ctap2::Command as Ctap2Command;
use fidoctl::transport::{Interruption, Keepalive, Watch};
use serde_json::json;

use super::Outcome;
use crate::context::{Context, needs};
use crate::failure::Failure;
use crate::prompt::Progress;

/// Send a key one message, and show what comes back
///
/// Nothing is checked: neither what is sent nor what comes back. Not even what the key can do is
/// asked first. Only erasing the key wants consent, with --yes.
#[derive(clap::Subcommand)]
#[command(after_help = "Example:\n  fidoctl --device virtual raw cbor getInfo")]
pub enum Command {
    Cbor(cbor::Args),
    Apdu(apdu::Args),
    Hid(hid::Args),
}

pub fn run(command: Command, context: &mut Context) -> Outcome {
    match command {
        Command::Cbor(args) => cbor::run(&args, context),
        Command::Apdu(args) => apdu::run(&args, context),
        Command::Hid(args) => hid::run(&args, context),
    }
}

/// What people read under every answer.
const UNCHECKED: &str = "nothing of this was checked";

/// Bytes of a message; a type of its own because clap reads `Vec<u8>` as a list.
#[derive(Clone, Debug, Default)]
struct HexBytes(Vec<u8>);

/// Reads hex, with or without blanks in between.
fn hex_bytes(text: &str) -> Result<HexBytes, String> {
    let digits: String = text.split_whitespace().collect();
    HEXLOWER_PERMISSIVE
        .decode(digits.as_bytes())
        .map(HexBytes)
        .map_err(|_| "pairs of hexadecimal digits are wanted".to_owned())
}

/// Erasing a key is the one thing that does not go through without a word.
fn refuse_reset(message: &[u8], yes: bool) -> Result<(), Failure> {
    if message.first() == Some(&Ctap2Command::RESET.0) && !yes {
        return Err(needs("authenticatorReset erases every credential on the key", "--yes"));
    }
    Ok(())
}

/// Says that the key wants a touch, which is all that a person must know.
struct TouchWatch {
    progress: Progress,
    limits: Limits,
    touch_wanted: bool,
}

impl TouchWatch {
    fn new(context: &Context) -> Self {
        TouchWatch {
            progress: context.progress(),
            limits: context.limits(false),
            touch_wanted: false,
        }
    }
}

impl Watch for TouchWatch {
    fn keepalive(&mut self, status: Keepalive) {
        if status == Keepalive::UserPresenceNeeded && !self.touch_wanted {
            self.touch_wanted = true;
            let members = json!({ "reason": "raw" });
            self.progress.begin_wait("touch-wanted", members, "touch the key");
        }
    }

    fn interruption(&self) -> Option<Interruption> {
        self.limits.interruption()
    }
}

impl Drop for TouchWatch {
    fn drop(&mut self) {
        self.progress.end_wait();
    }
}
