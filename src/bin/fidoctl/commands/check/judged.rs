//! What judging came to, shown.

use fidoctl::relying_party::policy::{
    Aaguid, Facts, Finding, Missing, Outcome, ProfileReport, Report as Judgement, Verdict,
};
use serde_json::{Value, json};

use crate::commands::mds::{source_json, warnings};
use crate::device::Target;
use crate::failure::{Failure, Kind};
use crate::metadata::Loaded;
use crate::output::{Page, Report, visible};

/// What was judged.
pub enum What {
    /// A connected key.
    Key(Target),
    /// A registration from a file.
    Registration,
    /// A model.
    Model,
}

/// What would help to tell.
const LACKING: [(Missing, &str); 3] = [
    (Missing::Metadata, "give metadata with --mds FILE"),
    (Missing::Registration, "make a credential, and check it with --registration FILE"),
    (Missing::Key, "check the key itself: leave out --registration and --aaguid"),
];

/// Every clause with what it came to.
pub struct Judged {
    what: What,
    aaguid: Aaguid,
    judgement: Judgement,
    metadata: Option<Loaded>,
    allow_unknown: bool,
}

impl Judged {
    /// Puts together a judgement and what it is about.
    pub fn new(
        what: What,
        judgement: Judgement,
        facts: &Facts,
        metadata: Option<Loaded>,
        allow_unknown: bool,
    ) -> Self {
        Judged { what, aaguid: facts.subject.aaguid(), judgement, metadata, allow_unknown }
    }

    fn is_acceptable(&self) -> bool {
        match self.judgement.verdict() {
            Verdict::Acceptable => true,
            Verdict::Undecided => self.allow_unknown,
            Verdict::NotAcceptable => false,
        }
    }

    fn noun(&self) -> &'static str {
        match self.what {
            What::Key(_) => "key",
            What::Registration => "registration",
            What::Model => "model",
        }
    }

    fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.judgement.profiles.iter().flat_map(|profile| &profile.findings)
    }

    /// Tells whether one of the clauses cannot be decided for this reason.
    fn lacks(&self, what: Missing) -> bool {
        self.findings().any(|finding| finding.outcome == Outcome::CannotTell(what))
    }

    /// Says in a sentence what it all comes to.
    fn sentence(&self) -> String {
        let (noun, policy) = (self.noun(), visible(&self.judgement.policy));
        match self.judgement.verdict() {
            Verdict::Acceptable => format!("the {noun} is acceptable under the policy {policy}"),
            Verdict::Undecided if self.allow_unknown => {
                format!("the {noun} is acceptable under the policy {policy}, as far as can be told")
            }
            Verdict::Undecided => format!(
                "there is no telling whether the {noun} is acceptable under the policy {policy}: {}",
                clauses(&self.judgement, |o| matches!(o, Outcome::CannotTell(_))).join(", ")
            ),
            Verdict::NotAcceptable => format!(
                "the {noun} is not acceptable under the policy {policy}: {}",
                clauses(&self.judgement, |outcome| *outcome == Outcome::NotMet).join(", ")
            ),
        }
    }
}

/// Returns the names of the clauses that came out so, each once.
pub fn clauses(judgement: &Judgement, came_out: impl Fn(&Outcome) -> bool) -> Vec<&'static str> {
    let findings = judgement.profiles.iter().flat_map(|profile| &profile.findings);
    let mut names = Vec::new();
    for finding in findings.filter(|finding| came_out(&finding.outcome)) {
        if !names.contains(&finding.clause) {
            names.push(finding.clause);
        }
    }
    names
}

/// Returns a verdict's name for scripts.
pub fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Acceptable => "acceptable",
        Verdict::Undecided => "undecided",
        Verdict::NotAcceptable => "not-acceptable",
    }
}

fn profile_json(profile: &ProfileReport) -> Value {
    let clauses = profile.findings.iter().map(|finding| {
        let outcome = match finding.outcome {
            Outcome::Met => "met",
            Outcome::NotMet => "not-met",
            Outcome::CannotTell(_) => "cannot-tell",
        };
        json!({
            "clause": finding.clause,
            "outcome": outcome,
            "predicted": finding.predicted,
            "why": finding.why,
        })
    });
    json!({
        "name": profile.name,
        "verdict": verdict_name(profile.verdict()),
        "clauses": clauses.collect::<Vec<_>>(),
    })
}

impl Report for Judged {
    fn json(&self) -> Value {
        let key = match &self.what {
            What::Key(target) => Some(target.json()),
            What::Registration | What::Model => None,
        };
        let profiles = self.judgement.profiles.iter().map(profile_json);
        json!({
            "schema": "fidoctl.check/1",
            "what": self.noun(),
            "key": key,
            "aaguid": self.aaguid.to_string(),
            "policy": self.judgement.policy,
            "metadata": self.metadata.as_ref().map(source_json),
            "verdict": verdict_name(self.judgement.verdict()),
            "acceptable": self.is_acceptable(),
            "profiles": profiles.collect::<Vec<_>>(),
        })
    }

    fn human(&self, page: &mut Page) {
        if let Some(metadata) = &self.metadata {
            warnings(page, metadata);
        }
        if let What::Key(target) = &self.what {
            page.pairs(target.pairs());
        }
        for profile in &self.judgement.profiles {
            if let Some(name) = &profile.name {
                page.heading(&format!("profile {}", visible(name)));
            }
            for Finding { clause, outcome, why, predicted } in &profile.findings {
                let why = visible(why);
                let predicted = if *predicted { " (predicted)" } else { "" };
                match outcome {
                    Outcome::Met => page.good(&format!("{clause}: {why}{predicted}")),
                    Outcome::NotMet => page.bad(&format!("{clause}: {why}{predicted}")),
                    Outcome::CannotTell(_) => page.open(&format!("{clause}: cannot tell: {why}")),
                }
            }
        }
        if self.is_acceptable() {
            page.heading(&self.sentence());
        }
    }

    fn failure(&self) -> Option<Failure> {
        if self.is_acceptable() {
            return None;
        }
        let mut failure = Failure::message(Kind::NOT_ACCEPTABLE, self.sentence());
        if self.judgement.verdict() == Verdict::Undecided {
            let lacking = LACKING.iter().filter(|(missing, _)| self.lacks(*missing));
            for (_, hint) in lacking {
                failure = failure.hint(*hint);
            }
            failure = failure.hint("add --allow-unknown to accept what there is no telling of");
        }
        Some(failure)
    }
}
