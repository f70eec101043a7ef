//! Where the virtual key's state is.

use std::path::{Path, PathBuf};

use crate::failure::{Failure, Kind};
use crate::state_folder;

/// Which state file.
#[derive(clap::Args)]
pub struct StateArgs {
    /// The virtual key's state file; 'virtual.key' in the user's state directory if left out
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
}

impl StateArgs {
    /// Returns the state file's path, its folder made if it is the default one.
    pub fn path(&self) -> Result<PathBuf, Failure> {
        virtual_state_path(self.state.as_deref())
    }
}

/// Returns the path given, or the default one.
pub fn virtual_state_path(given: Option<&Path>) -> Result<PathBuf, Failure> {
    if let Some(path) = given {
        return Ok(path.to_owned());
    }
    let folder = state_folder::folder().ok_or_else(|| {
        Failure::message(Kind::USAGE, "there is no home directory to keep the virtual key in")
            .hint("name a state file: --device virtual:FILE")
    })?;
    Ok(folder.join("virtual.key"))
}
