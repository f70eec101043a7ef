//! Which version of CTAP a key is of, and what comes with it: one table.
//!
//! Each feature's own code goes by [`VersionLine::has`] where it must; most need not, as the
//! dispatcher and getInfo leave out what the line lacks.

use serde::{Deserialize, Serialize};

use self::VersionLine::{Ctap2_0, Ctap2_1, Ctap2_1Pre, Ctap2_2, Ctap2_3};
use crate::ctap2::extensions::{CRED_PROTECT, HMAC_SECRET_MC, THIRD_PARTY_PAYMENT};
use crate::ctap2::{Command, GetInfoResponse};

/// The version of CTAP that a key behaves as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum VersionLine {
    /// CTAP 2.0.
    #[serde(rename = "2.0")]
    Ctap2_0,
    /// The draft of CTAP 2.1 that keys call FIDO_2_1_PRE.
    #[serde(rename = "2.1-pre")]
    Ctap2_1Pre,
    /// CTAP 2.1.
    #[serde(rename = "2.1")]
    Ctap2_1,
    /// CTAP 2.2; keys of it say FIDO_2_1, as there is no string for it (CTAP 2.2 §6.4).
    #[serde(rename = "2.2")]
    Ctap2_2,
    /// CTAP 2.3.
    #[default]
    #[serde(rename = "2.3")]
    Ctap2_3,
}

/// What not every version has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Feature {
    CredProtect,
    ListLimits,
    CredentialManagementPreview,
    BioEnrollmentPreview,
    /// Tokens with permissions, a relying party and an end.
    PinUvAuthTokens,
    PinUvAuthProtocolTwo,
    PowerCycleState,
    Selection,
    MakeCredUvNotRequired,
    AlwaysUv,
    BioEnrollment,
    CredentialManagement,
    LargeBlobs,
    CredBlob,
    Config,
    EnterpriseAttestation,
    MinPinLength,
    PinLimits,
    Description,
    HmacSecretMc,
    ThirdPartyPayment,
    PersistentTokens,
    AttestationFormats,
    ResetConditions,
    PinRules,
    LargeBlobExtension,
    PinComplexityPolicyExtension,
    StoreState,
    ConfigCommands,
}

/// A feature, the first version that has it, and how it shows.
struct Row {
    feature: Feature,
    from: VersionLine,
    commands: &'static [Command],
    options: &'static [&'static str],
    extensions: &'static [&'static str],
    /// Takes the feature's members out of getInfo's answer.
    leave_out: fn(&mut GetInfoResponse),
}

const fn row(feature: Feature, from: VersionLine) -> Row {
    Row { feature, from, commands: &[], options: &[], extensions: &[], leave_out: |_| () }
}

const TABLE: &[Row] = &[
    Row { extensions: &[CRED_PROTECT], ..row(Feature::CredProtect, Ctap2_1Pre) },
    Row {
        leave_out: |info| {
            info.max_credential_count_in_list = None;
            info.max_credential_id_length = None;
            info.transports = None;
            info.algorithms = None;
        },
        ..row(Feature::ListLimits, Ctap2_1Pre)
    },
    Row {
        commands: &[Command::CREDENTIAL_MANAGEMENT_PREVIEW],
        options: &["credentialMgmtPreview"],
        ..row(Feature::CredentialManagementPreview, Ctap2_1Pre)
    },
    Row {
        commands: &[Command::BIO_ENROLLMENT_PREVIEW],
        options: &["userVerificationMgmtPreview", "uvToken"],
        ..row(Feature::BioEnrollmentPreview, Ctap2_1Pre)
    },
    Row {
        options: &["pinUvAuthToken", "noMcGaPermissionsWithClientPin"],
        ..row(Feature::PinUvAuthTokens, Ctap2_1)
    },
    Row {
        leave_out: |info| {
            info.pin_uv_auth_protocols.iter_mut().for_each(|listed| listed.retain(|id| *id == 1));
        },
        ..row(Feature::PinUvAuthProtocolTwo, Ctap2_1)
    },
    row(Feature::PowerCycleState, Ctap2_1),
    Row { commands: &[Command::SELECTION], ..row(Feature::Selection, Ctap2_1) },
    Row { options: &["makeCredUvNotRqd"], ..row(Feature::MakeCredUvNotRequired, Ctap2_1) },
    Row { options: &["alwaysUv"], ..row(Feature::AlwaysUv, Ctap2_1) },
    Row {
        commands: &[Command::BIO_ENROLLMENT],
        options: &["bioEnroll", "uvBioEnroll"],
        ..row(Feature::BioEnrollment, Ctap2_1)
    },
    Row {
        commands: &[Command::CREDENTIAL_MANAGEMENT],
        options: &["credMgmt"],
        ..row(Feature::CredentialManagement, Ctap2_1)
    },
    Row {
        commands: &[Command(0x0C)],
        options: &["largeBlobs"],
        extensions: &["largeBlobKey"],
        leave_out: |info| info.max_serialized_large_blob_array = None,
        ..row(Feature::LargeBlobs, Ctap2_1)
    },
    Row {
        extensions: &["credBlob"],
        leave_out: |info| info.max_cred_blob_length = None,
        ..row(Feature::CredBlob, Ctap2_1)
    },
    Row {
        commands: &[Command(0x0D)],
        options: &["authnrCfg", "uvAcfg"],
        leave_out: |info| info.vendor_prototype_config_commands = None,
        ..row(Feature::Config, Ctap2_1)
    },
    Row { options: &["ep"], ..row(Feature::EnterpriseAttestation, Ctap2_1) },
    Row {
        options: &["setMinPINLength"],
        extensions: &["minPinLength"],
        leave_out: |info| info.max_rp_ids_for_set_min_pin_length = None,
        ..row(Feature::MinPinLength, Ctap2_1)
    },
    Row {
        leave_out: |info| {
            info.force_pin_change = None;
            info.min_pin_length = None;
        },
        ..row(Feature::PinLimits, Ctap2_1)
    },
    Row {
        leave_out: |info| {
            info.firmware_version = None;
            info.preferred_platform_uv_attempts = None;
            info.uv_modality = None;
            info.certifications = None;
            info.remaining_discoverable_credentials = None;
        },
        ..row(Feature::Description, Ctap2_1)
    },
    Row { extensions: &[HMAC_SECRET_MC], ..row(Feature::HmacSecretMc, Ctap2_2) },
    Row { extensions: &[THIRD_PARTY_PAYMENT], ..row(Feature::ThirdPartyPayment, Ctap2_2) },
    Row {
        options: &["perCredMgmtRO"],
        leave_out: |info| info.enc_identifier = None,
        ..row(Feature::PersistentTokens, Ctap2_2)
    },
    Row {
        leave_out: |info| info.attestation_formats = None,
        ..row(Feature::AttestationFormats, Ctap2_2)
    },
    Row {
        leave_out: |info| {
            info.long_touch_for_reset = None;
            info.transports_for_reset = None;
        },
        ..row(Feature::ResetConditions, Ctap2_2)
    },
    Row {
        leave_out: |info| {
            info.uv_count_since_last_pin_entry = None;
            info.pin_complexity_policy = None;
            info.pin_complexity_policy_url = None;
            info.max_pin_length = None;
        },
        ..row(Feature::PinRules, Ctap2_2)
    },
    Row { extensions: &["largeBlob"], ..row(Feature::LargeBlobExtension, Ctap2_3) },
    Row {
        extensions: &["pinComplexityPolicy"],
        ..row(Feature::PinComplexityPolicyExtension, Ctap2_2)
    },
    Row { leave_out: |info| info.enc_cred_store_state = None, ..row(Feature::StoreState, Ctap2_3) },
    Row {
        leave_out: |info| info.authenticator_config_commands = None,
        ..row(Feature::ConfigCommands, Ctap2_3)
    },
];

impl VersionLine {
    /// All of them, oldest first.
    pub const ALL: [Self; 5] = [Ctap2_0, Ctap2_1Pre, Ctap2_1, Ctap2_2, Ctap2_3];

    /// Returns the version's number.
    pub fn name(self) -> &'static str {
        match self {
            Ctap2_0 => "2.0",
            Ctap2_1Pre => "2.1-pre",
            Ctap2_1 => "2.1",
            Ctap2_2 => "2.2",
            Ctap2_3 => "2.3",
        }
    }

    /// Finds a version by its number.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|line| line.name() == name)
    }

    /// Tells whether keys of this version have a feature.
    pub(super) fn has(self, feature: Feature) -> bool {
        !self.lacking().any(|row| row.feature == feature)
    }

    /// Tells whether keys of this version know an extension; true for what is in every version.
    pub(super) fn has_extension(self, identifier: &str) -> bool {
        !self.lacking().any(|row| row.extensions.contains(&identifier))
    }

    /// Tells whether keys of this version know a command; true for what is in every version.
    pub(super) fn has_command(self, command: Command) -> bool {
        !self.lacking().any(|row| row.commands.contains(&command))
    }

    /// Takes out of getInfo's answer what this version lacks, and puts its version strings in.
    pub(super) fn restrict(self, info: &mut GetInfoResponse) {
        for row in self.lacking() {
            (row.leave_out)(info);
            if let Some(extensions) = &mut info.extensions {
                extensions.retain(|listed| !row.extensions.contains(&listed.as_str()));
            }
            if let Some(options) = info.options.take() {
                let kept = options.iter().filter(|(name, _)| !row.options.contains(name));
                info.options = Some(kept.map(|(name, value)| (name.to_owned(), *value)).collect());
            }
        }
        info.versions.retain(|version| version == "U2F_V2");
        info.versions.extend(self.version_strings().iter().map(|version| (*version).to_owned()));
    }

    fn lacking(self) -> impl Iterator<Item = &'static Row> {
        TABLE.iter().filter(move |row| row.from > self)
    }

    fn version_strings(self) -> &'static [&'static str] {
        match self {
            Ctap2_0 => &["FIDO_2_0"],
            Ctap2_1Pre => &["FIDO_2_0", "FIDO_2_1_PRE"],
            Ctap2_1 | Ctap2_2 => &["FIDO_2_0", "FIDO_2_1"],
            Ctap2_3 => &["FIDO_2_0", "FIDO_2_1", "FIDO_2_3"],
        }
    }
}
