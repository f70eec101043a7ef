//! Which policy is meant.

use std::path::{Path, PathBuf};

use fidoctl::relying_party::policy::{
    Aaguid, AttestationRule, EntraRules, FORMS, Policy, PolicyError,
};

use super::aaguid;
use crate::failure::{Failure, Kind};
use crate::input::read_file;

/// The policy, and what Entra's depends on.
#[derive(clap::Args)]
pub struct PolicyArgs {
    /// The policy: 'entra', or a file of clauses of your own
    #[arg(long, value_name = "entra|FILE", default_value = ENTRA)]
    policy: PathBuf,

    /// Whether the tenant enforces attestation [default: enforced]
    #[arg(long, value_name = "RULE")]
    attestation: Option<Rule>,

    /// A model that the tenant allows, and no other; may be given more than once
    #[arg(long, value_name = "UUID", value_parser = aaguid, conflicts_with = "block_aaguid")]
    allow_aaguid: Vec<Aaguid>,

    /// A model that the tenant blocks; may be given more than once
    #[arg(long, value_name = "UUID", value_parser = aaguid)]
    block_aaguid: Vec<Aaguid>,

    /// The tenant's policy, as Microsoft Graph returns it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["attestation", "allow_aaguid", "block_aaguid"])]
    entra_policy: Option<PathBuf>,

    /// Only this passkey profile of the tenant's policy, by name or id; otherwise one is enough
    #[arg(long, value_name = "NAME", requires = "entra_policy")]
    entra_profile: Option<String>,
}

/// The name of the built-in policy.
const ENTRA: &str = "entra";

#[derive(Clone, Copy, clap::ValueEnum)]
enum Rule {
    /// Registrations must be attested by a certified model
    Enforced,
    /// Attestation is not looked at
    Off,
}

impl PolicyArgs {
    /// Reads the policy.
    pub fn read(&self) -> Result<Policy, Failure> {
        if self.policy.as_os_str() != ENTRA {
            self.refuse_entra_s_flags()?;
            return own_policy(&self.policy);
        }
        if let Some(path) = &self.entra_policy {
            return Policy::from_entra_json(&read_file(path)?, self.entra_profile.as_deref())
                .map_err(|error| {
                    unreadable(path, "the passkey policy of an Entra tenant", error).hint(
                        "give what 'GET /policies/authenticationMethodsPolicy/\
                         authenticationMethodConfigurations/fido2' returned",
                    )
                });
        }
        let attestation = match self.attestation {
            Some(Rule::Off) => AttestationRule::Off,
            Some(Rule::Enforced) | None => AttestationRule::Enforced,
        };
        let listed = |list: &[Aaguid]| Some(list.to_vec()).filter(|list| !list.is_empty());
        Ok(Policy::entra(&[EntraRules {
            allow: listed(&self.allow_aaguid),
            block: listed(&self.block_aaguid),
            ..EntraRules::new(attestation)
        }]))
    }

    fn refuse_entra_s_flags(&self) -> Result<(), Failure> {
        let given = [
            ("--attestation", self.attestation.is_some()),
            ("--allow-aaguid", !self.allow_aaguid.is_empty()),
            ("--block-aaguid", !self.block_aaguid.is_empty()),
            ("--entra-policy", self.entra_policy.is_some()),
        ];
        match given.into_iter().find(|(_, given)| *given) {
            None => Ok(()),
            Some((flag, _)) => Err(Failure::message(
                Kind::USAGE,
                format!("{flag} belongs to the policy {ENTRA:?}, not to one of your own"),
            )
            .hint("write it into the policy file as a clause")),
        }
    }
}

fn own_policy(path: &Path) -> Result<Policy, Failure> {
    let not_text = || unreadable(path, "a policy", PolicyError::Text);
    let text = String::from_utf8(read_file(path)?).map_err(|_| not_text())?;
    let name = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy();
    Policy::from_toml(&text, &name).map_err(|error| {
        let failure = unreadable(path, "a policy", error.clone());
        match error {
            PolicyError::UnknownClause { .. } | PolicyError::Empty => {
                let names: Vec<_> = FORMS.iter().map(|form| form.name).collect();
                failure.hint(format!("use the clauses that there are: {}", names.join(", ")))
            }
            _ => failure,
        }
    })
}

fn unreadable(path: &Path, what: &str, error: PolicyError) -> Failure {
    let context = format!("{} cannot be read as {what}", path.display());
    Failure::new(Kind::BAD_FILE, anyhow::Error::new(error).context(context))
}
