//! RP IDs, origins and challenges as they are typed.

use fidoctl::webauthn::{Ceremony, CollectedClientData};

use crate::failure::{Failure, Kind};
use crate::input::{Bytes, bytes};
use crate::randomness;

/// Parses an RP ID: a domain in ASCII lower case, or a name with a scheme of its own (`ssh:`).
pub fn parse_rp_id(text: &str) -> Result<String, String> {
    if text.contains('/') {
        return Err("an RP ID is wanted, such as example.com, not an origin".to_owned());
    }
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-._:".contains(c);
    if text.is_empty() || text.starts_with('.') || !text.chars().all(allowed) {
        return Err(
            "a domain in lower-case ASCII is wanted, such as example.com or xn--bcher-kva.example"
                .to_owned(),
        );
    }
    Ok(text.to_owned())
}

/// The client data of a ceremony, or only their hash.
pub enum ClientData {
    /// Written by us.
    Json {
        /// clientDataJSON.
        json: Vec<u8>,
        /// The origin in it.
        origin: String,
    },
    /// The hash that somebody else made.
    Hash([u8; 32]),
}

impl ClientData {
    /// Returns the hash that the key signs.
    pub fn hash(&self) -> [u8; 32] {
        match self {
            ClientData::Json { json, .. } => CollectedClientData::hash(json),
            ClientData::Hash(hash) => *hash,
        }
    }
}

/// Flags that say what the key is to sign.
#[derive(clap::Args, Clone, Debug)]
pub struct ClientDataArgs {
    /// The relying party's challenge in base64url, or hex behind 'hex:'; random if left out
    #[arg(long, value_name = "BYTES", value_parser = bytes, allow_hyphen_values = true)]
    challenge: Option<Bytes>,

    /// The origin to sign; https:// and the RP ID if left out
    #[arg(long, value_name = "ORIGIN")]
    origin: Option<String>,

    /// Sign this SHA-256 hash of client data made elsewhere, in hex
    #[arg(long, value_name = "HEX", value_parser = crate::input::hex_32, conflicts_with_all = ["challenge", "origin"])]
    client_data_hash: Option<[u8; 32]>,
}

impl ClientDataArgs {
    /// Makes the client data of a ceremony.
    pub fn client_data(&self, ceremony: Ceremony, rp_id: &str) -> Result<ClientData, Failure> {
        if let Some(hash) = self.client_data_hash {
            return Ok(ClientData::Hash(hash));
        }
        let origin = match &self.origin {
            Some(origin) => origin.clone(),
            None => format!("https://{rp_id}"),
        };
        check_origin(&origin, rp_id)?;
        let challenge = match &self.challenge {
            Some(Bytes(bytes)) => bytes.clone(),
            None => randomness::bytes::<32>()?.to_vec(),
        };
        let json = CollectedClientData::to_json(ceremony, &challenge, &origin);
        Ok(ClientData::Json { json, origin })
    }
}

/// Returns the host of an origin.
pub fn host_of(origin: &str) -> Option<&str> {
    let (_, rest) = origin.split_once("://")?;
    let host = rest.split_once(':').map_or(rest, |(host, _)| host);
    (!host.is_empty() && !rest.contains('/')).then_some(host)
}

/// Refuses an origin that may not use the RP ID (WebAuthn L3 §5.1.2): keys sign only their hashes,
/// so nobody else would notice.
fn check_origin(origin: &str, rp_id: &str) -> Result<(), Failure> {
    let refuse =
        |message: String, hint: &str| Err(Failure::message(Kind::NOT_GENUINE, message).hint(hint));
    let Some(host) = host_of(origin) else {
        return Err(Failure::message(Kind::USAGE, format!("{origin:?} is not an origin"))
            .hint("give scheme and host without a path, such as https://login.example.com"));
    };
    let local = host == "localhost" || host.ends_with(".localhost");
    let secure = origin.starts_with("https://") || local && origin.starts_with("http://");
    if !secure {
        return refuse(
            format!("{origin:?} is not a secure origin"),
            "use https://, or http:// with localhost",
        );
    }
    let is_suffix = host.strip_suffix(rp_id).is_some_and(|rest| rest.ends_with('.'));
    // Without a public suffix list at hand, at least top-level domains are refused.
    if host == rp_id || is_suffix && rp_id.contains('.') {
        Ok(())
    } else {
        refuse(
            format!("the origin {origin:?} may not use the RP ID {rp_id:?}"),
            "the RP ID must be the origin's host, or a parent domain of it",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_may_use_its_host_and_its_parents_only() {
        let table = [
            ("https://login.example.com", "login.example.com", true),
            ("https://login.example.com:8443", "example.com", true),
            ("https://login.example.com", "com", false),
            ("https://login.example.com", "other.example.com", false),
            ("https://notexample.com", "example.com", false),
            ("http://login.example.com", "example.com", false),
            ("http://a.localhost", "a.localhost", true),
            ("https://intranet", "intranet", true),
            ("https://example.com/path", "example.com", false),
        ];
        for (origin, rp_id, allowed) in table {
            assert_eq!(check_origin(origin, rp_id).is_ok(), allowed, "{origin} {rp_id}");
        }
    }

    #[test]
    fn rp_ids_are_not_origins() {
        assert!(parse_rp_id("example.com").is_ok());
        assert!(parse_rp_id("ssh:").is_ok());
        for wrong in ["https://example.com", "Example.com", "", ".com", "bücher.example"] {
            assert!(parse_rp_id(wrong).is_err(), "{wrong}");
        }
    }
}
