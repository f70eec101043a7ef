//! RP IDs, origins and challenges as they are typed.

use std::path::PathBuf;

use fidoctl::ceremony::Site;
use fidoctl::webauthn::{
    Ceremony, CollectedClientData, Origin, RelatedOrigins, effective_app_id, effective_rp_id,
    is_rp_id,
};

use crate::failure::{Failure, Kind};
use crate::hints::{of_app_id_error, of_options_error, of_origin_error, of_rp_id_error};
use crate::input::{Bytes, bytes, read_file};
use crate::randomness;

/// Parses an RP ID.
pub fn parse_rp_id(text: &str) -> Result<String, String> {
    let wrong = if text.contains('/') {
        "an RP ID is wanted, such as example.com, not an origin"
    } else {
        "a domain in lower-case ASCII is wanted, such as example.com or xn--bcher-kva.example"
    };
    if is_rp_id(text) { Ok(text.to_owned()) } else { Err(wrong.to_owned()) }
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

    #[command(flatten)]
    origin: OriginArgs,

    /// Sign this SHA-256 hash of client data made elsewhere, in hex
    #[arg(long, value_name = "HEX", value_parser = crate::input::hex_32, conflicts_with_all = ["challenge", "origin", "related_origins", "app_origin"])]
    client_data_hash: Option<[u8; 32]>,
}

/// Flags that say where the ceremony takes place.
#[derive(clap::Args, Clone, Debug)]
pub struct OriginArgs {
    /// The origin to sign; https:// and the RP ID if left out
    #[arg(long, value_name = "ORIGIN")]
    origin: Option<String>,

    /// Origins that may use the RP ID beside its own, as https://RP ID/.well-known/webauthn lists
    /// them
    #[arg(long, value_name = "FILE", requires = "origin")]
    related_origins: Option<PathBuf>,

    /// Sign this origin as it is and do not hold it against the RP ID: an app's, such as
    /// android:apk-key-hash:…
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["origin", "related_origins"])]
    app_origin: Option<String>,
}

impl OriginArgs {
    /// Returns the origin as it is signed, and the RP ID: the one wanted if the origin may use it,
    /// or else the origin's host.
    pub fn resolve(&self, wanted: Option<&str>) -> Result<(String, String), Failure> {
        if let (Some(origin), Some(rp_id)) = (&self.app_origin, wanted) {
            return Ok((origin.clone(), rp_id.to_owned()));
        }
        let origin = match (&self.origin, wanted) {
            (Some(origin), _) => origin.clone(),
            (None, Some(rp_id)) if self.app_origin.is_none() => format!("https://{rp_id}"),
            (None, _) => {
                return Err(Failure::message(Kind::USAGE, "the options name no RP ID")
                    .hint("add --origin ORIGIN: its host is the RP ID then"));
            }
        };
        let origin: Origin = origin.parse().map_err(of_origin_error)?;
        let related = match &self.related_origins {
            Some(path) => {
                let related = RelatedOrigins::from_json(&read_file(path)?);
                Some(related.map_err(|error| of_options_error(error, path))?)
            }
            None => None,
        };
        let rp_id = effective_rp_id(&origin, wanted, related.as_ref()).map_err(of_rp_id_error)?;
        Ok((origin.to_string(), rp_id))
    }
}

impl ClientDataArgs {
    /// Returns the application ID that takes effect. What somebody else put into the client data,
    /// and what an app's origin is, cannot be held against it.
    pub fn app_id(&self, wanted: &str, rp_id: &str) -> Result<String, Failure> {
        if self.client_data_hash.is_some() || self.origin.app_origin.is_some() {
            return Ok(wanted.to_owned());
        }
        let (origin, _) = self.origin.resolve(Some(rp_id))?;
        let origin: Origin = origin.parse().map_err(of_origin_error)?;
        effective_app_id(&origin, wanted).map_err(of_app_id_error)
    }

    /// Returns where a ceremony with somebody's options takes place.
    pub fn site(&self, rp_id: Option<&str>) -> Result<Site, Failure> {
        let (origin, rp_id) = self.origin.resolve(rp_id)?;
        Ok(Site { origin, rp_id })
    }

    /// Makes the client data of a ceremony.
    pub fn client_data(&self, ceremony: Ceremony, rp_id: &str) -> Result<ClientData, Failure> {
        if let Some(hash) = self.client_data_hash {
            return Ok(ClientData::Hash(hash));
        }
        let (origin, _) = self.origin.resolve(Some(rp_id))?;
        let challenge = match &self.challenge {
            Some(Bytes(bytes)) => bytes.clone(),
            None => randomness::bytes::<32>()?.to_vec(),
        };
        let json = CollectedClientData::to_json(ceremony, &challenge, &origin);
        Ok(ClientData::Json { json, origin })
    }
}
