use fidoctl::relying_party::metadata::Entry;
use serde_json::{Value, json};

use super::filters::Filters;
use super::model::{description, ids_json, problems_json, source_json, standing, warnings};
use crate::commands::Outcome;
use crate::metadata::{Loaded, MetadataArgs};
use crate::output::{Page, Report, boxed};

/// List the models that fit
///
/// The signature is verified first. Names, statuses and features are those that the metadata give;
/// what a vendor does not tell of a model fits no filter.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  fidoctl mds list --mds blob.jwt --name yubikey --level L2\n  fidoctl mds list --mds blob.jwt --extension hmac-secret --option ep --transport nfc --json\n  fidoctl mds list --mds blob.jwt --with-problem"
)]
pub struct Args {
    #[command(flatten)]
    metadata: MetadataArgs,

    #[command(flatten)]
    filters: Filters,

    /// With --json, give each model's whole entry too
    #[arg(long)]
    entries: bool,
}

struct Listed {
    loaded: Loaded,
    /// Places in the metadata's list.
    places: Vec<usize>,
    /// Give whole entries.
    entries: bool,
}

pub fn run(args: &Args) -> Outcome {
    let loaded = args.metadata.load()?;
    let entries = loaded.metadata.entries().iter().enumerate();
    let places = entries.filter(|(_, entry)| args.filters.fit(entry)).map(|(place, _)| place);
    let places = places.collect();
    Ok(boxed(Listed { loaded, places, entries: args.entries }))
}

impl Listed {
    fn models_json(&self) -> Vec<Value> {
        let models = self.entries().map(|entry| {
            let mut model = model_json(entry);
            if self.entries
                && let Some(members) = model.as_object_mut()
            {
                members.insert("entry".to_owned(), entry.to_json().into());
            }
            model
        });
        models.collect()
    }

    fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.places.iter().filter_map(|place| self.loaded.metadata.entries().get(*place))
    }
}

impl Report for Listed {
    fn json(&self) -> Value {
        json!({
            "schema": "fidoctl.mds-list/1",
            "metadata": source_json(&self.loaded),
            "models": self.models_json(),
        })
    }

    fn human(&self, page: &mut Page) {
        warnings(page, &self.loaded);
        let mut entries: Vec<_> = self.entries().collect();
        entries.sort_by_key(|entry| description(entry).to_lowercase());
        let rows: Vec<_> = entries.iter().map(|entry| row(entry)).collect();
        if !rows.is_empty() {
            page.table(&["MODEL", "STATUS", "NAME"], &rows);
            page.line("");
        }
        let all = self.loaded.metadata.entries().len();
        page.line(&format!("{} of {all} models", rows.len()));
    }
}

fn row(entry: &Entry) -> Vec<String> {
    let id = entry.ids().first().map(ToString::to_string).unwrap_or_default();
    vec![id, standing(entry), description(entry)]
}

fn model_json(entry: &Entry) -> Value {
    let statement = entry.statement();
    let mut model = json!({
        "description": entry.description(),
        "family": statement.protocol_family(),
        "certification": entry.certification().map(|level| level.name()),
        "problems": problems_json(entry),
        "last_status_change": entry.last_status_change().map(|date| date.to_string()),
        "authenticator_version": statement.authenticator_version(),
        "versions": entry.get_info().map(|info| info.versions().collect::<Vec<_>>()),
        "extensions": entry.get_info().map(|info| info.extensions().collect::<Vec<_>>()),
        "transports": entry.get_info().map(|info| info.transports().collect::<Vec<_>>()),
        "attestation_roots": entry.attestation_roots().len(),
    });
    if let (Value::Object(model), Value::Object(ids)) = (&mut model, ids_json(entry)) {
        model.extend(ids);
    }
    model
}
