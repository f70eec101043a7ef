//! `check --models`: which models are acceptable.

use fidoctl::relying_party::metadata::Entry;
use fidoctl::relying_party::policy::{
    Aaguid, Facts, Lookup, ModelFacts, Outcome, Policy, Report as Judgement, Subject, Verdict,
};
use serde_json::{Value, json};

use super::judged::{clauses, verdict_name};
use crate::commands::mds::{source_json, warnings};
use crate::metadata::Loaded;
use crate::output::{Page, Report, visible};

/// Every FIDO2 model with what judging it came to.
pub struct Models {
    policy: String,
    metadata: Loaded,
    models: Vec<Model>,
}

struct Model {
    aaguid: Aaguid,
    description: Option<String>,
    judgement: Judgement,
}

impl Models {
    /// Judges all FIDO2 models of the metadata.
    pub fn new(policy: &Policy, metadata: Loaded) -> Self {
        let entries = metadata.metadata.entries().iter();
        let models = entries.filter_map(|entry| judge(policy, entry)).collect();
        Models { policy: policy.name.clone(), metadata, models }
    }

    fn acceptable(&self) -> usize {
        let verdicts = self.models.iter().map(|model| model.judgement.verdict());
        verdicts.filter(|verdict| *verdict == Verdict::Acceptable).count()
    }
}

fn judge(policy: &Policy, entry: &Entry) -> Option<Model> {
    let aaguid = Aaguid(entry.aaguid()?);
    let metadata = Lookup::Listed(Box::new(ModelFacts::new(entry)));
    let judgement = policy.judge(&Facts { subject: Subject::Model(aaguid), metadata });
    Some(Model { aaguid, description: entry.description().map(str::to_owned), judgement })
}

impl Model {
    fn not_met(&self) -> Vec<&'static str> {
        clauses(&self.judgement, |outcome| *outcome == Outcome::NotMet)
    }

    fn cannot_tell(&self) -> Vec<&'static str> {
        clauses(&self.judgement, |outcome| matches!(outcome, Outcome::CannotTell(_)))
    }

    fn json(&self) -> Value {
        json!({
            "aaguid": self.aaguid.to_string(),
            "description": self.description,
            "verdict": verdict_name(self.judgement.verdict()),
            "not_met": self.not_met(),
            "cannot_tell": self.cannot_tell(),
        })
    }

    fn row(&self) -> Vec<String> {
        let (verdict, which) = match self.judgement.verdict() {
            Verdict::Acceptable => ("yes", Vec::new()),
            Verdict::Undecided => ("cannot tell", self.cannot_tell()),
            Verdict::NotAcceptable => ("no", self.not_met()),
        };
        let description = visible(self.description.as_deref().unwrap_or_default());
        vec![self.aaguid.to_string(), verdict.to_owned(), description, which.join(", ")]
    }
}

impl Report for Models {
    fn json(&self) -> Value {
        json!({
            "schema": "fidoctl.check-models/1",
            "policy": self.policy,
            "metadata": source_json(&self.metadata),
            "acceptable": self.acceptable(),
            "models": self.models.iter().map(Model::json).collect::<Vec<_>>(),
        })
    }

    fn human(&self, page: &mut Page) {
        warnings(page, &self.metadata);
        let mut models: Vec<_> = self.models.iter().collect();
        models.sort_by_key(|model| model.description.as_deref().map(str::to_lowercase));
        let rows: Vec<_> = models.iter().map(|model| model.row()).collect();
        if !rows.is_empty() {
            page.table(&["MODEL", "ACCEPTABLE", "NAME", "BECAUSE OF"], &rows);
            page.line("");
        }
        page.line(&format!(
            "{} of {} models are acceptable under the policy {}",
            self.acceptable(),
            rows.len(),
            visible(&self.policy)
        ));
    }
}
