//! Which fingerprint is meant.

use fidoctl::client::fingerprints::Fingerprint;

use super::done::named;
use crate::failure::{Failure, Kind};
use crate::output::{hex, visible};

/// Finds the one fingerprint with this ID, else the one with this name, else the one whose ID
/// begins so.
pub fn choose(fingerprints: Vec<Fingerprint>, wanted: &str) -> Result<Fingerprint, Failure> {
    let digits = wanted.to_ascii_lowercase();
    let mut ways: [Box<dyn FnMut(&Fingerprint) -> bool>; 3] = [
        Box::new(|one| hex(&one.id) == digits),
        Box::new(|one| one.name.as_deref() == Some(wanted)),
        Box::new(|one| !digits.is_empty() && hex(&one.id).starts_with(&digits)),
    ];
    for way in &mut ways {
        let mut found: Vec<_> = fingerprints.iter().filter(|one| way(one)).cloned().collect();
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
