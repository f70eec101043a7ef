use std::path::{Path, PathBuf};

use fidoctl::authenticator::{HostEnvironment, StateFile};
use serde_json::{Value, json};

use super::open::of_store_error;
use super::state_path::StateArgs;
use crate::commands::Outcome;
use crate::failure::Failure;
use crate::output::{Page, Report};

/// Unplug a virtual key and plug it in again
///
/// Opens the reset window, and lifts the stop after three wrong PINs.
/// A served key is replugged by ending the server and starting it again.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  fidoctl virtual replug --state ci.key")]
pub struct Args {
    #[command(flatten)]
    state: StateArgs,
}

struct Replugged {
    path: PathBuf,
}

pub fn run(args: &Args) -> Outcome {
    let path = args.state.path()?;
    replug_virtual(&path)?;
    Ok(Box::new(Replugged { path }))
}

/// Power-cycles the virtual key in a state file.
pub fn replug_virtual(path: &Path) -> Result<(), Failure> {
    let (mut file, mut state) = StateFile::open(path).map_err(of_store_error)?;
    state.power_cycle(HostEnvironment::system_time());
    file.save(&state).map_err(of_store_error)
}

impl Report for Replugged {
    fn json(&self) -> Value {
        json!({ "schema": "fidoctl.virtual-replug/1", "state": self.path.display().to_string() })
    }

    fn human(&self, page: &mut Page) {
        page.good(&format!("replugged the VIRTUAL key in {}", self.path.display()));
    }
}
