use fidoctl::client::credentials::Metadata;
use serde_json::{Value, json};

use super::read::read;
use crate::arguments::RiskArgs;
use crate::commands::Outcome;
use crate::context::Context;
use crate::device::Target;
use crate::output::{Page, Report, boxed};
use crate::token_file::TokenFileArgs;

/// Show how many credentials are stored on a key, and for how many more there is room
#[derive(clap::Args)]
#[command(after_help = "Example:\n  fidoctl credential metadata")]
pub struct Args {
    #[command(flatten)]
    kept: TokenFileArgs,

    #[command(flatten)]
    risk: RiskArgs,
}

struct Counts {
    target: Target,
    metadata: Metadata,
}

pub fn run(args: &Args, context: &mut Context) -> Outcome {
    let (target, metadata) =
        read(context, &args.kept, args.risk.last_tries, &mut |store| store.metadata())?;
    Ok(boxed(Counts { target, metadata }))
}

impl Report for Counts {
    fn json(&self) -> Value {
        json!({
            "schema": "fidoctl.credential-metadata/1",
            "key": self.target.json(),
            "existing": self.metadata.existing,
            "remaining": self.metadata.remaining,
        })
    }

    fn human(&self, page: &mut Page) {
        page.pairs([
            ("stored", self.metadata.existing.to_string()),
            ("room for", format!("{} more at most", self.metadata.remaining)),
        ]);
    }
}
