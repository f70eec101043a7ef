use std::path::PathBuf;

use fidoctl::relying_party::ClientData;
use fidoctl::relying_party::registration::{RawRegistration, verify, verify_raw};
use fidoctl::webauthn::{Base64Url, RegistrationResponseJson};
use serde::Deserialize;

use super::checks::{ExpectationArgs, Verified, read_json};
use crate::commands::Outcome;

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

    #[command(flatten)]
    expected: ExpectationArgs,
}

#[derive(Deserialize)]
struct RawFile {
    attestation_object: Base64Url,
}

pub fn run(args: &Args) -> Outcome {
    let expected = args.expected.expectations();
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
