use std::path::PathBuf;

use fidoctl::relying_party::ClientData;
use fidoctl::relying_party::registration::{RawRegistration, verify, verify_raw};
use fidoctl::webauthn::{Base64Url, RegistrationResponseJson};
use serde::Deserialize;

use super::checks::{ExpectationArgs, Model, Verified, read_json};
use super::metadata::MetadataArgs;
use super::require::{self, Requirement};
use super::trust::TrustArgs;
use crate::commands::Outcome;

/// Check a registration: client data, flags, credential, attestation
///
/// The attestation's statement is checked in the formats none, packed, fido-u2f, tpm, android-key,
/// apple and compound. Its certificates are traced to a root only if roots or metadata are given; the
/// registration is then refused if it has no certificates.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  fidoctl verify registration registration.json --origin https://example.com\n  \
                  fidoctl verify registration registration.json --origin https://example.com \\\n    \
                  --root vendor.pem --require uv,device-bound"
)]
pub struct Args {
    /// What 'fidoctl enroll --json' printed, or any RegistrationResponseJSON; '-' for stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,

    #[command(flatten)]
    expected: ExpectationArgs,

    /// Demand more: uv, device-bound (it cannot be backed up), attested (by a certificate),
    /// aaguid=UUID (the model; several are alternatives), format=NAME, algorithm=NAME
    #[arg(long, value_name = "WORDS", value_delimiter = ',', value_parser = require::of_registration)]
    require: Vec<Requirement>,

    #[command(flatten)]
    trust: TrustArgs,

    #[command(flatten)]
    metadata: MetadataArgs,
}

#[derive(Deserialize)]
struct RawFile {
    attestation_object: Base64Url,
}

pub fn run(args: &Args) -> Outcome {
    let mut expected = args.expected.expectations();
    require::add(&args.require, &mut expected);
    args.trust.add(&mut expected)?;
    let metadata = args.metadata.load(args.trust.at())?;
    let mut findings = match args.expected.client_data_hash {
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
    let model = metadata.as_ref().and_then(|loaded| {
        loaded.metadata.check(&mut findings, args.trust.valid_at()).map(Model::new)
    });
    Ok(Verified::of_model("registration", findings, model))
}
