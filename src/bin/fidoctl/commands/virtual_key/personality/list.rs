use fidoctl::authenticator::NamedPersonality;
use serde_json::{Value, json};

use crate::commands::Outcome;
use crate::failure::{Failure, Kind};
use crate::output::{Page, Report};

/// List the personalities that come along
#[derive(clap::Args)]
#[command(after_help = "Example:\n  fidoctl virtual personality list")]
pub struct Args {}

struct Listed(Vec<(&'static str, String)>);

pub fn run(_: &Args) -> Outcome {
    let read = |named: &NamedPersonality| {
        let personality = named.read().map_err(|error| Failure::new(Kind::INTERNAL, error))?;
        Ok((named.name, personality.about))
    };
    let all = NamedPersonality::ALL.iter().map(read).collect::<Result<_, Failure>>()?;
    Ok(Box::new(Listed(all)))
}

impl Report for Listed {
    fn json(&self) -> Value {
        let all = self.0.iter().map(|(name, about)| json!({ "name": name, "about": about }));
        json!({
            "schema": "fidoctl.personality-list/1",
            "personalities": all.collect::<Vec<_>>(),
        })
    }

    fn human(&self, page: &mut Page) {
        let rows = self.0.iter().map(|(name, about)| vec![(*name).to_owned(), about.clone()]);
        page.table(&["NAME", "WHAT IT IS LIKE"], &rows.collect::<Vec<_>>());
    }
}
