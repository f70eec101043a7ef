use fidoctl::transport::discovery::{self, KeyDescription};
use serde_json::{Value, json};

use super::Outcome;
use crate::context::Context;
use crate::device;
use crate::output::{Page, Report, visible};

/// List connected keys
///
/// Opens none of them, so it needs no permission and disturbs nothing.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  fidoctl list --json")]
pub struct Args {}

struct List {
    keys: Vec<KeyDescription>,
}

pub fn run(_: &Args, _: &mut Context) -> Outcome {
    Ok(Box::new(List { keys: discovery::list()? }))
}

impl Report for List {
    fn json(&self) -> Value {
        let keys: Vec<_> = self.keys.iter().map(device::describe_json).collect();
        json!({ "schema": "fidoctl.list/1", "keys": keys })
    }

    fn human(&self, page: &mut Page) {
        if self.keys.is_empty() {
            page.line("no key is connected");
            page.hint("plug one in, or use the virtual one: fidoctl --device virtual info");
            return;
        }
        let rows: Vec<_> = self.keys.iter().map(row).collect();
        page.table(&["PATH", "VID:PID", "PRODUCT", "MAKER", "SERIAL"], &rows);
        for key in self.keys.iter().filter(|key| key.accessible == Some(false)) {
            page.hint(&format!(
                "you may not open {}: 'fidoctl info' names the rule to install",
                visible(&key.path)
            ));
        }
    }
}

fn row(key: &KeyDescription) -> Vec<String> {
    let text = |text: &Option<String>| text.as_deref().map(visible).unwrap_or_default();
    vec![
        visible(&key.path),
        device::vendor_product(key),
        text(&key.product),
        text(&key.manufacturer),
        text(&key.serial),
    ]
}
