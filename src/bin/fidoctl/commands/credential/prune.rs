use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER_PERMISSIVE;
use fidoctl::client::credentials::CredentialStore;
use fidoctl::webauthn::Base64Url;
use serde_json::{Value, json};

use super::deletion::{Deletion, ask_consent, check_consent};
use super::shown::{Shown, table};
use crate::arguments::{NewPinArgs, RiskArgs};
use crate::commands::Outcome;
use crate::commands::rp_id::parse_rp_id;
use crate::context::Context;
use crate::device::Target;
use crate::failure::{Failure, Kind};
use crate::output::{Page, Report, boxed, visible};

/// Delete a service's credentials that the service no longer knows
///
/// The file lists the IDs that are to stay, whole, in base64url or in hex behind 'hex:': one a
/// line, with '#' in front of remarks, or a JSON array of base64url texts.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  fidoctl credential prune --rp example.com --keep ids.txt --dry-run"
)]
pub struct Args {
    /// The service
    #[arg(long, value_name = "DOMAIN", value_parser = parse_rp_id)]
    rp: String,

    /// The IDs that are to stay; '-' reads standard input
    #[arg(long, value_name = "FILE")]
    keep: PathBuf,

    /// Only show what would be deleted
    #[arg(long)]
    dry_run: bool,

    /// Consent beforehand
    #[arg(long)]
    yes: bool,

    #[command(flatten)]
    risk: RiskArgs,
}

struct Pruned {
    target: Target,
    rp: String,
    dry_run: bool,
    kept: Vec<Shown>,
    obsolete: Vec<Shown>,
    absent: Vec<Base64Url>,
    deletion: Deletion,
}

pub fn run(args: &Args, context: &mut Context) -> Outcome {
    if !args.dry_run {
        check_consent(context, args.yes)?;
    }
    let keep = read_ids(&args.keep)?;
    let mut prompter = context.prompter(&NewPinArgs::default())?;
    context.with_session(&mut prompter, args.risk.last_tries, |session, target| {
        let mut store = CredentialStore::open(session)?;
        let all = Shown::all(&store.list_of(&args.rp)?);
        let is_kept = |shown: &Shown| keep.iter().any(|id| id.0 == shown.credential.id);
        let is_absent = |id: &&Base64Url| !all.iter().any(|shown| shown.credential.id == id.0);
        let absent = keep.iter().filter(is_absent).cloned().collect();
        let (kept, obsolete): (Vec<_>, Vec<_>) = all.iter().cloned().partition(is_kept);
        let deletion = if args.dry_run || obsolete.is_empty() {
            Deletion::none()
        } else {
            if !args.yes {
                ask_consent(context, target, &obsolete)?;
            }
            Deletion::run(&mut store, obsolete.clone())?
        };
        Ok(boxed(Pruned {
            target: target.clone(),
            rp: args.rp.clone(),
            dry_run: args.dry_run,
            kept,
            obsolete,
            absent,
            deletion,
        }))
    })
}

/// Reads whole IDs; a file that cannot be understood, or holds none, deletes nothing.
fn read_ids(path: &Path) -> Result<Vec<Base64Url>, Failure> {
    let unreadable = |what: String| {
        Failure::message(Kind::BAD_FILE, format!("{}: {what}", path.display()))
            .hint("list whole credential IDs in base64url, or in hex behind 'hex:', one a line")
    };
    let content = crate::input::read_file(path)?;
    let text = std::str::from_utf8(&content).map_err(|_| unreadable("not text".to_owned()))?;
    let ids = if text.trim_start().starts_with('[') {
        serde_json::from_str::<Vec<Base64Url>>(text).map_err(|e| unreadable(e.to_string()))?
    } else {
        let lines = text.lines().enumerate().map(|(number, line)| (number + 1, line.trim()));
        lines
            .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
            .map(|(number, line)| {
                whole_id(line).ok_or_else(|| unreadable(format!("line {number} is no ID")))
            })
            .collect::<Result<_, _>>()?
    };
    if ids.is_empty() {
        let failure = Failure::message(
            Kind::BAD_FILE,
            format!("{} lists no credential that is to stay", path.display()),
        );
        return Err(failure.hint("delete all of a service with 'fidoctl credential delete --rp'"));
    }
    Ok(ids)
}

fn whole_id(text: &str) -> Option<Base64Url> {
    let id = match text.strip_prefix("hex:") {
        Some(digits) => HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).ok().map(Base64Url),
        None => Base64Url::parse(text),
    };
    id.filter(|id| !id.0.is_empty())
}

impl Report for Pruned {
    fn json(&self) -> Value {
        let id = |shown: &Shown| json!(Base64Url(shown.credential.id.clone()));
        let mut value = json!({
            "schema": "fidoctl.credential-prune/1",
            "key": self.target.json(),
            "rp_id": self.rp,
            "dry_run": self.dry_run,
            "kept": self.kept.iter().map(id).collect::<Vec<_>>(),
            "obsolete": self.obsolete.iter().map(id).collect::<Vec<_>>(),
            "not_on_this_key": self.absent,
        });
        self.deletion.add_to(&mut value);
        value
    }

    fn human(&self, page: &mut Page) {
        let rp = visible(&self.rp);
        if self.obsolete.is_empty() {
            page.good(&format!("nothing to delete: {} stored for {rp}", self.kept.len()));
        } else if self.dry_run {
            table(page, &self.obsolete);
            page.line("");
            page.line(&format!(
                "{} would be deleted, {} kept for {rp}",
                self.obsolete.len(),
                self.kept.len()
            ));
        } else {
            self.deletion.human(page);
            page.line(&format!("{} kept for {rp}", self.kept.len()));
        }
        if !self.absent.is_empty() {
            page.line(&format!("{} of the IDs listed are not on this key", self.absent.len()));
        }
    }

    fn failure(&self) -> Option<Failure> {
        self.deletion.failure()
    }
}
