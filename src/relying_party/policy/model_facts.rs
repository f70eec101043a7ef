//! What an entry of the metadata says, for a policy.

use super::{Aaguid, KeyFacts, Lookup, ModelFacts};
use crate::cose::Algorithm;
use crate::relying_party::metadata::{Entry, GetInfo, Metadata};

impl Lookup {
    /// Looks for a model.
    pub fn of(metadata: Option<&Metadata>, aaguid: Aaguid) -> Self {
        match metadata.map(|metadata| metadata.entry(&aaguid.0)) {
            None => Lookup::NotGiven,
            Some(None) => Lookup::NotListed,
            Some(Some(entry)) => Lookup::Listed(Box::new(ModelFacts::new(entry))),
        }
    }
}

impl ModelFacts {
    /// Takes what an entry says.
    pub fn new(entry: &Entry) -> Self {
        let statement = entry.statement();
        let support = statement.multi_device_credential_support();
        ModelFacts {
            description: entry.description().unwrap_or_default().to_owned(),
            certified: entry.certification(),
            warnings: entry.problems().map(|report| report.status.name().to_owned()).collect(),
            attestation_types: statement.attestation_types().map(str::to_owned).collect(),
            has_roots: !entry.attestation_roots().is_empty(),
            get_info: entry.get_info().map(KeyFacts::of_statement),
            multi_device: support.map(|support| support != "unsupported"),
        }
    }
}

impl KeyFacts {
    /// Takes what a metadata statement says that keys of a model answer.
    fn of_statement(info: &GetInfo) -> Self {
        let members = info.members();
        let texts = |name| members.texts(name).map(str::to_owned).collect();
        let listed = |name| members.as_json().contains_key(name);
        let algorithms = || info.algorithms().map(Algorithm).collect();
        KeyFacts {
            versions: texts("versions"),
            extensions: texts("extensions"),
            aaguid: members.text("aaguid").and_then(Aaguid::parse).unwrap_or_default(),
            options: info.options().map(|(name, value)| (name.to_owned(), value)).collect(),
            algorithms: listed("algorithms").then(algorithms),
            transports: listed("transports").then(|| texts("transports")),
            attestation_formats: listed("attestationFormats").then(|| texts("attestationFormats")),
            min_pin_length: members.number("minPINLength"),
            firmware_version: members.number("firmwareVersion"),
            free_slots: members.number("remainingDiscoverableCredentials"),
            pin_complexity_policy: members.truth("pinComplexityPolicy"),
            pin_retries: None,
        }
    }
}
