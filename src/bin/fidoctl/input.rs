//! Files and values that people hand in.

use std::io::Read;
use std::path::Path;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};
use fidoctl::formats::libfido2::LinesError;

use crate::failure::{Failure, Kind};

/// No file handed in is longer than this, unless its reader says so.
const LIMIT: u64 = 16 * 1024 * 1024;

/// Reads a file, or standard input for `-`.
pub fn read_file(path: &Path) -> Result<Vec<u8>, Failure> {
    read_file_up_to(path, LIMIT)
}

/// Reads a file that is at most so many bytes long, or standard input for `-`.
pub fn read_file_up_to(path: &Path, limit: u64) -> Result<Vec<u8>, Failure> {
    let unreadable = |error: std::io::Error| {
        Failure::new(
            Kind::BAD_FILE,
            anyhow::Error::new(error).context(format!("cannot read {}", path.display())),
        )
    };
    let mut content = Vec::new();
    let length = if path == Path::new("-") {
        std::io::stdin().lock().take(limit.saturating_add(1)).read_to_end(&mut content)
    } else {
        std::fs::File::open(path)
            .and_then(|file| file.take(limit.saturating_add(1)).read_to_end(&mut content))
    }
    .map_err(unreadable)?;
    if u64::try_from(length).is_ok_and(|length| length > limit) {
        return Err(Failure::message(
            Kind::BAD_FILE,
            format!("{} is longer than {limit} bytes", path.display()),
        ));
    }
    Ok(content)
}

/// Reads the lines of libfido2's tools.
pub fn read_lines<T>(
    path: &Path,
    what: &str,
    parse: impl FnOnce(&[u8]) -> Result<T, LinesError>,
) -> Result<T, Failure> {
    parse(&read_file(path)?).map_err(|error| {
        let error = anyhow::Error::new(error).context(format!("{} is not {what}", path.display()));
        Failure::new(Kind::BAD_FILE, error)
            .hint("see 'man fido2-cred' and 'man fido2-assert' for the lines")
    })
}

/// Bytes of an ID or a challenge; a type of its own because clap reads `Vec<u8>` as a list.
#[derive(Clone, Debug)]
pub struct Bytes(pub Vec<u8>);

/// Parses bytes given as base64url without padding, or as hex behind `hex:`.
pub fn bytes(text: &str) -> Result<Bytes, String> {
    match text.strip_prefix("hex:") {
        Some(digits) => hex_bytes(digits).map(Bytes),
        None => BASE64URL_NOPAD
            .decode(text.as_bytes())
            .map(Bytes)
            .map_err(|_| "base64url without padding is wanted, or hex behind 'hex:'".to_owned()),
    }
}

/// Parses bytes given as hex.
pub fn hex_bytes(text: &str) -> Result<Vec<u8>, String> {
    HEXLOWER_PERMISSIVE.decode(text.as_bytes()).map_err(|_| "hex digits are wanted".to_owned())
}

/// Parses 32 bytes given as hex.
pub fn hex_32(text: &str) -> Result<[u8; 32], String> {
    let bytes = hex_bytes(text)?;
    let length = bytes.len();
    bytes.try_into().map_err(|_| format!("32 bytes of hex are wanted, these are {length}"))
}
