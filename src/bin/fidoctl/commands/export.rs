use std::path::PathBuf;

use fidoctl::webauthn::{AttestationObject, CollectedClientData};
use serde_json::{Value, json};

use super::Outcome;
use super::registration_form::{Made, Printed, RegistrationForm};
use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::output::{Page, Report, hex};
use crate::record::CredentialRecord;

/// Write a saved credential in the form of another program
///
/// No key is needed: everything is in the record.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  fidoctl export --credential cred.json --format jwk > key.jwk")]
pub struct Args {
    /// The credential's record, as 'enroll --save' wrote it; '-' for standard input
    #[arg(long, value_name = "FILE")]
    credential: PathBuf,

    /// The form
    #[arg(long, value_name = "FORM", default_value = "pem")]
    format: RegistrationForm,

    /// The client data hash, for a record made of nothing but that, in hex
    #[arg(long, value_name = "HEX", value_parser = crate::input::hex_32)]
    client_data_hash: Option<[u8; 32]>,
}

pub fn run(args: &Args, context: &Context) -> Outcome {
    args.format.check(context.global.json)?;
    let record = CredentialRecord::load(&args.credential)?;
    let client_data_hash = client_data_hash(&record, args.client_data_hash)?;
    let object = AttestationObject::from_slice(&record.attestation_object.0).map_err(|error| {
        let error = anyhow::Error::new(error);
        Failure::new(Kind::BAD_FILE, error.context("the record's attestation object is damaged"))
    })?;
    let made = Made {
        rp_id: &record.rp_id,
        credential_id: &record.credential_id.0,
        public_key: &record.public_key()?,
        attestation_object: &object,
        client_data_hash,
    };
    Ok(Box::new(Exported(made.print(args.format)?)))
}

fn client_data_hash(
    record: &CredentialRecord,
    hash: Option<[u8; 32]>,
) -> Result<Option<[u8; 32]>, Failure> {
    match (&record.client_data_json, hash) {
        (Some(_), Some(_)) => Err(Failure::message(
            Kind::USAGE,
            "the record has the client data, so their hash must not be given",
        )
        .hint("leave out --client-data-hash")),
        (Some(json), None) => Ok(Some(CollectedClientData::hash(&json.0))),
        (None, hash) => Ok(hash),
    }
}

/// A credential in the form that was asked for.
struct Exported(Printed);

impl Report for Exported {
    fn json(&self) -> Value {
        json!(null)
    }

    fn human(&self, page: &mut Page) {
        if let Printed::Bytes(bytes) = &self.0 {
            page.line(&hex(bytes));
        }
    }

    fn verbatim(&self) -> Option<&str> {
        self.0.text()
    }

    fn bytes(&self) -> Option<&[u8]> {
        self.0.bytes()
    }
}
