//! What a connected key says of itself, for a policy.

use super::pin_tries::pin_retries;
use super::{Error, Session};
use crate::ctap2::GetInfoResponse;
use crate::relying_party::policy::{Aaguid, KeyFacts, Policy};

/// Gathers what `policy` asks about: no message, or one if it asks how many PIN tries are left.
pub fn gather(session: &mut Session<'_>, policy: &Policy) -> Result<KeyFacts, Error> {
    session.refresh_if_stale()?;
    let mut facts = of_info(session.info());
    if policy.needs_pin_retries() && session.info().pin_is_set() {
        facts.pin_retries = Some(pin_retries(session)?.left);
    }
    Ok(facts)
}

/// Takes what getInfo says; PIN tries are not part of that.
pub fn of_info(info: &GetInfoResponse) -> KeyFacts {
    let options = info.options.iter().flat_map(|options| options.iter());
    let algorithms = info.algorithms.as_ref();
    KeyFacts {
        versions: info.versions.clone(),
        extensions: info.extensions.clone().unwrap_or_default(),
        aaguid: Aaguid(*info.aaguid),
        options: options.map(|(name, value)| (name.to_owned(), *value)).collect(),
        algorithms: algorithms.map(|listed| listed.iter().map(|p| p.algorithm).collect()),
        transports: info.transports.clone(),
        attestation_formats: info.attestation_formats.clone(),
        min_pin_length: info.min_pin_length,
        firmware_version: info.firmware_version,
        free_slots: info.remaining_discoverable_credentials,
        pin_complexity_policy: info.pin_complexity_policy,
        pin_retries: None,
    }
}
