//! The members WebAuthn's two response JSONs share.

use std::fs;
use std::io;

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

pub struct Response {
    json: Value,
    /// As signed: the library hashes these bytes itself.
    pub client_data: Vec<u8>,
    client: Value,
}

impl Response {
    pub fn read(file: &str) -> Result<Self> {
        let text = match file {
            "-" => io::read_to_string(io::stdin())?,
            _ => fs::read_to_string(file).with_context(|| file.to_owned())?,
        };
        let json: Value = serde_json::from_str(&text).context("the response is no JSON")?;
        let client_data = bytes(&json["response"]["clientDataJSON"]).context("clientDataJSON")?;
        let client = serde_json::from_slice(&client_data).context("clientDataJSON is no JSON")?;
        Ok(Self { json, client_data, client })
    }

    /// A base64url member of `response`.
    pub fn bytes(&self, member: &str) -> Result<Vec<u8>> {
        bytes(&self.json["response"][member]).with_context(|| member.to_owned())
    }

    pub fn public_key_algorithm(&self) -> Option<i64> {
        self.json["response"]["publicKeyAlgorithm"].as_i64()
    }

    /// `None` when `id` and `rawId` differ.
    pub fn credential_id(&self) -> Result<Option<Vec<u8>>> {
        let id = bytes(&self.json["id"]).context("id")?;
        Ok((bytes(&self.json["rawId"]).context("rawId")? == id).then_some(id))
    }

    pub fn client_data_type(&self) -> &str {
        self.client["type"].as_str().unwrap_or_default()
    }

    pub fn origin_host(&self) -> Result<String> {
        let origin = self.client["origin"].as_str().context("no origin")?;
        let authority = origin.strip_prefix("https://").context("no https origin")?;
        Ok(authority.split(':').next().unwrap_or_default().to_owned())
    }
}

/// A base64url string.
pub fn bytes(value: &Value) -> Result<Vec<u8>> {
    Ok(URL_SAFE_NO_PAD.decode(value.as_str().context("missing or no string")?)?)
}
