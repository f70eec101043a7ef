//! A policy, and what judging by it comes to.

use super::judgement::{Basis, Judgement};
use super::{Clause, Facts, Outcome};

/// What must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// What it is called.
    pub name: String,
    /// Whether it foretells what a service will do that goes by metadata of its own.
    pub foretells_a_service: bool,
    /// Sets of clauses, of which one must be met as a whole; mostly there is one.
    pub profiles: Vec<Profile>,
}

/// Clauses that must be met together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// What it is called, where there are several.
    pub name: Option<String>,
    /// The clauses, in the order in which they are told.
    pub clauses: Vec<Clause>,
}

/// What judging by a policy came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What the policy is called.
    pub policy: String,
    /// Each profile with its findings.
    pub profiles: Vec<ProfileReport>,
}

/// What judging by a profile came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileReport {
    /// What the profile is called, where there are several.
    pub name: Option<String>,
    /// A finding for each clause.
    pub findings: Vec<Finding>,
}

/// What judging by a clause came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The clause's name, for scripts.
    pub clause: &'static str,
    /// Whether it is met.
    pub outcome: Outcome,
    /// What was found; may hold text from the key or from metadata.
    pub why: String,
    /// True if it is a prediction, not a fact.
    pub predicted: bool,
}

/// What a set of findings amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// A clause is not met.
    NotAcceptable,
    /// No clause is known not to be met, but of some there is no telling.
    Undecided,
    /// Every clause is met.
    Acceptable,
}

impl Policy {
    /// Makes a policy of one set of clauses.
    pub fn new(name: impl Into<String>, clauses: Vec<Clause>) -> Self {
        Policy {
            name: name.into(),
            foretells_a_service: false,
            profiles: vec![Profile { name: None, clauses }],
        }
    }

    /// Tells whether a clause asks how many PIN tries are left, which getInfo does not say.
    pub fn needs_pin_retries(&self) -> bool {
        let mut clauses = self.profiles.iter().flat_map(|profile| &profile.clauses);
        clauses.any(|clause| matches!(clause, Clause::MinPinRetries(_)))
    }

    /// Holds facts against every clause.
    pub fn judge(&self, facts: &Facts) -> Report {
        let profiles = self.profiles.iter().map(|profile| ProfileReport {
            name: profile.name.clone(),
            findings: profile.clauses.iter().map(|clause| self.find(clause, facts)).collect(),
        });
        Report { policy: self.name.clone(), profiles: profiles.collect() }
    }

    fn find(&self, clause: &Clause, facts: &Facts) -> Finding {
        let Judgement { outcome, why, basis } = clause.judge(facts);
        let predicted = match basis {
            Basis::Stated => false,
            Basis::Metadata => self.foretells_a_service,
            Basis::Inferred => true,
        };
        Finding { clause: clause.name(), outcome, why, predicted }
    }
}

impl Report {
    /// Returns the verdict of the profile that fares best: one is enough.
    pub fn verdict(&self) -> Verdict {
        let verdicts = self.profiles.iter().map(ProfileReport::verdict);
        verdicts.max().unwrap_or(Verdict::Undecided)
    }
}

impl ProfileReport {
    /// Returns what the findings amount to.
    pub fn verdict(&self) -> Verdict {
        let verdicts = self.findings.iter().map(|finding| match finding.outcome {
            Outcome::Met => Verdict::Acceptable,
            Outcome::CannotTell(_) => Verdict::Undecided,
            Outcome::NotMet => Verdict::NotAcceptable,
        });
        verdicts.min().unwrap_or(Verdict::Acceptable)
    }
}
