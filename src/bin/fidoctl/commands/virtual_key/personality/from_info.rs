use std::path::PathBuf;

use fidoctl::authenticator::Personality;
use serde_json::Value;

use super::find;
use crate::commands::Outcome;
use crate::failure::{Failure, Kind};
use crate::output::{Page, Report};

/// Make a personality of what 'fidoctl info --json' printed of a real key
///
/// What a virtual key cannot be is named in member left_out.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  fidoctl info --json | fidoctl virtual personality from-info - > my-key.json"
)]
pub struct Args {
    /// The file, '-' for standard input
    #[arg(value_name = "FILE")]
    info: PathBuf,
}

struct Made {
    text: String,
    document: Value,
}

pub fn run(args: &Args) -> Outcome {
    let content = find::utf8(&args.info)?;
    let personality =
        Personality::from_info_json(&content).map_err(|error| find::unfit(&args.info, error))?;
    let internal = |error: serde_json::Error| Failure::new(Kind::INTERNAL, error);
    let document = serde_json::to_value(&personality).map_err(internal)?;
    let text = serde_json::to_string_pretty(&personality).map_err(internal)?;
    Ok(Box::new(Made { text: format!("{text}\n"), document }))
}

impl Report for Made {
    fn json(&self) -> Value {
        self.document.clone()
    }

    fn human(&self, _: &mut Page) {}

    fn verbatim(&self) -> Option<&str> {
        Some(&self.text)
    }
}
