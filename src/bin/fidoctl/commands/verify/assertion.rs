use std::path::{Path, PathBuf};

use fidoctl::formats::libfido2::AssertionLines;
use fidoctl::formats::read_public_key;
use fidoctl::relying_party::authentication::{RawAssertion, verify, verify_raw};
use fidoctl::relying_party::{ClientData, StoredCredential};
use fidoctl::webauthn::{AuthenticationResponseJson, Base64Url};
use serde::Deserialize;

use super::checks::{ExpectationArgs, FileForm, Verified, read_json};
use super::require::{self, Requirement};
use crate::commands::Outcome;
use crate::failure::{Failure, Kind};
use crate::input::{read_file, read_lines};
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

    /// What the file holds
    #[arg(long, value_name = "FORM", default_value = "webauthn")]
    format: FileForm,

    /// The credential's record, as 'enroll --save' wrote it
    #[arg(long, value_name = "FILE", required_unless_present = "public_key")]
    credential: Option<PathBuf>,

    /// The credential's public key alone: PEM, JWK, or COSE in bytes, hex or base64
    #[arg(long, value_name = "FILE", conflicts_with = "credential")]
    public_key: Option<PathBuf>,

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
    let record = args.credential.as_deref().map(CredentialRecord::load).transpose()?;
    let stored = match (&record, &args.public_key) {
        (Some(record), _) => stored(record)?,
        (None, Some(path)) => key_alone(path)?,
        (None, None) => {
            return Err(Failure::message(Kind::USAGE, "the credential is missing")
                .hint("give --credential or --public-key"));
        }
    };
    let mut expected = args.expected.expectations();
    require::add(&args.require, &mut expected);
    let of_record = record.as_ref().map(|record| record.rp_id.clone());
    expected.rp_id = expected.rp_id.or(of_record);
    let findings = match (args.format, args.expected.client_data_hash) {
        (FileForm::Libfido2, hash) => {
            let lines =
                read_lines(&args.file, "what fido2-assert -V reads", AssertionLines::parse)?;
            expected.rp_id = expected.rp_id.or(Some(lines.rp_id));
            let assertion = RawAssertion {
                credential_id: None,
                user_handle: None,
                authenticator_data: &lines.authenticator_data,
                signature: &lines.signature,
                client_data: ClientData::Hash(hash.unwrap_or(lines.client_data_hash)),
            };
            verify_raw(&assertion, &expected, &stored)
        }
        (FileForm::Webauthn, Some(hash)) => {
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
        (FileForm::Webauthn, None) => {
            if expected.origins.is_none() {
                let origin = record.and_then(|record| record.origin);
                expected.origins = origin.map(|origin| vec![origin]);
            }
            let response: AuthenticationResponseJson =
                read_json(&args.file, "an AuthenticationResponseJSON")?;
            verify(&response, &expected, &stored)
        }
    };
    Ok(Verified::report("assertion", findings))
}

/// What is known of a credential of which there is only the key.
fn key_alone(path: &Path) -> Result<StoredCredential, Failure> {
    let public_key = read_public_key(&read_file(path)?).map_err(|error| {
        let error =
            anyhow::Error::new(error).context(format!("{} is not a public key", path.display()));
        Failure::new(Kind::BAD_FILE, error)
            .hint("give what 'fidoctl export --format pem' or 'fido2-cred -V' wrote")
    })?;
    Ok(StoredCredential {
        public_key,
        id: None,
        user_handle: None,
        sign_count: None,
        backup_eligible: None,
    })
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
