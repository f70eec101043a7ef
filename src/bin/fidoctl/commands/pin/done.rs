//! The short report of a PIN command that succeeded.

use serde_json::{Value, json};

use crate::device::Target;
use crate::output::{Page, Report};

pub struct Done {
    target: Target,
    result: &'static str,
    text: &'static str,
}

impl Done {
    pub fn report(target: &Target, result: &'static str, text: &'static str) -> Box<dyn Report> {
        Box::new(Done { target: target.clone(), result, text })
    }
}

impl Report for Done {
    fn json(&self) -> Value {
        json!({ "schema": "fidoctl.pin/1", "key": self.target.json(), "result": self.result })
    }

    fn human(&self, page: &mut Page) {
        page.good(&format!("{} ({})", self.text, self.target.name()));
    }
}
