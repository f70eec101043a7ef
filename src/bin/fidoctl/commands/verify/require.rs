//! What can be demanded in a word of its own.

use fidoctl::cose::Algorithm;
use fidoctl::relying_party::Expectations;

use crate::input::hex_bytes;

/// A demand; each makes a check that would otherwise be left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Requirement {
    UserVerified,
    DeviceBound,
    Attested,
    Aaguid([u8; 16]),
    Format(String),
    Algorithm(Algorithm),
}

const WORDS: &str = "uv, device-bound, attested, aaguid=UUID, format=NAME or algorithm=NAME";
const FORMATS: [&str; 8] =
    ["none", "packed", "fido-u2f", "tpm", "android-key", "android-safetynet", "apple", "compound"];

/// Parses a demand on a registration.
pub fn of_registration(text: &str) -> Result<Requirement, String> {
    let (word, value) = match text.split_once('=') {
        Some((word, value)) => (word, Some(value)),
        None => (text, None),
    };
    match (word, value) {
        ("uv", None) => Ok(Requirement::UserVerified),
        ("device-bound", None) => Ok(Requirement::DeviceBound),
        ("attested", None) => Ok(Requirement::Attested),
        ("aaguid", Some(value)) => aaguid(value),
        ("format", Some(value)) if FORMATS.contains(&value) => {
            Ok(Requirement::Format(value.to_owned()))
        }
        ("format", Some(_)) => Err(format!("a format is one of {}", FORMATS.join(", "))),
        ("algorithm", Some(value)) => Algorithm::parse(value)
            .map(Requirement::Algorithm)
            .ok_or_else(|| "an algorithm such as ES256 or -7 is wanted".to_owned()),
        _ => Err(format!("one of these is wanted: {WORDS}")),
    }
}

/// Parses a demand on an assertion, which says nothing about the key it came from.
pub fn of_assertion(text: &str) -> Result<Requirement, String> {
    match of_registration(text) {
        Ok(allowed @ (Requirement::UserVerified | Requirement::DeviceBound)) => Ok(allowed),
        Ok(_) => Err("that can be required of registrations only".to_owned()),
        Err(_) => Err("one of these is wanted: uv or device-bound".to_owned()),
    }
}

fn aaguid(text: &str) -> Result<Requirement, String> {
    let wrong = || "a UUID is wanted, such as ee882879-721c-4913-9775-3dfcce97072a".to_owned();
    let bytes = hex_bytes(&text.replace('-', "")).map_err(|_| wrong())?;
    bytes.try_into().map(Requirement::Aaguid).map_err(|_| wrong())
}

/// Adds the demands to what is expected; several of one kind are alternatives.
pub fn add(requirements: &[Requirement], expected: &mut Expectations) {
    for requirement in requirements {
        match requirement {
            Requirement::UserVerified => expected.require_user_verification = true,
            Requirement::DeviceBound => expected.refuse_backup_eligible = true,
            Requirement::Attested => expected.require_attestation = true,
            Requirement::Aaguid(aaguid) => expected.aaguids.get_or_insert_default().push(*aaguid),
            Requirement::Format(name) => {
                expected.formats.get_or_insert_default().push(name.clone());
            }
            Requirement::Algorithm(algorithm) => {
                expected.algorithms.get_or_insert_default().push(*algorithm);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_of_words_is_closed() {
        for known in [
            "uv",
            "device-bound",
            "attested",
            "aaguid=ee882879-721c-4913-9775-3dfcce97072a",
            "format=packed",
            "algorithm=es256",
            "algorithm=-7",
        ] {
            assert!(of_registration(known).is_ok(), "{known}");
        }
        for unknown in ["", "up", "uv=1", "aaguid", "aaguid=", "aaguid=ee", "format=x", "alg=ES256"]
        {
            assert!(of_registration(unknown).is_err(), "{unknown}");
        }
        assert!(of_assertion("uv").is_ok());
        assert!(of_assertion("attested").is_err());
    }

    #[test]
    fn several_of_a_kind_are_alternatives() {
        let mut expected = Expectations::default();
        let words = ["format=packed", "format=tpm", "uv"].map(|w| of_registration(w).unwrap());
        add(&words, &mut expected);
        assert_eq!(expected.formats.unwrap(), ["packed", "tpm"]);
        assert!(expected.require_user_verification);
        assert!(!expected.refuse_backup_eligible && expected.aaguids.is_none());
    }
}
