use std::path::PathBuf;

use fidoctl::client::authenticate::{AllowedCredential, Assertion, Authentication, authenticate};
use fidoctl::client::hmac_secret::Salts;
use fidoctl::webauthn::{
    AuthenticationResponseJson, AuthenticatorAssertionResponseJson, Base64Url, Ceremony,
    CredentialDescriptor, Flags,
};
use serde_json::{Map, Value, json};

use super::Outcome;
use super::blob_wishes::{self, add_assertion_results, assertion_pairs, demand_written};
use super::rp_id::{ClientData, ClientDataArgs, parse_rp_id};
use super::wishes::{Wish, protocol_pair, protocol_text, verification_text};
use crate::arguments::NewPinArgs;
use crate::context::Context;
use crate::device::Target;
use crate::failure::{Failure, Kind};
use crate::input::{Bytes, bytes};
use crate::output::{Page, Report, hex, visible};
use crate::record::CredentialRecord;

/// Produce an assertion: sign in with a key
///
/// Names the credential by its record, by its ID, or only the RP ID for discoverable ones.
/// Prints the WebAuthn response with --json, or when the output goes to a program or a file.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  fidoctl --device virtual assert --credential cred.json > assertion.json"
)]
pub struct Args {
    /// RP ID: the domain of the service; taken from the credential record if left out
    #[arg(long, value_name = "DOMAIN", value_parser = parse_rp_id, required_unless_present = "credential")]
    rp: Option<String>,

    /// Record of a credential that may be used, as 'enroll --save' writes it
    #[arg(long, value_name = "FILE")]
    credential: Vec<PathBuf>,

    /// ID of a credential that may be used, in base64url, or hex behind 'hex:'
    #[arg(long, value_name = "ID", value_parser = bytes)]
    allow: Vec<Bytes>,

    /// Return an assertion for every account instead of asking which; prints a JSON array
    #[arg(long)]
    all: bool,

    /// Verify the user with PIN or fingerprint
    #[arg(long, value_name = "WISH", default_value = "preferred")]
    uv: Wish,

    /// Ask for no touch, where the key allows that
    #[arg(long)]
    no_touch: bool,

    /// Derive a secret from this salt, 32 bytes in hex (hmac-secret)
    #[arg(long, value_name = "HEX", value_parser = crate::input::hex_32, conflicts_with = "no_touch")]
    hmac_salt: Option<[u8; 32]>,

    /// Derive a second secret from this salt, 32 bytes in hex
    #[arg(long, value_name = "HEX", value_parser = crate::input::hex_32, requires = "hmac_salt")]
    hmac_salt2: Option<[u8; 32]>,

    #[command(flatten)]
    blobs: blob_wishes::AssertArgs,

    #[command(flatten)]
    client_data: ClientDataArgs,

    /// Spend a PIN that nobody types even when a mistake would block the key
    #[arg(long)]
    risk_last_tries: bool,
}

pub fn run(args: Args, context: &mut Context) -> Outcome {
    let records: Vec<_> = args
        .credential
        .iter()
        .map(|path| CredentialRecord::load(path))
        .collect::<Result<_, _>>()?;
    let rp_id = rp_id(&args, &records)?;
    let mut allow = Vec::new();
    for record in &records {
        allow.push(AllowedCredential {
            descriptor: CredentialDescriptor::new(record.credential_id.0.clone()),
            public_key: Some(record.public_key()?),
        });
    }
    for Bytes(id) in &args.allow {
        let descriptor = CredentialDescriptor::new(id.clone());
        allow.push(AllowedCredential { descriptor, public_key: None });
    }
    let client_data = args.client_data.client_data(Ceremony::Get, &rp_id)?;
    let wanted = Authentication {
        rp_id,
        client_data_hash: client_data.hash(),
        allow,
        user_verification: args.uv.into(),
        user_presence: !args.no_touch,
        hmac_secret: args.hmac_salt.map(|first| Salts { first, second: args.hmac_salt2 }),
        blobs: args.blobs.wishes()?,
        all_accounts: args.all,
    };
    let mut prompter = context.prompter(&NewPinArgs::default())?;
    let (target, assertions) =
        context.with_session(&mut prompter, args.risk_last_tries, |session, target| {
            Ok((target.clone(), authenticate(session, &wanted)?))
        })?;
    assertions.iter().try_for_each(|a| demand_written(&a.blobs, &wanted.blobs))?;
    Ok(Box::new(Asserted { target, assertions, client_data, rp_id: wanted.rp_id, all: args.all }))
}

/// Takes the RP ID from the flag or the records, which must agree.
fn rp_id(args: &Args, records: &[CredentialRecord]) -> Result<String, Failure> {
    let mut rp_ids: Vec<&String> =
        args.rp.iter().chain(records.iter().map(|record| &record.rp_id)).collect();
    rp_ids.dedup();
    match rp_ids.as_slice() {
        [rp_id] => Ok((*rp_id).clone()),
        _ => Err(Failure::message(
            Kind::USAGE,
            format!("the credentials belong to several RP IDs: {rp_ids:?}"),
        )
        .hint("assert for one RP ID at a time")),
    }
}

/// What was produced, ready to be shown.
struct Asserted {
    target: Target,
    assertions: Vec<Assertion>,
    client_data: ClientData,
    rp_id: String,
    all: bool,
}

impl Asserted {
    fn assertion_json(&self, assertion: &Assertion) -> Value {
        let user_handle = assertion.user.as_ref().map(|user| Base64Url(user.id.to_vec()));
        match &self.client_data {
            ClientData::Json { json, .. } => {
                let response = AuthenticatorAssertionResponseJson {
                    client_data_json: Base64Url(json.clone()),
                    authenticator_data: Base64Url(assertion.encoded_authenticator_data.clone()),
                    signature: Base64Url(assertion.signature.clone()),
                    user_handle,
                };
                json!(AuthenticationResponseJson::new(
                    assertion.credential_id.clone(),
                    response,
                    extension_results(assertion),
                ))
            }
            ClientData::Hash(hash) => json!({
                "schema": "fidoctl.raw-assertion/1",
                "rp_id": self.rp_id,
                "client_data_hash": hex(hash),
                "credential_id": Base64Url(assertion.credential_id.clone()),
                "authenticator_data": Base64Url(assertion.encoded_authenticator_data.clone()),
                "signature": Base64Url(assertion.signature.clone()),
                "user_id": user_handle,
                "extension_results": extension_results(assertion),
                "protocol": protocol_text(assertion.protocol),
            }),
        }
    }
}

/// The secrets, in the form of WebAuthn's hmacGetSecret, and the blobs.
fn extension_results(assertion: &Assertion) -> Map<String, Value> {
    let mut results = Map::new();
    if let Some(secrets) = &assertion.hmac_secrets {
        let mut outputs = Map::new();
        outputs.insert("output1".to_owned(), json!(Base64Url(secrets.first.to_vec())));
        if let Some(second) = &secrets.second {
            outputs.insert("output2".to_owned(), json!(Base64Url(second.to_vec())));
        }
        results.insert("hmacGetSecret".to_owned(), outputs.into());
    }
    add_assertion_results(&assertion.blobs, &mut results);
    results
}

impl Report for Asserted {
    fn json(&self) -> Value {
        let mut all: Vec<_> = self.assertions.iter().map(|a| self.assertion_json(a)).collect();
        match (self.all, all.pop()) {
            (false, Some(only)) => only,
            (_, last) => all.into_iter().chain(last).collect(),
        }
    }

    fn human(&self, page: &mut Page) {
        for assertion in &self.assertions {
            page.good(&format!("signed in at {}", visible(&self.rp_id)));
            let mut pairs = self.target.pairs();
            pairs.push(("credential", Base64Url(assertion.credential_id.clone()).to_string()));
            if let Some(user) = &assertion.user {
                let name = user.name.as_ref().or(user.display_name.as_ref());
                let name = name.map(|name| visible(&name.0));
                pairs.push(("account", name.unwrap_or_else(|| hex(&user.id))));
            }
            let flags = assertion.authenticator_data.flags;
            let touched = if flags.contains(Flags::UP) { "yes" } else { "no" };
            pairs.push(("user present", touched.to_owned()));
            pairs.push(("user verified", verification_text(assertion.verification)));
            pairs.extend(protocol_pair(assertion.protocol));
            pairs.push(("sign count", assertion.authenticator_data.sign_count.to_string()));
            let checked = if assertion.signature_verified {
                "verified with the public key of the record"
            } else {
                "not checked: the public key is not known here"
            };
            pairs.push(("signature", checked.to_owned()));
            if let Some(secrets) = &assertion.hmac_secrets {
                pairs.push(("secret", hex(secrets.first.as_slice())));
                pairs.extend(secrets.second.iter().map(|s| ("second secret", hex(s.as_slice()))));
            }
            pairs.extend(assertion_pairs(&assertion.blobs));
            page.pairs(pairs);
        }
    }

    fn is_for_programs(&self) -> bool {
        true
    }
}
