//! FIDO metadata that are signed: by whom, with what, and that nobody has touched them since.
#![cfg(test)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop where it stands")]

use std::sync::LazyLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};
use fidoctl::relying_party::metadata::{Metadata, MetadataError, Root, Roots};
use fidoctl::relying_party::trust::{CertificateProblem, ChainError};
use proptest::prelude::*;
use serde_json::{Value, json};

static VECTORS: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("vectors/metadata.json")).unwrap());

fn blob(algorithm: &str) -> &'static str {
    VECTORS["blobs"][algorithm].as_str().unwrap()
}

/// 2026-11-22
fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_795_305_600)
}

fn roots() -> Roots {
    let certificate = BASE64.decode(VECTORS["root"].as_str().unwrap().as_bytes()).unwrap();
    let root = Root { name: "a root".to_owned(), certificate };
    Roots::new("mds.fidoalliance.org", vec![root]).unwrap()
}

fn load(blob: &str) -> Result<Metadata, MetadataError> {
    Metadata::load(blob.as_bytes(), &roots(), now())
}

/// Writes the blob with another header, which was not signed.
fn with_header(change: impl FnOnce(&mut Value)) -> String {
    let (header, rest) = blob("ES256").split_once('.').unwrap();
    let mut header =
        serde_json::from_slice(&BASE64URL_NOPAD.decode(header.as_bytes()).unwrap()).unwrap();
    change(&mut header);
    format!("{}.{rest}", BASE64URL_NOPAD.encode(header.to_string().as_bytes()))
}

#[test]
fn the_two_roots_are_those_of_globalsign() {
    let fingerprints: Vec<_> =
        Roots::of_fido().roots().iter().map(|root| HEXLOWER.encode(&root.fingerprint())).collect();
    let r3 = "cbb522d7b7f127ad6a0113865bdf1cd4102e7d0759af635a7cf4720dc963c53b";
    let r46 = "4fa3126d8d3a11d1c4855a4f807cbad6cf919d3a5a88b03bea2c6372d93c40c9";
    assert_eq!(fingerprints, [r3, r46]);
    assert_eq!(Roots::of_fido().signer(), "mds.fidoalliance.org");
}

#[test]
fn every_algorithm_verifies_with_its_kind_of_key() {
    for (name, blob) in VECTORS["blobs"].as_object().unwrap() {
        let metadata = load(blob.as_str().unwrap()).unwrap();
        let signer = metadata.signer().unwrap();
        assert_eq!((metadata.number(), metadata.entries().len()), (7, 1), "{name}");
        let algorithm = name.strip_suffix("common name only").map_or(name.as_str(), |_| "ES256");
        assert_eq!(signer.algorithm.to_string(), algorithm);
        assert_eq!((signer.root.name.as_str(), signer.certificates.len()), ("a root", 1));
    }
}

#[test]
fn wrong_names_keys_and_algorithms_are_refused() {
    let refused = VECTORS["refused"].as_object().unwrap();
    assert_eq!(refused.len(), 8);
    for (name, blob) in refused {
        let error = load(blob.as_str().unwrap()).unwrap_err();
        let kind = match error {
            MetadataError::SignerName(_) => "signer-name",
            MetadataError::SignerKey(_) => "signer-key",
            MetadataError::Signature => "signature",
            MetadataError::Algorithm(_) => "algorithm",
            _ => "another",
        };
        assert_eq!(kind, name.split(':').next().unwrap(), "{name}: {error:?}");
    }
}

#[test]
fn a_blob_is_good_only_while_its_certificates_are() {
    let at = |year: u64| {
        let moment = UNIX_EPOCH + Duration::from_secs((year - 1970) * 31_557_600);
        let loaded = Metadata::load(blob("ES256").as_bytes(), &roots(), moment);
        match loaded.map(|_| ()).unwrap_err() {
            MetadataError::Chain(ChainError::At { position: 0, problem }) => problem,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(at(2025), CertificateProblem::NotYetValid);
    assert_eq!(at(2028), CertificateProblem::Expired);
}

#[test]
fn a_blob_of_another_root_is_refused() {
    let loaded = Metadata::load(blob("ES256").as_bytes(), &Roots::of_fido(), now());
    assert_eq!(loaded, Err(MetadataError::Chain(ChainError::NoRoot)));
}

#[test]
fn a_header_that_brings_no_certificates_is_refused() {
    for x5c in [json!(null), json!([]), json!(["AAAA"]), json!(["!"])] {
        let loaded = load(&with_header(|header| header["x5c"] = x5c.clone()));
        assert_eq!(loaded, Err(MetadataError::Certificates), "{x5c}");
    }
    let many = with_header(|header| header["x5c"] = json!(vec![header["x5c"][0].clone(); 60]));
    assert!(matches!(load(&many), Err(MetadataError::Chain(ChainError::TooLong(60)))));
}

#[test]
fn a_header_that_must_be_understood_and_is_not_is_refused() {
    let critical = with_header(|header| header["crit"] = json!(["b64"]));
    assert!(matches!(load(&critical), Err(MetadataError::Header(_))));
    let long = with_header(|header| header["x"] = json!("x".repeat(1 << 16)));
    assert!(matches!(load(&long), Err(MetadataError::Header(_))));
}

#[test]
fn a_member_added_to_the_header_breaks_the_signature() {
    let loaded = load(&with_header(|header| header["kid"] = json!("x")));
    assert_eq!(loaded, Err(MetadataError::Signature));
}

#[test]
fn white_space_is_taken_at_the_end_and_nowhere_else() {
    let whole = blob("ES256");
    assert!(load(&format!("{whole}\r\n")).is_ok());
    assert!(load(&format!(" {whole}")).is_err());
    assert!(load(&whole.replacen('.', "\n.", 1)).is_err());
}

#[test]
fn what_is_no_signed_blob_is_told_as_such() {
    for text in ["", ".", "a.b", "a.b.c.d", "{\"no\": 1}"] {
        assert_eq!(load(text), Err(MetadataError::NotSigned), "{text:?}");
    }
}

#[test]
fn a_blob_cut_short_anywhere_is_refused() {
    let whole = blob("ES256");
    for length in 0..whole.len() {
        assert!(load(&whole[..length]).is_err(), "{length} of {} bytes", whole.len());
    }
}

#[test]
fn a_blob_with_any_one_character_changed_is_refused() {
    let whole = blob("ES256").as_bytes();
    for place in 0..whole.len() {
        let mut changed = whole.to_vec();
        changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
        let loaded = Metadata::load(&changed, &roots(), now());
        assert!(loaded.is_err(), "character {place} of {} may be anything", whole.len());
    }
}

#[test]
fn metadata_longer_than_any_are_not_looked_at() {
    let long = vec![b'a'; (64 << 20) + 1];
    assert_eq!(Metadata::load(&long, &roots(), now()), Err(MetadataError::TooLong(long.len())));
    assert_eq!(Metadata::parse_unsigned(&long, now()), Err(MetadataError::TooLong(long.len())));
}

/// JSON of any shape, with the names that metadata have.
fn any_json() -> impl Strategy<Value = Value> {
    let name = prop::sample::select(vec![
        "aaguid",
        "aaid",
        "attestationCertificateKeyIdentifiers",
        "metadataStatement",
        "statusReports",
        "status",
        "effectiveDate",
        "description",
        "authenticatorGetInfo",
        "options",
        "attestationRootCertificates",
        "upv",
        "userVerificationDetails",
        "versions",
        "friendlyNames",
        "algorithms",
        "alg",
    ]);
    let text = prop_oneof![
        "\\PC{0,12}",
        Just("00112233-4455-6677-8899-aabbccddeeff".to_owned()),
        Just("REVOKED".to_owned()),
        Just("2026-01-01".to_owned()),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::hash_map(name.clone().prop_map(str::to_owned), inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn hostile_blobs_are_refused_without_a_panic(
        algorithm in prop::sample::select(vec!["ES256", "ES384", "EdDSA"]),
        place in any::<prop::sample::Index>(),
        length in 0..40_usize,
        inserted in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let whole = blob(algorithm).as_bytes();
        let place = place.index(whole.len());
        let end = (place + length).min(whole.len());
        let changed = [&whole[..place], &inserted, &whole[end..]].concat();
        let same = changed.trim_ascii_end() == whole;
        prop_assert_eq!(Metadata::load(&changed, &roots(), now()).is_ok(), same);
    }

    #[test]
    fn entries_of_any_shape_are_read_or_listed(entries in prop::collection::vec(any_json(), 0..6)) {
        let payload = json!({ "no": 1, "nextUpdate": "2026-12-01", "entries": entries });
        match Metadata::parse_unsigned(payload.to_string().as_bytes(), now()) {
            Err(error) => prop_assert!(matches!(error, MetadataError::Duplicate(_)), "{}", error),
            Ok(metadata) => {
                let whole = metadata.faults().iter().filter(|fault| fault.left_out.is_none());
                prop_assert_eq!(metadata.entries().len() + whole.count(), entries.len());
                for entry in metadata.entries() {
                    let _shown = (entry.to_json(), entry.certification(), entry.problems().count());
                }
            }
        }
    }
}
