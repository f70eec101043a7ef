use fidoctl::cose::Algorithm;
use fidoctl::relying_party::metadata::{Entry, ModelId};
use serde_json::{Map, Value, json};

use super::model::{description, ids_json, problems_json, since, source_json, standing, warnings};
use crate::commands::Outcome;
use crate::failure::{Failure, Kind};
use crate::metadata::{Loaded, MetadataArgs};
use crate::output::{Page, Report, boxed, visible};

/// Show a model: what it is, what it can do, and what became of its certification
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  fidoctl mds show --mds blob.jwt ee882879-721c-4913-9775-3dfcce97072a\n  FIDOCTL_MDS=blob.jwt fidoctl mds show ee882879-721c-4913-9775-3dfcce97072a --json"
)]
pub struct Args {
    /// The model's AAGUID; of a U2F key the attestation certificate's key identifier in hex, of a
    /// UAF authenticator the AAID
    #[arg(value_name = "AAGUID", value_parser = model)]
    model: ModelId,

    #[command(flatten)]
    metadata: MetadataArgs,
}

struct Shown {
    loaded: Loaded,
    model: ModelId,
}

fn model(text: &str) -> Result<ModelId, String> {
    ModelId::parse(text).ok_or_else(|| {
        "an AAGUID is wanted, such as ee882879-721c-4913-9775-3dfcce97072a".to_owned()
    })
}

pub fn run(args: &Args) -> Outcome {
    let model = args.model.clone();
    if model == ModelId::Aaguid([0; 16]) {
        let message = "an AAGUID of zeros names no model: the key does not disclose its own";
        return Err(Failure::message(Kind::UNKNOWN_MODEL, message).hint(
            "U2F keys have no AAGUID: give the key identifier of the attestation certificate",
        ));
    }
    let loaded = args.metadata.load()?;
    if loaded.metadata.entries_of(&model).next().is_none() {
        let message =
            format!("the metadata, number {}, have no model {model}", loaded.metadata.number());
        return Err(Failure::message(Kind::UNKNOWN_MODEL, message)
            .hint("fetch the newest metadata; makers need not register a model, and password managers mostly do not"));
    }
    Ok(boxed(Shown { loaded, model }))
}

impl Shown {
    fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.loaded.metadata.entries_of(&self.model)
    }
}

impl Report for Shown {
    fn json(&self) -> Value {
        let models = self.entries().map(|entry| {
            let mut model = json!({
                "description": entry.description(),
                "certification": entry.certification().map(|level| level.name()),
                "problems": problems_json(entry),
                "entry": entry.to_json(),
            });
            if let (Value::Object(model), Value::Object(ids)) = (&mut model, ids_json(entry)) {
                model.extend(ids);
            }
            model
        });
        json!({
            "schema": "fidoctl.mds-show/1",
            "metadata": source_json(&self.loaded),
            "models": models.collect::<Vec<_>>(),
        })
    }

    fn human(&self, page: &mut Page) {
        warnings(page, &self.loaded);
        for (place, entry) in self.entries().enumerate() {
            if place > 0 {
                page.line("");
            }
            show(page, entry);
        }
    }
}

fn show(page: &mut Page, entry: &Entry) {
    page.heading(&description(entry));
    let ids: Vec<_> = entry.ids().iter().map(ToString::to_string).collect();
    let statement = entry.statement();
    let roots = entry.attestation_roots().len();
    page.pairs([
        ("model", ids.join("\n")),
        ("status", standing(entry)),
        ("attestation roots", roots.to_string()),
    ]);
    let rows: Vec<_> = entry
        .status_reports()
        .iter()
        .map(|report| {
            let text = |text: &Option<String>| text.as_deref().map(visible).unwrap_or_default();
            let version = report.authenticator_version.map(|n| n.to_string()).unwrap_or_default();
            let status = visible(report.status.name());
            vec![
                since(report),
                status,
                version,
                text(&report.certificate_number),
                text(&report.url),
            ]
        })
        .collect();
    if !rows.is_empty() {
        page.line("");
        page.table(&["SINCE", "STATUS", "FROM VERSION", "CERTIFICATE", "SEE"], &rows);
    }
    page.line("");
    show_members(page, statement.members().as_json());
    if let Some(info) = entry.get_info() {
        page.line("");
        page.heading("what it answers to getInfo");
        show_members(page, info.members().as_json());
    }
}

/// Members by the standard's names, but for those shown already and long ones that say little.
fn show_members(page: &mut Page, members: &Map<String, Value>) {
    const SHOWN: [&str; 6] = [
        "description",
        "aaguid",
        "aaid",
        "attestationCertificateKeyIdentifiers",
        "attestationRootCertificates",
        "legalHeader",
    ];
    let shown = members.iter().filter(|(name, _)| !SHOWN.contains(&name.as_str()));
    let shown: Vec<_> = shown.map(|(name, value)| (visible(name), member(name, value))).collect();
    page.pairs(shown.iter().map(|(name, value)| (name.as_str(), value.clone())));
}

fn member(name: &str, value: &Value) -> String {
    match (name, value) {
        ("algorithms", Value::Array(algorithms)) => {
            let number = |algorithm: &Value| algorithm.get("alg")?.as_i64();
            joined(algorithms.iter().filter_map(number).map(|n| Algorithm(n).to_string()))
        }
        ("upv", Value::Array(versions)) => joined(versions.iter().map(|version| {
            let part = |name| version.get(name).and_then(Value::as_u64).unwrap_or_default();
            format!("{}.{}", part("major"), part("minor"))
        })),
        ("userVerificationDetails", Value::Array(ways)) => {
            let ways = ways.iter().filter_map(Value::as_array).map(|way| {
                let method =
                    |detail: &Value| Some(visible(detail.get("userVerificationMethod")?.as_str()?));
                way.iter().filter_map(method).collect::<Vec<_>>().join(" and ")
            });
            joined(ways)
        }
        (_, Value::String(url)) if url.starts_with("data:") => {
            let kind = url.split([';', ',']).next().unwrap_or_default();
            format!("{}, {} characters", visible(kind), url.len())
        }
        (_, Value::Array(list))
            if list.iter().all(|item| !item.is_object() && !item.is_array()) =>
        {
            joined(list.iter().map(plain))
        }
        (_, Value::Object(members)) => joined(
            members.iter().map(|(name, value)| format!("{} {}", visible(name), plain(value))),
        ),
        _ => plain(value),
    }
}

fn joined(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => visible(text),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        other => visible(&other.to_string()),
    }
}
