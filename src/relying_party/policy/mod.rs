//! Whether a key, a registration or a model is acceptable under a policy.
//!
//! Data in, verdicts out: [`Policy::judge`] holds [`Facts`] against clauses and says of each whether
//! it is met, why, and whether that is a fact or a prediction. What is not known is said to be not
//! known. Must never know sessions; what getInfo says comes as plain [`KeyFacts`].

mod aaguid;
mod aaguid_clauses;
mod clause;
mod credential_clauses;
mod entra;
mod entra_file;
mod error;
mod facts;
mod forms;
mod judgement;
mod key_clauses;
mod model_clauses;
mod model_facts;
mod registration_facts;
mod report;
mod toml_file;

pub use aaguid::Aaguid;
pub use clause::{Clause, OptionState, Version};
pub use entra::{AttestationRule, EntraRules};
pub use error::PolicyError;
pub use facts::{Chain, Facts, KeyFacts, Lookup, ModelFacts, RegistrationFacts, Subject};
pub use forms::{ClauseForm, FORMS};
pub use judgement::{Missing, Outcome};
pub use report::{Finding, Policy, Profile, ProfileReport, Report, Verdict};
