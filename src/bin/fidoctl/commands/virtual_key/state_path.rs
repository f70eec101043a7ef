//! Where the virtual key's state is.

use std::path::{Path, PathBuf};

use crate::failure::{Failure, Kind};

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

/// Returns the path given, or the default one (XDG Base Directory Specification).
pub fn virtual_state_path(given: Option<&Path>) -> Result<PathBuf, Failure> {
    if let Some(path) = given {
        return Ok(path.to_owned());
    }
    let absolute =
        |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    Ok(absolute("XDG_STATE_HOME")
        .or_else(|| Some(absolute("HOME")?.join(".local/state")))
        .or_else(|| absolute("LOCALAPPDATA"))
        .ok_or_else(|| {
            Failure::message(Kind::USAGE, "there is no home directory to keep the virtual key in")
                .hint("name a state file: --device virtual:FILE")
        })?
        .join("fidoctl/virtual.key"))
}
