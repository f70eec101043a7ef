//! The built-in fingerprint sensor's memory.

use serde::{Deserialize, Serialize};

use super::limits::{MAX_FINGERPRINT_NAME_LENGTH, MAX_FINGERPRINTS, MAX_UV_RETRIES};
use super::version_line::{Feature, VersionLine};
use crate::webauthn::Base64Url;

/// What is kept of fingers and of how often they were right. No print: the script says whose
/// finger it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fingerprints {
    /// Oldest first.
    pub(super) templates: Vec<Template>,
    pub(super) uv_retries: u8,
    pub(super) uv_count_since_last_pin_entry: u32,
}

/// A finger that is enrolled.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Template {
    pub(super) id: Base64Url,
    pub(super) name: Option<String>,
}

impl Default for Fingerprints {
    fn default() -> Self {
        Fingerprints {
            templates: Vec::new(),
            uv_retries: MAX_UV_RETRIES,
            uv_count_since_last_pin_entry: 0,
        }
    }
}

impl Fingerprints {
    /// Makes a new key's sensor, with a finger enrolled where the version has no way to do it.
    pub(super) fn new(line: VersionLine) -> Self {
        let mut known = Fingerprints::default();
        if !line.has(Feature::BioEnrollmentPreview) {
            known.templates.push(Template { id: Base64Url(known.new_id()), name: None });
        }
        known
    }

    /// Returns an ID that no template has.
    pub(super) fn new_id(&self) -> Vec<u8> {
        let taken = |id: &u16| self.templates.iter().any(|other| other.id.0 == id.to_be_bytes());
        let free = (1..=u16::MAX).find(|id| !taken(id));
        free.unwrap_or_default().to_be_bytes().to_vec()
    }

    pub(super) fn find(&mut self, id: &[u8]) -> Option<&mut Template> {
        self.templates.iter_mut().find(|template| template.id.0 == id)
    }

    /// Notes a right PIN, which restores the tries of built-in verification.
    pub(super) fn pin_was_right(&mut self) {
        self.uv_retries = MAX_UV_RETRIES;
        self.uv_count_since_last_pin_entry = 0;
    }

    /// Notes a right finger.
    pub(super) fn finger_was_right(&mut self) {
        self.uv_retries = MAX_UV_RETRIES;
        self.uv_count_since_last_pin_entry = self.uv_count_since_last_pin_entry.saturating_add(1);
    }

    /// Checks what types do not; says what is wrong.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.uv_retries > MAX_UV_RETRIES {
            return Err(format!("{} tries of built-in verification", self.uv_retries));
        }
        if self.templates.len() > MAX_FINGERPRINTS {
            return Err(format!("{} fingerprints", self.templates.len()));
        }
        let too_long = |name: &&String| name.len() > MAX_FINGERPRINT_NAME_LENGTH;
        match self.templates.iter().filter_map(|template| template.name.as_ref()).find(too_long) {
            Some(name) => Err(format!("a fingerprint's name of {} bytes", name.len())),
            None => Ok(()),
        }
    }
}
