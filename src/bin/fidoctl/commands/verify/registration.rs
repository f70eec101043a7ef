use std::path::PathBuf;

use fidoctl::cbor::Strictness;
use fidoctl::cose::Algorithm;
use fidoctl::formats::libfido2::CredentialLines;
use fidoctl::relying_party::ClientData;
use fidoctl::relying_party::registration::{RawRegistration, verify, verify_raw};
use fidoctl::webauthn::{AuthenticatorData, Base64Url, RegistrationResponseJson};
use serde::Deserialize;

use super::checks::{ExpectationArgs, FileForm, Verified, read_json};
use crate::commands::Outcome;
use crate::input::read_lines;

/// Check a registration: client data, flags, credential, attestation
///
/// The attestation's signature and certificate are checked, but not traced to a root.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  fidoctl verify registration registration.json --origin https://example.com"
)]
pub struct Args {
    /// What 'fidoctl enroll --json' printed, or any RegistrationResponseJSON; '-' for stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// What the file holds
    #[arg(long, value_name = "FORM", default_value = "webauthn")]
    format: FileForm,

    #[command(flatten)]
    expected: ExpectationArgs,
}

#[derive(Deserialize)]
struct RawFile {
    attestation_object: Base64Url,
}

pub fn run(args: &Args) -> Outcome {
    let mut expected = args.expected.expectations();
    if args.format == FileForm::Libfido2 {
        let lines = read_lines(&args.file, "what fido2-cred -V reads", CredentialLines::parse)?;
        let hash = args.expected.client_data_hash.unwrap_or(lines.client_data_hash);
        if expected.rp_id.is_none() {
            expected.rp_id = Some(lines.rp_id.clone());
        }
        let object = lines.to_attestation_object(attested_algorithm(&lines).0).to_vec();
        let client_data = ClientData::Hash(hash);
        let registration = RawRegistration { attestation_object: &object, client_data };
        return Ok(Verified::report("registration", verify_raw(&registration, &expected)));
    }
    let findings = match args.expected.client_data_hash {
        Some(hash) => {
            let file: RawFile = read_json(&args.file, "a raw registration")?;
            let registration = RawRegistration {
                attestation_object: &file.attestation_object.0,
                client_data: ClientData::Hash(hash),
            };
            verify_raw(&registration, &expected)
        }
        None => {
            let response: RegistrationResponseJson =
                read_json(&args.file, "a RegistrationResponseJSON")?;
            verify(&response, &expected)
        }
    };
    Ok(Verified::report("registration", findings))
}

/// The lines do not say with which algorithm they were signed: self attestation is with the
/// credential's own, and libfido2 knows certificates for ES256 only.
fn attested_algorithm(lines: &CredentialLines) -> Algorithm {
    let data = AuthenticatorData::parse(&lines.authenticator_data, Strictness::Tolerant).ok();
    let credential = data.and_then(|data| data.attested_credential);
    match credential.filter(|_| lines.certificate.is_none()) {
        Some(credential) => credential.public_key.algorithm(),
        None => Algorithm::ES256,
    }
}
