//! What a verified registration says, for a policy.

use std::time::SystemTime;

use super::{Aaguid, Chain, RegistrationFacts};
use crate::cbor::Value;
use crate::relying_party::attestation_checks::check_chains;
use crate::relying_party::{Attestation, Error, Trust};
use crate::webauthn::{AuthenticatorData, Flags};

impl RegistrationFacts {
    /// Takes what authenticator data, the format and the verified attestation say; `None` if there
    /// is no credential in them. What only a client knows is left open.
    pub fn new(
        data: &AuthenticatorData,
        format: &str,
        attestation: Option<&Attestation>,
    ) -> Option<Self> {
        let credential = data.attested_credential.as_ref()?;
        let number = |name| data.extension(name).and_then(Value::as_i64);
        Some(RegistrationFacts {
            aaguid: Aaguid(credential.aaguid),
            algorithm: credential.public_key.algorithm(),
            format: format.to_owned(),
            attestation: attestation.map(|attestation| attestation.kind),
            chain: Chain::NotChecked,
            user_verified: data.flags.contains(Flags::UV),
            backup_eligible: data.flags.contains(Flags::BE),
            backed_up: data.flags.contains(Flags::BS),
            discoverable: None,
            enterprise_attestation: None,
            transports: None,
            extensions: granted(data),
            min_pin_length: number("minPinLength").and_then(|length| length.try_into().ok()),
            pin_complexity_policy: data.extension("pinComplexityPolicy").and_then(Value::as_bool),
        })
    }
}

impl Chain {
    /// Traces an attestation's certificates to one of the roots (DER) that the model's metadata
    /// list, as of `at`.
    pub fn trace(attestation: &Attestation, roots: &[Vec<u8>], at: SystemTime) -> Self {
        let trust = Trust { roots: roots.to_vec(), at: Some(at) };
        match check_chains(attestation, &trust) {
            Ok(()) => Chain::Trusted,
            Err(Error::NotAttested) => Chain::NotChecked,
            Err(error) => Chain::Untrusted(error.to_string()),
        }
    }
}

/// Returns the extensions that answered with anything but "no".
fn granted(data: &AuthenticatorData) -> Vec<String> {
    let Some(Value::Map(outputs)) = &data.extensions else {
        return Vec::new();
    };
    let granted = outputs.iter().filter(|(_, output)| output.as_bool() != Some(false));
    granted.filter_map(|(name, _)| name.as_text().map(str::to_owned)).collect()
}
