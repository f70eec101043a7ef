//! The same options give the same outcome as in a browser: every ceremony and every origin that was
//! recorded, and a list of where we differ on purpose.

#![cfg(test)]
#![cfg(feature = "virtual-key")]
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop where it stands"
)]

mod plugged_in;
mod recorded_keys;
mod scripted_key;
mod vectors;

use fidoctl::webauthn::{
    Ceremony, CollectedClientData, DomException, Origin, RpIdError, effective_rp_id, rp_id_hash,
};
use recorded_keys::{Outcome, RecordedKey};
use serde_json::{Value as Json, json};
use vectors::{base64url, items, load, text};

/// Where we differ from what was recorded.
#[derive(Debug)]
struct Finding<'r> {
    ceremony: &'r Json,
    aspect: &'static str,
    recorded: Json,
    ours: Json,
}

impl Finding<'_> {
    /// Tells whether it is this, in a ceremony whose name ends so.
    fn is(&self, name: &str, aspect: &str, recorded: &str, ours: &str) -> bool {
        text(&self.ceremony["id"]).ends_with(name)
            && (self.aspect, &self.recorded, &self.ours) == (aspect, &json!(recorded), &json!(ours))
    }

    fn is_results(&self, name: &str, recorded: Json, ours: Json) -> bool {
        text(&self.ceremony["id"]).ends_with(name)
            && (self.aspect, &self.recorded, &self.ours)
                == ("clientExtensionResults", &recorded, &ours)
    }

    fn extension_input(&self, name: &str) -> &Json {
        &self.ceremony["options"]["extensions"][name]
    }

    fn authenticator_extension(&self, name: &str) -> [Option<&Json>; 2] {
        [self.recorded.get(name), self.ours.get(name)]
    }
}

/// A difference that is meant.
struct Difference {
    reason: &'static str,
    covers: fn(&Finding<'_>) -> bool,
}

const DIFFERENCES: &[Difference] = &[
    Difference {
        reason: "the standard keeps the AAGUID for attestation none, Chromium takes it away",
        covers: |f| {
            let conveyance = f.ceremony["options"]["attestation"].as_str();
            f.aspect == "aaguid"
                && !matches!(conveyance, Some("direct" | "indirect" | "enterprise"))
        },
    },
    Difference {
        reason: "the standard allows every credential protection policy; Chromium refuses the \
                 lowest unless it lowers its own default, and the highest without UV required",
        covers: |f| {
            f.aspect == "outcome"
                && f.recorded == "NotSupportedError"
                && f.extension_input("credentialProtectionPolicy") != "bogus"
                && !f.extension_input("credentialProtectionPolicy").is_null()
        },
    },
    Difference {
        reason: "the standard ignores enforceCredentialProtectionPolicy where there is no policy",
        covers: |f| f.is("/enforce-only", "outcome", "NotSupportedError", "ok"),
    },
    Difference {
        reason: "Chromium protects discoverable credentials of its own accord, which breaks signing \
                 in to Windows",
        covers: |f| {
            f.aspect == "extensions"
                && f.extension_input("credentialProtectionPolicy").is_null()
                && matches!(f.authenticator_extension("credProtect"), [Some(_), None])
        },
    },
    Difference {
        reason: "the recorded key answers prf outside of what it signs, ours by hmac-secret within",
        covers: |f| {
            let derives = |name| matches!(f.authenticator_extension(name), [None, Some(_)]);
            f.aspect == "extensions" && derives("hmac-secret")
        },
    },
    Difference {
        reason: "our key derives secrets for every credential, the recorded one for some",
        covers: |f| {
            f.aspect == "clientExtensionResults"
                && f.recorded == json!({ "prf": {} })
                && f.ours["prf"]["results"]["first"].is_string()
        },
    },
    Difference {
        reason: "our key keeps credBlobs of more than 32 bytes",
        covers: |f| {
            f.is_results(
                "/credblob-33-bytes",
                json!({ "credBlob": false }),
                json!({ "credBlob": true }),
            )
        },
    },
    Difference {
        reason: "the standard wants a user handle of 1 to 64 bytes, Chromium lets an empty one through",
        covers: |f| f.is("/userid-0", "outcome", "ok", "TypeError"),
    },
    Difference {
        reason: "the standard fails where no type of the allow list is known, Chromium then takes \
                 any credential",
        covers: |f| f.is("full/allow-unknown-type", "outcome", "ok", "NotAllowedError"),
    },
    Difference {
        reason: "the standard tells at registration that the key can do neither, Chromium does not",
        covers: |f| {
            let selection = &f.ceremony["options"]["authenticatorSelection"];
            let wanted = selection["residentKey"] == "required"
                || selection["requireResidentKey"] == true
                || selection["userVerification"] == "required";
            wanted && f.is("", "outcome", "NotAllowedError", "ConstraintError")
        },
    },
];

/// Compares one ceremony; an ID that was recorded stands for the one that our key made.
fn compare<'r>(ceremony: &'r Json, outcome: &Outcome) -> Vec<Finding<'r>> {
    let recorded_error = ceremony["error"].as_str().unwrap_or("ok");
    let mut findings = Vec::new();
    let mut hold = |aspect, recorded: &Json, ours: Json| {
        if *recorded != ours {
            findings.push(Finding { ceremony, aspect, recorded: recorded.clone(), ours });
        }
    };
    hold("outcome", &json!(recorded_error), json!(outcome.name()));
    let (Outcome::Done(done), "ok") = (outcome, recorded_error) else {
        return findings;
    };
    let (seen, result) = (&ceremony["seen"], &ceremony["result"]);
    let client_data = json!(without_additions(text(&seen["clientDataJSON"])));
    hold("clientDataJSON", &client_data, json!(done.client_data));
    let extensions_of = |flags: &Json| u8::from_str_radix(text(flags), 16).unwrap() & 0x7F;
    // Whether there are extension outputs is compared with them.
    let flags = |flags: u8| json!(format!("{flags:02x}"));
    hold("flags", &flags(extensions_of(&seen["flags"])), flags(done.flags & 0x7F));
    hold("extensions", &seen["extensions"], done.extensions.clone());
    let response = &done.response;
    for member in ["authenticatorAttachment", "type"] {
        hold(member, &result[member], response[member].clone());
    }
    let shape = |results: &Json| without_secrets(results.clone());
    let (recorded, ours) = (&result["clientExtensionResults"], &response["clientExtensionResults"]);
    if shape(recorded) != shape(ours) {
        hold("clientExtensionResults", recorded, ours.clone());
    }
    let (recorded, ours) = (&result["response"], &response["response"]);
    for member in ["transports", "userHandle", "publicKeyAlgorithm"] {
        hold(member, &recorded[member], ours[member].clone());
    }
    if ceremony["call"] == "create" {
        hold("fmt", &seen["fmt"], done.attestation["fmt"].clone());
        hold("attStmt", &seen["attStmt"], done.attestation["attStmt"].clone());
        hold("aaguid", &seen["aaguid"], done.attestation["aaguid"].clone());
    }
    findings
}

/// Secrets are each key's own.
fn without_secrets(mut results: Json) -> Json {
    if let Some(secrets) = results.pointer_mut("/prf/results").and_then(Json::as_object_mut) {
        secrets.values_mut().for_each(|secret| {
            assert_eq!(text(secret).len(), 43);
            *secret = json!("a secret");
        });
    }
    results
}

#[test]
fn ceremonies_end_as_in_a_browser() {
    let file = load("chromium-156");
    let ceremonies = items(&file["ceremonies"]);
    assert_eq!(ceremonies.len(), 201);
    let mut keys = ["full", "bare", "u2f"].map(|name| (name, RecordedKey::new(name)));
    let mut used = vec![0; DIFFERENCES.len()];
    let mut unexplained = Vec::new();
    for ceremony in ceremonies {
        let (_, key) =
            keys.iter_mut().find(|(name, _)| ceremony["authenticator"] == *name).unwrap();
        let outcome = key.perform(ceremony);
        for finding in compare(ceremony, &outcome) {
            match DIFFERENCES.iter().position(|difference| (difference.covers)(&finding)) {
                Some(position) => used[position] += 1,
                None => unexplained.push(format!(
                    "{}: {}: {} was recorded, ours is {}",
                    finding.ceremony["id"], finding.aspect, finding.recorded, finding.ours
                )),
            }
        }
    }
    assert!(unexplained.is_empty(), "\n{}", unexplained.join("\n"));
    for (difference, used) in DIFFERENCES.iter().zip(used) {
        assert!(used > 0, "no longer: {}", difference.reason);
    }
}

#[test]
fn every_protection_policy_is_given_that_a_key_can_give() {
    let file = load("chromium-156");
    let rows = items(&file["cred_protect"]);
    assert_eq!(rows.len(), 54);
    let mut key = RecordedKey::new("full");
    // Recorded: refused. Ours: what the standard says, as in DIFFERENCES.
    let mut refused_elsewhere = 0;
    for row in rows {
        let policy = text(&row["credentialProtectionPolicy"]);
        let outcome = key.perform(&json!({ "call": "create", "options": policy_options(row) }));
        let Outcome::Done(done) = &outcome else { panic!("{row}: {}", outcome.name()) };
        let level = fidoctl::webauthn::CredProtect::from_name(policy).unwrap().level();
        assert_eq!(done.extensions, json!({ "credProtect": level }), "{row}");
        refused_elsewhere += usize::from(row["outcome"] == "NotSupportedError");
        assert!(["ok", "NotSupportedError"].contains(&text(&row["outcome"])));
    }
    assert_eq!(refused_elsewhere, 24);
}

fn policy_options(row: &Json) -> Json {
    let mut options = json!({
        "rp": { "id": "localhost", "name": "Acme" },
        "user": { "id": "dXNlci0x", "name": "alice@example.com", "displayName": "Alice" },
        "challenge": "AAECAwQFBgcICQoLDA0ODw",
        "pubKeyCredParams": [{ "type": "public-key", "alg": -7 }],
        "authenticatorSelection": {},
        "extensions": { "credentialProtectionPolicy": row["credentialProtectionPolicy"] },
    });
    let enforce = "enforceCredentialProtectionPolicy";
    if row[enforce].is_boolean() {
        options["extensions"][enforce] = row[enforce].clone();
    }
    for (member, wish) in [("residentKey", &row["rk"]), ("userVerification", &row["uv"])] {
        if wish.is_string() {
            options["authenticatorSelection"][member] = wish.clone();
        }
    }
    options
}

fn effective(origin: &str, wanted: Option<&str>) -> Result<(Origin, String), RpIdError> {
    let origin: Origin = origin.parse()?;
    let rp_id = effective_rp_id(&origin, wanted, None)?;
    Ok((origin, rp_id))
}

/// Takes away what the browser adds at random, so that nobody compares with a template.
fn without_additions(client_data: &str) -> String {
    match client_data.split_once(",\"other_keys_can_be_added_here\":") {
        Some((kept, _)) => format!("{kept}}}"),
        None => client_data.to_owned(),
    }
}

#[test]
fn origins_use_the_rp_ids_that_a_browser_lets_them_use() {
    let file = load("chromium-156");
    let pairs = items(&file["origins"]);
    assert_eq!(pairs.len(), 35);
    for pair in pairs {
        let (origin, wanted) = (text(&pair["origin"]), pair["rpId"].as_str());
        match (effective(origin, wanted), pair["ok"] == true) {
            (Ok((origin, rp_id)), true) => {
                // Three bytes of challenge, as it was then.
                let json =
                    CollectedClientData::to_json(Ceremony::Create, &[0, 1, 2], &origin.to_string());
                let recorded = without_additions(text(&pair["clientDataJSON"]));
                assert_eq!(String::from_utf8(json).unwrap(), recorded);
                // Its last character has bits of what came behind the hash.
                let recorded = text(&pair["rpIdHash"]);
                assert_eq!(base64url(&rp_id_hash(&rp_id))[..42], recorded[..42], "{pair}");
            }
            (Err(error), false) => {
                assert_eq!(error.dom_exception(), DomException::Security);
                let recorded = text(&pair["error"]);
                let is_known = ["SecurityError", "no PublicKeyCredential (insecure context)"];
                assert!(is_known.contains(&recorded), "{pair}");
            }
            (outcome, _) => panic!("{pair}: {outcome:?}"),
        }
    }
}
