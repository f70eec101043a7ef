use std::path::{Path, PathBuf};

use fidoctl::ceremony::{self, AskedAtAuthentication};
use fidoctl::client::authenticate::{AllowedCredential, Assertion, Authentication, authenticate};
use fidoctl::client::hmac_secret::Salts;
use fidoctl::formats::libfido2::AssertionRequest;
use fidoctl::webauthn::{
    Base64Url, Ceremony, CredentialDescriptor, Flags, RequestOptions, time_limit,
};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::allowed::AllowArgs;
use super::assertion_form::{AssertionForm, libfido2_lines};
use super::blob_wishes::{self, assertion_pairs, demand_written};
use super::options::{raise, read_options};
use super::registration_form::only_the_hash;
use super::rp_id::{ClientData, ClientDataArgs};
use super::wishes::{Wish, protocol_pair, protocol_text, verification_text};
use super::{Outcome, assert_batch};
use crate::arguments::{NewPinArgs, RiskArgs};
use crate::context::Context;
use crate::device::Target;
use crate::failure::Failure;
use crate::hints::of_ceremony_error;
use crate::input::read_lines;
use crate::output::{Page, Report, hex, json_text, visible};

/// Produce an assertion: sign in with a key
///
/// Names the credential by its record, by its ID, or only the RP ID for discoverable ones.
/// Prints the WebAuthn response with --json, or when the output goes to a program or a file.
#[derive(clap::Args)]
///
/// With --options, what is wanted comes from WebAuthn request options, and the response is what a
/// browser would return to the service.
#[command(
    after_help = "Examples:\n  fidoctl --device virtual assert --credential cred.json > assertion.json\n  fidoctl assert --options request.json --origin https://example.com --json"
)]
pub struct Args {
    #[command(flatten)]
    allow: AllowArgs,

    /// Take what is wanted from WebAuthn request options in JSON, bare or in a member publicKey;
    /// '-' for standard input
    #[arg(long, value_name = "FILE", group = "with_options", conflicts_with_all = [
        "rp", "credential", "allow", "allow_file", "all", "no_touch", "hmac_salt", "payment",
        "cred_blob", "large_blob", "write_large_blob", "challenge", "client_data_hash", "appid",
        "from_libfido2",
    ])]
    options: Option<PathBuf>,

    /// Answer many requests over one session: request options come in lines of JSON on standard
    /// input, and responses or errors go out in lines; --timeout is for each
    #[arg(long, group = "with_options", conflicts_with_all = [
        "rp", "credential", "allow", "allow_file", "all", "no_touch", "hmac_salt", "payment",
        "cred_blob", "large_blob", "write_large_blob", "challenge", "client_data_hash", "appid",
        "from_libfido2", "format",
    ])]
    batch: bool,

    /// Read the options although they hold null, padded or standard base64, or are in UTF-16
    #[arg(long, requires = "with_options")]
    lenient_json: bool,

    /// Return an assertion for every account instead of asking which; prints a JSON array
    #[arg(long)]
    all: bool,

    /// Verify the user with PIN or fingerprint; can only ask for more than --options does
    /// [default: preferred]
    #[arg(long, value_name = "WISH")]
    uv: Option<Wish>,

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

    /// The application ID, an https URL, under which a credential that is named may have been made
    /// over U2F
    #[arg(long, value_name = "URL")]
    appid: Option<String>,

    #[command(flatten)]
    client_data: ClientDataArgs,

    /// Take RP ID, client data hash, credential ID and salts from the lines that fido2-assert -G
    /// reads, an empty line standing for no ID; '-' for standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = [
        "rp", "credential", "allow", "allow_file", "hmac_salt", "challenge", "origin", "app_origin",
        "client_data_hash",
    ])]
    from_libfido2: Option<PathBuf>,

    /// Print the assertion in this form
    #[arg(long, value_name = "FORM")]
    format: Option<AssertionForm>,

    #[command(flatten)]
    risk: RiskArgs,
}

/// What is to be signed with what.
struct Subject {
    rp_id: String,
    allow: Vec<AllowedCredential>,
    salts: Option<Salts>,
    client_data: ClientData,
}

impl Subject {
    fn of(args: &Args) -> Result<Self, Failure> {
        if let Some(path) = &args.from_libfido2 {
            let request = read_lines(path, "what fido2-assert -G reads", AssertionRequest::parse)?;
            let allow = request.credential_id.into_iter().map(|id| AllowedCredential {
                descriptor: CredentialDescriptor::new(id),
                public_key: None,
            });
            return Ok(Subject {
                rp_id: request.rp_id,
                allow: allow.collect(),
                salts: request.salts.map(|(first, second)| Salts { first, second }),
                client_data: ClientData::Hash(request.client_data_hash),
            });
        }
        let (rp_id, allow) = args.allow.load()?;
        let client_data = args.client_data.client_data(Ceremony::Get, &rp_id)?;
        let salts = args.hmac_salt.map(|first| Salts { first, second: args.hmac_salt2 });
        Ok(Subject { rp_id, allow, salts, client_data })
    }
}

pub fn run(args: Args, context: &mut Context) -> Outcome {
    if args.batch {
        let batch = assert_batch::Batch {
            client_data: &args.client_data,
            uv: args.uv,
            lenient_json: args.lenient_json,
            risk_last_tries: args.risk.last_tries,
        };
        return batch.run(context);
    }
    if let Some(form) = args.format {
        form.check(context.global.json)?;
    }
    let mut asserted = match &args.options {
        Some(path) => assert_as_wanted(&args, path, context)?,
        None => assert_by_flags(&args, context)?,
    };
    asserted.printed = args.format.map(|form| asserted.print(form)).transpose()?;
    Ok(Box::new(asserted))
}

fn assert_as_wanted(args: &Args, path: &Path, context: &mut Context) -> Result<Asserted, Failure> {
    let mut options = read_options(context, path, args.lenient_json, RequestOptions::from_json)?;
    options.user_verification = raise(options.user_verification, args.uv)?;
    let site = args.client_data.site(options.rp_id.as_deref())?;
    context.allow(time_limit(options.timeout));
    let mut prompter = context.prompter(&NewPinArgs::default())?;
    let (target, authenticated) =
        context.with_session(&mut prompter, args.risk.last_tries, |session, target| {
            let authenticated =
                ceremony::authenticate(session, &options, &site).map_err(of_ceremony_error)?;
            Ok((target.clone(), authenticated))
        })?;
    Ok(Asserted {
        target,
        assertions: vec![(
            authenticated.assertion,
            authenticated.response.client_extension_results,
        )],
        client_data: ClientData::Json { json: authenticated.client_data_json, origin: site.origin },
        rp_id: site.rp_id,
        discovered: options.allow.is_empty(),
        all: false,
        printed: None,
    })
}

fn assert_by_flags(args: &Args, context: &mut Context) -> Result<Asserted, Failure> {
    let Subject { rp_id, allow, salts, client_data } = Subject::of(args)?;
    let app_id = args.appid.as_deref().map(|wanted| args.client_data.app_id(wanted, &rp_id));
    let wanted = Authentication {
        rp_id,
        client_data_hash: client_data.hash(),
        allow,
        user_verification: args.uv.unwrap_or(Wish::Preferred).into(),
        user_presence: !args.no_touch,
        hmac_secret: salts,
        salts_by_credential: Vec::new(),
        third_party_payment: args.payment,
        blobs: args.blobs.wishes()?,
        all_accounts: args.all,
        app_id: app_id.transpose()?,
        shortfall: Default::default(),
    };
    let mut prompter = context.prompter(&NewPinArgs::default())?;
    let (target, assertions) =
        context.with_session(&mut prompter, args.risk.last_tries, |session, target| {
            Ok((target.clone(), authenticate(session, &wanted)?))
        })?;
    assertions.iter().try_for_each(|a| demand_written(&a.blobs, &wanted.blobs))?;
    let results = |assertion: &Assertion| AskedAtAuthentication::default().results(assertion);
    let assertions =
        assertions.into_iter().map(|a| (results(&a), a)).map(|(r, a)| (a, r)).collect();
    Ok(Asserted {
        target,
        assertions,
        client_data,
        discovered: wanted.allow.is_empty(),
        rp_id: wanted.rp_id,
        all: args.all,
        printed: None,
    })
}

/// What was produced, ready to be shown.
struct Asserted {
    target: Target,
    /// With their client extension outputs.
    assertions: Vec<(Assertion, Map<String, Value>)>,
    client_data: ClientData,
    rp_id: String,
    /// True if no credential was named.
    discovered: bool,
    all: bool,
    /// What is printed in place of the report.
    printed: Option<Zeroizing<String>>,
}

impl Asserted {
    fn print(&self, form: AssertionForm) -> Result<Zeroizing<String>, Failure> {
        match (form, &self.client_data) {
            (AssertionForm::Libfido2, client_data) => {
                let assertions = self.assertions.iter().map(|(assertion, _)| assertion);
                Ok(libfido2_lines(assertions, &self.rp_id, client_data.hash(), self.discovered))
            }
            (AssertionForm::Webauthn, ClientData::Json { .. }) => {
                Ok(Zeroizing::new(json_text(&self.json())))
            }
            (AssertionForm::Webauthn, ClientData::Hash(_)) => Err(only_the_hash()),
        }
    }

    fn assertion_json(&self, assertion: &Assertion, results: &Map<String, Value>) -> Value {
        match &self.client_data {
            ClientData::Json { json, .. } => {
                json!(ceremony::authentication_response(assertion, json, results.clone()))
            }
            ClientData::Hash(hash) => json!({
                "schema": "fidoctl.raw-assertion/1",
                "rp_id": self.rp_id,
                "client_data_hash": hex(hash),
                "credential_id": Base64Url(assertion.credential_id.clone()),
                "authenticator_data": Base64Url(assertion.encoded_authenticator_data.clone()),
                "signature": Base64Url(assertion.signature.clone()),
                "user_id": assertion.user.as_ref().map(|user| Base64Url(user.id.to_vec())),
                "extension_results": raw_results(assertion, results),
                "protocol": protocol_text(assertion.protocol),
            }),
        }
    }
}

/// Client extension outputs, and what WebAuthn does not tell websites.
fn raw_results(assertion: &Assertion, results: &Map<String, Value>) -> Map<String, Value> {
    let mut results = results.clone();
    if let Some(payment) = assertion.third_party_payment {
        results.insert("thirdPartyPayment".to_owned(), payment.into());
    }
    results
}

impl Report for Asserted {
    fn json(&self) -> Value {
        let mut all: Vec<_> =
            self.assertions.iter().map(|(a, results)| self.assertion_json(a, results)).collect();
        match (self.all, all.pop()) {
            (false, Some(only)) => only,
            (_, last) => all.into_iter().chain(last).collect(),
        }
    }

    fn human(&self, page: &mut Page) {
        for (assertion, _) in &self.assertions {
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
            if assertion.app_id_used == Some(true) {
                pairs
                    .push(("made over U2F", "for the application ID in place of the RP ID".into()));
            }
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

    fn verbatim(&self) -> Option<&str> {
        self.printed.as_ref().map(|text| text.as_str())
    }
}
