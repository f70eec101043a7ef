//! The folder for what fidoctl remembers (XDG Base Directory Specification).

use std::path::PathBuf;

use crate::failure::{Failure, Kind};

/// Returns the user's state folder; `None` if nothing says where it is.
pub fn folder() -> Option<PathBuf> {
    let absolute =
        |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = absolute("XDG_STATE_HOME")
        .or_else(|| Some(absolute("HOME")?.join(".local/state")))
        .or_else(|| absolute("LOCALAPPDATA"))?;
    Some(state.join("fidoctl"))
}

/// Returns the path of a file there; the folder is made, for its owner only.
pub fn path(name: &str) -> Result<PathBuf, Failure> {
    let folder = folder().ok_or_else(|| {
        Failure::message(Kind::USAGE, "there is no home directory to remember anything in")
    })?;
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(&folder).map_err(|error| {
        let what = format!("cannot make the folder {}", folder.display());
        Failure::new(Kind::IO, anyhow::Error::new(error).context(what))
    })?;
    Ok(folder.join(name))
}
