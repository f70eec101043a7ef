//! PublicKeyCredentialCreationOptionsJSON (WebAuthn L3 §5.1, §5.4).

use std::time::Duration;

use super::descriptor_json::descriptors;
use super::extensions::CreationExtensions;
use super::member::{Leniency, Member, parse_json};
use super::{CredentialDescriptor, OptionsError, PUBLIC_KEY, Requirement};
use crate::cose::Algorithm;

/// What a relying party wants of a registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreationOptions {
    /// The RP ID; the origin's host if left out.
    pub rp_id: Option<String>,
    /// The relying party's name for people.
    pub rp_name: String,
    /// The user handle, 1 to 64 bytes.
    pub user_id: Vec<u8>,
    /// The account's name.
    pub user_name: String,
    /// The person's name.
    pub user_display_name: String,
    /// What the client data carry.
    pub challenge: Vec<u8>,
    /// Algorithms, best first; never empty.
    pub algorithms: Vec<Algorithm>,
    /// Milliseconds that the relying party gives; see [`time_limit`].
    pub timeout: Option<u64>,
    /// Credentials that must not be on the key.
    pub exclude: Vec<CredentialDescriptor>,
    /// Which authenticators are wanted.
    pub attachment: Option<Attachment>,
    /// Whether the credential is to be discoverable.
    pub resident_key: Requirement,
    /// Whether the person is to be verified.
    pub user_verification: Requirement,
    /// Which authenticators to suggest.
    pub hints: Vec<Hint>,
    /// How much of the attestation the relying party gets.
    pub attestation: AttestationConveyance,
    /// Attestation formats, best first.
    pub attestation_formats: Vec<String>,
    /// Extension inputs.
    pub extensions: CreationExtensions,
}

/// Where an authenticator is (WebAuthn L3 §5.4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attachment {
    /// In the device itself.
    Platform,
    /// It can be carried about, as security keys are.
    CrossPlatform,
}

/// Which authenticators a relying party expects (WebAuthn L3 §5.8.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// A security key.
    SecurityKey,
    /// The device itself.
    ClientDevice,
    /// A phone.
    Hybrid,
}

/// How much of the attestation a relying party gets (WebAuthn L3 §5.4.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttestationConveyance {
    /// Nothing.
    None,
    /// What the client likes to give.
    Indirect,
    /// What the key gave.
    Direct,
    /// One that names the very key, if that may be.
    Enterprise,
}

impl CreationOptions {
    /// Reads options, bare or in a member `publicKey`.
    pub fn from_json(json: &[u8], leniency: Leniency) -> Result<Self, OptionsError> {
        Self::from_value(&parse_json(json, leniency)?, leniency)
    }

    /// Reads options out of JSON that has been parsed.
    pub fn from_value(value: &serde_json::Value, leniency: Leniency) -> Result<Self, OptionsError> {
        let options = Member::options(value, leniency);
        let rp = options.required("rp")?;
        let user = options.required("user")?;
        let user_id = user.required("id")?.bytes_of(1..=64, "base64url of 1 to 64 bytes")?;
        let selection = Selection::read(&options)?;
        Ok(CreationOptions {
            rp_name: rp.required("name")?.text()?.to_owned(),
            rp_id: optional_text(&rp, "id")?,
            user_id,
            user_name: user.required("name")?.text()?.to_owned(),
            user_display_name: user.required("displayName")?.text()?.to_owned(),
            challenge: options.required("challenge")?.bytes()?,
            algorithms: algorithms(&options.required("pubKeyCredParams")?)?,
            timeout: options.optional("timeout")?.map(|m| m.milliseconds()).transpose()?,
            exclude: match options.optional("excludeCredentials")? {
                Some(list) => descriptors(&list)?,
                None => Vec::new(),
            },
            attachment: selection.attachment,
            resident_key: selection.resident_key,
            user_verification: selection.user_verification,
            hints: hints(&options)?,
            attestation: match optional_text(&options, "attestation")?.as_deref() {
                Some("indirect") => AttestationConveyance::Indirect,
                Some("direct") => AttestationConveyance::Direct,
                Some("enterprise") => AttestationConveyance::Enterprise,
                // Names that are not known are ignored, here and below (WebAuthn L3 §2.1.1).
                _ => AttestationConveyance::None,
            },
            attestation_formats: match options.optional("attestationFormats")? {
                Some(list) => list.texts()?,
                None => Vec::new(),
            },
            extensions: CreationExtensions::read(&options)?,
        })
    }

    /// Tells whether a security key may be used; hints weigh more than `authenticatorAttachment`.
    pub fn admits_security_keys(&self) -> bool {
        self.attachment != Some(Attachment::Platform) || self.hints.contains(&Hint::SecurityKey)
    }
}

/// Returns the time that a ceremony gets: what the relying party says, within the range that the
/// standard recommends (WebAuthn L3 §15.1).
pub fn time_limit(timeout: Option<u64>) -> Duration {
    const LEAST: u64 = 300_000;
    const MOST: u64 = 600_000;
    Duration::from_millis(timeout.unwrap_or(LEAST).clamp(LEAST, MOST))
}

/// authenticatorSelection (WebAuthn L3 §5.4.4).
struct Selection {
    attachment: Option<Attachment>,
    resident_key: Requirement,
    user_verification: Requirement,
}

impl Selection {
    fn read(options: &Member<'_>) -> Result<Self, OptionsError> {
        let mut selection = Selection {
            attachment: None,
            resident_key: Requirement::Discouraged,
            user_verification: Requirement::Preferred,
        };
        let Some(member) = options.optional("authenticatorSelection")? else {
            return Ok(selection);
        };
        selection.attachment = match optional_text(&member, "authenticatorAttachment")?.as_deref() {
            Some("platform") => Some(Attachment::Platform),
            Some("cross-platform") => Some(Attachment::CrossPlatform),
            _ => None,
        };
        let required = match member.optional("requireResidentKey")? {
            Some(member) => member.truth()?,
            None => false,
        };
        let wish = optional_text(&member, "residentKey")?;
        selection.resident_key = match wish.as_deref().and_then(Requirement::from_name) {
            Some(wish) => wish,
            None if required => Requirement::Required,
            None => Requirement::Discouraged,
        };
        selection.user_verification = user_verification(&member)?;
        Ok(selection)
    }
}

/// Reads `userVerification`.
pub(super) fn user_verification(member: &Member<'_>) -> Result<Requirement, OptionsError> {
    let wish = optional_text(member, "userVerification")?;
    Ok(wish.as_deref().and_then(Requirement::from_name).unwrap_or(Requirement::Preferred))
}

/// Reads `hints`.
pub(super) fn hints(options: &Member<'_>) -> Result<Vec<Hint>, OptionsError> {
    let names = match options.optional("hints")? {
        Some(list) => list.texts()?,
        None => Vec::new(),
    };
    Ok(names
        .iter()
        .filter_map(|name| match name.as_str() {
            "security-key" => Some(Hint::SecurityKey),
            "client-device" => Some(Hint::ClientDevice),
            "hybrid" => Some(Hint::Hybrid),
            _ => None,
        })
        .collect())
}

/// Reads text that may be left out.
pub(super) fn optional_text(
    member: &Member<'_>,
    name: &str,
) -> Result<Option<String>, OptionsError> {
    let text = member.optional(name)?.map(|member| member.text().map(str::to_owned));
    text.transpose()
}

/// Reads pubKeyCredParams; an empty list stands for the two that everybody knows.
fn algorithms(list: &Member<'_>) -> Result<Vec<Algorithm>, OptionsError> {
    let entries = list.list()?;
    if entries.is_empty() {
        return Ok(vec![Algorithm::ES256, Algorithm::RS256]);
    }
    let mut algorithms = Vec::new();
    for entry in entries {
        let algorithm = Algorithm(entry.required("alg")?.integer()?);
        if entry.required("type")?.text()? == PUBLIC_KEY {
            algorithms.push(algorithm);
        }
    }
    if algorithms.is_empty() {
        return Err(list.not_supported("no entry is of the type \"public-key\""));
    }
    Ok(algorithms)
}
