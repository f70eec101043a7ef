//! The table of models (FIDO Metadata Service 3.0 §3.1.5, §3.1.6).

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde_json::{Map, Value};

use super::blob::{self, Signer};
use super::date::Date;
use super::entry::Entry;
use super::error::{Fault, MetadataError};
use super::model::ModelId;
use super::roots::Roots;

/// Signed tables are some 10 MB long.
const LONGEST: usize = 64 << 20;

/// The models that the metadata service knows of.
#[derive(Clone, Debug, PartialEq)]
pub struct Metadata {
    signer: Option<Signer>,
    number: u64,
    next_update: Date,
    legal_header: Option<String>,
    entries: Vec<Entry>,
    /// Entries by name; several U2F models may share a key.
    places: BTreeMap<ModelId, Vec<usize>>,
    faults: Vec<Fault>,
}

impl Metadata {
    /// Verifies a signed blob and reads it; `at` is the time to judge certificates and reports by.
    ///
    /// What cannot be read of an entry is left out and listed in [`Metadata::faults`]. Whether the
    /// number is lower than one seen before, and whether the next update is due, is for the caller
    /// to see; revocation of the signer's certificate is not looked up.
    pub fn load(blob: &[u8], roots: &Roots, at: SystemTime) -> Result<Self, MetadataError> {
        check_length(blob)?;
        let (payload, signer) = blob::open(blob, roots, at)?;
        Ok(Metadata { signer: Some(signer), ..Self::parse_unsigned(&payload, at)? })
    }

    /// Reads a payload, JSON, that nothing vouches for; `at` is the time to judge it by.
    ///
    /// What cannot be read of an entry is left out and listed in [`Metadata::faults`].
    pub fn parse_unsigned(payload: &[u8], at: SystemTime) -> Result<Self, MetadataError> {
        check_length(payload)?;
        let day = Date::of(at).ok_or(MetadataError::Time)?;
        let payload: Map<String, Value> = serde_json::from_slice(payload)
            .map_err(|error| MetadataError::Payload(error.to_string()))?;
        Self::read(payload, day)
    }

    fn read(mut payload: Map<String, Value>, day: Date) -> Result<Self, MetadataError> {
        let member = MetadataError::PayloadMember;
        let number = payload.get("no").and_then(Value::as_u64).ok_or(member("no"))?;
        let next_update = payload.get("nextUpdate").and_then(Value::as_str);
        let next_update = next_update.and_then(Date::parse).ok_or(member("nextUpdate"))?;
        let legal_header = payload.get("legalHeader").and_then(Value::as_str).map(str::to_owned);
        let Some(Value::Array(listed)) = payload.shift_remove("entries") else {
            return Err(member("entries"));
        };
        let mut metadata = Metadata {
            signer: None,
            number,
            next_update,
            legal_header,
            entries: Vec::with_capacity(listed.len()),
            places: BTreeMap::new(),
            faults: Vec::new(),
        };
        for (index, entry) in listed.into_iter().enumerate() {
            metadata.add(index, entry, day)?;
        }
        Ok(metadata)
    }

    fn add(&mut self, index: usize, entry: Value, day: Date) -> Result<(), MetadataError> {
        let model = name_of(&entry);
        let fault = |left_out, reason| Fault { index, model: model.clone(), left_out, reason };
        let mut left_out = Vec::new();
        let read = match entry {
            Value::Object(members) => Entry::read(members, day, &mut left_out),
            _ => Err("it is not an object".to_owned()),
        };
        let left_out = left_out.into_iter().map(|left| fault(Some(left.member), left.reason));
        self.faults.extend(left_out);
        match read {
            Ok(entry) => self.place(entry),
            Err(reason) => {
                self.faults.push(fault(None, reason));
                Ok(())
            }
        }
    }

    fn place(&mut self, entry: Entry) -> Result<(), MetadataError> {
        for id in entry.ids() {
            let places = self.places.entry(id.clone()).or_default();
            if !places.is_empty() && !matches!(id, ModelId::KeyIdentifier(_)) {
                return Err(MetadataError::Duplicate(id.to_string()));
            }
            places.push(self.entries.len());
        }
        self.entries.push(entry);
        Ok(())
    }

    /// Returns who vouches for it; `None` if nobody does.
    pub fn signer(&self) -> Option<&Signer> {
        self.signer.as_ref()
    }

    /// Returns the serial number; it grows with every issue.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Returns the day by which there is a newer issue.
    pub fn next_update(&self) -> Date {
        self.next_update
    }

    /// Returns the terms of use.
    pub fn legal_header(&self) -> Option<&str> {
        self.legal_header.as_deref()
    }

    /// Returns the models, in the order listed.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns the FIDO2 model of this AAGUID.
    pub fn entry(&self, aaguid: &[u8; 16]) -> Option<&Entry> {
        self.entries_of(&ModelId::Aaguid(*aaguid)).next()
    }

    /// Returns the models of this name: at most one, but for U2F models that share a key.
    pub fn entries_of(&self, id: &ModelId) -> impl Iterator<Item = &Entry> {
        let places = self.places.get(id).map_or(&[][..], Vec::as_slice);
        places.iter().filter_map(|place| self.entries.get(*place))
    }

    /// Returns what could not be read and was left out.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }
}

fn check_length(file: &[u8]) -> Result<(), MetadataError> {
    if file.len() > LONGEST { Err(MetadataError::TooLong(file.len())) } else { Ok(()) }
}

/// Returns what an entry calls its model, whatever else is wrong with it.
fn name_of(entry: &Value) -> Option<String> {
    let id = entry.get("aaguid").or_else(|| entry.get("aaid")).and_then(Value::as_str);
    let description = || entry.get("metadataStatement")?.get("description")?.as_str();
    id.or_else(description).map(|name| name.chars().take(80).collect())
}
