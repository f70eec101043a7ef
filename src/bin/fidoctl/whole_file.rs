//! Files are written whole or not at all, and never over another unless told to.

use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::failure::{Failure, Kind};

/// A place for a file, reserved before anything is done that could not be repeated.
pub struct WholeFile {
    path: PathBuf,
    overwrite: bool,
    temporary: NamedTempFile,
}

impl WholeFile {
    /// Makes sure that the file can be written, without making it yet.
    pub fn reserve(path: &Path, overwrite: bool) -> Result<Self, Failure> {
        if !overwrite && path.exists() {
            return Err(exists(path));
        }
        let folder = match path.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        let temporary = NamedTempFile::new_in(folder).map_err(|error| cannot_write(path, error))?;
        Ok(WholeFile { path: path.to_owned(), overwrite, temporary })
    }

    /// Writes the content and puts the file in its place.
    pub fn commit(mut self, content: &[u8]) -> Result<(), Failure> {
        let file = self.temporary.as_file_mut();
        file.write_all(content)
            .and_then(|()| file.sync_all())
            .map_err(|error| cannot_write(&self.path, error))?;
        let placed = if self.overwrite {
            self.temporary.persist(&self.path)
        } else {
            self.temporary.persist_noclobber(&self.path)
        };
        match placed {
            Ok(_file) => Ok(()),
            Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => {
                Err(exists(&self.path))
            }
            Err(error) => Err(cannot_write(&self.path, error.error)),
        }
    }
}

fn exists(path: &Path) -> Failure {
    Failure::message(Kind::EXISTS, format!("{} exists already", path.display()))
        .hint("choose another name, or add --force to replace it")
}

fn cannot_write(path: &Path, error: std::io::Error) -> Failure {
    Failure::new(
        Kind::IO,
        anyhow::Error::new(error).context(format!("cannot write {}", path.display())),
    )
    .hint("check the folder's permissions and the space left on the disk")
}
