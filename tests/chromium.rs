//! The same options give the same outcome as in a browser: every ceremony and every origin that was
//! recorded, and a list of where we differ on purpose.

#![cfg(test)]
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop where it stands"
)]

mod vectors;

use fidoctl::webauthn::{
    Ceremony, CollectedClientData, DomException, Origin, RpIdError, effective_rp_id, rp_id_hash,
};
use vectors::{base64url, items, load, text};

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
