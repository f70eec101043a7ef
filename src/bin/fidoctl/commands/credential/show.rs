use serde_json::{Value, json};

use super::choose::{IdPrefix, id_prefix};
use super::read::read;
use super::shown::Shown;
use crate::arguments::RiskArgs;
use crate::commands::Outcome;
use crate::context::Context;
use crate::device::Target;
use crate::output::{Page, Report, boxed};
use crate::token_file::TokenFileArgs;

/// Show one credential stored on a key
#[derive(clap::Args)]
#[command(after_help = "Example:\n  fidoctl credential show 3f2a91c7")]
pub struct Args {
    /// The credential ID in base64url or hex, or as much of its beginning as names only one;
    /// write an ID that begins with '-' in hex
    #[arg(value_name = "ID", value_parser = id_prefix)]
    id: IdPrefix,

    #[command(flatten)]
    kept: TokenFileArgs,

    #[command(flatten)]
    risk: RiskArgs,
}

struct One {
    target: Target,
    shown: Shown,
}

pub fn run(args: &Args, context: &mut Context) -> Outcome {
    let (target, listing) =
        read(context, &args.kept, args.risk.last_tries, &mut |store| store.list())?;
    let shown = args.id.find(&Shown::all(&listing))?.clone();
    Ok(boxed(One { target, shown }))
}

impl Report for One {
    fn json(&self) -> Value {
        json!({
            "schema": "fidoctl.credential-show/1",
            "key": self.target.json(),
            "credential": self.shown.json(),
        })
    }

    fn human(&self, page: &mut Page) {
        page.pairs(self.shown.pairs());
        if let Some(pem) = self.shown.credential.public_key.as_ref().and_then(|key| key.to_pem()) {
            page.line("");
            page.line(pem.trim_end());
        }
    }
}
