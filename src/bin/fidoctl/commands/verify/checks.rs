//! Expectations from flags, and the report of every check.

use std::path::Path;

use fidoctl::relying_party::metadata::{Entry, Level, Status};
use fidoctl::relying_party::{AttestationKind, Expectations, Report as Findings, Verdict};
use fidoctl::webauthn::{Flags, Origin};
use serde_json::{Value, json};

use crate::commands::rp_id::parse_rp_id;
use crate::failure::{Failure, Kind};
use crate::input::{Bytes, bytes, read_file};
use crate::output::{Page, Report, uuid, visible};

/// What a response is held against.
#[derive(clap::Args)]
pub struct ExpectationArgs {
    /// The origin that must have been signed; may be given more than once
    #[arg(long, value_name = "ORIGIN", value_parser = origin)]
    pub origin: Vec<String>,

    /// The RP ID; the origin's host if left out
    #[arg(long, value_name = "DOMAIN", value_parser = parse_rp_id)]
    pub rp: Option<String>,

    /// The challenge that was sent, in base64url, or hex behind 'hex:'
    #[arg(long, value_name = "BYTES", value_parser = bytes, allow_hyphen_values = true)]
    pub challenge: Option<Bytes>,

    /// Take responses made in a frame whose outermost page has this origin; may be given more
    /// than once
    #[arg(long, value_name = "ORIGIN", value_parser = origin)]
    pub top_origin: Vec<String>,

    /// Take responses made in a frame of another origin, whatever page it is in
    #[arg(long)]
    pub cross_origin: bool,

    /// Demand that the user was verified; the same as '--require uv'
    #[arg(long)]
    pub require_uv: bool,

    /// The client data hash of a raw registration or assertion, in hex
    #[arg(long, value_name = "HEX", value_parser = crate::input::hex_32, conflicts_with_all = ["origin", "challenge", "top_origin", "cross_origin"])]
    pub client_data_hash: Option<[u8; 32]>,
}

/// What a file holds that is to be verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum FileForm {
    /// What 'enroll --json' and 'assert --json' print
    Webauthn,
    /// The lines that fido2-cred and fido2-assert write
    Libfido2,
}

fn origin(text: &str) -> Result<String, String> {
    let wrong = || "an origin is wanted, such as https://example.com".to_owned();
    text.parse().map(|origin: Origin| origin.to_string()).map_err(|_| wrong())
}

impl ExpectationArgs {
    /// Turns the flags into expectations.
    pub fn expectations(&self) -> Expectations {
        Expectations {
            origins: Some(self.origin.clone()).filter(|origins| !origins.is_empty()),
            rp_id: self.rp.clone(),
            challenge: self.challenge.as_ref().map(|Bytes(bytes)| bytes.clone()),
            top_origins: Some(self.top_origin.clone()).filter(|origins| !origins.is_empty()),
            allow_cross_origin: self.cross_origin,
            require_user_verification: self.require_uv,
            ..Expectations::default()
        }
    }
}

/// Reads a JSON file of a certain shape.
pub fn read_json<T: serde::de::DeserializeOwned>(path: &Path, what: &str) -> Result<T, Failure> {
    let content = read_file(path)?;
    serde_json::from_slice(&content).map_err(|error| {
        Failure::new(
            Kind::BAD_FILE,
            anyhow::Error::new(error).context(format!("{} is not {what}", path.display())),
        )
        .hint("give what 'fidoctl enroll --json' or 'fidoctl assert --json' printed")
    })
}

/// Every check with its verdict.
pub struct Verified {
    what: &'static str,
    findings: Findings,
    model: Option<Model>,
}

/// What the metadata say of the key's model.
pub struct Model {
    description: Option<String>,
    certification: Option<Level>,
    statuses: Vec<String>,
}

impl Model {
    pub fn new(entry: &Entry) -> Self {
        let statuses = entry.reports_that_hold().map(|report| report.status.name().to_owned());
        Model {
            description: entry.description().map(str::to_owned),
            certification: entry.certification(),
            statuses: statuses.collect(),
        }
    }

    fn json(&self) -> Value {
        json!({
            "description": self.description,
            "certification": self.certification.map(Level::name),
            "statuses": self.statuses,
        })
    }
}

impl Verified {
    pub fn report(what: &'static str, findings: Findings) -> Box<dyn Report> {
        Self::of_model(what, findings, None)
    }

    pub fn of_model(
        what: &'static str,
        findings: Findings,
        model: Option<Model>,
    ) -> Box<dyn Report> {
        Box::new(Verified { what, findings, model })
    }
}

impl Report for Verified {
    fn json(&self) -> Value {
        let checks = self.findings.checks().iter().map(|check| match &check.verdict {
            Verdict::Passed => json!({ "name": check.name, "verdict": "passed" }),
            Verdict::Failed(error) => {
                json!({ "name": check.name, "verdict": "failed", "reason": error.to_string() })
            }
            Verdict::NotChecked(why) => {
                json!({ "name": check.name, "verdict": "not-checked", "reason": why })
            }
        });
        let checks: Vec<_> = checks.collect();
        let data = self.findings.authenticator_data();
        json!({
            "schema": "fidoctl.verify/1",
            "what": self.what,
            "genuine": self.findings.is_genuine(),
            "checks": checks,
            "user_present": data.map(|d| d.flags.contains(Flags::UP)),
            "user_verified": data.map(|d| d.flags.contains(Flags::UV)),
            "sign_count": data.map(|d| d.sign_count),
            "aaguid": data.and_then(|d| d.attested_credential.as_ref()).map(|c| uuid(&c.aaguid)),
            "model": self.model.as_ref().map(Model::json),
            "attestation_format": self.findings.attestation().map(|a| &a.format),
            "attestation": self.findings.attestation().map(|a| match a.kind {
                AttestationKind::None => "none",
                AttestationKind::SelfAttestation => "self",
                AttestationKind::Basic => "basic",
            }),
        })
    }

    fn human(&self, page: &mut Page) {
        for check in self.findings.checks() {
            match &check.verdict {
                Verdict::Passed => page.good(check.name),
                Verdict::Failed(error) => page.bad(&format!("{}: {error}", check.name)),
                Verdict::NotChecked(why) => {
                    page.open(&format!("{}: not checked: {why}", check.name))
                }
            }
        }
        if let Some(model) = &self.model {
            let name = visible(model.description.as_deref().unwrap_or("no description"));
            let certification = model.certification.map_or("not certified", Level::name);
            page.line(&format!("  model: {name}, {certification}"));
            if model.statuses.iter().any(|status| status == Status::UPDATE_AVAILABLE) {
                page.hint("there is newer firmware for this model; see 'fidoctl mds show'");
            }
        }
        let verdict = if self.findings.is_genuine() { "genuine" } else { "NOT genuine" };
        page.heading(&format!("the {} is {verdict}", self.what));
    }

    fn failure(&self) -> Option<Failure> {
        if self.findings.is_genuine() {
            return None;
        }
        let failed = self.findings.checks().iter().filter_map(|check| match &check.verdict {
            Verdict::Failed(error) => Some(format!("{}: {error}", check.name)),
            _ => None,
        });
        let failed: Vec<_> = failed.collect();
        let message = format!("the {} is not genuine: {}", self.what, failed.join("; "));
        Some(Failure::message(Kind::NOT_GENUINE, message).hint("do not accept it"))
    }
}
