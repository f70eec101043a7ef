use data_encoding::HEXLOWER_PERMISSIVE;
use fidoctl::cbor::{EncodedItem, Strictness};
use fidoctl::client::config::{check_vendor_prototype, vendor_prototype};
use serde_json::{Value, json};

use super::consent::ConsentArgs;
use super::settings::Settings;
use crate::arguments::{NewPinArgs, RiskArgs};
use crate::commands::Outcome;
use crate::context::Context;
use crate::device::Target;
use crate::output::{Page, Report, boxed};

/// Send a maker's own setting (vendorPrototype), as its documentation has it
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  fidoctl config vendor a1011b0123456789abcdef\n\nThe example is {1: 0x0123456789abcdef}, a command's number and no other parameters."
)]
pub struct Args {
    /// The parameters: a CBOR map in hex, its member 1 the command's number
    #[arg(value_name = "HEX", value_parser = params)]
    params: EncodedItem,

    #[command(flatten)]
    consent: ConsentArgs,

    #[command(flatten)]
    risk: RiskArgs,
}

fn params(text: &str) -> Result<EncodedItem, String> {
    let bytes = HEXLOWER_PERMISSIVE.decode(text.as_bytes()).map_err(|_| "hex digits are wanted")?;
    let item = EncodedItem::from_slice(&bytes, Strictness::Canonical).map_err(|e| e.to_string())?;
    // Major type 5, a map.
    match bytes.first() {
        Some(0xa1..=0xbf) => Ok(item),
        _ => Err("a CBOR map is wanted".to_owned()),
    }
}

struct Sent {
    target: Target,
    before: Settings,
    now: Settings,
}

pub fn run(args: &Args, context: &Context) -> Outcome {
    let mut prompter = context.prompter(&NewPinArgs::default())?;
    context.with_session(&mut prompter, args.risk.last_tries, |session, target| {
        check_vendor_prototype(session.info())?;
        let before = Settings::of(session.info());
        let plan = "a setting of the key's maker, unknown to fidoctl, is sent";
        args.consent.obtain(context, &format!("{}: {plan}.", target.name()))?;
        vendor_prototype(session, args.params.clone())?;
        session.refresh()?;
        Ok(boxed(Sent { target: target.clone(), before, now: Settings::of(session.info()) }))
    })
}

impl Report for Sent {
    fn json(&self) -> Value {
        json!({
            "schema": "fidoctl.config/1",
            "key": self.target.json(),
            "setting": "vendor",
            "result": "sent",
            "before": self.before.json(),
            "settings": self.now.json(),
        })
    }

    fn human(&self, page: &mut Page) {
        page.good(&format!("the key took its maker's setting ({})", self.target.name()));
    }
}
