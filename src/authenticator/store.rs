//! The state file: JSON with a version number, replaced as a whole.
//!
//! **Private keys are in clear.** The file is for tests; whoever reads it has the key.
//!
//! The lock is on the file itself. A replacement is locked before it takes the name, so that the
//! name always stands for a locked file; whoever locks a file that has lost its name meanwhile
//! tries again.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{State, StoreError};

/// The version written; older ones are read and brought up to date.
pub const STATE_VERSION: u64 = 1;

const FORMAT: &str = "fidoctl virtual key";

/// More than a full key ever takes; longer files are not read.
const MAX_FILE_LENGTH: u64 = 64 << 20;

/// How often the file may be replaced under the hands of somebody opening it.
const OPEN_ATTEMPTS: usize = 16;

/// An open state file, locked against other processes until it is dropped.
#[derive(Debug)]
pub struct StateFile {
    path: PathBuf,
    _locked: File,
}

#[derive(Deserialize)]
struct Header {
    format: String,
    version: u64,
}

#[derive(Serialize)]
struct Written<'a> {
    format: &'a str,
    version: u64,
    state: &'a State,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    #[serde(rename = "format")]
    _format: String,
    #[serde(rename = "version")]
    _version: u64,
    state: State,
}

impl StateFile {
    /// Makes a new file, readable by its owner only; folders on the way are made too.
    pub fn create(path: &Path, state: &State) -> Result<Self, StoreError> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder).map_err(|e| StoreError::from_io(path, e))?;
        }
        let (temporary, locked) = write_beside(path, &unique_name(path), state)?;
        name_new_file(&temporary.0, path).map_err(|e| StoreError::from_io(path, e))?;
        drop(temporary);
        sync_folder(path)?;
        let path = fs::canonicalize(path).map_err(|e| StoreError::from_io(path, e))?;
        Ok(StateFile { path, _locked: locked })
    }

    /// Opens an existing file and reads it.
    pub fn open(path: &Path) -> Result<(Self, State), StoreError> {
        let fault = |error| StoreError::from_io(path, error);
        let path = &fs::canonicalize(path).map_err(fault)?;
        for _ in 0..OPEN_ATTEMPTS {
            let file = File::open(path).map_err(fault)?;
            lock(path, &file)?;
            if is_named(path, &file) {
                let state = read(path, &file)?;
                return Ok((StateFile { path: path.clone(), _locked: file }, state));
            }
        }
        Err(StoreError::InUse { path: path.clone() })
    }

    /// Opens the file, or makes it with the state that `make` returns.
    pub fn open_or_create<E: From<StoreError>>(
        path: &Path,
        make: impl FnOnce() -> Result<State, E>,
    ) -> Result<(Self, State), E> {
        match Self::open(path) {
            Err(StoreError::NotFound { .. }) => {}
            opened => return Ok(opened?),
        }
        let state = make()?;
        match Self::create(path, &state) {
            Ok(file) => Ok((file, state)),
            // Somebody was faster.
            Err(StoreError::Exists { .. }) => Ok(Self::open(path)?),
            Err(error) => Err(error.into()),
        }
    }

    /// Replaces the content; durable on return, and unchanged if it fails.
    pub fn save(&mut self, state: &State) -> Result<(), StoreError> {
        // Whoever holds the lock is alone with this name: what a killed process left under it goes.
        let name = with_suffix(&self.path, "fidoctl-saving");
        let (temporary, locked) = write_beside(&self.path, &name, state)?;
        fs::rename(&temporary.0, &self.path).map_err(|e| StoreError::from_io(&self.path, e))?;
        self._locked = locked;
        sync_folder(&self.path)
    }

    /// Returns where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// A file that has not got its name yet; this one is removed when dropped.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        // After a rename there is nothing left to remove.
        let _gone = fs::remove_file(&self.0);
    }
}

/// A name beside the file that no other process makes a file under.
fn unique_name(path: &Path) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    with_suffix(path, &format!("{}-{count}.fidoctl-saving", std::process::id()))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{suffix}"));
    path.with_file_name(name)
}

/// Writes the whole file under another name, locked and on the disk.
fn write_beside(
    path: &Path,
    temporary: &Path,
    state: &State,
) -> Result<(Temporary, File), StoreError> {
    let fault = |error| StoreError::from_io(path, error);
    // Left behind by a process that was killed.
    let _absent = fs::remove_file(temporary);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(temporary).map_err(fault)?;
    let guard = Temporary(temporary.to_owned());
    lock(path, &file)?;
    file.write_all(&encode(path, state)?).and_then(|()| file.sync_all()).map_err(fault)?;
    Ok((guard, file))
}

/// Gives a finished file its name, unless something has it already.
fn name_new_file(temporary: &Path, path: &Path) -> io::Result<()> {
    // Unlike a rename, a link never takes the place of what is there.
    match fs::hard_link(temporary, path) {
        // What file systems without links say.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::Unsupported | io::ErrorKind::PermissionDenied
            ) && fs::symlink_metadata(path).is_err() =>
        {
            fs::rename(temporary, path)
        }
        linked => linked,
    }
}

fn lock(path: &Path, file: &File) -> Result<(), StoreError> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse { path: path.to_owned() }),
        Err(TryLockError::Error(error)) => Err(StoreError::from_io(path, error)),
    }
}

/// Tells whether the path still stands for the open file.
#[cfg(unix)]
fn is_named(path: &Path, file: &File) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (fs::metadata(path), file.metadata()) {
        (Ok(named), Ok(open)) => (named.dev(), named.ino()) == (open.dev(), open.ino()),
        _ => false,
    }
}

/// Here an open file keeps its name.
#[cfg(not(unix))]
fn is_named(_: &Path, _: &File) -> bool {
    true
}

/// Makes a new name durable.
#[cfg(unix)]
fn sync_folder(path: &Path) -> Result<(), StoreError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        // Not every file system can do this to a folder; the file itself is on the disk.
        Err(error)
            if !matches!(
                error.kind(),
                io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported
            ) =>
        {
            Err(StoreError::from_io(path, error))
        }
        _ => Ok(()),
    }
}

/// Here folders cannot be opened; the file system sees to it.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> Result<(), StoreError> {
    Ok(())
}

fn encode(path: &Path, state: &State) -> Result<Zeroizing<Vec<u8>>, StoreError> {
    let written = Written { format: FORMAT, version: STATE_VERSION, state };
    let mut bytes = Zeroizing::new(Vec::with_capacity(1 << 16));
    serde_json::to_writer_pretty(&mut *bytes, &written)
        .map_err(|e| StoreError::from_io(path, e.into()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn read(path: &Path, file: &File) -> Result<State, StoreError> {
    let mut bytes = Zeroizing::new(Vec::new());
    let length = file
        .take(MAX_FILE_LENGTH + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| StoreError::from_io(path, e))?;
    if length == 0 {
        return Err(StoreError::damaged(path, "the file is empty"));
    }
    if u64::try_from(length).is_ok_and(|length| length > MAX_FILE_LENGTH) {
        return Err(StoreError::damaged(path, "the file is far too long"));
    }
    let damaged = |error: serde_json::Error| StoreError::damaged(path, error.to_string());
    let header: Header = serde_json::from_slice(&bytes).map_err(damaged)?;
    if header.format != FORMAT {
        return Err(StoreError::damaged(path, "the file says it is something else"));
    }
    match header.version {
        STATE_VERSION => {
            let stored: Stored = serde_json::from_slice(&bytes).map_err(damaged)?;
            stored.state.check().map_err(|problem| StoreError::damaged(path, problem))?;
            Ok(stored.state)
        }
        found if found > STATE_VERSION => {
            Err(StoreError::NewerVersion { path: path.to_owned(), found, supported: STATE_VERSION })
        }
        found => Err(StoreError::damaged(path, format!("there never was a version {found}"))),
    }
}
