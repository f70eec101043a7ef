use std::path::PathBuf;

use fidoctl::relying_party::authentication::{RawAssertion, verify, verify_raw};
use fidoctl::relying_party::{ClientData, StoredCredential};
use fidoctl::webauthn::{AuthenticationResponseJson, Base64Url};
use serde::Deserialize;

use super::checks::{ExpectationArgs, Verified, read_json};
use super::require::{self, Requirement};
use crate::commands::Outcome;
use crate::failure::Failure;
use crate::record::CredentialRecord;

/// Check an assertion: client data, flags, signature, counter
///
/// Origin and RP ID are taken from the credential record unless they are given.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  fidoctl verify assertion assertion.json --credential cred.json"
)]
pub struct Args {
    /// What 'fidoctl assert --json' printed, or any AuthenticationResponseJSON; '-' for stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// The credential's record, as 'enroll --save' wrote it
    #[arg(long, value_name = "FILE")]
    credential: PathBuf,

    #[command(flatten)]
    expected: ExpectationArgs,

    /// Demand more: uv, device-bound (it cannot be backed up)
    #[arg(long, value_name = "WORDS", value_delimiter = ',', value_parser = require::of_assertion)]
    require: Vec<Requirement>,
}

#[derive(Deserialize)]
struct RawFile {
    credential_id: Option<Base64Url>,
    user_id: Option<Base64Url>,
    authenticator_data: Base64Url,
    signature: Base64Url,
}

pub fn run(args: &Args) -> Outcome {
    let record = CredentialRecord::load(&args.credential)?;
    let stored = stored(&record)?;
    let mut expected = args.expected.expectations();
    require::add(&args.require, &mut expected);
    if expected.rp_id.is_none() {
        expected.rp_id = Some(record.rp_id.clone());
    }
    let findings = match args.expected.client_data_hash {
        Some(hash) => {
            let file: RawFile = read_json(&args.file, "a raw assertion")?;
            let assertion = RawAssertion {
                credential_id: file.credential_id.as_ref().map(|id| id.0.as_slice()),
                user_handle: file.user_id.as_ref().map(|id| id.0.as_slice()),
                authenticator_data: &file.authenticator_data.0,
                signature: &file.signature.0,
                client_data: ClientData::Hash(hash),
            };
            verify_raw(&assertion, &expected, &stored)
        }
        None => {
            if expected.origins.is_none() {
                expected.origins = record.origin.clone().map(|origin| vec![origin]);
            }
            let response: AuthenticationResponseJson =
                read_json(&args.file, "an AuthenticationResponseJSON")?;
            verify(&response, &expected, &stored)
        }
    };
    Ok(Verified::report("assertion", findings))
}

fn stored(record: &CredentialRecord) -> Result<StoredCredential, Failure> {
    Ok(StoredCredential {
        public_key: record.public_key()?,
        id: Some(record.credential_id.0.clone()),
        user_handle: Some(record.user.id.0.clone()),
        sign_count: Some(record.sign_count),
        backup_eligible: Some(record.backup_eligible),
    })
}
