use fidoctl::authenticator::NamedPersonality;
use serde_json::Value;

use super::find;
use crate::commands::Outcome;
use crate::output::{Page, Report};

/// Print a personality as a file, to be copied and changed
///
/// Give the copy to 'virtual new --like FILE'. What it leaves out is as in any new key.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  fidoctl virtual personality show hyperfido > my-key.json\n  fidoctl virtual new --state my.key --like ./my-key.json"
)]
pub struct Args {
    /// Which; see 'fidoctl virtual personality list'
    name: String,
}

struct Shown(NamedPersonality);

pub fn run(args: &Args) -> Outcome {
    Ok(Box::new(Shown(find::named(&args.name)?)))
}

impl Report for Shown {
    fn json(&self) -> Value {
        serde_json::from_str(self.0.text).unwrap_or_default()
    }

    fn human(&self, _: &mut Page) {}

    fn verbatim(&self) -> Option<&str> {
        Some(self.0.text)
    }
}
