//! A change of one setting: what is, consent, what will be, and the report.

use fidoctl::client::config::{self, Outcome as ClientOutcome, Setting};
use fidoctl::ctap2::GetInfoResponse;
use serde_json::{Value, json};

use super::consent::ConsentArgs;
use super::settings::Settings;
use crate::arguments::NewPinArgs;
use crate::commands::Outcome;
use crate::context::Context;
use crate::device::Target;
use crate::failure::Failure;
use crate::output::{Page, Report, boxed};

/// What one command changes.
pub struct Change<'a> {
    /// The command's name.
    pub name: &'static str,
    /// What it sets.
    pub setting: Setting,
    /// What is and what will be, for people.
    pub plan: &'a dyn Fn(&GetInfoResponse) -> String,
    /// For what only a reset takes back.
    pub consent: Option<&'a ConsentArgs>,
    /// Spend a PIN that nobody types even when a mistake would block the key.
    pub risk_last_tries: bool,
    /// Says what to know afterwards.
    pub advice: &'a dyn Fn(&GetInfoResponse) -> Vec<&'static str>,
}

struct Changed {
    target: Target,
    name: &'static str,
    plan: String,
    outcome: ClientOutcome,
    before: Settings,
    now: Settings,
    advice: Vec<&'static str>,
}

impl Change<'_> {
    /// Makes the change on the key that is meant.
    pub fn run(&self, context: &Context) -> Outcome {
        let mut prompter = context.prompter(&NewPinArgs::default())?;
        context.with_session(&mut prompter, self.risk_last_tries, |session, target| {
            let before = Settings::of(session.info());
            let plan = (self.plan)(session.info());
            if !self.setting.is_so(session.info())? {
                self.announce(context, target, &plan)?;
            }
            let outcome = config::set(session, &self.setting)?;
            Ok(boxed(Changed {
                target: target.clone(),
                name: self.name,
                plan,
                outcome,
                before,
                now: Settings::of(session.info()),
                advice: (self.advice)(session.info()),
            }))
        })
    }

    fn announce(&self, context: &Context, target: &Target, plan: &str) -> Result<(), Failure> {
        match self.consent {
            Some(consent) => consent.obtain(context, &format!("{}: {plan}.", target.name())),
            None => Ok(()),
        }
    }
}

impl Report for Changed {
    fn json(&self) -> Value {
        json!({
            "schema": "fidoctl.config/1",
            "key": self.target.json(),
            "setting": self.name,
            "result": match self.outcome {
                ClientOutcome::Unchanged => "unchanged",
                ClientOutcome::Changed => "changed",
            },
            "before": self.before.json(),
            "settings": self.now.json(),
        })
    }

    fn human(&self, page: &mut Page) {
        match self.outcome {
            ClientOutcome::Changed => {
                page.good(&format!("{} ({})", self.plan, self.target.name()));
            }
            ClientOutcome::Unchanged => {
                page.open(&format!("nothing to do: {} ({})", self.plan, self.target.name()));
            }
        }
        for advice in &self.advice {
            page.hint(advice);
        }
    }
}
