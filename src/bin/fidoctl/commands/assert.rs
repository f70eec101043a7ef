use fidoctl::client::authenticate::{Assertion, Authentication, authenticate};
use fidoctl::client::hmac_secret::Salts;
use fidoctl::webauthn::{
    AuthenticationResponseJson, AuthenticatorAssertionResponseJson, Base64Url, Ceremony, Flags,
};
use serde_json::{Map, Value, json};

use super::Outcome;
use super::allowed::AllowArgs;
use super::blob_wishes::{self, add_assertion_results, assertion_pairs, demand_written};
use super::rp_id::{ClientData, ClientDataArgs};
use super::wishes::{Wish, protocol_pair, protocol_text, verification_text};
use crate::arguments::NewPinArgs;
use crate::context::Context;
use crate::device::Target;
use crate::output::{Page, Report, hex, visible};

/// Produce an assertion: sign in with a key
///
/// Names the credential by its record, by its ID, or only the RP ID for discoverable ones.
/// Prints the WebAuthn response with --json, or when the output goes to a program or a file.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  fidoctl --device virtual assert --credential cred.json > assertion.json"
)]
pub struct Args {
    #[command(flatten)]
    allow: AllowArgs,

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

    /// Ask whether others than the service may use the credential for payments
    /// (thirdPartyPayment)
    #[arg(long)]
    payment: bool,

    #[command(flatten)]
    blobs: blob_wishes::AssertArgs,

    #[command(flatten)]
    client_data: ClientDataArgs,

    /// Spend a PIN that nobody types even when a mistake would block the key
    #[arg(long)]
    risk_last_tries: bool,
}

pub fn run(args: Args, context: &mut Context) -> Outcome {
    let (rp_id, allow) = args.allow.load()?;
    let client_data = args.client_data.client_data(Ceremony::Get, &rp_id)?;
    let wanted = Authentication {
        rp_id,
        client_data_hash: client_data.hash(),
        allow,
        user_verification: args.uv.into(),
        user_presence: !args.no_touch,
        hmac_secret: args.hmac_salt.map(|first| Salts { first, second: args.hmac_salt2 }),
        salts_by_credential: Vec::new(),
        third_party_payment: args.payment,
        blobs: args.blobs.wishes()?,
        all_accounts: args.all,
        shortfall: Default::default(),
    };
    let mut prompter = context.prompter(&NewPinArgs::default())?;
    let (target, assertions) =
        context.with_session(&mut prompter, args.risk_last_tries, |session, target| {
            Ok((target.clone(), authenticate(session, &wanted)?))
        })?;
    assertions.iter().try_for_each(|a| demand_written(&a.blobs, &wanted.blobs))?;
    Ok(Box::new(Asserted { target, assertions, client_data, rp_id: wanted.rp_id, all: args.all }))
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
                "extension_results": raw_extension_results(assertion),
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

/// The same, and what WebAuthn does not tell websites.
fn raw_extension_results(assertion: &Assertion) -> Map<String, Value> {
    let mut results = extension_results(assertion);
    if let Some(payment) = assertion.third_party_payment {
        results.insert("thirdPartyPayment".to_owned(), payment.into());
    }
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
            if let Some(payment) = assertion.third_party_payment {
                pairs.push(("for payments", if payment { "yes" } else { "no" }.to_owned()));
            }
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
