//! A model in the metadata (FIDO Metadata Service 3.0 §3.1.1).

use data_encoding::BASE64;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::relying_party::trust::Certificate;

use super::date::Date;
use super::get_info::{self, GetInfo};
use super::members::{Members, Shape};
use super::model::{self, ModelId};
use super::statement::{self, Statement};
use super::status::{Level, Status, StatusReport};

const SHAPES: &[(&str, Shape)] = &[
    ("metadataStatement", Shape::Object),
    ("timeOfLastStatusChange", Shape::Text),
    ("biometricStatusReports", Shape::Objects),
];

/// A model: what it is and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    ids: Vec<ModelId>,
    statement: Statement,
    status_reports: Vec<StatusReport>,
    last_status_change: Option<Date>,
    attestation_roots: Vec<Vec<u8>>,
    /// The day to judge by.
    day: Date,
    /// What else the entry has, and the reports as they came.
    members: Members,
}

/// A member that was left out of an entry, and why.
pub(super) struct LeftOut {
    pub(super) member: String,
    pub(super) reason: String,
}

impl LeftOut {
    fn new(member: impl Into<String>, reason: impl Into<String>) -> Self {
        LeftOut { member: member.into(), reason: reason.into() }
    }
}

impl Entry {
    /// Reads an entry; an error if it has no name, or if its status cannot be told.
    pub(super) fn read(
        members: Map<String, Value>,
        day: Date,
        left_out: &mut Vec<LeftOut>,
    ) -> Result<Self, String> {
        let ids = read_ids(&members)?;
        let status_reports = read_reports(&members)?;
        let mut members = weed(members, SHAPES, "", left_out);
        let last_status_change = members.text("timeOfLastStatusChange").and_then(Date::parse);
        let statement = match members.take("metadataStatement") {
            Some(Value::Object(statement)) => read_statement(statement, left_out),
            _ => Statement::default(),
        };
        let attestation_roots = read_roots(&statement, left_out);
        Ok(Entry {
            ids,
            statement,
            status_reports,
            last_status_change,
            attestation_roots,
            day,
            members,
        })
    }

    /// Returns the model's names: one AAGUID, one AAID, or any number of key identifiers.
    pub fn ids(&self) -> &[ModelId] {
        &self.ids
    }

    /// Returns the AAGUID; FIDO2 models only.
    pub fn aaguid(&self) -> Option<[u8; 16]> {
        self.ids.iter().find_map(|id| match id {
            ModelId::Aaguid(aaguid) => Some(*aaguid),
            _ => None,
        })
    }

    /// Returns what the vendor says of the model.
    pub fn statement(&self) -> &Statement {
        &self.statement
    }

    /// Returns the vendor's description of the model.
    pub fn description(&self) -> Option<&str> {
        self.statement.description()
    }

    /// Returns what the model answers to getInfo; `None` if the vendor does not say.
    pub fn get_info(&self) -> Option<&GetInfo> {
        self.statement.get_info()
    }

    /// Returns the certificates (DER) that the model's attestations lead to, or are.
    pub fn attestation_roots(&self) -> &[Vec<u8>] {
        &self.attestation_roots
    }

    /// Returns every report of the model's status, in the order listed, which is not that of time.
    pub fn status_reports(&self) -> &[StatusReport] {
        &self.status_reports
    }

    /// Returns the reports that hold on the day the metadata are judged by.
    pub fn reports_that_hold(&self) -> impl Iterator<Item = &StatusReport> {
        self.status_reports.iter().filter(|report| report.holds_on(self.day))
    }

    /// Returns the reports that warn of the model: revoked, or broken in some way.
    pub fn problems(&self) -> impl Iterator<Item = &StatusReport> {
        self.reports_that_hold().filter(|report| report.status.is_problem())
    }

    /// Tells whether the model was revoked.
    pub fn is_revoked(&self) -> bool {
        self.problems().any(|report| report.status.name() == Status::REVOKED)
    }

    /// Returns the highest level the model is certified at. A later report that it is not
    /// certified, or that it is revoked, takes back what was before.
    pub fn certification(&self) -> Option<Level> {
        let takes_back = |report: &&StatusReport| {
            matches!(report.status.name(), Status::NOT_FIDO_CERTIFIED | Status::REVOKED)
        };
        let taken_back: Vec<_> = self
            .reports_that_hold()
            .filter(takes_back)
            .map(|report| report.effective_date)
            .collect();
        let still_holds = |report: &&StatusReport| {
            taken_back.iter().all(|end| !is_before(report.effective_date, *end))
        };
        let kept = self.reports_that_hold().filter(still_holds);
        kept.filter_map(|report| report.status.level()).max()
    }

    /// Returns the day the status changed last.
    pub fn last_status_change(&self) -> Option<Date> {
        self.last_status_change
    }

    /// Returns the entry as it came, but for what was left out.
    pub fn to_json(&self) -> Map<String, Value> {
        let mut entry = self.members.as_json().clone();
        let mut statement = self.statement.members().as_json().clone();
        if let Some(get_info) = self.get_info() {
            let get_info = get_info.members().as_json().clone();
            statement.insert("authenticatorGetInfo".to_owned(), get_info.into());
        }
        entry.insert("metadataStatement".to_owned(), statement.into());
        entry
    }
}

/// A report without a date is the newest.
fn is_before(one: Option<Date>, other: Option<Date>) -> bool {
    one.is_some_and(|one| other.is_none_or(|other| one < other))
}

fn read_ids(members: &Map<String, Value>) -> Result<Vec<ModelId>, String> {
    let mut ids = Vec::new();
    if let Some(aaguid) = members.get("aaguid") {
        let aaguid = aaguid.as_str().and_then(model::parse_aaguid);
        ids.push(ModelId::Aaguid(aaguid.ok_or("its aaguid is not a UUID")?));
    }
    if let Some(aaid) = members.get("aaid") {
        let aaid =
            aaid.as_str().filter(|aaid| model::is_aaid(aaid)).ok_or("its aaid is malformed")?;
        ids.push(ModelId::Aaid(aaid.to_ascii_lowercase()));
    }
    if let Some(identifiers) = members.get("attestationCertificateKeyIdentifiers") {
        let wrong = "its attestationCertificateKeyIdentifiers are not a list of 20 bytes in hex";
        for identifier in identifiers.as_array().ok_or(wrong)? {
            let identifier = identifier.as_str().and_then(model::hex).ok_or(wrong)?;
            let identifier = ModelId::KeyIdentifier(identifier);
            if !ids.contains(&identifier) {
                ids.push(identifier);
            }
        }
    }
    if ids.is_empty() { Err("it does not name a model".to_owned()) } else { Ok(ids) }
}

/// A report that cannot be read might be the one that revokes the model.
fn read_reports(members: &Map<String, Value>) -> Result<Vec<StatusReport>, String> {
    let reports = members.get("statusReports").ok_or("it has no statusReports")?;
    Vec::deserialize(reports).map_err(|error| format!("its statusReports cannot be read: {error}"))
}

fn read_statement(statement: Map<String, Value>, left_out: &mut Vec<LeftOut>) -> Statement {
    let mut members = weed(statement, statement::SHAPES, "metadataStatement.", left_out);
    let get_info = match members.take("authenticatorGetInfo") {
        Some(Value::Object(get_info)) => {
            let path = "metadataStatement.authenticatorGetInfo.";
            Some(GetInfo(weed(get_info, get_info::SHAPES, path, left_out)))
        }
        _ => None,
    };
    Statement { members, get_info }
}

fn weed(
    members: Map<String, Value>,
    shapes: &[(&'static str, Shape)],
    path: &str,
    left_out: &mut Vec<LeftOut>,
) -> Members {
    let (members, misfits) = Members::weed(members, shapes);
    let reason = "it is not of the shape that the standard gives it";
    left_out.extend(misfits.iter().map(|name| LeftOut::new(format!("{path}{name}"), reason)));
    members
}

fn read_roots(statement: &Statement, left_out: &mut Vec<LeftOut>) -> Vec<Vec<u8>> {
    let mut roots = Vec::new();
    let listed = statement.members().texts("attestationRootCertificates");
    for (place, text) in listed.enumerate() {
        let mut refuse = |reason: &str| {
            let member = format!("metadataStatement.attestationRootCertificates[{place}]");
            left_out.push(LeftOut::new(member, reason));
        };
        match decode_base64(text) {
            Some(der) if Certificate::parse(&der).is_some() => {
                roots.push(der);
            }
            Some(_) => refuse("it is not a certificate"),
            None => refuse("it is not base64"),
        }
    }
    roots
}

/// Reads base64 with white space in it, which some vendors leave.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let dense: String = text.split_ascii_whitespace().collect();
    BASE64.decode(dense.as_bytes()).ok()
}
