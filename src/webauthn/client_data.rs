//! CollectedClientData and its serialisation (WebAuthn L3 §5.8.1).

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::Base64Url;

/// Which ceremony the client data belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ceremony {
    /// `webauthn.create`
    Create,
    /// `webauthn.get`
    Get,
}

impl Ceremony {
    /// Returns the `type` member's value.
    pub fn type_name(self) -> &'static str {
        match self {
            Ceremony::Create => "webauthn.create",
            Ceremony::Get => "webauthn.get",
        }
    }
}

/// The members that a reader of client data looks at; extra members are ignored.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CollectedClientData {
    /// `webauthn.create` or `webauthn.get`.
    #[serde(rename = "type")]
    pub ceremony_type: String,
    /// The relying party's challenge.
    pub challenge: Base64Url,
    /// The origin, as the client saw it.
    pub origin: String,
    /// True if the page was in a frame of another origin.
    #[serde(default)]
    pub cross_origin: bool,
    /// The outermost page's origin, if that was another one.
    #[serde(default)]
    pub top_origin: Option<String>,
}

impl CollectedClientData {
    /// Reads clientDataJSON.
    pub fn from_json(json: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(json)
    }

    /// Writes clientDataJSON, byte for byte as the standard prescribes (WebAuthn L3 §5.8.1.1).
    pub fn to_json(ceremony: Ceremony, challenge: &[u8], origin: &str) -> Vec<u8> {
        let mut json = String::from("{\"type\":");
        quote(ceremony.type_name(), &mut json);
        json.push_str(",\"challenge\":");
        quote(&Base64Url::from(challenge).to_string(), &mut json);
        json.push_str(",\"origin\":");
        quote(origin, &mut json);
        json.push_str(",\"crossOrigin\":false}");
        json.into_bytes()
    }

    /// Returns the hash that keys sign (WebAuthn L3 §5.8.1, "hash of the serialized client data").
    pub fn hash(json: &[u8]) -> [u8; 32] {
        Sha256::digest(json).into()
    }
}

/// CCDToString (WebAuthn L3 §5.8.1.1).
fn quote(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\0'..='\x1f' => out.push_str(&format!("\\u{:04x}", u32::from(character))),
            _ => out.push(character),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn client_data_are_the_bytes_of_the_standard() {
        let json = CollectedClientData::to_json(Ceremony::Create, &[0xfb, 0xff], "https://e\"\n");
        assert_eq!(
            String::from_utf8(json).unwrap(),
            r#"{"type":"webauthn.create","challenge":"-_8","origin":"https://e\"\u000a","crossOrigin":false}"#
        );
    }
}
