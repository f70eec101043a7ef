//! Whether a key, a registration or a model is acceptable under a policy.

mod judged;
mod models;
mod policy;
mod registration;

use std::path::PathBuf;

use fidoctl::client::key_facts;
use fidoctl::relying_party::policy::{Aaguid, Facts, Lookup, Subject};

use self::judged::{Judged, What};
use self::models::Models;
use self::policy::PolicyArgs;
use super::Outcome;
use crate::arguments::NewPinArgs;
use crate::context::Context;
use crate::metadata::MetadataArgs;
use crate::output::boxed;

/// Say whether a key or a registration is acceptable under a policy
///
/// Asks the connected key what it is, wants no touch and spends no PIN try. With --registration,
/// --aaguid or --models no key is needed. Exit code 6 if a clause is not met, or if there is no
/// telling.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  fidoctl check --attestation off\n  fidoctl check --policy desk.toml\n  fidoctl check --registration cred.json --policy desk.toml\n  fidoctl check --models --mds blob.jwt\n\nThe clauses are listed in docs/policies.md."
)]
pub struct Args {
    #[command(flatten)]
    policy: PolicyArgs,

    /// Judge what 'enroll --save' or 'enroll --json' wrote, or any RegistrationResponseJSON, instead
    /// of a key; '-' for stdin
    #[arg(long, value_name = "FILE")]
    registration: Option<PathBuf>,

    /// Judge a model instead of a key
    #[arg(long, value_name = "UUID", value_parser = aaguid, conflicts_with = "registration")]
    aaguid: Option<Aaguid>,

    /// Judge every FIDO2 model that the metadata list, instead of a key
    #[arg(long, conflicts_with_all = ["registration", "aaguid", "allow_unknown"])]
    models: bool,

    /// Accept although of some clauses there is no telling
    #[arg(long)]
    allow_unknown: bool,

    #[command(flatten)]
    metadata: MetadataArgs,
}

/// Reads an AAGUID.
pub fn aaguid(text: &str) -> Result<Aaguid, String> {
    let wanted = || "an AAGUID is wanted, such as 2fc0579f-8113-47ea-b116-bb5a8db9202a".to_owned();
    Aaguid::parse(text).ok_or_else(wanted)
}

pub fn run(args: &Args, context: &mut Context) -> Outcome {
    let policy = args.policy.read()?;
    if args.models {
        return Ok(boxed(Models::new(&policy, args.metadata.load()?)));
    }
    let metadata = args.metadata.load_if_given()?;
    let (what, subject) = if let Some(path) = &args.registration {
        let facts = registration::read(path, metadata.as_ref())?;
        (What::Registration, Subject::Registration(facts))
    } else if let Some(aaguid) = args.aaguid {
        (What::Model, Subject::Model(aaguid))
    } else {
        let mut prompter = context.prompter(&NewPinArgs::default())?;
        context.with_session(&mut prompter, false, |session, target| {
            let facts = key_facts::gather(session, &policy)?;
            Ok((What::Key(target.clone()), Subject::Key(facts)))
        })?
    };
    let found = Lookup::of(metadata.as_ref().map(|loaded| &loaded.metadata), subject.aaguid());
    let facts = Facts { subject, metadata: found };
    Ok(boxed(Judged::new(what, policy.judge(&facts), &facts, metadata, args.allow_unknown)))
}
