//! A credential that was made: its record, its WebAuthn response, its report.

use std::path::PathBuf;

use fidoctl::cbor::{self, LossyText};
use fidoctl::ceremony;
use fidoctl::client::register::{Registered, Registration};
use fidoctl::ctap2::extensions::{CRED_PROTECT, CredProtect};
use fidoctl::webauthn::{AttestationObject, Base64Url, RegistrationResponseJson};
use serde_json::{Map, Value, json};

use super::blob_wishes::registration_pairs;
use super::enroll_rules::{pin_rules_json, rule_pairs};
use super::registration_form::{EnrollForm, Made, Printed, RegistrationForm, only_the_hash};
use super::rp_id::ClientData;
use super::wishes::{attestation_text, protocol_pair, protocol_text, verification_text};
use crate::device::Target;
use crate::failure::{Failure, Kind};
use crate::output::{Page, Report, hex, json_text, uuid, visible};
use crate::record::{CredentialRecord, RecordedUser};

/// What was made, ready to be shown and saved.
pub struct Enrolled {
    pub target: Target,
    pub registered: Registered,
    pub transports: Vec<String>,
    pub client_data: ClientData,
    pub wanted: Registration,
    /// The attestation object that the service gets.
    pub conveyed: AttestationObject,
    /// Client extension outputs.
    pub results: Map<String, Value>,
    pub saved: Option<PathBuf>,
    /// What is printed in place of the report.
    pub printed: Option<Printed>,
}

impl Enrolled {
    /// Returns what is saved of it.
    pub fn record(&self) -> Result<CredentialRecord, Failure> {
        let text = |text: &Option<LossyText>| text.as_ref().map(|t| t.0.clone());
        let user = RecordedUser {
            id: Base64Url(self.wanted.user.id.to_vec()),
            name: text(&self.wanted.user.name),
            display_name: text(&self.wanted.user.display_name),
        };
        let record = CredentialRecord::new(
            &self.wanted.rp.id,
            &self.registered.authenticator_data,
            &self.registered.attestation_object.to_vec(),
            user,
        );
        let mut record = record.ok_or_else(no_credential)?;
        record.discoverable = self.registered.discoverable;
        record.transports.clone_from(&self.transports);
        record.enterprise_attestation = self.registered.enterprise_attestation;
        record.minimum_pin_length = self.registered.pin_rules.min_pin_length;
        record.pin_complexity_policy = self.registered.pin_rules.pin_complexity_policy;
        if let ClientData::Json { json, origin } = &self.client_data {
            record.origin = Some(origin.clone());
            record.client_data_json = Some(Base64Url(json.clone()));
        }
        Ok(record)
    }

    fn credential_id(&self) -> Vec<u8> {
        let credential = self.registered.authenticator_data.attested_credential.as_ref();
        credential.map(|c| c.credential_id.clone()).unwrap_or_default()
    }

    fn response(&self, client_data_json: &[u8]) -> RegistrationResponseJson {
        ceremony::registration_response(
            &self.registered,
            &self.conveyed,
            self.transports.clone(),
            client_data_json,
            self.results.clone(),
        )
    }
}

impl Enrolled {
    /// Puts what was made into the form that was asked for.
    pub fn print(&mut self, form: EnrollForm) -> Result<(), Failure> {
        let printed = match (form, &self.client_data) {
            (EnrollForm::Webauthn, ClientData::Json { .. }) => {
                Printed::Text(json_text(&self.json()))
            }
            (EnrollForm::Webauthn, ClientData::Hash(_)) => return Err(only_the_hash()),
            (EnrollForm::Of(form), _) => self.print_key(form).map_err(|failure| {
                let id = Base64Url(self.credential_id());
                failure.hint(format!("the credential was made; its ID is {id}"))
            })?,
        };
        self.printed = Some(printed);
        Ok(())
    }

    fn print_key(&self, form: RegistrationForm) -> Result<Printed, Failure> {
        let credential = self.registered.authenticator_data.attested_credential.as_ref();
        let credential = credential.ok_or_else(no_credential)?;
        let made = Made {
            rp_id: &self.wanted.rp.id,
            credential_id: &credential.credential_id,
            public_key: &credential.public_key,
            attestation_object: &self.registered.attestation_object,
            client_data_hash: Some(self.client_data.hash()),
        };
        made.print(form)
    }
}

fn no_credential() -> Failure {
    Failure::message(Kind::INTERNAL, "a registration without a credential passed the checks")
}

impl Report for Enrolled {
    fn json(&self) -> Value {
        match &self.client_data {
            ClientData::Json { json, .. } => json!(self.response(json)),
            ClientData::Hash(hash) => {
                let object = &self.registered.attestation_object;
                let key = self.registered.authenticator_data.attested_credential.as_ref();
                json!({
                    "schema": "fidoctl.raw-registration/1",
                    "rp_id": self.wanted.rp.id,
                    "client_data_hash": hex(hash),
                    "credential_id": Base64Url(self.credential_id()),
                    "attestation_object": Base64Url(object.to_vec()),
                    "authenticator_data": Base64Url(object.authenticator_data.to_vec()),
                    "public_key_cose": key.map(|c| Base64Url(cbor::to_vec(&c.public_key))),
                    "public_key_pem": key.and_then(|c| c.public_key.to_pem()),
                    "user_id": Base64Url(self.wanted.user.id.to_vec()),
                    "extension_results": self.results,
                    "protocol": protocol_text(self.registered.protocol),
                    "enterprise_attestation": self.registered.enterprise_attestation,
                    "pin_rules": pin_rules_json(self.registered.pin_rules),
                })
            }
        }
    }

    fn human(&self, page: &mut Page) {
        page.good(&format!(
            "registered {} at {}",
            self.wanted.user.name.as_ref().map(|n| visible(&n.0)).unwrap_or_default(),
            visible(&self.wanted.rp.id)
        ));
        let mut pairs = self.target.pairs();
        pairs.push(("credential", Base64Url(self.credential_id()).to_string()));
        if let Some(credential) = &self.registered.authenticator_data.attested_credential {
            pairs.push(("algorithm", credential.public_key.algorithm().to_string()));
            pairs.push(("AAGUID", uuid(&credential.aaguid)));
        }
        pairs
            .push(("discoverable", if self.registered.discoverable { "yes" } else { "no" }.into()));
        pairs.push(("user verified", verification_text(self.registered.verification)));
        pairs.extend(protocol_pair(self.registered.protocol));
        let protection = self.registered.authenticator_data.extension(CRED_PROTECT);
        if let Some(level) = protection.and_then(|v| v.as_i64()).and_then(|l| u64::try_from(l).ok())
        {
            let name = CredProtect::from_level(level).map_or("unknown", CredProtect::name);
            pairs.push(("protection", format!("{level} ({name})")));
        }
        if self.wanted.third_party_payment {
            pairs.push(("for payments", "yes".to_owned()));
        }
        if let Some(secrets) = &self.registered.hmac_secrets {
            pairs.push(("secret", hex(secrets.first.as_slice())));
            pairs.extend(secrets.second.iter().map(|s| ("second secret", hex(s.as_slice()))));
        }
        pairs.extend(registration_pairs(&self.registered.blobs));
        let attestation = self.registered.attestation.as_ref();
        pairs.push((
            "attestation",
            attestation_text(&self.registered.attestation_object, attestation),
        ));
        if self.conveyed != self.registered.attestation_object {
            pairs.push(("told the service", "no attestation, as it asks for none".to_owned()));
        }
        if self.results.get("prf").is_some_and(|prf| prf["enabled"] == false) {
            pairs.push(("prf", "not supported by this key".to_owned()));
        }
        pairs.extend(rule_pairs(&self.registered));
        if let Some(path) = &self.saved {
            pairs.push(("saved in", path.display().to_string()));
        }
        page.pairs(pairs);
    }

    fn is_for_programs(&self) -> bool {
        self.saved.is_none()
    }

    fn verbatim(&self) -> Option<&str> {
        self.printed.as_ref()?.text()
    }

    fn bytes(&self) -> Option<&[u8]> {
        self.printed.as_ref()?.bytes()
    }
}
