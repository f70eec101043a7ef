//! A persistent token kept in a file: a secret, readable by its owner only
//! (`fidoctl.persistent-token/1`; see `docs/guide.md`).

use std::path::{Path, PathBuf};

use fidoctl::client::credentials::PersistentToken;
use fidoctl::ctap2::GetInfoResponse;
use fidoctl::webauthn::Base64Url;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use zeroize::{Zeroize, Zeroizing};

use crate::failure::{Failure, Kind};
use crate::output::{hex, uuid};
use crate::whole_file::WholeFile;

const SCHEMA: &str = "fidoctl.persistent-token/1";

/// Where the token is kept.
#[derive(clap::Args)]
pub struct TokenFileArgs {
    /// Keep a token in this file, so that reading needs no PIN from then on: made with the PIN,
    /// used as long as the key takes it, then made anew
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
}

/// A token with the key that it belongs to.
pub struct KeptToken {
    aaguid: String,
    /// The key's identifier, hex, if the key gives one.
    identifier: Option<String>,
    pub token: PersistentToken,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    schema: String,
    aaguid: String,
    identifier: Option<String>,
    token: String,
}

impl KeptToken {
    pub fn new(info: &GetInfoResponse, token: PersistentToken) -> Self {
        let identifier = token.identifier(info).map(|identifier| hex(&identifier));
        KeptToken { aaguid: uuid(&info.aaguid), identifier, token }
    }

    /// Reads a file that must be there.
    pub fn load_existing(path: &Path) -> Result<Self, Failure> {
        Self::load(path)?.ok_or_else(|| {
            Failure::message(Kind::BAD_FILE, format!("{} does not exist", path.display()))
                .hint("make it with 'fidoctl credential list --token-file FILE'")
        })
    }

    /// Reads the file; `None` if there is none yet.
    pub fn load(path: &Path) -> Result<Option<Self>, Failure> {
        if !path.exists() {
            return Ok(None);
        }
        let unreadable = |error: anyhow::Error| {
            let what = format!("{} does not hold a persistent token", path.display());
            Failure::new(Kind::BAD_FILE, error.context(what))
                .hint("give the file that 'fidoctl credential list --token-file FILE' wrote")
        };
        let content = Zeroizing::new(crate::input::read_file(path)?);
        let mut stored: Stored =
            serde_json::from_slice(&content).map_err(|error| unreadable(error.into()))?;
        let token = Base64Url::parse(&stored.token).map(|bytes| Zeroizing::new(bytes.0));
        stored.token.zeroize();
        match token {
            Some(token) if stored.schema == SCHEMA => Ok(Some(KeptToken {
                aaguid: stored.aaguid,
                identifier: stored.identifier,
                token: PersistentToken::new(token),
            })),
            _ => Err(unreadable(anyhow::anyhow!("its schema or its token is not as it should be"))),
        }
    }

    /// Writes the file, in the place of an older one.
    pub fn save(&self, file: WholeFile) -> Result<(), Failure> {
        let stored = Stored {
            schema: SCHEMA.to_owned(),
            aaguid: self.aaguid.clone(),
            identifier: self.identifier.clone(),
            token: Base64Url(self.token.as_bytes().to_vec()).to_string(),
        };
        let json = serde_json::to_vec_pretty(&stored)
            .map_err(|error| Failure::new(Kind::INTERNAL, error))?;
        file.commit(&Zeroizing::new(json))
    }

    /// Refuses a key that the token cannot be of.
    pub fn check_model(&self, info: &GetInfoResponse) -> Result<(), Failure> {
        let model = uuid(&info.aaguid);
        if self.aaguid == model {
            return Ok(());
        }
        Err(Failure::message(
            Kind::OTHER_KEY,
            format!(
                "the token file is for a key with AAGUID {}, this one has {model}",
                self.aaguid
            ),
        )
        .hint("use a token file for each key"))
    }

    /// JSON form of what the key tells the token's holder only.
    pub fn decrypted_json(&self, info: &GetInfoResponse) -> Value {
        json!({
            "token_is_current": self.is_current(info),
            "identifier": self.token.identifier(info).map(|bytes| hex(&bytes)),
            "cred_store_state": self.token.cred_store_state(info).map(|bytes| hex(&bytes)),
        })
    }

    /// The same for people.
    pub fn decrypted_pairs(&self, info: &GetInfoResponse) -> Vec<(&'static str, String)> {
        let shown = |bytes: Option<[u8; 16]>| {
            bytes.map_or_else(|| "not given by this key".to_owned(), |bytes| hex(&bytes))
        };
        let current = match self.is_current(info) {
            Some(true) => "is this key's",
            Some(false) => "is not, or no longer, this key's: what follows means nothing",
            None => "cannot be told to be this key's",
        };
        vec![
            ("token", current.to_owned()),
            ("identifier", shown(self.token.identifier(info))),
            ("store state", shown(self.token.cred_store_state(info))),
        ]
    }

    /// Tells whether the token is still this key's; `None` if that cannot be told.
    fn is_current(&self, info: &GetInfoResponse) -> Option<bool> {
        let identifier = self.token.identifier(info)?;
        Some(self.identifier.as_ref()? == &hex(&identifier))
    }
}
