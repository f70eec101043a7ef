//! Which fingerprint is meant.

use fidoctl::client::fingerprints::Fingerprint;

use super::done::named;
use crate::failure::{Failure, Kind};
use crate::output::{hex, visible};

/// Finds the one fingerprint with this ID, else the one with this name, else the one whose ID
/// begins so.
pub fn choose(fingerprints: Vec<Fingerprint>, wanted: &str) -> Result<Fingerprint, Failure> {
    let digits = wanted.to_ascii_lowercase();
    let has_id = |one: &&Fingerprint| hex(&one.id) == digits;
    let has_name = |one: &&Fingerprint| one.name.as_deref() == Some(wanted);
    let begins = |one: &&Fingerprint| !digits.is_empty() && hex(&one.id).starts_with(&digits);
    let ways: [&dyn Fn(&&Fingerprint) -> bool; 3] = [&has_id, &has_name, &begins];
    for way in ways {
        let mut found: Vec<_> = fingerprints.iter().filter(way).cloned().collect();
        match (found.pop(), found.is_empty()) {
            (Some(only), true) => return Ok(only),
            (Some(last), false) => return Err(several(wanted, found.iter().chain([&last]))),
            (None, _) => {}
        }
    }
    let message = format!("no fingerprint on this key is called {}", visible(wanted));
    Err(Failure::message(Kind::NO_FINGERPRINT, message)
        .hint("see what is enrolled with 'fidoctl fingerprint list'"))
}

fn several<'f>(wanted: &str, found: impl Iterator<Item = &'f Fingerprint>) -> Failure {
    let found: Vec<_> = found.map(named).collect();
    let message =
        format!("several fingerprints are called {}: {}", visible(wanted), found.join(", "));
    Failure::message(Kind::SEVERAL_FINGERPRINTS, message).hint("name the one meant by its whole ID")
}
