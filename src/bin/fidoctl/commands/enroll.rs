use std::path::PathBuf;

use fidoctl::cbor::{ByteVec, LossyText};
use fidoctl::client::Requirement;
use fidoctl::client::register::{Registration, register};
use fidoctl::cose::Algorithm;
use fidoctl::ctap2::extensions::CredProtect;
use fidoctl::webauthn::{Ceremony, CredentialDescriptor, RpEntity, UserEntity};

use super::Outcome;
use super::blob_wishes;
use super::enroll_rules::RuleArgs;
use super::enrolled::Enrolled;
use super::prf::{PrfInput, prf_input, salts};
use super::rp_id::{ClientData, ClientDataArgs, parse_rp_id};
use super::wishes::Wish;
use crate::arguments::NewPinArgs;
use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::input::{Bytes, bytes, hex_32};
use crate::randomness;
use crate::record::CredentialRecord;
use crate::whole_file::WholeFile;

/// Make a credential on a key
///
/// What the key returns is checked, its attestation too, before success is reported.
/// Prints the WebAuthn response with --json, or when the output goes to a program or a file
/// and no record is saved.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  fidoctl --device virtual enroll --rp example.com --user alice --save cred.json"
)]
pub struct Args {
    /// RP ID: the domain of the service
    #[arg(long, value_name = "DOMAIN", value_parser = parse_rp_id)]
    rp: String,

    /// The service's name for people
    #[arg(long, value_name = "NAME")]
    rp_name: Option<String>,

    /// The account's name
    #[arg(long, value_name = "NAME")]
    user: String,

    /// The person's name; the account's name if left out
    #[arg(long, value_name = "NAME")]
    display_name: Option<String>,

    /// User handle in base64url, or hex behind 'hex:', 1 to 64 bytes; random if left out
    #[arg(long, value_name = "BYTES", value_parser = user_id, allow_hyphen_values = true)]
    user_id: Option<Bytes>,

    /// Make the credential discoverable (a passkey) [default: discouraged, or as --large-blob]
    #[arg(long, value_name = "WISH")]
    rk: Option<Wish>,

    /// Verify the user with PIN or fingerprint
    #[arg(long, value_name = "WISH", default_value = "preferred")]
    uv: Wish,

    /// Signature algorithm, best first if given more than once [default: es256 eddsa]
    #[arg(long, value_name = "NAME", value_parser = algorithm)]
    algorithm: Vec<Algorithm>,

    /// Refuse if this credential is on the key: an ID in base64url, or hex behind 'hex:'
    #[arg(long, value_name = "ID", value_parser = bytes, allow_hyphen_values = true)]
    exclude: Vec<Bytes>,

    /// Refuse if the credential of this record is on the key
    #[arg(long, value_name = "FILE")]
    exclude_credential: Vec<PathBuf>,

    /// Protect the credential: 1 or userVerificationOptional, 2 or
    /// userVerificationOptionalWithCredentialIDList, 3 or userVerificationRequired
    #[arg(long, value_name = "LEVEL", value_parser = cred_protect)]
    cred_protect: Option<CredProtect>,

    /// Fail if the key cannot protect the credential that well
    #[arg(long, requires = "cred_protect")]
    enforce_cred_protect: bool,

    /// Make the credential able to derive secrets (hmac-secret)
    #[arg(long)]
    hmac_secret: bool,

    /// Derive a secret from this salt at once, 32 bytes in hex (hmac-secret-mc)
    #[arg(long, value_name = "HEX", value_parser = hex_32, conflicts_with = "prf")]
    hmac_secret_salt: Option<[u8; 32]>,

    /// Derive a second secret from this salt, 32 bytes in hex
    #[arg(long, value_name = "HEX", value_parser = hex_32, requires = "hmac_secret_salt", conflicts_with = "prf")]
    hmac_secret_salt2: Option<[u8; 32]>,

    /// Derive a secret from an input as websites give it: text, hex behind 'hex:', or '@' and a
    /// file; always verifies the user
    #[arg(long, value_name = "INPUT", value_parser = prf_input)]
    prf: Option<PrfInput>,

    /// Derive a second secret from this input
    #[arg(long, value_name = "INPUT", value_parser = prf_input, requires = "prf", conflicts_with = "hmac_secret_salt")]
    prf2: Option<PrfInput>,

    /// Let others than the service use the credential for payments (thirdPartyPayment)
    #[arg(long)]
    payment: bool,

    #[command(flatten)]
    blobs: blob_wishes::EnrollArgs,

    #[command(flatten)]
    rules: RuleArgs,

    #[command(flatten)]
    client_data: ClientDataArgs,

    /// Write the credential record to this file
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,

    /// Replace the file if it exists
    #[arg(long, requires = "save")]
    force: bool,

    /// Spend a PIN that nobody types even when a mistake would block the key
    #[arg(long)]
    risk_last_tries: bool,
}

fn user_id(text: &str) -> Result<Bytes, String> {
    let id = bytes(text)?;
    match id.0.len() {
        1..=64 => Ok(id),
        length => Err(format!("1 to 64 bytes are wanted, these are {length}")),
    }
}

fn algorithm(text: &str) -> Result<Algorithm, String> {
    Algorithm::parse(text)
        .ok_or_else(|| "a COSE algorithm is wanted, such as es256, eddsa or -7".to_owned())
}

fn cred_protect(text: &str) -> Result<CredProtect, String> {
    let by_number = text.parse().ok().and_then(CredProtect::from_level);
    by_number
        .or_else(|| CredProtect::from_name(text))
        .ok_or_else(|| "1, 2 or 3 is wanted".to_owned())
}

pub fn run(args: Args, context: &mut Context) -> Outcome {
    let file = match &args.save {
        Some(path) => Some(WholeFile::reserve(path, args.force)?),
        None => None,
    };
    let client_data = args.client_data.client_data(Ceremony::Create, &args.rp)?;
    let wanted = registration(&args, &client_data)?;
    let mut prompter = context.prompter(&NewPinArgs::default())?;
    let (target, registered, transports) =
        context.with_session(&mut prompter, args.risk_last_tries, |session, target| {
            let registered = register(session, &wanted)?;
            let mut transports = session.info().transports.clone().unwrap_or_default();
            transports.sort();
            transports.dedup();
            Ok((target.clone(), registered, transports))
        })?;
    let prf = args.prf.is_some();
    let enrolled =
        Enrolled { target, registered, transports, client_data, wanted, prf, saved: args.save };
    if let Some(file) = file {
        let record = enrolled.record()?;
        let json = serde_json::to_vec_pretty(&record)
            .map_err(|error| Failure::new(Kind::INTERNAL, error))?;
        file.commit(&json).map_err(|failure| {
            let record = serde_json::to_string(&record).unwrap_or_default();
            failure.hint(format!("the credential was made; its record is {record}"))
        })?;
    }
    Ok(Box::new(enrolled))
}

fn registration(args: &Args, client_data: &ClientData) -> Result<Registration, Failure> {
    let user_id = match &args.user_id {
        Some(Bytes(id)) => id.clone(),
        None => randomness::bytes::<32>()?.to_vec(),
    };
    let mut exclude: Vec<_> =
        args.exclude.iter().map(|Bytes(id)| CredentialDescriptor::new(id.clone())).collect();
    for path in &args.exclude_credential {
        exclude.push(CredentialDescriptor::new(CredentialRecord::load(path)?.credential_id.0));
    }
    let algorithms = match args.algorithm.as_slice() {
        [] => vec![Algorithm::ES256, Algorithm::EDDSA],
        wanted => wanted.to_vec(),
    };
    let display_name = args.display_name.as_ref().unwrap_or(&args.user);
    Ok(Registration {
        client_data_hash: client_data.hash(),
        rp: RpEntity {
            id: args.rp.clone(),
            name: Some(LossyText(args.rp_name.clone().unwrap_or_else(|| args.rp.clone()))),
        },
        user: UserEntity {
            id: ByteVec::from(user_id),
            name: Some(LossyText(args.user.clone())),
            display_name: Some(LossyText(display_name.clone())),
        },
        algorithms,
        exclude,
        resident_key: args.rk.unwrap_or_else(|| args.blobs.default_rk()).into(),
        // WebAuthn's prf knows only the secrets with verification (WebAuthn L3 §10.1.4).
        user_verification: match args.prf {
            Some(_) => Requirement::Required,
            None => args.uv.into(),
        },
        cred_protect: args.cred_protect.map(|level| (level, args.enforce_cred_protect)),
        hmac_secret: args.hmac_secret,
        blobs: args.blobs.wishes()?,
        attestation: args.rules.attestation(),
        pin_rules: args.rules.pin_rules(),
        hmac_secret_salts: salts(
            (args.hmac_secret_salt, args.hmac_secret_salt2),
            (args.prf.as_ref(), args.prf2.as_ref()),
        )?,
        third_party_payment: args.payment,
    })
}
