use std::path::PathBuf;

use fidoctl::cbor::{self, ByteVec, LossyText};
use fidoctl::client::Requirement;
use fidoctl::client::register::{Registered, Registration, register};
use fidoctl::cose::Algorithm;
use fidoctl::ctap2::extensions::{CRED_PROTECT, CredProtect};
use fidoctl::pin_uv::{OsRandom, random_bytes};
use fidoctl::webauthn::{
    AuthenticatorAttestationResponseJson, Base64Url, Ceremony, CredentialDescriptor,
    RegistrationResponseJson, RpEntity, UserEntity,
};
use serde_json::{Value, json};

use super::Outcome;
use super::enroll_rules::{RuleArgs, pin_rules_json, rule_pairs};
use super::prf::{PrfInput, prf_input, salts};
use super::rp_id::{ClientData, ClientDataArgs, parse_rp_id};
use super::wishes::{Wish, attestation_text, protocol_pair, protocol_text, verification_text};
use crate::arguments::NewPinArgs;
use crate::context::Context;
use crate::device::Target;
use crate::failure::{Failure, Kind};
use crate::input::{Bytes, bytes, hex_32};
use crate::output::{Page, Report, hex, uuid, visible};
use crate::record::{CredentialRecord, RecordedUser};
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
    #[arg(long, value_name = "BYTES", value_parser = user_id)]
    user_id: Option<Bytes>,

    /// Make the credential discoverable (a passkey)
    #[arg(long, value_name = "WISH", default_value = "discouraged")]
    rk: Wish,

    /// Verify the user with PIN or fingerprint
    #[arg(long, value_name = "WISH", default_value = "preferred")]
    uv: Wish,

    /// Signature algorithm, best first if given more than once [default: es256 eddsa]
    #[arg(long, value_name = "NAME", value_parser = algorithm)]
    algorithm: Vec<Algorithm>,

    /// Refuse if this credential is on the key: an ID in base64url, or hex behind 'hex:'
    #[arg(long, value_name = "ID", value_parser = bytes)]
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
        None => random_bytes::<32>(&mut OsRandom)
            .map_err(|error| Failure::new(Kind::INTERNAL, error))?
            .to_vec(),
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
        resident_key: args.rk.into(),
        // WebAuthn's prf knows only the secrets with verification (WebAuthn L3 §10.1.4).
        user_verification: match args.prf {
            Some(_) => Requirement::Required,
            None => args.uv.into(),
        },
        cred_protect: args.cred_protect.map(|level| (level, args.enforce_cred_protect)),
        hmac_secret: args.hmac_secret,
        attestation: args.rules.attestation(),
        pin_rules: args.rules.pin_rules(),
        hmac_secret_salts: salts(
            (args.hmac_secret_salt, args.hmac_secret_salt2),
            (args.prf.as_ref(), args.prf2.as_ref()),
        )?,
        third_party_payment: args.payment,
    })
}

/// What was made, ready to be shown and saved.
struct Enrolled {
    target: Target,
    registered: Registered,
    transports: Vec<String>,
    client_data: ClientData,
    wanted: Registration,
    prf: bool,
    saved: Option<PathBuf>,
}

impl Enrolled {
    fn record(&self) -> Result<CredentialRecord, Failure> {
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
        let mut record = record.ok_or_else(|| {
            Failure::message(
                Kind::INTERNAL,
                "a registration without a credential passed the checks",
            )
        })?;
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

    fn client_extension_results(&self) -> serde_json::Map<String, Value> {
        let mut results = serde_json::Map::new();
        if self.wanted.hmac_secret || self.wanted.hmac_secret_salts.is_some() && !self.prf {
            results.insert("hmacCreateSecret".to_owned(), true.into());
        }
        if let Some(secrets) = &self.registered.hmac_secrets {
            let first = Base64Url(secrets.first.to_vec());
            let second = secrets.second.as_ref().map(|second| Base64Url(second.to_vec()));
            let (name, value) = secret_results(self.prf, first, second);
            results.insert(name.to_owned(), value);
        }
        results
    }

    fn response(&self, client_data_json: &[u8]) -> RegistrationResponseJson {
        let data = &self.registered.authenticator_data;
        let key = data.attested_credential.as_ref().map(|c| &c.public_key);
        let object = &self.registered.attestation_object;
        let response = AuthenticatorAttestationResponseJson {
            client_data_json: Base64Url::from(client_data_json),
            attestation_object: Base64Url(object.to_vec()),
            authenticator_data: Some(Base64Url(object.authenticator_data.to_vec())),
            transports: self.transports.clone(),
            public_key: key.and_then(|key| key.to_spki_der()).map(Base64Url),
            public_key_algorithm: key.map(|key| key.algorithm().0).unwrap_or_default(),
        };
        RegistrationResponseJson::new(
            self.credential_id(),
            response,
            self.client_extension_results(),
        )
    }
}

/// Secrets in the form of WebAuthn's prf, or of hmacGetSecret for salts of one's own.
fn secret_results(prf: bool, first: Base64Url, second: Option<Base64Url>) -> (&'static str, Value) {
    let [name, second_name] = if prf { ["first", "second"] } else { ["output1", "output2"] };
    let mut secrets = serde_json::Map::new();
    secrets.insert(name.to_owned(), json!(first));
    secrets.extend(second.map(|second| (second_name.to_owned(), json!(second))));
    if prf {
        ("prf", json!({ "enabled": true, "results": secrets }))
    } else {
        ("hmacGetSecret", secrets.into())
    }
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
                    "extension_results": self.client_extension_results(),
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
        let attestation = self.registered.attestation.as_ref();
        pairs.push((
            "attestation",
            attestation_text(&self.registered.attestation_object, attestation),
        ));
        pairs.extend(rule_pairs(&self.registered));
        if let Some(path) = &self.saved {
            pairs.push(("saved in", path.display().to_string()));
        }
        page.pairs(pairs);
    }

    fn is_for_programs(&self) -> bool {
        self.saved.is_none()
    }
}
