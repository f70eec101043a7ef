//! Credentials named by an ID, or by its beginning.

use data_encoding::HEXLOWER_PERMISSIVE;
use fidoctl::webauthn::Base64Url;

use super::shown::Shown;
use crate::failure::{Failure, Kind};
use crate::output::hex;

/// Fewer characters name nothing on purpose.
const SHORTEST: usize = 4;

/// The beginning of a credential ID, in base64url or hex.
#[derive(Clone, Debug)]
pub struct IdPrefix(String);

/// Parses the beginning of a credential ID.
pub fn id_prefix(text: &str) -> Result<IdPrefix, String> {
    let digits = text.strip_prefix("hex:").unwrap_or(text);
    if digits.len() < SHORTEST {
        return Err(format!("at least {SHORTEST} characters of the ID are wanted"));
    }
    let fits = |c: char| match text.len() == digits.len() {
        true => c.is_ascii_alphanumeric() || "-_".contains(c),
        false => c.is_ascii_hexdigit(),
    };
    if !digits.chars().all(fits) {
        return Err("a credential ID in base64url or hex is wanted, or its beginning".to_owned());
    }
    Ok(IdPrefix(text.to_owned()))
}

impl IdPrefix {
    fn matches(&self, id: &[u8]) -> bool {
        match self.0.strip_prefix("hex:") {
            Some(digits) => begins_in_hex(id, digits),
            None => {
                begins_in_hex(id, &self.0)
                    || Base64Url(id.to_vec()).to_string().starts_with(&self.0)
            }
        }
    }

    fn is_whole(&self, id: &[u8]) -> bool {
        let digits = self.0.strip_prefix("hex:").unwrap_or(&self.0);
        HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).is_ok_and(|decoded| decoded == id)
            || Base64Url(id.to_vec()).to_string() == self.0
    }

    /// Finds the one credential that is meant.
    pub fn find<'s>(&self, all: &'s [Shown]) -> Result<&'s Shown, Failure> {
        if let Some(whole) = all.iter().find(|shown| self.is_whole(&shown.credential.id)) {
            return Ok(whole);
        }
        let found: Vec<&Shown> =
            all.iter().filter(|shown| self.matches(&shown.credential.id)).collect();
        match found.as_slice() {
            [] => Err(Failure::message(
                Kind::NO_CREDENTIALS,
                format!("no credential on this key has an ID that begins with {}", self.0),
            )
            .hint("see what is stored with 'fidoctl credential list'")),
            [only] => Ok(only),
            several => {
                let ids: Vec<_> = several.iter().map(|shown| hex(&shown.credential.id)).collect();
                Err(Failure::message(
                    Kind::USAGE,
                    format!("{} credentials have an ID that begins with {}", ids.len(), self.0),
                )
                .hint(format!("give more of the ID, one of: {}", ids.join(", "))))
            }
        }
    }
}

fn begins_in_hex(id: &[u8], digits: &str) -> bool {
    hex(id).starts_with(&digits.to_ascii_lowercase())
}
