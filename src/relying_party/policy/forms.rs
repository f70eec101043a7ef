//! The clauses as policy files write them: one table.

use toml::de::DeValue;

use super::clause::{OptionState, Version};
use super::{Aaguid, Clause};
use crate::cose::Algorithm;
use crate::relying_party::metadata::Level;

/// A clause as policy files write it.
pub struct ClauseForm {
    /// The clause's name, to the left of `=`.
    pub name: &'static str,
    /// An example of what stands to the right of it.
    pub example: &'static str,
    /// What it demands.
    pub words: &'static str,
    /// Reads what stands to the right; otherwise says what is wanted there.
    pub(super) parse: fn(&DeValue<'_>) -> Result<Clause, String>,
}

/// What there is to a value of a certain form.
type Read<T> = Result<T, String>;

macro_rules! forms {
    ($( $name:literal = $example:literal, $words:literal, |$value:ident| $parse:expr; )+) => {
        &[ $( ClauseForm {
            name: $name, example: $example, words: $words, parse: |$value| $parse,
        } ),+ ]
    };
}

/// Every clause.
pub const FORMS: &[ClauseForm] = forms! {
    "min-version" = "\"FIDO_2_1\"", "The key speaks this version of CTAP2 or a later one",
    |v| one_of(v, Version::parse, "a version: FIDO_2_0, FIDO_2_1_PRE, FIDO_2_1, FIDO_2_2 or FIDO_2_3")
        .map(Clause::MinVersion);

    "versions" = "[\"FIDO_2_1\", \"U2F_V2\"]", "The key lists all of these versions",
    |v| names(v).map(Clause::Versions);

    "options" = "{ credMgmt = true, ep = \"supported\" }",
    "Options of getInfo: `true` on, `false` off or not there, `\"supported\"` there, on or off",
    |v| options(v).map(Clause::Options);

    "extensions" = "[\"hmac-secret\"]", "The key has all of these extensions",
    |v| names(v).map(Clause::Extensions);

    "algorithms" = "[\"ES256\", \"EdDSA\"]",
    "The key knows one of these algorithms; the credential of a registration uses one of them",
    |v| algorithms(v).map(Clause::Algorithms);

    "transports" = "[\"usb\", \"nfc\"]", "The key can be reached in all of these ways",
    |v| names(v).map(Clause::Transports);

    "min-firmware" = "328706", "The firmware's number is this or higher",
    |v| number(v).map(Clause::MinFirmware);

    "min-pin-length" = "6", "The key takes no PIN shorter than this",
    |v| number(v).map(Clause::MinPinLength);

    "pin-complexity" = "true", "The key refuses PINs that are easy to guess",
    |v| truth(v).map(Clause::PinComplexity);

    "pin-set" = "true", "A PIN is set", |v| truth(v).map(Clause::PinSet);

    "min-pin-retries" = "5", "So many PIN tries are left, or more; asks the key",
    |v| number(v).map(Clause::MinPinRetries);

    "min-free-slots" = "2", "There is room for so many more discoverable credentials",
    |v| number(v).map(Clause::MinFreeSlots);

    "discoverable" = "true",
    "The key keeps discoverable credentials; the credential of a registration is one",
    |v| demanded(v).map(|()| Clause::Discoverable);

    "several-accounts" = "true", "The key keeps a credential for each account of a service",
    |v| demanded(v).map(|()| Clause::SeveralAccounts);

    "user-verification" = "true",
    "The key can verify its user, with a PIN or by itself; at the registration it did",
    |v| demanded(v).map(|()| Clause::UserVerification);

    "always-uv" = "true", "The key verifies its user always", |v| truth(v).map(Clause::AlwaysUv);

    "enterprise-attestation" = "false",
    "Enterprise attestation is on; the attestation of a registration names the very key",
    |v| truth(v).map(Clause::EnterpriseAttestation);

    "aaguid-allow" = "[\"2fc0579f-8113-47ea-b116-bb5a8db9202a\"]", "It is one of these models",
    |v| aaguids(v).map(Clause::AaguidAllow);

    "aaguid-block" = "[\"2fc0579f-8113-47ea-b116-bb5a8db9202a\"]", "It is none of these models",
    |v| aaguids(v).map(Clause::AaguidBlock);

    "attestation-formats" = "[\"packed\"]", "The attestation is of one of these formats",
    |v| names(v).map(Clause::AttestationFormats);

    "attested" = "true",
    "An attestation key signs, and its certificates lead to a root in the model's metadata",
    |v| demanded(v).map(|()| Clause::Attested);

    "certified" = "\"L1\"",
    "The model is certified at this level or higher: `any`, `L1`, `L1plus`, `L2`, `L2plus`, `L3`, `L3plus`",
    |v| one_of(v, level, "a level: any, L1, L1plus, L2, L2plus, L3 or L3plus")
        .map(Clause::Certified);

    "not-revoked" = "true", "No report in the metadata says that the model is revoked or compromised",
    |v| demanded(v).map(|()| Clause::NotRevoked);

    "backup-eligible" = "false", "The credential can be copied to other devices",
    |v| truth(v).map(Clause::BackupEligible);

    "backed-up" = "false", "The credential is on other devices too",
    |v| truth(v).map(Clause::BackedUp);
};

/// Reads a whole number, zero or more.
fn number(value: &DeValue<'_>) -> Read<u64> {
    let number = value.as_integer().and_then(|n| u64::from_str_radix(n.as_str(), n.radix()).ok());
    number.ok_or_else(|| "a whole number is wanted, such as 6".to_owned())
}

fn truth(value: &DeValue<'_>) -> Read<bool> {
    value.as_bool().ok_or_else(|| "true or false is wanted".to_owned())
}

/// Reads `true`; a clause that cannot be turned round is left out, not set to false.
fn demanded(value: &DeValue<'_>) -> Read<()> {
    match value.as_bool() {
        Some(true) => Ok(()),
        _ => Err("true is wanted; leave the clause out to demand nothing".to_owned()),
    }
}

fn one_of<T>(value: &DeValue<'_>, parse: fn(&str) -> Option<T>, wanted: &str) -> Read<T> {
    value.as_str().and_then(parse).ok_or_else(|| format!("{wanted} is wanted"))
}

/// Reads a list of strings with at least one in it.
fn names(value: &DeValue<'_>) -> Read<Vec<String>> {
    let list = value.as_array().map(|list| {
        list.iter()
            .map(|item| item.get_ref().as_str().map(str::to_owned))
            .collect::<Option<Vec<_>>>()
    });
    match list.flatten() {
        Some(list) if !list.is_empty() => Ok(list),
        _ => Err("a list of strings is wanted, with at least one in it".to_owned()),
    }
}

fn algorithms(value: &DeValue<'_>) -> Read<Vec<Algorithm>> {
    each(names(value)?, Algorithm::parse, "algorithm, such as ES256")
}

fn aaguids(value: &DeValue<'_>) -> Read<Vec<Aaguid>> {
    each(names(value)?, Aaguid::parse, "AAGUID, such as 2fc0579f-8113-47ea-b116-bb5a8db9202a")
}

fn each<T>(names: Vec<String>, parse: fn(&str) -> Option<T>, what: &str) -> Read<Vec<T>> {
    let parsed = names.into_iter().map(|name| parse(&name).ok_or(name));
    parsed.collect::<Result<_, _>>().map_err(|name| format!("{name:?} is no {what}"))
}

/// Levels as policy files and reports write them.
pub(super) const LEVELS: [(&str, Level); 7] = [
    ("any", Level::Certified),
    ("L1", Level::L1),
    ("L1plus", Level::L1Plus),
    ("L2", Level::L2),
    ("L2plus", Level::L2Plus),
    ("L3", Level::L3),
    ("L3plus", Level::L3Plus),
];

fn level(text: &str) -> Option<Level> {
    LEVELS.into_iter().find_map(|(name, level)| (name == text).then_some(level))
}

fn options(value: &DeValue<'_>) -> Read<Vec<(String, OptionState)>> {
    let wanted = "a table of options is wanted, each true, false or \"supported\"";
    let table = value.as_table().filter(|table| !table.is_empty()).ok_or(wanted)?;
    let options = table.iter().map(|(name, value)| {
        let value = value.get_ref();
        let state = match (value.as_bool(), value.as_str()) {
            (Some(true), _) => OptionState::On,
            (Some(false), _) => OptionState::Off,
            (None, Some("supported")) => OptionState::Supported,
            _ => return Err(format!("option {}: {wanted}", name.get_ref())),
        };
        Ok((name.get_ref().to_string(), state))
    });
    options.collect()
}
