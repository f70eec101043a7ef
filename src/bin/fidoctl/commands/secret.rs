use std::io::IsTerminal;
use std::path::PathBuf;

use fidoctl::client::authenticate::{Assertion, Authentication, authenticate};
use fidoctl::client::hmac_secret::HmacSecrets;
use fidoctl::client::{Requirement, Verification};
use fidoctl::webauthn::Base64Url;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::Outcome;
use super::allowed::AllowArgs;
use super::prf::{PrfInput, prf_input, salts};
use super::secret_form::SecretForm;
use super::wishes::verification_text;
use crate::arguments::{NewPinArgs, RiskArgs};
use crate::context::Context;
use crate::device::Target;
use crate::failure::{Failure, Kind};
use crate::input::hex_32;
use crate::output::{Page, Report, visible};
use crate::randomness;
use crate::whole_file::WholeFile;

/// Derive a secret that only this key can compute (hmac-secret, PRF)
///
/// The same credential and salt give the same secret every time. Of each there are two: one with
/// user verification and one with a touch alone. This command derives the one with user
/// verification unless told '--uv discouraged', and says which it was; who stores something
/// under a secret must remember which.
///
/// Where standard output is no terminal it gets the secret and nothing else.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  fidoctl secret --credential cred.json --prf 'disk key' --out disk.key --output raw"
)]
#[command(group = clap::ArgGroup::new("input").required(true).args(["salt", "prf"]))]
pub struct Args {
    #[command(flatten)]
    allow: AllowArgs,

    /// Salt as it is, 32 bytes in hex (hmac-secret)
    #[arg(long, value_name = "HEX", value_parser = hex_32)]
    salt: Option<[u8; 32]>,

    /// Salt for a second secret
    #[arg(long, value_name = "HEX", value_parser = hex_32, requires = "salt", conflicts_with = "prf")]
    salt2: Option<[u8; 32]>,

    /// Input as websites give it (WebAuthn's prf): text, hex behind 'hex:', or '@' and a file;
    /// always with user verification
    #[arg(long, value_name = "INPUT", value_parser = prf_input)]
    prf: Option<PrfInput>,

    /// Input for a second secret
    #[arg(long, value_name = "INPUT", value_parser = prf_input, requires = "prf", conflicts_with = "salt")]
    prf2: Option<PrfInput>,

    /// Verify the user with PIN or fingerprint; 'discouraged' derives the other secret, the one
    /// with a touch alone
    #[arg(long, value_name = "WISH", default_value = "required")]
    uv: SecretVerification,

    /// How the secret is written; two secrets on two lines, or raw one after the other
    #[arg(long, value_name = "FORM", default_value = "hex")]
    output: SecretForm,

    /// Write the secret to this file, which only its owner can read
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Replace the file if it exists
    #[arg(long, requires = "out")]
    force: bool,

    #[command(flatten)]
    risk: RiskArgs,
}

/// Whose secret is derived; 'preferred' would leave it to chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum SecretVerification {
    /// The secret with user verification
    Required,
    /// The secret with a touch alone
    Discouraged,
}

pub fn run(args: &Args, context: &mut Context) -> Outcome {
    check(args, context)?;
    let file = match &args.out {
        Some(path) => Some(WholeFile::reserve(path, args.force)?),
        None => None,
    };
    let (rp_id, allow) = args.allow.load()?;
    let hash = randomness::bytes()?;
    let wanted = Authentication {
        rp_id,
        // Nobody checks this assertion.
        client_data_hash: hash,
        allow,
        user_verification: match args.uv {
            SecretVerification::Required => Requirement::Required,
            SecretVerification::Discouraged => Requirement::Discouraged,
        },
        user_presence: true,
        hmac_secret: salts((args.salt, args.salt2), (args.prf.as_ref(), args.prf2.as_ref()))?,
        salts_by_credential: Vec::new(),
        third_party_payment: false,
        blobs: Default::default(),
        all_accounts: false,
        app_id: None,
        shortfall: Default::default(),
    };
    let mut prompter = context.prompter(&NewPinArgs::default())?;
    let (target, assertions) =
        context.with_session(&mut prompter, args.risk.last_tries, |session, target| {
            Ok((target.clone(), authenticate(session, &wanted)?))
        })?;
    let mut assertions = assertions.into_iter();
    let derived = assertions.next().and_then(|mut assertion| {
        let secrets = assertion.hmac_secrets.take()?;
        Some((assertion, secrets))
    });
    let (assertion, secrets) = derived.ok_or_else(|| {
        Failure::message(Kind::INTERNAL, "an assertion without a secret passed the checks")
    })?;
    check_verification(args, &assertion)?;
    let text = args.output.lines(&secrets);
    if let Some(file) = file {
        file.commit(&text)?;
    }
    Ok(Box::new(Derived {
        target,
        rp_id: wanted.rp_id,
        assertion,
        secrets,
        text,
        form: args.output,
        saved: args.out.clone(),
        prf: args.prf.is_some(),
    }))
}

/// Refuses what cannot be shown or had, before the key is asked.
fn check(args: &Args, context: &Context) -> Result<(), Failure> {
    if args.prf.is_some() && args.uv == SecretVerification::Discouraged {
        return Err(Failure::message(Kind::USAGE, "prf secrets are always with user verification")
            .hint("leave --uv out, or give a --salt"));
    }
    let for_people = args.out.is_none() && std::io::stdout().is_terminal();
    if args.output == SecretForm::Raw && args.out.is_none() && (for_people || context.global.json) {
        return Err(Failure::message(Kind::USAGE, "raw bytes are for files and programs")
            .hint("write them to a file with --out, or choose another --output"));
    }
    Ok(())
}

/// Some keys verify of their own accord: that is the other secret.
fn check_verification(args: &Args, assertion: &Assertion) -> Result<(), Failure> {
    if args.uv == SecretVerification::Discouraged && assertion.verification != Verification::None {
        return Err(Failure::message(
            Kind::UNSUPPORTED,
            "this key verifies the user always, and so has no secret with a touch alone to give",
        )
        .hint("leave --uv out to derive the secret with user verification"));
    }
    Ok(())
}

/// What was derived, ready to be shown.
struct Derived {
    target: Target,
    rp_id: String,
    assertion: Assertion,
    secrets: HmacSecrets,
    text: Zeroizing<Vec<u8>>,
    form: SecretForm,
    saved: Option<PathBuf>,
    prf: bool,
}

impl Derived {
    fn is_verified(&self) -> bool {
        self.assertion.verification != Verification::None
    }
}

impl Report for Derived {
    fn json(&self) -> Value {
        let mut value = json!({
            "schema": "fidoctl.secret/1",
            "key": self.target.json(),
            "rp_id": self.rp_id,
            "credential_id": Base64Url(self.assertion.credential_id.clone()),
            "extension": if self.prf { "prf" } else { "hmac-secret" },
            "user_verified": self.is_verified(),
        });
        if let (Some(members), None) = (value.as_object_mut(), &self.saved) {
            let form = |secret: &[u8; 32]| json!(self.form.text(secret).as_str());
            let second = self.secrets.second.as_deref().map(form);
            members.insert("encoding".to_owned(), json!(self.form.name()));
            members.insert("first".to_owned(), form(&self.secrets.first));
            members.insert("second".to_owned(), second.unwrap_or_default());
        }
        value
    }

    fn human(&self, page: &mut Page) {
        page.good(&format!("derived a secret at {}", visible(&self.rp_id)));
        let mut pairs = self.target.pairs();
        let id = Base64Url(self.assertion.credential_id.clone());
        pairs.push(("credential", id.to_string()));
        pairs.push((
            "user verified",
            match self.assertion.verification {
                Verification::None => "no: the secret with a touch alone".to_owned(),
                how => format!("{}: the secret with user verification", verification_text(how)),
            },
        ));
        if let Some(path) = &self.saved {
            pairs.push(("saved in", path.display().to_string()));
        } else if std::io::stdout().is_terminal() {
            pairs.push(("secret", self.form.text(&self.secrets.first).to_string()));
            let second = self.secrets.second.as_deref();
            pairs.extend(second.map(|s| ("second secret", self.form.text(s).to_string())));
        }
        page.pairs(pairs);
    }

    fn bytes(&self) -> Option<&[u8]> {
        self.saved.is_none().then_some(&self.text)
    }
}
