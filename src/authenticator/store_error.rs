//! Why a state file cannot be used.

use std::io;
use std::path::{Path, PathBuf};

/// Why a state file cannot be used. The file is as it was before.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such file.
    #[error("no virtual key at {path}")]
    NotFound {
        /// The file.
        path: PathBuf,
    },
    /// A key is to be made where something is already.
    #[error("{path} exists already")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Another process has the key open.
    #[error("{path} is in use by another process")]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The file was written by a newer version of this program.
    #[error("{path} has version {found}, this program knows versions up to {supported}")]
    NewerVersion {
        /// The file.
        path: PathBuf,
        /// The version found.
        found: u64,
        /// The newest version known here.
        supported: u64,
    },
    /// The file is not a virtual key, or not a whole one.
    #[error("{path} is not a whole virtual key: {problem}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        problem: String,
    },
    /// The file may not be read, or its folder not be written.
    #[error("no permission for {path}")]
    PermissionDenied {
        /// The file.
        path: PathBuf,
    },
    /// The file system cannot be written.
    #[error("{path} is on a read-only file system")]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// There is no room left.
    #[error("no space left for {path}")]
    DiskFull {
        /// The file.
        path: PathBuf,
    },
    /// Any other fault of the operating system.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl StoreError {
    /// Sorts an error of the operating system.
    pub(super) fn from_io(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound => Self::NotFound { path },
            io::ErrorKind::AlreadyExists => Self::Exists { path },
            io::ErrorKind::PermissionDenied => Self::PermissionDenied { path },
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly { path },
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path },
            _ => Self::Io { path, source },
        }
    }

    pub(super) fn damaged(path: &Path, problem: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_owned(), problem: problem.into() }
    }
}
