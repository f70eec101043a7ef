//! Personalities: what comes along, what people write, and what is made of a real key.

use fidoctl::authenticator::{NamedPersonality, Personality, PersonalityError};
use fidoctl::client::{Protocol, Session};
use serde_json::{Value, json};

use crate::plugged_in::PluggedKey;
use crate::{QUIRKS, limits, person};

#[test]
fn every_personality_can_be_read_made_and_opened() {
    for named in NamedPersonality::ALL {
        let personality = named.read().unwrap_or_else(|error| panic!("{}: {error}", named.name));
        assert!(personality.about.len() > 20, "{}", named.name);
        assert!(personality.left_out.is_empty(), "{}", named.name);
        let key = PluggedKey::with(&personality.options(Some(named.name)));
        let mut person = person();
        let lenient =
            fidoctl::client::Limits { strictness: fidoctl::cbor::Strictness::Tolerant, ..limits() };
        let session = Session::open(key.open(), &mut person, lenient);
        if personality.habits.answers_cbor_as_msg {
            session.err().unwrap();
            continue;
        }
        let session = session.unwrap_or_else(|error| panic!("{}: {error}", named.name));
        let ctap2 = session.protocol() == Protocol::Ctap2;
        assert_eq!(ctap2, personality.protocols.has_ctap2(), "{}", named.name);
        let broken: Vec<_> = session.info().broken_rules().iter().map(|rule| rule.name).collect();
        assert!(!ctap2 || broken.is_empty(), "{}: {broken:?}", named.name);
    }
}

#[test]
fn names_are_in_order_and_are_those_of_the_files() {
    let names: Vec<_> = NamedPersonality::ALL.iter().map(|named| named.name).collect();
    assert!(names.is_sorted());
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/authenticator/personalities");
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), names.len());
}

#[test]
fn page_names_every_personality_and_every_habit() {
    let page = include_str!("../../docs/personalities.md");
    for named in NamedPersonality::ALL {
        let row = format!("| `{}` | {} |", named.name, named.read().unwrap().about);
        assert!(page.contains(&row), "docs/personalities.md lacks {row}");
    }
    for part in ["habits", "model"] {
        for member in members_of(part) {
            assert!(page.contains(&format!("| `{member}` |")), "docs/personalities.md: {member}");
        }
    }
}

#[test]
fn schema_knows_what_a_file_may_say() {
    let schema: Value =
        serde_json::from_str(include_str!("../../docs/schemas/personality.json")).unwrap();
    for part in ["", "settings", "habits", "model"] {
        let place = match part {
            "" => &schema["properties"],
            part => &schema["properties"][part]["properties"],
        };
        let mut known: Vec<_> = place.as_object().unwrap().keys().cloned().collect();
        let mut read = members_of(part);
        known.sort();
        read.sort();
        assert_eq!(known, read, "{part}");
    }
}

/// Returns the members that a part of a file may have, as the refusal of another names them.
fn members_of(part: &str) -> Vec<String> {
    let other = json!({ "no such member": 1 });
    let mut file = json!({ "schema": "fidoctl.personality/1" });
    match part {
        "" => file["no such member"] = 1.into(),
        part => file[part] = other,
    }
    let refusal = Personality::from_json(&file.to_string()).unwrap_err().to_string();
    let names: Vec<_> = refusal.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    assert_eq!(names[0], "no such member");
    assert!(names.len() > 5, "{refusal}");
    names[1..].to_vec()
}

#[test]
fn page_of_quirks_is_the_table() {
    let mut page = String::from(
        "# Quirks of real keys\n\n\
         What some keys do that the standard would not have them do, and what `fidoctl` does about \
         it. The names are those of\n[personalities](personalities.md). The table is \
         `src/client/quirks.rs`; each row has a test.\n\n\
         | Keys | They | `fidoctl` |\n| --- | --- | --- |\n",
    );
    for quirk in QUIRKS {
        let keys: Vec<_> = quirk.keys.iter().map(|name| format!("`{name}`")).collect();
        page += &format!("| {} | {} | {} |\n", keys.join(", "), quirk.habit, quirk.answer);
    }
    let shown = include_str!("../../docs/quirks.md");
    let wanted = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("quirks.md");
    std::fs::write(&wanted, &page).unwrap();
    assert!(page == shown, "to bring it up to date: cp {} docs/quirks.md", wanted.display());
}

#[test]
fn mistakes_in_a_file_are_named() {
    let read = |change: Value| {
        let mut file = json!({ "schema": "fidoctl.personality/1", "about": "mine" });
        for (name, value) in change.as_object().unwrap() {
            file[name] = value.clone();
        }
        Personality::from_json(&file.to_string())
    };
    read(json!({})).unwrap();
    let wrong = [
        json!({ "habit": {} }),
        json!({ "habits": { "winks": "silent" } }),
        json!({ "habits": { "refuses": ["everything"] } }),
        json!({ "habits": { "silent_assertion": "CTAP2_ERR_NO_SUCH_THING" } }),
        json!({ "aaguid": "no UUID" }),
        json!({ "capacity": 0 }),
        json!({ "ctap": "3.0" }),
        json!({ "model": { "max_msg_size": 100 } }),
        json!({ "model": { "algorithms": [-257] } }),
        json!({ "model": { "max_credential_count_in_list": 0 } }),
        json!({ "settings": { "min_pin_length": 3 } }),
    ];
    for change in wrong {
        read(change.clone()).map(drop).expect_err(&change.to_string());
    }
    let newer = read(json!({ "schema": "fidoctl.personality/2" }));
    assert!(matches!(newer, Err(PersonalityError::Schema { .. })), "{newer:?}");
}

/// What `fidoctl info --json` would print of recorded answers of real keys, in the members that
/// matter here.
fn info_json(decoded: &Value) -> Value {
    let names = [
        (1, "versions"),
        (2, "extensions"),
        (4, "options"),
        (5, "maxMsgSize"),
        (6, "pinUvAuthProtocols"),
        (7, "maxCredentialCountInList"),
        (8, "maxCredentialIdLength"),
        (9, "transports"),
        (10, "algorithms"),
        (11, "maxSerializedLargeBlobArray"),
        (13, "minPINLength"),
        (14, "firmwareVersion"),
        (15, "maxCredBlobLength"),
        (20, "remainingDiscoverableCredentials"),
    ];
    let mut info = serde_json::Map::new();
    for (number, name) in names {
        if let Some(value) = decoded.get(number.to_string()) {
            info.insert(name.to_owned(), value.clone());
        }
    }
    info.insert("aaguid".to_owned(), "2fc0579f-8113-47ea-b116-bb5a8db9202a".into());
    json!({ "schema": "fidoctl.info/1", "get_info": info, "ctaphid": { "wink": true } })
}

#[test]
fn key_made_of_a_real_one_says_the_same() {
    let vectors: Value = serde_json::from_str(include_str!("../vectors/getinfo.json")).unwrap();
    let mut made = 0;
    for item in vectors["items"].as_array().unwrap() {
        let id = item["id"].as_str().unwrap();
        if id.starts_with("synthetic") || item["decoded"]["1"].is_null() {
            continue;
        }
        let real = info_json(&item["decoded"]);
        let personality = Personality::from_info_json(&real.to_string())
            .unwrap_or_else(|error| panic!("{id}: {error}"));
        let key = PluggedKey::with(&personality.options(None));
        let mut person = person();
        let session = Session::open(key.open(), &mut person, limits()).unwrap();
        let info = session.info();
        let left_out = personality.left_out.join(", ");
        let real = &real["get_info"];
        let texts = |value: &Value| -> Vec<String> {
            let texts = value.as_array().into_iter().flatten();
            texts.map(|text| text.as_str().unwrap().to_owned()).collect()
        };
        let mut extensions = texts(&real["extensions"]);
        extensions.retain(|name| !left_out.contains(&format!("extension {name}")));
        let mut ours: Vec<_> = info.extensions.iter().flatten().cloned().collect();
        extensions.sort();
        ours.sort();
        assert_eq!(ours, extensions, "{id}");
        let names: Vec<_> = real["options"].as_object().unwrap().keys().cloned().collect();
        for name in &names {
            let taken = info.option(name).is_some();
            assert!(taken || left_out.contains(&format!("option {name}")), "{id}: {name}");
        }
        for (name, _) in info.options.iter().flat_map(|options| options.iter()) {
            assert!(names.iter().any(|real| real == name), "{id}: option {name} is too much");
        }
        let same = |member: &str, ours: Option<u64>| {
            let taken = real[member].as_u64() == ours;
            assert!(taken || left_out.contains(member), "{id}: {member} {ours:?}");
        };
        same("maxMsgSize", info.max_msg_size);
        same("maxCredentialCountInList", info.max_credential_count_in_list);
        same("firmwareVersion", info.firmware_version);
        same("minPINLength", info.min_pin_length);
        made += 1;
    }
    assert!(made >= 5, "{made}");
}

#[test]
fn key_without_ctap2_is_made_of_an_info_without_getinfo() {
    let info = json!({ "schema": "fidoctl.info/1", "get_info": null, "protocol": "U2F" });
    let personality = Personality::from_info_json(&info.to_string()).unwrap();
    assert!(!personality.protocols.has_ctap2());
    let other = json!({ "schema": "fidoctl.list/1" });
    assert!(matches!(
        Personality::from_info_json(&other.to_string()),
        Err(PersonalityError::Schema { .. })
    ));
}
