//! FIDO metadata: what is read of a payload, and what a model's history comes to.
#![cfg(test)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop where it stands")]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fidoctl::relying_party::metadata::{Level, Metadata, MetadataError, ModelId};
use serde_json::{Value, json};

const AAGUID: &str = "00112233-4455-6677-8899-aabbccddeeff";

/// 2026-11-22
fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_795_305_600)
}

fn payload(entries: &[Value]) -> Value {
    json!({ "no": 7, "nextUpdate": "2026-12-01", "entries": entries })
}

fn entry(statement: Value, reports: Value) -> Value {
    json!({
        "aaguid": AAGUID, "metadataStatement": statement, "statusReports": reports,
        "timeOfLastStatusChange": "2026-01-02",
    })
}

fn read(payload: &Value) -> Result<Metadata, MetadataError> {
    Metadata::parse_unsigned(payload.to_string().as_bytes(), now())
}

fn read_one(statement: Value, reports: Value) -> Metadata {
    read(&payload(&[entry(statement, reports)])).unwrap()
}

fn certification(reports: Value) -> Option<Level> {
    read_one(json!({}), reports).entries()[0].certification()
}

#[test]
fn a_model_is_found_by_its_aaguid() {
    let metadata = read_one(json!({ "description": "A key" }), json!([]));
    let aaguid = 0x0011_2233_4455_6677_8899_aabb_ccdd_eeff_u128.to_be_bytes();
    assert_eq!(metadata.entry(&aaguid).unwrap().description(), Some("A key"));
    assert!(metadata.entry(&[0; 16]).is_none());
    assert_eq!(ModelId::parse(AAGUID), Some(ModelId::Aaguid(aaguid)));
    assert_eq!((metadata.number(), metadata.next_update().to_string()), (7, "2026-12-01".into()));
}

#[test]
fn u2f_models_may_share_a_key_and_fido2_models_no_aaguid() {
    let shared = |name| {
        json!({
            "attestationCertificateKeyIdentifiers": ["aa".repeat(20), "AA".repeat(20)], "statusReports": [],
            "metadataStatement": { "description": name },
        })
    };
    let metadata = read(&payload(&[shared("one"), shared("two")])).unwrap();
    let found = metadata.entries_of(&ModelId::KeyIdentifier([0xaa; 20]));
    let names: Vec<_> = found.map(|entry| entry.description().unwrap()).collect();
    assert_eq!(names, ["one", "two"]);
    let twice = payload(&[entry(json!({}), json!([])), entry(json!({}), json!([]))]);
    assert_eq!(read(&twice), Err(MetadataError::Duplicate(AAGUID.to_owned())));
}

#[test]
fn words_and_members_nobody_knows_are_kept() {
    let metadata = read_one(
        json!({
            "keyProtection": ["crystal"], "attestationTypes": ["basic_future"], "aura": { "a": [1] },
            "authenticatorGetInfo": { "versions": ["FIDO_9_9"], "options": { "fly": true } },
        }),
        json!([{ "status": "GILDED", "effectiveDate": "2026-01-01", "by": "whom" }]),
    );
    assert_eq!(metadata.faults(), []);
    let entry = &metadata.entries()[0];
    assert_eq!(entry.status_reports()[0].status.name(), "GILDED");
    assert_eq!(entry.statement().key_protection().collect::<Vec<_>>(), ["crystal"]);
    assert_eq!(entry.get_info().unwrap().option("fly"), Some(true));
    let json = entry.to_json();
    assert_eq!(json["metadataStatement"]["aura"], json!({ "a": [1] }));
    assert_eq!(json["statusReports"][0]["by"], "whom");
    assert_eq!(json["metadataStatement"]["authenticatorGetInfo"]["versions"][0], "FIDO_9_9");
}

#[test]
fn a_member_of_a_wrong_shape_is_left_out_and_listed() {
    let statement = json!({
        "description": ["no text"], "attestationRootCertificates": ["AAAA", "!"],
        "authenticatorGetInfo": { "options": { "rk": "yes" }, "versions": ["FIDO_2_1"] },
    });
    let metadata = read_one(statement, json!([]));
    let entry = &metadata.entries()[0];
    assert_eq!((entry.description(), entry.attestation_roots()), (None, &[][..]));
    let get_info = entry.get_info().unwrap();
    assert_eq!((get_info.option("rk"), get_info.versions().next()), (None, Some("FIDO_2_1")));
    let left_out: Vec<_> =
        metadata.faults().iter().map(|fault| fault.left_out.as_deref().unwrap()).collect();
    assert_eq!(
        left_out,
        [
            "metadataStatement.description",
            "metadataStatement.authenticatorGetInfo.options",
            "metadataStatement.attestationRootCertificates[0]",
            "metadataStatement.attestationRootCertificates[1]",
        ]
    );
}

#[test]
fn an_entry_whose_status_cannot_be_told_is_no_entry() {
    for reports in [json!(null), json!([{ "state": "REVOKED" }]), json!([{ "status": 5 }])] {
        let metadata = read_one(json!({}), reports.clone());
        assert!(metadata.entries().is_empty(), "{reports}");
        assert_eq!(metadata.faults()[0].model.as_deref(), Some(AAGUID));
        assert_eq!(metadata.faults()[0].left_out, None);
    }
}

#[test]
fn an_entry_that_names_no_model_is_no_entry() {
    for wrong in [
        json!({ "statusReports": [] }),
        json!({ "statusReports": [], "aaguid": "00112233445566778899aabbccddeeff" }),
        json!({ "statusReports": [], "aaid": "12#34" }),
        json!({ "statusReports": [], "attestationCertificateKeyIdentifiers": ["aabb"] }),
        json!(3),
    ] {
        let metadata = read(&payload(std::slice::from_ref(&wrong))).unwrap();
        assert_eq!((metadata.entries().len(), metadata.faults().len()), (0, 1), "{wrong}");
    }
}

#[test]
fn a_payload_without_its_members_is_refused() {
    for name in ["no", "nextUpdate", "entries"] {
        for wrong in [None, Some(json!(-1)), Some(json!("2026-02-30")), Some(json!({}))] {
            let mut payload = payload(&[]);
            match wrong {
                Some(wrong) => payload[name] = wrong,
                None => drop(payload.as_object_mut().unwrap().remove(name)),
            }
            assert_eq!(read(&payload), Err(MetadataError::PayloadMember(name)), "{payload}");
        }
    }
}

#[test]
fn the_highest_level_reported_is_the_certification() {
    let reports = json!([
        { "status": "FIDO_CERTIFIED", "effectiveDate": "2024-01-01" },
        { "status": "FIDO_CERTIFIED_L2", "effectiveDate": "2024-01-01" },
        { "status": "FIDO_CERTIFIED_L1plus", "effectiveDate": "2025-01-01" },
        { "status": "NOT_FIDO_CERTIFIED", "effectiveDate": "2023-01-01" },
    ]);
    assert_eq!(certification(reports), Some(Level::L2));
}

#[test]
fn a_later_withdrawal_takes_a_certification_back() {
    for status in ["NOT_FIDO_CERTIFIED", "REVOKED"] {
        let reports = json!([
            { "status": status, "effectiveDate": "2025-06-01" },
            { "status": "FIDO_CERTIFIED_L2", "effectiveDate": "2024-01-01" },
        ]);
        assert_eq!(certification(reports), None);
        let undated = json!([
            { "status": status }, { "status": "FIDO_CERTIFIED_L2", "effectiveDate": "2024-01-01" },
        ]);
        assert_eq!(certification(undated), None);
    }
}

#[test]
fn a_report_of_the_future_does_not_hold_yet() {
    let reports = json!([
        { "status": "REVOKED", "effectiveDate": "2026-11-23" },
        { "status": "FIDO_CERTIFIED_L1", "effectiveDate": "2026-11-22" },
    ]);
    let metadata = read_one(json!({}), reports);
    let entry = &metadata.entries()[0];
    assert_eq!((entry.is_revoked(), entry.certification()), (false, Some(Level::L1)));
    assert_eq!(entry.status_reports().len(), 2);
}

#[test]
fn every_bad_status_is_a_problem() {
    for status in [
        "REVOKED",
        "USER_VERIFICATION_BYPASS",
        "ATTESTATION_KEY_COMPROMISE",
        "USER_KEY_REMOTE_COMPROMISE",
        "USER_KEY_PHYSICAL_COMPROMISE",
    ] {
        let metadata = read_one(json!({}), json!([{ "status": status }]));
        assert_eq!(metadata.entries()[0].problems().count(), 1, "{status}");
    }
    let metadata = read_one(json!({}), json!([{ "status": "UPDATE_AVAILABLE" }]));
    assert_eq!(metadata.entries()[0].problems().count(), 0);
}
