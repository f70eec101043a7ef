//! Policies in files: one's own in TOML, and those that Entra tells.
#![cfg(test)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop where it stands")]

use fidoctl::relying_party::policy::{
    Aaguid, AttestationRule, Clause, ClauseForm, EntraRules, FORMS, Facts, KeyFacts, Lookup,
    Policy, PolicyError, Subject, Verdict, Version,
};
use serde_json::{Value, json};

const ALLOWED: &str = "2fc0579f-8113-47ea-b116-bb5a8db9202a";
const OTHER: &str = "ee882879-721c-4913-9775-3dfcce97072a";

fn toml(text: &str) -> Result<Policy, PolicyError> {
    Policy::from_toml(text, "file")
}

fn toml_error(text: &str) -> String {
    toml(text).unwrap_err().to_string()
}

#[test]
fn clauses_keep_the_order_of_the_file() {
    let policy = toml("user-verification = true\nmin-version = 'FIDO_2_1'\n").unwrap();
    assert_eq!(policy.name, "file");
    let clauses = [Clause::UserVerification, Clause::MinVersion(Version::Fido2_1)];
    assert_eq!(policy.profiles[0].clauses, clauses);
}

#[test]
fn a_file_may_name_its_policy() {
    assert_eq!(toml("name = 'Desk'\npin-set = true").unwrap().name, "Desk");
    assert_eq!(toml_error("pin-set = true\nname = 3"), "line 2: clause name: a string is wanted");
}

#[test]
fn unknown_clauses_are_refused_with_their_line() {
    assert_eq!(
        toml_error("# a policy\n\npin-set = true\npin-sets = true"),
        "line 4: there is no clause \"pin-sets\""
    );
    assert_eq!(toml_error("[require]\npin-set = true"), "line 1: there is no clause \"require\"");
}

#[test]
fn what_is_no_toml_is_refused_with_its_line() {
    assert!(toml_error("pin-set = true\npin-set = ").starts_with("line 2: "));
    let twice = toml_error("pin-set = true\npin-set = true");
    assert!(twice.starts_with("line 2: "), "{twice}");
}

#[test]
fn a_policy_that_demands_nothing_is_none() {
    assert_eq!(toml("").unwrap_err(), PolicyError::Empty);
    assert_eq!(toml("name = 'all'").unwrap_err(), PolicyError::Empty);
}

#[test]
fn every_example_is_read() {
    for form in FORMS {
        let policy = toml(&format!("{} = {}", form.name, form.example));
        assert_eq!(policy.unwrap().profiles[0].clauses[0].name(), form.name);
    }
}

/// The guide to policies.
const GUIDE: &str = include_str!("../docs/policies.md");

#[test]
fn the_guide_lists_every_clause_and_no_other() {
    let heading = "| Clause | Example | What must hold |\n| --- | --- | --- |\n";
    let (_, table) = GUIDE.split_once(heading).unwrap();
    let rows: Vec<_> = table.lines().take_while(|line| line.starts_with('|')).collect();
    let row =
        |form: &ClauseForm| format!("| `{}` | `{}` | {} |", form.name, form.example, form.words);
    assert_eq!(rows, FORMS.iter().map(row).collect::<Vec<_>>());
}

#[test]
fn the_guide_s_policy_is_read() {
    let (_, block) = GUIDE.split_once("```toml\n").unwrap();
    let (text, _) = block.split_once("```").unwrap();
    assert_eq!(toml(text).unwrap().profiles[0].clauses.len() + 1, text.lines().count());
}

#[test]
fn values_of_another_form_are_refused_with_the_clause() {
    let never = ["1979-05-27", "[[1]]", "-1", "1.5", "{ a = 'b' }", "[]", "''", "{}"];
    for form in FORMS {
        for value in never {
            let error = toml(&format!("\n{} = {value}", form.name)).unwrap_err();
            let PolicyError::Value { line, clause, wanted } = error else {
                unreachable!("{} = {value}: {error}", form.name);
            };
            assert_eq!((line, clause), (2, form.name));
            assert!(wanted.contains("wanted"), "{wanted}");
        }
    }
}

#[test]
fn what_cannot_be_turned_round_cannot_be_set_to_false() {
    let clauses =
        ["discoverable", "several-accounts", "user-verification", "attested", "not-revoked"];
    for clause in clauses {
        assert_eq!(
            toml_error(&format!("{clause} = false")),
            format!(
                "line 1: clause {clause}: true is wanted; leave the clause out to demand nothing"
            )
        );
    }
}

#[test]
fn names_in_lists_are_checked() {
    for (clause, error) in [
        ("algorithms = ['ES255']", "\"ES255\" is no algorithm, such as ES256"),
        ("aaguid-allow = ['2fc0']", "\"2fc0\" is no AAGUID, such as "),
        ("certified = 'L4'", "a level: any, L1, L1plus, L2, L2plus, L3 or L3plus is wanted"),
        ("min-version = '2.1'", "a version: FIDO_2_0, "),
        ("options = { rk = 1 }", "option rk: a table of options is wanted"),
    ] {
        assert!(toml_error(clause).contains(error), "{}", toml_error(clause));
    }
}

// ------------------------------------------------------------------------------------------ Entra

fn configuration() -> Value {
    json!({
        "@odata.type": "#microsoft.graph.fido2AuthenticationMethodConfiguration",
        "id": "Fido2",
        "state": "enabled",
        "isSelfServiceRegistrationAllowed": true,
        "isAttestationEnforced": false,
        "keyRestrictions": {
            "@odata.type": "#microsoft.graph.fido2KeyRestrictions",
            "isEnforced": true, "enforcementType": "allow", "aaGuids": [ALLOWED],
        },
        "includeTargets": [{ "targetType": "group", "id": "all_users" }],
        "excludeTargets": [],
        "passkeyProfiles": null,
    })
}

fn profile(name: &str, types: &str, enforcement: &str, restrictions: Value) -> Value {
    json!({
        "id": format!("id of {name}"), "name": name, "passkeyTypes": types,
        "attestationEnforcement": enforcement, "keyRestrictions": restrictions,
    })
}

fn unrestricted() -> Value {
    json!({ "isEnforced": false, "enforcementType": "allow", "aaGuids": [] })
}

fn with_profiles(profiles: &[Value]) -> Value {
    let mut configuration = configuration();
    configuration["passkeyProfiles"] = profiles.into();
    configuration
}

fn entra(json: &Value) -> Result<Policy, PolicyError> {
    Policy::from_entra_json(json.to_string().as_bytes(), None)
}

/// Returns the names of each profile's clauses.
fn clauses(policy: &Policy) -> Vec<Vec<&'static str>> {
    let profiles = policy.profiles.iter();
    profiles.map(|profile| profile.clauses.iter().map(Clause::name).collect()).collect()
}

fn has(policy: &Policy, clause: &Clause) -> bool {
    policy.profiles.iter().all(|profile| profile.clauses.contains(clause))
}

const BASE: [&str; 6] = [
    "min-version",
    "discoverable",
    "user-verification",
    "extensions",
    "several-accounts",
    "algorithms",
];

fn key(aaguid: &str) -> Facts {
    let key = KeyFacts {
        versions: vec!["FIDO_2_0".to_owned()],
        extensions: vec!["hmac-secret".to_owned()],
        aaguid: Aaguid::parse(aaguid).unwrap(),
        options: vec![("rk".to_owned(), true), ("clientPin".to_owned(), false)],
        ..KeyFacts::default()
    };
    Facts { subject: Subject::Key(key), metadata: Lookup::NotGiven }
}

#[test]
fn entra_looks_at_attestation_only_where_it_is_enforced() {
    let off = Policy::entra(&[EntraRules::new(AttestationRule::Off)]);
    assert_eq!(clauses(&off), [[&BASE[..], &["attestation-formats"]].concat()]);
    let enforced = Policy::entra(&[EntraRules::new(AttestationRule::Enforced)]);
    let more = ["attestation-formats", "attested", "certified", "entra-metadata"];
    assert_eq!(clauses(&enforced), [[&BASE[..], &more].concat()]);
    assert_eq!(off.judge(&key(ALLOWED)).verdict(), Verdict::Acceptable);
    assert_eq!(enforced.judge(&key(ALLOWED)).verdict(), Verdict::Undecided);
}

#[test]
fn a_tenant_s_policy_without_profiles_is_read() {
    let policy = entra(&configuration()).unwrap();
    let settled = ["entra-state", "entra-self-service"];
    assert_eq!(
        clauses(&policy),
        [[&settled[..], &BASE, &["aaguid-allow", "attestation-formats"]].concat()]
    );
    assert_eq!(policy.judge(&key(ALLOWED)).verdict(), Verdict::Acceptable);
    assert_eq!(policy.judge(&key(OTHER)).verdict(), Verdict::NotAcceptable);
}

#[test]
fn blocked_models_are_blocked() {
    let mut blocking = configuration();
    blocking["keyRestrictions"]["enforcementType"] = "block".into();
    let policy = entra(&blocking).unwrap();
    assert_eq!(policy.judge(&key(ALLOWED)).verdict(), Verdict::NotAcceptable);
    assert_eq!(policy.judge(&key(OTHER)).verdict(), Verdict::Acceptable);
}

#[test]
fn restrictions_that_are_not_enforced_restrict_nothing() {
    let mut lax = configuration();
    lax["keyRestrictions"]["isEnforced"] = false.into();
    assert_eq!(entra(&lax).unwrap().judge(&key(OTHER)).verdict(), Verdict::Acceptable);
}

#[test]
fn an_empty_list_of_allowed_models_allows_none() {
    let mut empty = configuration();
    empty["keyRestrictions"]["aaGuids"] = json!([]);
    assert_eq!(entra(&empty).unwrap().judge(&key(OTHER)).verdict(), Verdict::NotAcceptable);
}

#[test]
fn a_policy_that_is_off_accepts_nothing() {
    for (member, value) in
        [("state", json!("disabled")), ("isSelfServiceRegistrationAllowed", json!(false))]
    {
        let mut off = configuration();
        off[member] = value;
        let report = entra(&off).unwrap().judge(&key(ALLOWED));
        assert_eq!(report.verdict(), Verdict::NotAcceptable, "{member}");
    }
}

#[test]
fn profiles_take_the_place_of_the_rules_above_them() {
    let profiles = [profile("Default", "deviceBound", "registrationOnly", unrestricted())];
    let policy = entra(&with_profiles(&profiles)).unwrap();
    assert_eq!(policy.profiles[0].name.as_deref(), Some("Default"));
    assert!(has(&policy, &Clause::BackupEligible(false)));
    assert!(has(&policy, &Clause::Attested));
    assert!(!clauses(&policy)[0].contains(&"aaguid-allow"));
}

#[test]
fn one_profile_is_enough() {
    let only_other = json!({ "isEnforced": true, "enforcementType": "allow", "aaGuids": [OTHER] });
    let profiles = [
        profile("Synced", "synced", "disabled", unrestricted()),
        profile("Other", "deviceBound,synced", "disabled", only_other),
    ];
    let policy = entra(&with_profiles(&profiles)).unwrap();
    assert_eq!(policy.judge(&key(OTHER)).verdict(), Verdict::Acceptable);
    assert_eq!(policy.judge(&key(ALLOWED)).verdict(), Verdict::NotAcceptable);
    assert!(!clauses(&policy)[1].contains(&"backup-eligible"), "both types are taken");
}

#[test]
fn a_profile_is_picked_by_name_or_id() {
    let profiles = [
        profile("One", "deviceBound", "disabled", unrestricted()),
        profile("Two", "synced", "disabled", unrestricted()),
    ];
    let bytes = with_profiles(&profiles).to_string();
    for wanted in ["Two", "id of Two"] {
        let policy = Policy::from_entra_json(bytes.as_bytes(), Some(wanted)).unwrap();
        let names: Vec<_> = policy.profiles.iter().map(|p| p.name.as_deref()).collect();
        assert_eq!(names, [Some("Two")]);
    }
    assert!(Policy::from_entra_json(bytes.as_bytes(), Some("Three")).is_err());
    let without = configuration().to_string();
    assert!(Policy::from_entra_json(without.as_bytes(), Some("One")).is_err());
}

#[test]
fn the_policy_of_all_methods_holds_the_one_for_passkeys() {
    let all = json!({ "id": "authenticationMethodsPolicy", "authenticationMethodConfigurations": [
        { "id": "Sms", "state": "disabled" }, configuration(),
    ]});
    assert_eq!(entra(&all), entra(&configuration()));
    let none = json!({ "authenticationMethodConfigurations": [{ "id": "Sms" }] });
    assert!(entra(&none).is_err());
}

#[test]
fn files_that_powershell_writes_are_read() {
    let text = configuration().to_string();
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let wanted = entra(&configuration());
    for (mark, body) in [
        (&[0xFF, 0xFE][..], little.as_slice()),
        (&[0xFE, 0xFF], &big),
        (&[0xEF, 0xBB, 0xBF], text.as_bytes()),
    ] {
        assert_eq!(Policy::from_entra_json(&[mark, body].concat(), None), wanted);
        let cut = &[mark, body].concat()[..mark.len() + body.len() - 1];
        assert!(Policy::from_entra_json(cut, None).is_err());
    }
    assert_eq!(Policy::from_entra_json(&[0x7B, 0xC0], None), Err(PolicyError::Text));
}

#[test]
fn members_that_are_not_understood_are_named() {
    let restricted = |member: &str, value: Value| {
        let mut restrictions = configuration()["keyRestrictions"].clone();
        restrictions[member] = value;
        with_profiles(&[profile("One", "deviceBound", "disabled", restrictions)])
    };
    let above = |member: &str, value: Value| {
        let mut configuration = configuration();
        configuration[member] = value;
        configuration
    };
    for (json, member) in [
        (above("state", json!("on")), "state"),
        (above("state", Value::Null), "state"),
        (above("isAttestationEnforced", json!("yes")), "isAttestationEnforced"),
        (above("isAttestationEnforced", Value::Null), "isAttestationEnforced"),
        (above("passkeyProfiles", json!({})), "passkeyProfiles"),
        (
            restricted("enforcementType", json!("deny")),
            "passkeyProfiles[0].keyRestrictions.enforcementType",
        ),
        (restricted("aaGuids", json!([1])), "passkeyProfiles[0].keyRestrictions.aaGuids"),
        (restricted("isEnforced", json!(1)), "passkeyProfiles[0].keyRestrictions.isEnforced"),
        (
            with_profiles(&[profile("One", "bound", "disabled", unrestricted())]),
            "passkeyProfiles[0].passkeyTypes",
        ),
        (
            with_profiles(&[profile("One", "synced", "signIn", unrestricted())]),
            "passkeyProfiles[0].attestationEnforcement",
        ),
    ] {
        let error = entra(&json).unwrap_err().to_string();
        assert!(error.starts_with(&format!("member {member}: ")), "{error}");
    }
}
