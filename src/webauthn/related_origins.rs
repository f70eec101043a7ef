//! Origins that a relying party lists as its own (WebAuthn L3 §5.11).

use serde::Deserialize;

use super::member::{Leniency, parse_json};
use super::{OptionsError, Origin};

/// Clients take as many different sites, and no more: nobody is to list the whole world.
const MOST_SITES: usize = 5;

/// The content of `https://RP ID/.well-known/webauthn`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RelatedOrigins {
    origins: Vec<String>,
}

impl RelatedOrigins {
    /// Reads `{"origins":[…]}`.
    pub fn from_json(json: &[u8]) -> Result<Self, OptionsError> {
        let value = parse_json(json, Leniency::Strict)?;
        serde_json::from_value(value).map_err(|_| OptionsError::Shape {
            member: "origins".to_owned(),
            wanted: "a list of origins",
            came: "something else".to_owned(),
        })
    }

    /// Tells whether an origin is listed. Of more sites than five, those behind are not looked at.
    pub fn admit(&self, origin: &Origin) -> bool {
        let mut sites = Vec::new();
        for listed in &self.origins {
            // What is no origin is passed over, as browsers do.
            let Ok(listed) = listed.trim_end_matches('/').parse::<Origin>() else {
                continue;
            };
            let Some(site) = site(&listed) else {
                continue;
            };
            if !sites.contains(&site) {
                if sites.len() >= MOST_SITES {
                    continue;
                }
                sites.push(site);
            }
            if listed == *origin {
                return true;
            }
        }
        false
    }
}

/// Returns the label in front of the public suffix.
fn site(origin: &Origin) -> Option<String> {
    let domain = psl::domain_str(origin.host())?;
    domain.split('.').next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(json: &str, origin: &str) -> bool {
        RelatedOrigins::from_json(json.as_bytes()).unwrap().admit(&origin.parse().unwrap())
    }

    #[test]
    fn listed_origins_are_admitted_up_to_five_sites() {
        let json = r#"{"origins":["nonsense","https://a.com","https://a.de","https://www.a.de/",
            "https://b.com","https://c.com","https://d.com","https://e.com","https://f.com",
            "https://x.e.com:8443"],"else":1}"#;
        for (origin, admitted) in [
            ("https://a.com", true),
            ("https://www.a.de", true),
            ("https://www.a.com", false),
            ("https://a.com:8443", false),
            ("https://e.com", true),
            ("https://f.com", false),
            ("https://x.e.com:8443", true),
        ] {
            assert_eq!(admits(json, origin), admitted, "{origin}");
        }
        assert!(RelatedOrigins::from_json(b"[]").is_err());
    }
}
