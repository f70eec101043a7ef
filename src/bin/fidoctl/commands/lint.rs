//! `info --lint`: what a key says of itself against the standard's rules.

use fidoctl::ctap2::GetInfoResponse;
use fidoctl::ctap2::get_info_rules::{RULES, Rule};
use serde_json::{Value, json};

use crate::device::Target;
use crate::failure::{Failure, Kind};
use crate::output::{Page, Report};

/// The rules that a key breaks.
pub struct Linted {
    target: Target,
    broken: Vec<&'static Rule>,
}

impl Linted {
    /// Checks what a key says.
    pub fn new(target: Target, info: &GetInfoResponse) -> Self {
        Linted { target, broken: info.broken_rules() }
    }

    fn summary(&self) -> String {
        format!("getInfo breaks {} of {} rules", self.broken.len(), RULES.len())
    }
}

impl Report for Linted {
    fn json(&self) -> Value {
        let finding =
            |rule: &&Rule| json!({ "rule": rule.name, "words": rule.words, "source": rule.source });
        json!({
            "schema": "fidoctl.info-lint/1",
            "key": self.target.json(),
            "rules_checked": RULES.len(),
            "findings": self.broken.iter().map(finding).collect::<Vec<_>>(),
        })
    }

    fn human(&self, page: &mut Page) {
        page.pairs(self.target.pairs());
        page.line("");
        for rule in &self.broken {
            page.bad(&format!("{} ({})", rule.words, rule.source));
        }
        if self.broken.is_empty() {
            page.good(&format!("getInfo keeps all {} rules", RULES.len()));
        }
    }

    fn failure(&self) -> Option<Failure> {
        (!self.broken.is_empty()).then(|| {
            Failure::message(Kind::INCONSISTENT, self.summary())
                .hint("tell the maker of the key; most programs will not mind")
        })
    }
}
