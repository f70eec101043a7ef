//! Each clause of a policy against facts that meet it, that do not, and that leave it open.
#![cfg(test)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop where it stands")]

use std::collections::BTreeSet;

use fidoctl::cose::Algorithm;
use fidoctl::relying_party::AttestationKind;
use fidoctl::relying_party::metadata::Level;
use fidoctl::relying_party::policy::{
    Aaguid, Chain, FORMS, Facts, Finding, KeyFacts, Lookup, Missing, ModelFacts, Outcome, Policy,
    RegistrationFacts, Subject,
};

const AAGUID: &str = "2fc0579f-8113-47ea-b116-bb5a8db9202a";

/// A model of another vendor.
const OTHER: &str = "ee882879-721c-4913-9775-3dfcce97072a";

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

fn key() -> KeyFacts {
    KeyFacts {
        versions: texts(&["U2F_V2", "FIDO_2_0", "FIDO_2_1"]),
        extensions: texts(&["credProtect", "hmac-secret"]),
        aaguid: Aaguid::parse(AAGUID).unwrap(),
        options: [("rk", true), ("clientPin", true), ("alwaysUv", false), ("ep", true)]
            .map(|(name, value)| (name.to_owned(), value))
            .to_vec(),
        algorithms: Some(vec![Algorithm::ES256, Algorithm::EDDSA]),
        transports: Some(texts(&["nfc", "usb"])),
        attestation_formats: None,
        min_pin_length: Some(6),
        firmware_version: Some(328_706),
        free_slots: Some(3),
        pin_complexity_policy: Some(true),
        pin_retries: Some(5),
    }
}

fn registration() -> RegistrationFacts {
    RegistrationFacts {
        aaguid: Aaguid::parse(AAGUID).unwrap(),
        algorithm: Algorithm::ES256,
        format: "packed".to_owned(),
        attestation: Some(AttestationKind::Basic),
        chain: Chain::Trusted,
        user_verified: true,
        backup_eligible: false,
        backed_up: false,
        discoverable: Some(true),
        enterprise_attestation: Some(false),
        transports: Some(texts(&["usb"])),
        extensions: texts(&["hmac-secret"]),
        min_pin_length: Some(6),
        pin_complexity_policy: Some(true),
    }
}

fn model() -> ModelFacts {
    ModelFacts {
        description: "A key".to_owned(),
        certified: Some(Level::L2),
        warnings: Vec::new(),
        attestation_types: texts(&["basic_full"]),
        has_roots: true,
        get_info: Some(key()),
        multi_device: None,
    }
}

fn of_key(change: fn(&mut KeyFacts)) -> Facts {
    let mut key = key();
    change(&mut key);
    Facts { subject: Subject::Key(key), metadata: Lookup::NotGiven }
}

fn of_registration(change: fn(&mut RegistrationFacts)) -> Facts {
    let mut registration = registration();
    change(&mut registration);
    Facts { subject: Subject::Registration(registration), metadata: Lookup::NotGiven }
}

fn of_model(change: fn(&mut ModelFacts)) -> Facts {
    let mut model = model();
    change(&mut model);
    let subject = Subject::Model(Aaguid::parse(AAGUID).unwrap());
    Facts { subject, metadata: Lookup::Listed(Box::new(model)) }
}

fn judge(clause: &str, facts: &Facts) -> Finding {
    let report = Policy::from_toml(clause, "test").unwrap().judge(facts);
    assert_eq!((report.profiles.len(), report.profiles[0].findings.len()), (1, 1));
    report.profiles[0].findings[0].clone()
}

/// What is wanted of a clause: an outcome, and whether it is a prediction.
type Wanted = (Outcome, bool);

/// A clause, a change to facts, and what is wanted of the clause then.
type Row<T> = (&'static str, fn(&mut T), Wanted);

const MET: Wanted = (Outcome::Met, false);
const NOT_MET: Wanted = (Outcome::NotMet, false);
const MET_PREDICTED: Wanted = (Outcome::Met, true);
const NOT_MET_PREDICTED: Wanted = (Outcome::NotMet, true);

const fn open(missing: Missing) -> Wanted {
    (Outcome::CannotTell(missing), false)
}

/// Holds each row's facts against its clause; complains of all rows that come out otherwise.
fn hold<T>(rows: &[Row<T>], facts: fn(fn(&mut T)) -> Facts) {
    let mut wrong = Vec::new();
    for (row, (clause, change, wanted)) in rows.iter().enumerate() {
        let found = judge(clause, &facts(*change));
        assert!(!found.why.is_empty(), "{clause}");
        if (found.outcome, found.predicted) != *wanted {
            wrong.push(format!("row {row}, {clause}: {wanted:?} is wanted, not {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

const KEYS: &[Row<KeyFacts>] = &[
    ("min-version = 'FIDO_2_0'", |_| (), MET),
    ("min-version = 'FIDO_2_1_PRE'", |_| (), MET),
    ("min-version = 'FIDO_2_1'", |_| (), MET),
    ("min-version = 'FIDO_2_3'", |_| (), NOT_MET),
    ("min-version = 'FIDO_2_1'", |k| k.versions = texts(&["FIDO_2_0", "FIDO_2_1_PRE"]), NOT_MET),
    ("min-version = 'FIDO_2_0'", |k| k.versions = texts(&["U2F_V2"]), NOT_MET),
    ("versions = ['FIDO_2_0', 'U2F_V2']", |_| (), MET),
    ("versions = ['FIDO_2_0', 'FIDO_2_3']", |_| (), NOT_MET),
    ("options = { rk = true, alwaysUv = false, plat = false }", |_| (), MET),
    ("options = { alwaysUv = true }", |_| (), NOT_MET),
    ("options = { rk = true, ep = false }", |_| (), NOT_MET),
    ("options = { alwaysUv = 'supported', ep = 'supported' }", |_| (), MET),
    ("options = { credMgmt = 'supported' }", |_| (), NOT_MET),
    ("extensions = ['hmac-secret']", |_| (), MET),
    ("extensions = ['hmac-secret', 'credBlob']", |_| (), NOT_MET),
    ("algorithms = ['ES384', 'EdDSA']", |_| (), MET),
    ("algorithms = ['ES384']", |_| (), NOT_MET),
    ("algorithms = ['ES256']", |k| k.algorithms = None, MET_PREDICTED),
    ("algorithms = ['EdDSA']", |k| k.algorithms = None, NOT_MET_PREDICTED),
    ("transports = ['usb', 'nfc']", |_| (), MET),
    ("transports = ['usb', 'ble']", |_| (), NOT_MET),
    ("transports = ['usb']", |k| k.transports = None, open(Missing::Statement)),
    ("min-firmware = 328706", |_| (), MET),
    ("min-firmware = 0x50403", |_| (), NOT_MET),
    ("min-firmware = 1", |k| k.firmware_version = None, open(Missing::Statement)),
    ("min-pin-length = 6", |_| (), MET),
    ("min-pin-length = 7", |_| (), NOT_MET),
    ("min-pin-length = 4", |k| k.min_pin_length = None, MET),
    ("min-pin-length = 5", |k| k.min_pin_length = None, NOT_MET),
    ("min-pin-length = 4", |k| k.options.clear(), NOT_MET),
    ("pin-complexity = true", |_| (), MET),
    ("pin-complexity = false", |_| (), NOT_MET),
    ("pin-complexity = true", |k| k.pin_complexity_policy = None, NOT_MET_PREDICTED),
    ("pin-set = true", |_| (), MET),
    ("pin-set = false", |_| (), NOT_MET),
    ("pin-set = true", |k| k.options.clear(), NOT_MET),
    ("min-pin-retries = 5", |_| (), MET),
    ("min-pin-retries = 6", |_| (), NOT_MET),
    ("min-pin-retries = 1", |k| k.pin_retries = None, NOT_MET),
    ("min-free-slots = 3", |_| (), MET),
    ("min-free-slots = 4", |_| (), NOT_MET),
    ("min-free-slots = 1", |k| k.free_slots = None, open(Missing::Statement)),
    ("discoverable = true", |_| (), MET),
    ("discoverable = true", |k| k.options[0].1 = false, NOT_MET),
    ("several-accounts = true", |_| (), MET_PREDICTED),
    ("several-accounts = true", |k| k.options.clear(), NOT_MET_PREDICTED),
    ("user-verification = true", |_| (), MET),
    ("user-verification = true", |k| k.options = vec![("uv".to_owned(), false)], MET),
    ("user-verification = true", |k| k.options.clear(), NOT_MET),
    ("always-uv = false", |_| (), MET),
    ("always-uv = true", |_| (), NOT_MET),
    ("always-uv = true", |k| k.options[2].1 = true, MET),
    ("enterprise-attestation = true", |_| (), MET),
    ("enterprise-attestation = false", |_| (), NOT_MET),
    ("enterprise-attestation = false", |k| k.options.clear(), MET),
    ("aaguid-allow = ['2fc0579f-8113-47ea-b116-bb5a8db9202a']", |_| (), MET),
    ("aaguid-allow = ['2FC0579F811347EAB116BB5A8DB9202A']", |_| (), MET),
    ("aaguid-allow = ['ee882879-721c-4913-9775-3dfcce97072a']", |_| (), NOT_MET),
    ("aaguid-block = ['ee882879-721c-4913-9775-3dfcce97072a']", |_| (), MET),
    ("aaguid-block = ['2fc0579f-8113-47ea-b116-bb5a8db9202a']", |_| (), NOT_MET),
    ("attestation-formats = ['packed']", |_| (), MET_PREDICTED),
    ("attestation-formats = ['tpm']", |_| (), NOT_MET_PREDICTED),
    (
        "attestation-formats = ['packed']",
        |k| k.attestation_formats = Some(texts(&["tpm"])),
        NOT_MET_PREDICTED,
    ),
    ("attestation-formats = ['packed']", |k| k.versions = texts(&["U2F_V2"]), NOT_MET_PREDICTED),
    ("attestation-formats = ['fido-u2f']", |k| k.versions = texts(&["U2F_V2"]), MET_PREDICTED),
    ("attested = true", |_| (), open(Missing::Metadata)),
    ("certified = 'any'", |_| (), open(Missing::Metadata)),
    ("not-revoked = true", |_| (), open(Missing::Metadata)),
    ("backup-eligible = false", |_| (), MET_PREDICTED),
    ("backup-eligible = true", |_| (), NOT_MET_PREDICTED),
    ("backed-up = false", |_| (), open(Missing::Registration)),
];

const REGISTRATIONS: &[Row<RegistrationFacts>] = &[
    ("min-version = 'FIDO_2_0'", |_| (), MET_PREDICTED),
    ("min-version = 'FIDO_2_1'", |_| (), open(Missing::Metadata)),
    (
        "min-version = 'FIDO_2_0'",
        |r| (r.format, r.user_verified) = ("fido-u2f".to_owned(), false),
        open(Missing::Metadata),
    ),
    ("versions = ['FIDO_2_0']", |_| (), open(Missing::Metadata)),
    ("options = { rk = true }", |_| (), open(Missing::Metadata)),
    ("options = { alwaysUv = true }", |_| (), open(Missing::Key)),
    ("options = { alwaysUv = 'supported' }", |_| (), open(Missing::Metadata)),
    ("extensions = ['hmac-secret']", |_| (), MET),
    ("extensions = ['credBlob']", |_| (), open(Missing::Metadata)),
    ("algorithms = ['EdDSA', 'ES256']", |_| (), MET),
    ("algorithms = ['EdDSA']", |_| (), NOT_MET),
    ("transports = ['usb']", |_| (), MET),
    ("transports = ['nfc']", |_| (), NOT_MET),
    ("transports = ['usb']", |r| r.transports = None, open(Missing::Metadata)),
    ("min-firmware = 1", |_| (), open(Missing::Key)),
    ("min-pin-length = 6", |_| (), MET),
    ("min-pin-length = 7", |_| (), NOT_MET),
    ("min-pin-length = 4", |r| r.min_pin_length = None, open(Missing::Key)),
    ("pin-complexity = true", |_| (), MET),
    ("pin-complexity = true", |r| r.pin_complexity_policy = None, open(Missing::Key)),
    ("pin-set = true", |_| (), open(Missing::Key)),
    ("min-pin-retries = 1", |_| (), open(Missing::Key)),
    ("min-free-slots = 1", |_| (), open(Missing::Key)),
    ("discoverable = true", |_| (), MET),
    ("discoverable = true", |r| r.discoverable = Some(false), NOT_MET),
    ("discoverable = true", |r| r.discoverable = None, open(Missing::Statement)),
    ("several-accounts = true", |_| (), MET_PREDICTED),
    ("user-verification = true", |_| (), MET),
    ("user-verification = true", |r| r.user_verified = false, NOT_MET),
    ("always-uv = true", |_| (), open(Missing::Key)),
    ("enterprise-attestation = false", |_| (), MET),
    ("enterprise-attestation = true", |_| (), NOT_MET),
    ("enterprise-attestation = true", |r| r.enterprise_attestation = None, open(Missing::Key)),
    ("aaguid-allow = ['2fc0579f-8113-47ea-b116-bb5a8db9202a']", |_| (), MET),
    ("aaguid-block = ['2fc0579f-8113-47ea-b116-bb5a8db9202a']", |_| (), NOT_MET),
    ("attestation-formats = ['packed', 'tpm']", |_| (), MET),
    ("attestation-formats = ['tpm']", |_| (), NOT_MET),
    ("attested = true", |_| (), MET),
    ("attested = true", |r| r.chain = Chain::NotChecked, open(Missing::Metadata)),
    ("attested = true", |r| r.chain = Chain::Untrusted("expired".to_owned()), NOT_MET),
    ("attested = true", |r| r.attestation = Some(AttestationKind::SelfAttestation), NOT_MET),
    ("attested = true", |r| r.attestation = Some(AttestationKind::None), NOT_MET),
    ("attested = true", |r| r.attestation = None, open(Missing::Statement)),
    ("certified = 'L1'", |_| (), open(Missing::Metadata)),
    ("not-revoked = true", |_| (), open(Missing::Metadata)),
    ("backup-eligible = false", |_| (), MET),
    ("backup-eligible = false", |r| r.backup_eligible = true, NOT_MET),
    ("backed-up = false", |_| (), MET),
    ("backed-up = false", |r| r.backed_up = true, NOT_MET),
];

const MODELS: &[Row<ModelFacts>] = &[
    ("min-version = 'FIDO_2_1'", |_| (), MET_PREDICTED),
    ("min-version = 'FIDO_2_1'", |m| m.get_info = None, open(Missing::Statement)),
    ("versions = ['FIDO_2_3']", |_| (), NOT_MET_PREDICTED),
    ("options = { rk = true }", |_| (), MET_PREDICTED),
    ("options = { ep = true }", |_| (), open(Missing::Key)),
    ("options = { ep = 'supported' }", |_| (), MET_PREDICTED),
    ("extensions = ['hmac-secret']", |_| (), MET_PREDICTED),
    ("algorithms = ['ES256']", |_| (), MET_PREDICTED),
    ("transports = ['ble']", |_| (), NOT_MET_PREDICTED),
    ("min-firmware = 1", |_| (), open(Missing::Key)),
    ("min-pin-length = 4", |_| (), open(Missing::Key)),
    ("pin-complexity = true", |_| (), open(Missing::Key)),
    ("pin-set = false", |_| (), open(Missing::Key)),
    ("min-pin-retries = 1", |_| (), open(Missing::Key)),
    ("min-free-slots = 1", |_| (), open(Missing::Key)),
    ("discoverable = true", |_| (), MET_PREDICTED),
    ("several-accounts = true", |_| (), MET_PREDICTED),
    ("user-verification = true", |_| (), MET_PREDICTED),
    ("always-uv = false", |_| (), open(Missing::Key)),
    ("enterprise-attestation = false", |_| (), open(Missing::Key)),
    ("aaguid-allow = ['2fc0579f-8113-47ea-b116-bb5a8db9202a']", |_| (), MET),
    ("aaguid-block = ['2fc0579f-8113-47ea-b116-bb5a8db9202a']", |_| (), NOT_MET),
    ("attestation-formats = ['packed']", |_| (), MET_PREDICTED),
    ("attested = true", |_| (), MET_PREDICTED),
    ("attested = true", |m| m.has_roots = false, NOT_MET_PREDICTED),
    ("attested = true", |m| m.attestation_types = texts(&["basic_surrogate"]), NOT_MET_PREDICTED),
    ("certified = 'any'", |m| m.certified = Some(Level::Certified), MET),
    ("certified = 'L1'", |m| m.certified = Some(Level::Certified), NOT_MET),
    ("certified = 'L2'", |_| (), MET),
    ("certified = 'L2plus'", |_| (), NOT_MET),
    ("certified = 'any'", |m| m.certified = None, NOT_MET),
    ("not-revoked = true", |_| (), MET),
    ("not-revoked = true", |m| m.warnings = texts(&["REVOKED"]), NOT_MET),
    ("backup-eligible = false", |m| m.multi_device = Some(false), MET_PREDICTED),
    ("backup-eligible = false", |m| m.multi_device = Some(true), NOT_MET_PREDICTED),
    ("backed-up = false", |_| (), open(Missing::Registration)),
];

#[test]
fn clauses_judge_keys() {
    hold(KEYS, of_key);
}

#[test]
fn clauses_judge_registrations() {
    hold(REGISTRATIONS, of_registration);
}

#[test]
fn clauses_judge_models() {
    hold(MODELS, of_model);
}

#[test]
fn a_model_that_nothing_attests_is_a_claim() {
    let clauses = [
        format!("aaguid-allow = ['{AAGUID}']"),
        "certified = 'L1'".into(),
        "not-revoked = true".into(),
    ];
    for (chain, predicted) in [(Chain::Trusted, false), (Chain::NotChecked, true)] {
        let registration = RegistrationFacts { chain, ..registration() };
        let metadata = Lookup::Listed(Box::new(model()));
        let facts = Facts { subject: Subject::Registration(registration), metadata };
        for clause in &clauses {
            let found = judge(clause, &facts);
            assert_eq!((found.outcome, found.predicted), (Outcome::Met, predicted), "{clause}");
        }
    }
}

#[test]
fn every_clause_is_judged_for_everything() {
    let all: BTreeSet<_> = FORMS.iter().map(|form| form.name).collect();
    let name = |clause: &'static str| clause.split(' ').next().unwrap();
    let keys: BTreeSet<_> = KEYS.iter().map(|row| name(row.0)).collect();
    let registrations: BTreeSet<_> = REGISTRATIONS.iter().map(|row| name(row.0)).collect();
    let models: BTreeSet<_> = MODELS.iter().map(|row| name(row.0)).collect();
    assert_eq!((&keys, &registrations, &models), (&all, &all, &all));
}

#[test]
fn findings_bear_the_clause_s_name() {
    for form in FORMS {
        let finding = judge(&format!("{} = {}", form.name, form.example), &of_key(|_| ()));
        assert_eq!(finding.clause, form.name);
    }
}

#[test]
fn what_metadata_do_not_list_there_is_no_telling_of() {
    for clause in ["certified = 'any'", "not-revoked = true", "attested = true", "versions = ['x']"]
    {
        let subject = Subject::Model(Aaguid::parse(OTHER).unwrap());
        let found = judge(clause, &Facts { subject, metadata: Lookup::NotListed });
        assert_eq!(found.outcome, Outcome::CannotTell(Missing::Statement), "{clause}");
    }
}

#[test]
fn retries_are_asked_for_only_by_the_clause_on_them() {
    let asks = |clause| Policy::from_toml(clause, "test").unwrap().needs_pin_retries();
    assert!(asks("min-pin-retries = 3"));
    assert!(!asks("pin-set = true\nmin-pin-length = 6"));
}
