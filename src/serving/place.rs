//! What a server puts into the file system, and takes away again.

use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use super::error::ServeError;

/// Something of ours at a path; removed on drop if it is still ours.
#[derive(Debug)]
pub(super) struct Place {
    path: PathBuf,
    identity: (u64, u64),
}

impl Place {
    /// Binds a socket for this user alone. A socket on which nobody listens is replaced, anything
    /// else is not.
    pub(super) fn bind(path: &Path) -> Result<(UnixListener, Self), ServeError> {
        let name = path.display().to_string();
        let fault = ServeError::about(&name);
        match fs::symlink_metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(fault(error)),
            Ok(metadata) if !metadata.file_type().is_socket() => {
                return Err(ServeError::Exists { path: name, wanted: "socket" });
            }
            Ok(_) => match UnixStream::connect(path) {
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                Err(error) => return Err(fault(error)),
                Ok(_) => return Err(ServeError::InUse { address: name }),
            },
        }
        // Bound under another name first: at the path there is never a socket that others may
        // connect to, or that nobody listens on.
        let fresh = beside(path);
        let listener = UnixListener::bind(&fresh).map_err(&fault)?;
        let moved = fs::set_permissions(&fresh, fs::Permissions::from_mode(0o600))
            .and_then(|()| fs::rename(&fresh, path));
        if let Err(error) = moved {
            let _ = fs::remove_file(&fresh);
            return Err(fault(error));
        }
        let place = Self::at(path).map_err(&fault)?;
        Ok((listener, place))
    }

    /// Points a symbolic link at a target, replacing one that is there, and nothing else.
    pub(super) fn link(path: &Path, target: &Path) -> Result<Self, ServeError> {
        let name = path.display().to_string();
        let fault = ServeError::about(&name);
        match fs::symlink_metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(fault(error)),
            Ok(metadata) if !metadata.file_type().is_symlink() => {
                return Err(ServeError::Exists { path: name, wanted: "symbolic link" });
            }
            Ok(_) => {}
        }
        let fresh = beside(path);
        symlink(target, &fresh).map_err(&fault)?;
        if let Err(error) = fs::rename(&fresh, path) {
            let _ = fs::remove_file(&fresh);
            return Err(fault(error));
        }
        Self::at(path).map_err(&fault)
    }

    fn at(path: &Path) -> io::Result<Self> {
        Ok(Place { path: path.to_owned(), identity: identity(path)? })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if identity(&self.path).is_ok_and(|now| now == self.identity) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    fs::symlink_metadata(path).map(|metadata| (metadata.dev(), metadata.ino()))
}

/// A name in the same directory that nobody else uses.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}", std::process::id()));
    name.into()
}
