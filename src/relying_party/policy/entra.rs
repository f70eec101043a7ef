//! What Microsoft documents of Entra ID's policy for passkeys (FIDO2).

use super::clause::Version;
use super::{Aaguid, Clause, Policy, Profile};
use crate::cose::Algorithm;
use crate::relying_party::metadata::Level;

/// Algorithms in the creation options that Entra sends.
const ALGORITHMS: [Algorithm; 2] = [Algorithm::ES256, Algorithm::RS256];

/// What a tenant demands beyond what Entra always does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntraRules {
    /// What the rules are called, where a tenant has several.
    pub name: Option<String>,
    /// Whether attestation is enforced.
    pub attestation: AttestationRule,
    /// Only these models.
    pub allow: Option<Vec<Aaguid>>,
    /// None of these models.
    pub block: Option<Vec<Aaguid>>,
    /// Whether credentials must be ones that stay on their device, or ones that do not; `None`
    /// allows both.
    pub synced: Option<bool>,
}

/// Entra's setting for attestation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttestationRule {
    /// Registrations must be attested by a certified model.
    Enforced,
    /// Attestation is not looked at.
    Off,
}

impl EntraRules {
    /// Rules with nothing beyond attestation.
    pub fn new(attestation: AttestationRule) -> Self {
        EntraRules { name: None, attestation, allow: None, block: None, synced: None }
    }

    fn clauses(&self) -> Vec<Clause> {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let mut clauses = vec![
            Clause::MinVersion(Version::Fido2_0),
            Clause::Discoverable,
            Clause::UserVerification,
            Clause::Extensions(owned(&["hmac-secret"])),
            Clause::SeveralAccounts,
            Clause::Algorithms(ALGORITHMS.to_vec()),
        ];
        clauses.extend(self.allow.clone().map(Clause::AaguidAllow));
        clauses.extend(self.block.clone().map(Clause::AaguidBlock));
        clauses.extend(self.synced.map(Clause::BackupEligible));
        clauses.extend(match self.attestation {
            AttestationRule::Enforced => vec![
                Clause::AttestationFormats(owned(&["packed"])),
                Clause::Attested,
                Clause::Certified(Level::Certified),
                Clause::EntraMetadata,
            ],
            AttestationRule::Off => vec![Clause::AttestationFormats(owned(&["packed", "none"]))],
        });
        clauses
    }
}

impl Policy {
    /// What Entra demands; a key that fulfils one of the sets of rules is acceptable.
    pub fn entra(rules: &[EntraRules]) -> Self {
        Policy::entra_with(Vec::new(), rules)
    }

    /// The same, with clauses that the policy itself has settled.
    pub(super) fn entra_with(settled: Vec<Clause>, rules: &[EntraRules]) -> Self {
        let profiles = rules.iter().map(|rules| Profile {
            name: rules.name.clone(),
            clauses: settled.iter().cloned().chain(rules.clauses()).collect(),
        });
        Policy { name: "entra".to_owned(), foretells_a_service: true, profiles: profiles.collect() }
    }
}
