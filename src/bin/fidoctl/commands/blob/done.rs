//! The report of a large blob that was stored or deleted.

use fidoctl::webauthn::Base64Url;
use serde_json::{Value, json};

use crate::device::Target;
use crate::output::{Page, Report, visible};

pub struct Done {
    pub target: Target,
    /// `stored` or `deleted`.
    pub result: &'static str,
    pub rp_id: String,
    pub credential_id: Vec<u8>,
    /// Length in bytes of what was stored.
    pub size: Option<usize>,
}

impl Report for Done {
    fn json(&self) -> Value {
        json!({
            "schema": "fidoctl.blob/1",
            "key": self.target.json(),
            "result": self.result,
            "rp_id": self.rp_id,
            "credential_id": Base64Url(self.credential_id.clone()),
            "size": self.size,
        })
    }

    fn human(&self, page: &mut Page) {
        page.good(&format!("{} the large blob for {}", self.result, visible(&self.rp_id)));
        let mut pairs = self.target.pairs();
        pairs.push(("credential", Base64Url(self.credential_id.clone()).to_string()));
        pairs.extend(self.size.map(|size| ("size", format!("{size} bytes"))));
        page.pairs(pairs);
    }
}
