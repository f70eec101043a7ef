//! A registration from a file, verified.

use std::path::Path;

use fidoctl::cbor::Strictness;
use fidoctl::relying_party::policy::{Chain, RegistrationFacts};
use fidoctl::relying_party::registration::{RawRegistration, verify, verify_raw};
use fidoctl::relying_party::{
    Attestation, AttestationProblem, ClientData, Error, Expectations, Report as Findings,
};
use fidoctl::webauthn::{AttestationObject, AuthenticatorData, RegistrationResponseJson};
use serde_json::Value;

use crate::failure::{Failure, Kind};
use crate::input::read_file;
use crate::metadata::Loaded;
use crate::record::{CredentialRecord, SCHEMA};

/// Reads and verifies a registration, a credential record or a RegistrationResponseJSON, and traces
/// its certificates to the roots that the metadata list for its model.
pub fn read(path: &Path, metadata: Option<&Loaded>) -> Result<RegistrationFacts, Failure> {
    let (mut facts, attestation) = verified(path)?;
    if let (Some(attestation), Some(loaded)) = (attestation, metadata)
        && let Some(entry) = loaded.metadata.entry(&facts.aaguid.0)
    {
        facts.chain = Chain::trace(&attestation, entry.attestation_roots(), loaded.at);
    }
    Ok(facts)
}

/// What a registration says, and its attestation, if that could be verified.
type Verified = (RegistrationFacts, Option<Attestation>);

fn verified(path: &Path) -> Result<Verified, Failure> {
    let content = read_file(path)?;
    let unreadable = |error: serde_json::Error| {
        let context = format!("{} is not a registration", path.display());
        Failure::new(Kind::BAD_FILE, anyhow::Error::new(error).context(context))
            .hint("give what 'fidoctl enroll --save' or 'fidoctl enroll --json' wrote")
    };
    let json: Value = serde_json::from_slice(&content).map_err(unreadable)?;
    if json.get("schema").and_then(Value::as_str) == Some(SCHEMA) {
        of_record(&serde_json::from_value(json).map_err(unreadable)?)
    } else {
        of_response(&serde_json::from_value(json).map_err(unreadable)?)
    }
}

fn of_response(response: &RegistrationResponseJson) -> Result<Verified, Failure> {
    let findings = genuine(verify(response, &Expectations::default()))?;
    let (facts, attestation) = of_object(&response.response.attestation_object.0, Some(&findings))?;
    let properties = response.client_extension_results.get("credProps");
    let told = Some(response.response.transports.clone());
    let facts = RegistrationFacts {
        discoverable: properties.and_then(|p| p.get("rk")).and_then(Value::as_bool),
        transports: told.filter(|transports| !transports.is_empty()),
        ..facts
    };
    Ok((facts, attestation))
}

fn of_record(record: &CredentialRecord) -> Result<Verified, Failure> {
    let object = &record.attestation_object.0;
    // Without client data nobody can tell whether the attestation's signature is right.
    let findings = record.client_data_json.as_ref().map(|client_data| {
        let expected = Expectations {
            rp_id: Some(record.rp_id.clone()),
            origins: record.origin.clone().map(|origin| vec![origin]),
            ..Expectations::default()
        };
        let client_data = ClientData::Json(&client_data.0);
        verify_raw(&RawRegistration { attestation_object: object, client_data }, &expected)
    });
    let findings = findings.map(genuine).transpose()?;
    let (facts, attestation) = of_object(object, findings.as_ref())?;
    let facts = RegistrationFacts {
        discoverable: Some(record.discoverable),
        enterprise_attestation: Some(record.enterprise_attestation),
        transports: Some(record.transports.clone()).filter(|list| !list.is_empty()),
        ..facts
    };
    Ok((facts, attestation))
}

/// Refuses what is not genuine; an attestation that cannot be verified here is another matter.
fn genuine(findings: Findings) -> Result<Findings, Failure> {
    let failed: Vec<_> = findings.failures().filter(|error| !is_beyond_us(error)).collect();
    if failed.is_empty() {
        return Ok(findings);
    }
    let failed: Vec<_> = failed.iter().map(ToString::to_string).collect();
    let message = format!("the registration is not genuine: {}", failed.join("; "));
    Err(Failure::message(Kind::NOT_GENUINE, message)
        .hint("do not accept it; 'fidoctl verify registration' goes through every check"))
}

fn is_beyond_us(error: &Error) -> bool {
    matches!(
        error,
        Error::Attestation { problem: AttestationProblem::UnknownFormat, .. }
            | Error::UnsupportedAlgorithm(_)
    )
}

fn of_object(object: &[u8], findings: Option<&Findings>) -> Result<Verified, Failure> {
    let wrong = |error: anyhow::Error| {
        let context = "the registration's attestation object cannot be read";
        Failure::new(Kind::BAD_FILE, error.context(context))
    };
    let object = AttestationObject::from_slice(object).map_err(|error| wrong(error.into()))?;
    let data = AuthenticatorData::parse(&object.authenticator_data, Strictness::Canonical)
        .map_err(|error| wrong(error.into()))?;
    let attestation = findings.and_then(Findings::attestation);
    let facts = RegistrationFacts::new(&data, &object.format, attestation)
        .ok_or_else(|| wrong(anyhow::anyhow!("there is no credential in it")))?;
    Ok((facts, attestation.cloned()))
}
