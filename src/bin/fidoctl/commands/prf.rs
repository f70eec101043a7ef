//! Inputs of WebAuthn's `prf` extension as they are typed.

use std::path::{Path, PathBuf};

use fidoctl::client::hmac_secret::Salts;

use crate::failure::Failure;
use crate::input::{Bytes, bytes, read_file};

/// An input: text, bytes or a file.
#[derive(Clone, Debug)]
pub enum PrfInput {
    Bytes(Vec<u8>),
    File(PathBuf),
}

/// Parses an input: hex behind `hex:`, a file behind `@`, and everything else as text.
pub fn prf_input(text: &str) -> Result<PrfInput, String> {
    if let Some(path) = text.strip_prefix('@') {
        return Ok(PrfInput::File(PathBuf::from(path)));
    }
    if text.starts_with("hex:") {
        return bytes(text).map(|Bytes(bytes)| PrfInput::Bytes(bytes));
    }
    Ok(PrfInput::Bytes(text.as_bytes().to_vec()))
}

impl PrfInput {
    fn read(&self) -> Result<Vec<u8>, Failure> {
        match self {
            PrfInput::Bytes(bytes) => Ok(bytes.clone()),
            PrfInput::File(path) => read_file(Path::new(path)),
        }
    }
}

/// Makes salts of raw ones or of `prf` inputs, whichever are given.
pub fn salts(
    raw: (Option<[u8; 32]>, Option<[u8; 32]>),
    prf: (Option<&PrfInput>, Option<&PrfInput>),
) -> Result<Option<Salts>, Failure> {
    if let Some(first) = prf.0 {
        let second = prf.1.map(PrfInput::read).transpose()?;
        return Ok(Some(Salts::of_prf(&first.read()?, second.as_deref())));
    }
    Ok(raw.0.map(|first| Salts { first, second: raw.1 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_are_text_unless_they_say_otherwise() {
        let read = |text| prf_input(text).map(|input| format!("{input:?}"));
        assert_eq!(read("disk"), Ok("Bytes([100, 105, 115, 107])".to_owned()));
        assert_eq!(read("hex:00ff"), Ok("Bytes([0, 255])".to_owned()));
        assert_eq!(read("@key.bin"), Ok("File(\"key.bin\")".to_owned()));
        assert!(read("hex:0").is_err());
    }
}
