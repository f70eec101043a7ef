//! A personality by name, or out of a file.

use std::path::Path;

use fidoctl::authenticator::{CreationOptions, NamedPersonality, Personality, PersonalityError};

use crate::failure::{Failure, Kind};
use crate::input::read_file;

/// Finds what `--like` names: a personality that comes along, or a file.
pub fn like(text: &str) -> Result<CreationOptions, Failure> {
    let personality = match NamedPersonality::find(text) {
        Some(named) => named.read().map_err(|error| Failure::new(Kind::INTERNAL, error))?,
        None => from_file(text)?,
    };
    Ok(personality.options(Some(text)))
}

/// Finds a personality that comes along.
pub fn named(name: &str) -> Result<NamedPersonality, Failure> {
    NamedPersonality::find(name).ok_or_else(|| unknown(name))
}

fn from_file(text: &str) -> Result<Personality, Failure> {
    let path = Path::new(text);
    // A name with a slip of the pen is likelier than a file that is missing.
    if text != "-" && path.components().count() == 1 && !path.exists() {
        return Err(unknown(text));
    }
    let content = utf8(path)?;
    match Personality::from_json(&content) {
        Err(PersonalityError::Schema { found }) if found.starts_with("fidoctl.info/") => {
            Personality::from_info_json(&content)
        }
        read => read,
    }
    .map_err(|error| unfit(path, error))
}

/// Reads a file as text.
pub fn utf8(path: &Path) -> Result<String, Failure> {
    String::from_utf8(read_file(path)?)
        .map_err(|_| Failure::message(Kind::BAD_FILE, format!("{} is no text", path.display())))
}

/// Says why a file cannot be used.
pub fn unfit(path: &Path, error: PersonalityError) -> Failure {
    let context = format!("{} is no personality", path.display());
    Failure::new(Kind::BAD_FILE, anyhow::Error::new(error).context(context))
        .hint("begin with one that there is: 'fidoctl virtual personality show NAME'")
}

fn unknown(name: &str) -> Failure {
    Failure::message(Kind::USAGE, format!("no personality is called {name:?}")).hint(
        "see them with 'fidoctl virtual personality list', or name a file such as ./my-key.json",
    )
}
