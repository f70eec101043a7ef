//! PublicKeyCredentialRequestOptionsJSON (WebAuthn L3 §5.1, §5.5).

use super::creation_options::{hints, optional_text, user_verification};
use super::descriptor_json::descriptors;
use super::extensions::RequestExtensions;
use super::member::{Leniency, Member, parse_json};
use super::{CredentialDescriptor, Hint, OptionsError, Requirement};

/// What a relying party wants of an authentication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestOptions {
    /// What the client data carry.
    pub challenge: Vec<u8>,
    /// The RP ID; the origin's host if left out.
    pub rp_id: Option<String>,
    /// Milliseconds that the relying party gives; see [`super::time_limit`].
    pub timeout: Option<u64>,
    /// Credentials that may be used; empty asks for discoverable ones.
    pub allow: Vec<CredentialDescriptor>,
    /// Whether the person is to be verified.
    pub user_verification: Requirement,
    /// Which authenticators to suggest.
    pub hints: Vec<Hint>,
    /// Extension inputs.
    pub extensions: RequestExtensions,
}

impl RequestOptions {
    /// Reads options, bare or in a member `publicKey`.
    pub fn from_json(json: &[u8], leniency: Leniency) -> Result<Self, OptionsError> {
        Self::from_value(&parse_json(json, leniency)?, leniency)
    }

    /// Reads options out of JSON that has been parsed.
    pub fn from_value(value: &serde_json::Value, leniency: Leniency) -> Result<Self, OptionsError> {
        let options = Member::options(value, leniency);
        let challenge = options.required("challenge")?.bytes()?;
        let allow = match options.optional("allowCredentials")? {
            Some(list) => allowed(&list)?,
            None => Vec::new(),
        };
        Ok(RequestOptions {
            challenge,
            rp_id: optional_text(&options, "rpId")?,
            timeout: options.optional("timeout")?.map(|m| m.milliseconds()).transpose()?,
            user_verification: user_verification(&options)?,
            hints: hints(&options)?,
            extensions: RequestExtensions::read(&options, &allow)?,
            allow,
        })
    }
}

/// Reads the allow list. One of which nothing is left must not turn into none at all: that would
/// ask for any credential (WebAuthn L3 §5.1.4.2).
fn allowed(list: &Member<'_>) -> Result<Vec<CredentialDescriptor>, OptionsError> {
    let allow = descriptors(list)?;
    if allow.is_empty() && !list.list()?.is_empty() {
        let problem = "no entry is of the type \"public-key\"";
        return Err(OptionsError::NotAllowed { member: list.path(), problem });
    }
    Ok(allow)
}
