use fidoctl::client::credentials::Listing;
use serde_json::{Value, json};

use super::read::read;
use super::shown::{Shown, discrepancies, discrepancies_json, table};
use crate::arguments::RiskArgs;
use crate::commands::Outcome;
use crate::commands::rp_id::parse_rp_id;
use crate::context::Context;
use crate::device::Target;
use crate::output::{Page, Report, boxed, visible};
use crate::token_file::TokenFileArgs;

/// List the credentials stored on a key
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  fidoctl credential list\n  fidoctl credential list --rp example.com --json"
)]
pub struct Args {
    /// Only those of this service
    #[arg(long, value_name = "DOMAIN", value_parser = parse_rp_id)]
    rp: Option<String>,

    #[command(flatten)]
    kept: TokenFileArgs,

    #[command(flatten)]
    risk: RiskArgs,
}

struct Listed {
    target: Target,
    rp: Option<String>,
    listing: Listing,
}

pub fn run(args: &Args, context: &mut Context) -> Outcome {
    let (target, listing) =
        read(context, &args.kept, args.risk.last_tries, &mut |store| match &args.rp {
            Some(rp_id) => store.list_of(rp_id),
            None => store.list(),
        })?;
    Ok(boxed(Listed { target, rp: args.rp.clone(), listing }))
}

impl Report for Listed {
    fn json(&self) -> Value {
        let credentials: Vec<_> = Shown::all(&self.listing).iter().map(Shown::json).collect();
        let metadata = self.listing.metadata.map(
            |metadata| json!({ "existing": metadata.existing, "remaining": metadata.remaining }),
        );
        json!({
            "schema": "fidoctl.credential-list/1",
            "key": self.target.json(),
            "credentials": credentials,
            "metadata": metadata,
            "discrepancies": discrepancies_json(&self.listing),
        })
    }

    fn human(&self, page: &mut Page) {
        let shown = Shown::all(&self.listing);
        if shown.is_empty() {
            let of_rp = self.rp.as_ref().map(|rp| format!(" for {}", visible(rp)));
            page.line(&format!("no credentials{} stored on this key", of_rp.unwrap_or_default()));
        } else {
            table(page, &shown);
        }
        if let Some(metadata) = self.listing.metadata {
            page.line("");
            page.line(&format!("{} stored, room for {}", shown.len(), metadata.remaining));
        }
        discrepancies(page, &self.listing);
    }
}
