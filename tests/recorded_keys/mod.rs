//! Virtual keys set up as the browser's were when its ceremonies were recorded.

use std::collections::HashMap;

use fidoctl::authenticator::{
    CreationOptions as Factory, FactorySettings, Interfaces, VersionLine,
};
use fidoctl::cbor::{Strictness, Value};
use fidoctl::ceremony::{self, Site};
use fidoctl::client::fingerprints::FingerprintStore;
use fidoctl::client::{Session, pin};
use fidoctl::webauthn::{
    AttestationObject, AuthenticatorData, CreationOptions, Leniency, Origin, RequestOptions,
    effective_rp_id,
};
use serde_json::{Map, Value as Json, json};

use crate::plugged_in::PluggedKey;
use crate::scripted_key::{PIN, ScriptedPerson, limits};
use crate::vectors::text;

/// The page that the ceremonies took place on.
const ORIGIN: &str = "http://localhost:8765";
const AAGUID: [u8; 16] = [1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8];

/// How a ceremony ended.
pub(crate) enum Outcome {
    Done(Box<Done>),
    /// The DOM exception's name.
    Failed(&'static str),
}

impl Outcome {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Outcome::Done(_) => "ok",
            Outcome::Failed(name) => name,
        }
    }
}

/// What is compared of a response.
pub(crate) struct Done {
    pub(crate) client_data: String,
    pub(crate) flags: u8,
    /// In authenticator data.
    pub(crate) extensions: Json,
    pub(crate) response: Json,
    /// fmt, the names in attStmt, and the AAGUID.
    pub(crate) attestation: Json,
}

/// A key, and which of its credentials stand for those that were recorded.
pub(crate) struct RecordedKey {
    key: PluggedKey,
    ids: HashMap<String, String>,
}

impl RecordedKey {
    pub(crate) fn new(name: &str) -> Self {
        let mut factory = Factory {
            aaguid: Some(AAGUID),
            interfaces: Interfaces::Ctap2,
            no_enterprise_attestation: true,
            settings: FactorySettings {
                min_pin_length_rp_ids: vec!["localhost".to_owned()],
                ..Default::default()
            },
            ..Default::default()
        };
        match name {
            // With prf at registration, as the browser's key has it, which CTAP 2.2 brings.
            "full" => {
                (factory.version_line, factory.fingerprint) = (VersionLine::Ctap2_2, true);
                factory.model.lacks = vec!["makeCredUvNotRqd".to_owned()];
            }
            "bare" => {
                factory.version_line = VersionLine::Ctap2_0;
                let lacks = ["rk", "clientPin", "extensions", "pinUvAuthProtocols"];
                factory.model.lacks = lacks.map(str::to_owned).into();
            }
            "u2f" => factory.interfaces = Interfaces::U2f,
            other => panic!("{other}"),
        }
        let key = PluggedKey::with(&factory);
        if name == "full" {
            let mut person = ScriptedPerson::typing(&[PIN]).and_new_pin(PIN);
            let mut session = Session::open(key.open(), &mut person, limits()).unwrap();
            pin::set(&mut session).unwrap();
            FingerprintStore::open(&mut session).unwrap().add(None).unwrap();
        }
        RecordedKey { key, ids: HashMap::new() }
    }

    /// Does what was recorded, with our credentials in the place of those.
    pub(crate) fn perform(&mut self, ceremony: &Json) -> Outcome {
        if ceremony["options"].to_string().contains(SECOND) && !self.ids.contains_key(SECOND) {
            self.make_second();
        }
        let options = self.with_our_ids(&ceremony["options"]);
        let outcome = match text(&ceremony["call"]) {
            "create" => self.create(&options),
            _ => self.get(&options),
        };
        let names_one = ceremony["call"] == "create" || !options["allowCredentials"].is_null();
        // Without a list any credential is right: ours may have been made in a ceremony that was
        // refused elsewhere.
        let recorded = ceremony["result"]["id"].as_str().filter(|_| names_one);
        if let (Outcome::Done(done), Some(recorded)) = (&outcome, recorded) {
            let ours = text(&done.response["id"]).to_owned();
            let known = self.ids.entry(recorded.to_owned()).or_insert_with(|| ours.clone());
            assert_eq!(*known, ours, "{}: another credential", ceremony["id"]);
        }
        outcome
    }

    fn with_our_ids(&self, options: &Json) -> Json {
        let mut json = options.to_string();
        for (recorded, ours) in &self.ids {
            json = json.replace(recorded, ours);
        }
        serde_json::from_str(&json).unwrap()
    }

    /// Makes the credential that was put on the browser's key before some assertions.
    fn make_second(&mut self) {
        let outcome = self.create(&json!({
            "rp": { "id": "localhost", "name": "Acme" },
            "user": { "id": "dXNlci0x", "name": "alice@example.com", "displayName": "Alice" },
            "challenge": "AAECAwQFBgcICQoLDA0ODw",
            "pubKeyCredParams": [],
            "authenticatorSelection": { "residentKey": "required" },
            "extensions": { "largeBlob": { "support": "required" }, "credBlob": "AQID", "prf": {} },
        }));
        let Outcome::Done(done) = outcome else { panic!("{}", outcome.name()) };
        self.ids.insert(SECOND.to_owned(), text(&done.response["id"]).to_owned());
    }

    fn create(&self, options: &Json) -> Outcome {
        let options = match CreationOptions::from_value(options, Leniency::Strict) {
            Ok(options) => options,
            Err(error) => return Outcome::Failed(error.dom_exception().name()),
        };
        let mut person = ScriptedPerson::typing(&[]);
        let mut session = Session::open(self.key.open(), &mut person, limits()).unwrap();
        let site = site(options.rp_id.as_deref());
        match ceremony::register(&mut session, &options, &site) {
            Err(error) => Outcome::Failed(error.dom_exception.name()),
            Ok(created) => {
                let object = &created.conveyed;
                done(
                    &created.client_data_json,
                    &object.authenticator_data,
                    json!(created.response),
                    attestation(object),
                )
            }
        }
    }

    fn get(&self, options: &Json) -> Outcome {
        let options = match RequestOptions::from_value(options, Leniency::Strict) {
            Ok(options) => options,
            Err(error) => return Outcome::Failed(error.dom_exception().name()),
        };
        let mut person = ScriptedPerson::typing(&[]);
        let mut session = Session::open(self.key.open(), &mut person, limits()).unwrap();
        let site = site(options.rp_id.as_deref());
        match ceremony::authenticate(&mut session, &options, &site) {
            Err(error) => Outcome::Failed(error.dom_exception.name()),
            Ok(got) => done(
                &got.client_data_json,
                &got.assertion.encoded_authenticator_data,
                json!(got.response),
                Json::Null,
            ),
        }
    }
}

/// The ID of a credential of whose making there is no record.
const SECOND: &str = "TPk-qzImXZaO8ujgSZJLJ2Z52NJz0eOe08JXbrMetZ0";

fn site(rp_id: Option<&str>) -> Site {
    let origin: Origin = ORIGIN.parse().unwrap();
    let rp_id = effective_rp_id(&origin, rp_id, None).unwrap();
    Site { origin: origin.to_string(), rp_id }
}

fn done(client_data: &[u8], data: &[u8], response: Json, attestation: Json) -> Outcome {
    let data = AuthenticatorData::parse(data, Strictness::Canonical).unwrap();
    let extensions = data.extensions.as_ref().map(json_of).unwrap_or_else(|| json!({}));
    Outcome::Done(Box::new(Done {
        client_data: String::from_utf8(Vec::from(client_data)).unwrap(),
        flags: data.flags.bits(),
        extensions,
        response,
        attestation,
    }))
}

fn attestation(object: &AttestationObject) -> Json {
    let Value::Map(statement) = &object.statement else { panic!("{:?}", object.statement) };
    let names: Vec<_> = statement.iter().map(|(name, _)| name.as_text().unwrap()).collect();
    let data = AuthenticatorData::parse(&object.authenticator_data, Strictness::Canonical).unwrap();
    let aaguid = data.attested_credential.unwrap().aaguid;
    json!({ "fmt": object.format, "attStmt": names, "aaguid": uuid(&aaguid) })
}

fn uuid(bytes: &[u8]) -> String {
    let hex = data_encoding::HEXLOWER.encode(bytes);
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// Writes extension outputs as they were recorded.
fn json_of(outputs: &Value) -> Json {
    match outputs {
        Value::Map(members) => members
            .iter()
            .map(|(name, output)| (name.as_text().unwrap().to_owned(), json_of(output)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Bytes(bytes) => json!(data_encoding::HEXLOWER.encode(bytes)),
        Value::Bool(truth) => json!(truth),
        other => json!(other.as_i64().unwrap()),
    }
}
