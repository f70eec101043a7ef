//! What became of a model's certification (FIDO Metadata Service 3.0 §3.1.3, §3.1.4).

use std::fmt;

use serde::Deserialize;

use super::date::Date;

/// A status; values that are not known here are kept as they are.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Status(String);

/// How far a model was certified; later is more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Certified before there were levels.
    Certified,
    /// Level 1.
    L1,
    /// Level 1+.
    L1Plus,
    /// Level 2.
    L2,
    /// Level 2+.
    L2Plus,
    /// Level 3.
    L3,
    /// Level 3+.
    L3Plus,
}

/// A change of a model's status.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusReport {
    /// The status.
    pub status: Status,
    /// Since when; a status without a date holds as long as it is listed.
    pub effective_date: Option<Date>,
    /// The earliest firmware version concerned.
    pub authenticator_version: Option<u64>,
    /// The batch concerned: its attestation certificate, DER in base64.
    pub certificate: Option<String>,
    /// More about it.
    pub url: Option<String>,
    /// What was certified.
    pub certification_descriptor: Option<String>,
    /// The certificate's number.
    pub certificate_number: Option<String>,
    /// The version of the certification policy.
    pub certification_policy_version: Option<String>,
    /// The version of the security requirements.
    pub certification_requirements_version: Option<String>,
    /// Profiles certified for, such as `enterprise`.
    #[serde(default)]
    pub certification_profiles: Vec<String>,
}

impl Status {
    /// The model was revoked.
    pub const REVOKED: &str = "REVOKED";
    /// The model is not certified, or no longer.
    pub const NOT_FIDO_CERTIFIED: &str = "NOT_FIDO_CERTIFIED";
    /// There is newer firmware, which mends something.
    pub const UPDATE_AVAILABLE: &str = "UPDATE_AVAILABLE";
    /// Attestations prove nothing any more.
    pub const ATTESTATION_KEY_COMPROMISE: &str = "ATTESTATION_KEY_COMPROMISE";

    const PROBLEMS: [&str; 5] = [
        Self::REVOKED,
        "USER_VERIFICATION_BYPASS",
        Self::ATTESTATION_KEY_COMPROMISE,
        "USER_KEY_REMOTE_COMPROMISE",
        "USER_KEY_PHYSICAL_COMPROMISE",
    ];

    /// Returns the status by the standard's name.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// Tells whether it warns of the model: revoked, or broken in some way.
    pub fn is_problem(&self) -> bool {
        Self::PROBLEMS.contains(&self.name())
    }

    /// Returns the level certified; `None` if the status is no certification.
    pub fn level(&self) -> Option<Level> {
        Level::ALL.into_iter().find(|level| level.name() == self.0)
    }
}

impl Level {
    /// All levels, the lowest first.
    pub const ALL: [Level; 7] = [
        Level::Certified,
        Level::L1,
        Level::L1Plus,
        Level::L2,
        Level::L2Plus,
        Level::L3,
        Level::L3Plus,
    ];

    /// Returns the standard's name.
    pub fn name(self) -> &'static str {
        match self {
            Level::Certified => "FIDO_CERTIFIED",
            Level::L1 => "FIDO_CERTIFIED_L1",
            Level::L1Plus => "FIDO_CERTIFIED_L1plus",
            Level::L2 => "FIDO_CERTIFIED_L2",
            Level::L2Plus => "FIDO_CERTIFIED_L2plus",
            Level::L3 => "FIDO_CERTIFIED_L3",
            Level::L3Plus => "FIDO_CERTIFIED_L3plus",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl StatusReport {
    /// Tells whether the report holds on a day.
    pub fn holds_on(&self, day: Date) -> bool {
        self.effective_date.is_none_or(|since| since <= day)
    }
}
