//! What is checked in every answer before it is believed (WebAuthn L3 §7).

use super::{Error, Verification};
use crate::cbor::{self, Value};
use crate::relying_party::attestation::{self, Attestation};
use crate::relying_party::{self, AttestationProblem};
use crate::webauthn::{
    AttestationObject, AuthenticatorData, AuthenticatorDataError, Flags, rp_id_hash,
};

/// Checks that the answer is for this relying party.
pub(super) fn check_rp_id(data: &AuthenticatorData, rp_id: &str) -> Result<(), Error> {
    if data.rp_id_hash == rp_id_hash(rp_id) {
        Ok(())
    } else {
        Err(relying_party::Error::RpIdHash.into())
    }
}

/// Checks the flags against what was asked for, and says how the person was verified.
pub(super) fn check_flags(
    data: &AuthenticatorData,
    user_presence: bool,
    verification: Verification,
) -> Result<Verification, Error> {
    if user_presence && !data.flags.contains(Flags::UP) {
        return Err(relying_party::Error::UserNotPresent.into());
    }
    if data.flags.contains(Flags::BS) && !data.flags.contains(Flags::BE) {
        return Err(relying_party::Error::BackupFlags.into());
    }
    match (verification, data.flags.contains(Flags::UV)) {
        (Verification::None, false) => Ok(Verification::None),
        // Some keys verify of their own accord.
        (Verification::None, true) => Ok(Verification::BuiltIn),
        (_, false) => Err(Error::NotVerified),
        (used, true) => Ok(used),
    }
}

/// Checks an attestation; `None` if its format or algorithm cannot be checked here.
pub(super) fn check_attestation(
    object: &AttestationObject,
    data: &AuthenticatorData,
    client_data_hash: &[u8; 32],
) -> Result<Option<Attestation>, Error> {
    match attestation::verify(object, data, client_data_hash) {
        Ok(attestation) => Ok(Some(attestation)),
        Err(
            relying_party::Error::UnsupportedAlgorithm(_)
            | relying_party::Error::Attestation {
                problem: AttestationProblem::UnknownFormat | AttestationProblem::Withdrawn,
                ..
            },
        ) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Checks that only extensions answered that were asked.
pub(super) fn check_extensions(data: &AuthenticatorData, asked: &[&str]) -> Result<(), Error> {
    let outputs = match &data.extensions {
        None => return Ok(()),
        Some(Value::Map(outputs)) => outputs,
        Some(_) => {
            let source = cbor::Error::Type("extension outputs are a map".to_owned());
            return Err(AuthenticatorDataError::Extensions(source).into());
        }
    };
    for (identifier, _) in outputs {
        match identifier {
            Value::Text(identifier) if asked.contains(&identifier.as_str()) => {}
            Value::Text(identifier) => {
                return Err(relying_party::Error::UnexpectedExtension(identifier.clone()).into());
            }
            _ => {
                let source = cbor::Error::Type("extension identifiers are text".to_owned());
                return Err(AuthenticatorDataError::Extensions(source).into());
            }
        }
    }
    Ok(())
}

/// Returns an extension's output that is true or false, if it answered.
pub(super) fn truth_output(
    data: &AuthenticatorData,
    extension: &'static str,
) -> Result<Option<bool>, Error> {
    let output = data
        .extension(extension)
        .map(|output| output.as_bool().ok_or(relying_party::Error::ExtensionOutput(extension)));
    Ok(output.transpose()?)
}
