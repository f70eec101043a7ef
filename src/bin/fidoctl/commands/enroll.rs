use std::path::{Path, PathBuf};

use fidoctl::cbor::{ByteVec, LossyText};
use fidoctl::ceremony::{self, AskedAtRegistration};
use fidoctl::client::Requirement;
use fidoctl::client::register::{Registration, register};
use fidoctl::cose::Algorithm;
use fidoctl::ctap2::extensions::CredProtect;
use fidoctl::formats::libfido2::CredentialRequest;
use fidoctl::webauthn::{
    Ceremony, CreationOptions, CredentialDescriptor, RpEntity, UserEntity, time_limit,
};

use super::Outcome;
use super::blob_wishes;
use super::enroll_rules::RuleArgs;
use super::enrolled::Enrolled;
use super::options::{raise, read_options};
use super::prf::{PrfInput, prf_input, salts};
use super::registration_form::EnrollForm;
use super::rp_id::{ClientData, ClientDataArgs, parse_rp_id};
use super::wishes::Wish;
use crate::arguments::{NewPinArgs, RiskArgs};
use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::hints::of_ceremony_error;
use crate::input::{Bytes, bytes, hex_32, read_lines};
use crate::randomness;
use crate::record::CredentialRecord;
use crate::whole_file::WholeFile;

/// Make a credential on a key
///
/// What the key returns is checked, its attestation too, before success is reported.
/// Prints the WebAuthn response with --json, or when the output goes to a program or a file
/// and no record is saved.
#[derive(clap::Args)]
///
/// With --options, what is wanted comes from WebAuthn creation options, and the response is what a
/// browser would return to the service.
#[command(
    after_help = "Examples:\n  fidoctl --device virtual enroll --rp example.com --user alice --save cred.json\n  fidoctl enroll --options creation.json --origin https://example.com --json > registration.json"
)]
pub struct Args {
    /// RP ID: the domain of the service
    #[arg(long, value_name = "DOMAIN", value_parser = parse_rp_id, required_unless_present_any = ["options", "from_libfido2"])]
    rp: Option<String>,

    /// Take what is wanted from WebAuthn creation options in JSON, bare or in a member publicKey;
    /// '-' for standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = [
        "rp", "rp_name", "user", "display_name", "user_id", "rk", "algorithm", "exclude",
        "exclude_credential", "cred_protect", "enforce_cred_protect", "hmac_secret",
        "hmac_secret_salt", "prf", "payment", "cred_blob", "large_blob", "enterprise_attestation",
        "attestation_format", "min_pin_length", "pin_complexity", "challenge", "client_data_hash",
        "appid_exclude", "from_libfido2",
    ])]
    options: Option<PathBuf>,

    /// Read the options although they hold null, padded or standard base64, or are in UTF-16
    #[arg(long, requires = "options")]
    lenient_json: bool,

    /// The service's name for people
    #[arg(long, value_name = "NAME")]
    rp_name: Option<String>,

    /// The account's name
    #[arg(long, value_name = "NAME", required_unless_present_any = ["options", "from_libfido2"])]
    user: Option<String>,

    /// The person's name; the account's name if left out
    #[arg(long, value_name = "NAME")]
    display_name: Option<String>,

    /// User handle in base64url, or hex behind 'hex:', 1 to 64 bytes; random if left out
    #[arg(long, value_name = "BYTES", value_parser = user_id, allow_hyphen_values = true)]
    user_id: Option<Bytes>,

    /// Make the credential discoverable (a passkey) [default: discouraged, or as --large-blob]
    #[arg(long, value_name = "WISH")]
    rk: Option<Wish>,

    /// Verify the user with PIN or fingerprint; can only ask for more than --options does
    /// [default: preferred]
    #[arg(long, value_name = "WISH")]
    uv: Option<Wish>,

    /// Signature algorithm, best first if given more than once [default: es256 eddsa]
    #[arg(long, value_name = "NAME", value_parser = algorithm)]
    algorithm: Vec<Algorithm>,

    /// Refuse if this credential is on the key: an ID in base64url, or hex behind 'hex:'
    #[arg(long, value_name = "ID", value_parser = bytes, allow_hyphen_values = true)]
    exclude: Vec<Bytes>,

    /// The application ID, an https URL, under which an excluded credential may have been made over
    /// U2F
    #[arg(long, value_name = "URL")]
    appid_exclude: Option<String>,

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

    /// Take RP ID, account and client data hash from the lines that fido2-cred -M reads; '-' for
    /// standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = [
        "rp", "user", "user_id", "challenge", "origin", "app_origin", "client_data_hash",
    ])]
    from_libfido2: Option<PathBuf>,

    /// Print the registration or the public key in this form
    #[arg(long, value_name = "FORM")]
    format: Option<EnrollForm>,

    /// Write the credential record to this file
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,

    /// Replace the file if it exists
    #[arg(long, requires = "save")]
    force: bool,

    #[command(flatten)]
    risk: RiskArgs,
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

/// Who is to be registered where.
struct Account {
    rp_id: String,
    name: String,
    id: Vec<u8>,
    client_data: ClientData,
}

impl Account {
    fn of(args: &Args) -> Result<Self, Failure> {
        if let Some(path) = &args.from_libfido2 {
            let request = read_lines(path, "what fido2-cred -M reads", CredentialRequest::parse)?;
            return Ok(Account {
                rp_id: request.rp_id,
                name: request.user_name,
                id: request.user_id,
                client_data: ClientData::Hash(request.client_data_hash),
            });
        }
        let rp_id = args.rp.clone().unwrap_or_default();
        let client_data = args.client_data.client_data(Ceremony::Create, &rp_id)?;
        let id = match &args.user_id {
            Some(Bytes(id)) => id.clone(),
            None => randomness::bytes::<32>()?.to_vec(),
        };
        Ok(Account { rp_id, name: args.user.clone().unwrap_or_default(), id, client_data })
    }
}

pub fn run(args: Args, context: &mut Context) -> Outcome {
    if let Some(form) = args.format {
        form.check(context.global.json)?;
    }
    let file = match &args.save {
        Some(path) => Some(WholeFile::reserve(path, args.force)?),
        None => None,
    };
    let mut enrolled = match &args.options {
        Some(path) => enroll_as_wanted(&args, path, context)?,
        None => enroll_by_flags(&args, context)?,
    };
    if let Some(file) = file {
        let record = enrolled.record()?;
        let json = serde_json::to_vec_pretty(&record)
            .map_err(|error| Failure::new(Kind::INTERNAL, error))?;
        file.commit(&json).map_err(|failure| {
            let record = serde_json::to_string(&record).unwrap_or_default();
            failure.hint(format!("the credential was made; its record is {record}"))
        })?;
    }
    if let Some(form) = args.format {
        enrolled.print(form)?;
    }
    Ok(Box::new(enrolled))
}

fn enroll_as_wanted(args: &Args, path: &Path, context: &mut Context) -> Result<Enrolled, Failure> {
    let mut options = read_options(context, path, args.lenient_json, CreationOptions::from_json)?;
    options.user_verification = raise(options.user_verification, args.uv)?;
    let site = args.client_data.site(options.rp_id.as_deref())?;
    context.allow(time_limit(options.timeout));
    let mut prompter = context.prompter(&NewPinArgs::default())?;
    let (target, created, transports) =
        context.with_session(&mut prompter, args.risk.last_tries, |session, target| {
            let created =
                ceremony::register(session, &options, &site).map_err(of_ceremony_error)?;
            Ok((target.clone(), created, ceremony::transports(session.info())))
        })?;
    Ok(Enrolled {
        target,
        registered: created.registered,
        conveyed: created.conveyed,
        transports,
        client_data: ClientData::Json { json: created.client_data_json, origin: site.origin },
        wanted: created.wanted,
        results: created.response.client_extension_results,
        saved: args.save.clone(),
        printed: None,
    })
}

fn enroll_by_flags(args: &Args, context: &mut Context) -> Result<Enrolled, Failure> {
    let account = Account::of(args)?;
    let wanted = registration(args, &account)?;
    let mut prompter = context.prompter(&NewPinArgs::default())?;
    let (target, registered, transports) =
        context.with_session(&mut prompter, args.risk.last_tries, |session, target| {
            let registered = register(session, &wanted)?;
            Ok((target.clone(), registered, ceremony::transports(session.info())))
        })?;
    let prf = args.prf.is_some();
    let raw_salts = wanted.hmac_secret_salts.is_some() && !prf;
    let asked = AskedAtRegistration {
        cred_props: false,
        prf,
        hmac_create_secret: wanted.hmac_secret || raw_salts,
        app_id_exclude: wanted.app_id_exclude.is_some(),
    };
    Ok(Enrolled {
        target,
        conveyed: registered.attestation_object.clone(),
        results: asked.results(&registered),
        registered,
        transports,
        client_data: account.client_data,
        wanted,
        saved: args.save.clone(),
        printed: None,
    })
}

fn registration(args: &Args, account: &Account) -> Result<Registration, Failure> {
    let mut exclude: Vec<_> =
        args.exclude.iter().map(|Bytes(id)| CredentialDescriptor::new(id.clone())).collect();
    for path in &args.exclude_credential {
        exclude.push(CredentialDescriptor::new(CredentialRecord::load(path)?.credential_id.0));
    }
    let algorithms = match args.algorithm.as_slice() {
        [] => vec![Algorithm::ES256, Algorithm::EDDSA],
        wanted => wanted.to_vec(),
    };
    let app_id_exclude = args.appid_exclude.as_deref();
    let app_id_exclude =
        app_id_exclude.map(|wanted| args.client_data.app_id(wanted, &account.rp_id)).transpose()?;
    let display_name = args.display_name.as_ref().unwrap_or(&account.name);
    Ok(Registration {
        client_data_hash: account.client_data.hash(),
        rp: RpEntity {
            id: account.rp_id.clone(),
            name: Some(LossyText(args.rp_name.as_ref().unwrap_or(&account.rp_id).clone())),
        },
        user: UserEntity {
            id: ByteVec::from(account.id.clone()),
            name: Some(LossyText(account.name.clone())),
            display_name: Some(LossyText(display_name.clone())),
        },
        algorithms,
        exclude,
        resident_key: args.rk.unwrap_or_else(|| args.blobs.default_rk()).into(),
        // WebAuthn's prf knows only the secrets with verification (WebAuthn L3 §10.1.4).
        user_verification: match args.prf {
            Some(_) => Requirement::Required,
            None => args.uv.unwrap_or(Wish::Preferred).into(),
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
        app_id_exclude,
        shortfall: Default::default(),
    })
}
