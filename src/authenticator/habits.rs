//! What keys do that the standard would not have them do: a closed set of named habits.
//!
//! A new key has none. Data only; what they bring about is in [`super::misbehaviour`], and in one
//! line each where flags are set, PINs are stored and CTAPHID answers.

use serde::{Deserialize, Serialize};

use super::personality::is_default;
use super::wire_names::{CommandName, StatusName};
use crate::webauthn::Flags;

/// The habits of a key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Habits {
    /// What CTAPHID_WINK comes to.
    #[serde(skip_serializing_if = "is_default")]
    pub wink: Option<WinkHabit>,
    /// The capability byte of CTAPHID_INIT, whatever the key can do.
    #[serde(skip_serializing_if = "is_default")]
    pub init_capabilities: Option<u8>,
    /// Answers CTAPHID_CBOR under the byte of CTAPHID_MSG, as some proxies do.
    #[serde(skip_serializing_if = "is_default")]
    pub answers_cbor_as_msg: bool,
    /// Forgets its tokens when a channel is opened, as cards do that lose power.
    #[serde(skip_serializing_if = "is_default")]
    pub forgets_tokens_with_the_channel: bool,
    /// Wants a U2F PIN of its vendor's own, of which so many tries are left.
    #[serde(skip_serializing_if = "is_default")]
    pub u2f_pin_tries_left: Option<u8>,
    /// What it refuses although it should not.
    #[serde(skip_serializing_if = "is_default")]
    pub refuses: Vec<Refusal>,
    /// What it answers to an assertion without a touch (`up` = false).
    #[serde(skip_serializing_if = "is_default")]
    pub silent_assertion: Option<StatusName>,
    /// Which status it says in place of another.
    #[serde(skip_serializing_if = "is_default")]
    pub says_instead: Vec<OtherStatus>,
    /// How long it waits for a touch.
    #[serde(skip_serializing_if = "is_default")]
    pub touch_seconds: Option<u8>,
    /// Makes credentials without waiting for a touch.
    #[serde(skip_serializing_if = "is_default")]
    pub makes_credentials_untouched: Option<Untouched>,
    /// Verifies the user and does not say so in the flags.
    #[serde(skip_serializing_if = "is_default")]
    pub forgets_uv_flag: bool,
    /// Takes a reset at any time after power-up.
    #[serde(skip_serializing_if = "is_default")]
    pub resets_at_any_time: bool,
    /// Takes any PIN, however long or short, and however padded.
    #[serde(skip_serializing_if = "is_default")]
    pub takes_any_pin: bool,
    /// Takes the first 16 bytes of a token of protocol two for the token.
    #[serde(skip_serializing_if = "is_default")]
    pub takes_token_prefix: bool,
    /// Leaves `credential` out of an assertion where the allow list had one entry.
    #[serde(skip_serializing_if = "is_default")]
    pub omits_only_credential: bool,
    /// Leaves the totals out of listings of credentials.
    #[serde(skip_serializing_if = "is_default")]
    pub omits_totals: bool,
    /// Returns an account's user handle empty.
    #[serde(skip_serializing_if = "is_default")]
    pub empties_user_ids: bool,
    /// Cuts names after so many bytes, wherever that falls.
    #[serde(skip_serializing_if = "is_default")]
    pub cuts_names_at: Option<u8>,
    /// Writes the members of its answers in the wrong order.
    #[serde(skip_serializing_if = "is_default")]
    pub answers_out_of_order: bool,
}

/// What CTAPHID_WINK comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WinkHabit {
    /// Promised, and never answered.
    Silent,
    /// Promised, and refused.
    Refused,
    /// Not promised, and done.
    Unannounced,
    /// Neither promised nor done.
    Missing,
}

/// Whether a credential made without a touch says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Untouched {
    /// It claims that somebody was there.
    Flagged,
    /// It says that nobody was.
    Unflagged,
}

/// What a key refuses although it should not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// An extension that getInfo does not list: UNSUPPORTED_OPTION.
    UnlistedExtensions,
    /// An option that getInfo does not list: UNSUPPORTED_OPTION.
    UnlistedOptions,
    /// A list with one algorithm that it does not know: UNSUPPORTED_ALGORITHM.
    UnlistedAlgorithms,
    /// An option that is false, which is the same as absent: UNSUPPORTED_OPTION.
    FalseOptions,
    /// An empty list or map where none is the same: MISSING_PARAMETER.
    SpareMembers,
    /// Option `uv` together with pinUvAuthParam: INVALID_OPTION.
    UvBesideParam,
    /// A list with a descriptor that has more than ID and type: NO_CREDENTIALS.
    DescriptorMembers,
    /// An exclude list with the ID of another relying party's credential: CREDENTIAL_EXCLUDED.
    OtherRpsCredentials,
    /// A key agreement key for any algorithm but -25: UNSUPPORTED_ALGORITHM.
    OtherKeyAgreement,
    /// Going on with a listing with any parameter but the subcommand: INVALID_PARAMETER.
    NextWithParameters,
    /// A pinUvAuthParam of no length, at once: MISSING_PARAMETER.
    TouchProbes,
    /// Managing fingers with a token got by a finger: PUAT_REQUIRED.
    FingersWithoutPin,
}

/// A status in place of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtherStatus {
    /// What was asked.
    pub to: CommandName,
    /// What should be answered.
    pub instead_of: StatusName,
    /// What is answered.
    pub says: StatusName,
}

impl Habits {
    /// Tells whether answers are tampered with at all.
    pub(super) fn bend_answers(&self) -> bool {
        self.omits_totals
            || self.empties_user_ids
            || self.cuts_names_at.is_some()
            || self.answers_out_of_order
    }

    /// Returns the flags that a new credential comes with.
    pub(super) fn creation_flags(&self, mut flags: Flags) -> Flags {
        if self.makes_credentials_untouched == Some(Untouched::Unflagged) {
            flags.remove(Flags::UP);
        }
        self.assertion_flags(flags)
    }

    /// Returns the flags that an assertion comes with.
    pub(super) fn assertion_flags(&self, mut flags: Flags) -> Flags {
        if self.forgets_uv_flag {
            flags.remove(Flags::UV);
        }
        flags
    }
}
