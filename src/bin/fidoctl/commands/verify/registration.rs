use std::path::PathBuf;

use fidoctl::cbor::Strictness;
use fidoctl::cose::Algorithm;
use fidoctl::formats::libfido2::CredentialLines;
use fidoctl::relying_party::ClientData;
use fidoctl::relying_party::registration::{RawRegistration, verify, verify_raw};
use fidoctl::webauthn::{AuthenticatorData, Base64Url, RegistrationResponseJson};
use serde::Deserialize;

use super::checks::{ExpectationArgs, FileForm, Model, Verified, read_json};
use super::metadata::MetadataArgs;
use super::require::{self, Requirement};
use super::trust::TrustArgs;
use crate::commands::Outcome;
use crate::input::read_lines;

/// Check a registration: client data, flags, credential, attestation
///
/// The attestation's statement is checked in the formats none, packed, fido-u2f, tpm, android-key,
/// apple and compound. Its certificates are traced to a root only if roots or metadata are given; the
/// registration is then refused if it has no certificates.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  fidoctl verify registration registration.json --origin https://example.com\n  \
                  fidoctl verify registration registration.json --origin https://example.com \\\n    \
                  --root vendor.pem --require uv,device-bound",
    group(clap::ArgGroup::new("anchors").args(["root", "mds"]).multiple(true))
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
    let mut findings = match (args.format, args.expected.client_data_hash) {
        (FileForm::Libfido2, hash) => {
            let lines = read_lines(&args.file, "what fido2-cred -V reads", CredentialLines::parse)?;
            let hash = hash.unwrap_or(lines.client_data_hash);
            expected.rp_id = expected.rp_id.or_else(|| Some(lines.rp_id.clone()));
            let object = lines.to_attestation_object(attested_algorithm(&lines).0).to_vec();
            let client_data = ClientData::Hash(hash);
            verify_raw(&RawRegistration { attestation_object: &object, client_data }, &expected)
        }
        (FileForm::Webauthn, Some(hash)) => {
            let file: RawFile = read_json(&args.file, "a raw registration")?;
            let registration = RawRegistration {
                attestation_object: &file.attestation_object.0,
                client_data: ClientData::Hash(hash),
            };
            verify_raw(&registration, &expected)
        }
        (FileForm::Webauthn, None) => {
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
