//! The clauses: what can be demanded.

use super::judgement::Judgement;
use super::{Aaguid, Facts, aaguid_clauses, credential_clauses, key_clauses, model_clauses};
use crate::cose::Algorithm;
use crate::relying_party::metadata::Level;

/// Something that must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clause {
    /// The key speaks this version of CTAP2 or a later one.
    MinVersion(Version),
    /// getInfo lists all of these versions.
    Versions(Vec<String>),
    /// Options of getInfo are as listed.
    Options(Vec<(String, OptionState)>),
    /// All of these extensions are there, or were granted.
    Extensions(Vec<String>),
    /// The key can make credentials of one of these algorithms, or has.
    Algorithms(Vec<Algorithm>),
    /// The key can be reached in all of these ways.
    Transports(Vec<String>),
    /// The firmware's number is at least this.
    MinFirmware(u64),
    /// The key takes no PIN shorter than this, in code points.
    MinPinLength(u64),
    /// The key refuses PINs that are easy to guess, or does not.
    PinComplexity(bool),
    /// A PIN is set, or is not.
    PinSet(bool),
    /// So many PIN tries are left.
    MinPinRetries(u64),
    /// There is room for so many more discoverable credentials.
    MinFreeSlots(u64),
    /// Discoverable credentials.
    Discoverable,
    /// Several accounts of one service.
    SeveralAccounts,
    /// The key can verify its user, or has.
    UserVerification,
    /// Option alwaysUv is on, or off.
    AlwaysUv(bool),
    /// Enterprise attestation is on, or off.
    EnterpriseAttestation(bool),
    /// Only these models.
    AaguidAllow(Vec<Aaguid>),
    /// None of these models.
    AaguidBlock(Vec<Aaguid>),
    /// One of these formats of attestation.
    AttestationFormats(Vec<String>),
    /// An attestation key signs, and its certificates lead to a root in the model's metadata.
    Attested,
    /// The model is certified at this level or higher.
    Certified(Level),
    /// No report in the metadata speaks against the model.
    NotRevoked,
    /// The model's statement shows what Entra wants of a key.
    EntraMetadata,
    /// The credential can be copied to other devices, or cannot.
    BackupEligible(bool),
    /// The credential is on other devices too, or is not.
    BackedUp(bool),
    /// Something that the policy itself has settled.
    Settled {
        /// The clause's name.
        name: &'static str,
        /// Whether it is met.
        met: bool,
        /// Why.
        why: &'static str,
    },
}

/// A version of CTAP2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// FIDO_2_0
    Fido2_0,
    /// FIDO_2_1_PRE
    Fido2_1Pre,
    /// FIDO_2_1
    Fido2_1,
    /// FIDO_2_2; the standard has no such string, but some models' metadata do.
    Fido2_2,
    /// FIDO_2_3
    Fido2_3,
}

/// How an option of getInfo must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionState {
    /// There and true.
    On,
    /// False, or not there.
    Off,
    /// There, true or false.
    Supported,
}

impl Clause {
    /// Returns the name that policy files and reports use.
    pub fn name(&self) -> &'static str {
        match self {
            Clause::MinVersion(_) => "min-version",
            Clause::Versions(_) => "versions",
            Clause::Options(_) => "options",
            Clause::Extensions(_) => "extensions",
            Clause::Algorithms(_) => "algorithms",
            Clause::Transports(_) => "transports",
            Clause::MinFirmware(_) => "min-firmware",
            Clause::MinPinLength(_) => "min-pin-length",
            Clause::PinComplexity(_) => "pin-complexity",
            Clause::PinSet(_) => "pin-set",
            Clause::MinPinRetries(_) => "min-pin-retries",
            Clause::MinFreeSlots(_) => "min-free-slots",
            Clause::Discoverable => "discoverable",
            Clause::SeveralAccounts => "several-accounts",
            Clause::UserVerification => "user-verification",
            Clause::AlwaysUv(_) => "always-uv",
            Clause::EnterpriseAttestation(_) => "enterprise-attestation",
            Clause::AaguidAllow(_) => "aaguid-allow",
            Clause::AaguidBlock(_) => "aaguid-block",
            Clause::AttestationFormats(_) => "attestation-formats",
            Clause::Attested => "attested",
            Clause::Certified(_) => "certified",
            Clause::NotRevoked => "not-revoked",
            Clause::EntraMetadata => "entra-metadata",
            Clause::BackupEligible(_) => "backup-eligible",
            Clause::BackedUp(_) => "backed-up",
            Clause::Settled { name, .. } => name,
        }
    }

    pub(super) fn judge(&self, facts: &Facts) -> Judgement {
        match self {
            Clause::MinVersion(least) => key_clauses::min_version(facts, *least),
            Clause::Versions(wanted) => key_clauses::versions(facts, wanted),
            Clause::Options(wanted) => key_clauses::options(facts, wanted),
            Clause::Extensions(wanted) => key_clauses::extensions(facts, wanted),
            Clause::Algorithms(wanted) => key_clauses::algorithms(facts, wanted),
            Clause::Transports(wanted) => key_clauses::transports(facts, wanted),
            Clause::MinFirmware(least) => key_clauses::min_firmware(facts, *least),
            Clause::MinPinLength(least) => key_clauses::min_pin_length(facts, *least),
            Clause::PinComplexity(wanted) => key_clauses::pin_complexity(facts, *wanted),
            Clause::PinSet(wanted) => key_clauses::pin_set(facts, *wanted),
            Clause::MinPinRetries(least) => key_clauses::min_pin_retries(facts, *least),
            Clause::MinFreeSlots(least) => key_clauses::min_free_slots(facts, *least),
            Clause::AlwaysUv(wanted) => key_clauses::always_uv(facts, *wanted),
            Clause::Discoverable => credential_clauses::discoverable(facts),
            Clause::SeveralAccounts => credential_clauses::several_accounts(facts),
            Clause::UserVerification => credential_clauses::user_verification(facts),
            Clause::EnterpriseAttestation(wanted) => {
                credential_clauses::enterprise_attestation(facts, *wanted)
            }
            Clause::AttestationFormats(wanted) => {
                credential_clauses::attestation_formats(facts, wanted)
            }
            Clause::Attested => credential_clauses::attested(facts),
            Clause::BackupEligible(wanted) => credential_clauses::backup_eligible(facts, *wanted),
            Clause::BackedUp(wanted) => credential_clauses::backed_up(facts, *wanted),
            Clause::AaguidAllow(listed) => aaguid_clauses::allow(facts, listed),
            Clause::AaguidBlock(listed) => aaguid_clauses::block(facts, listed),
            Clause::Certified(least) => model_clauses::certified(facts, *least),
            Clause::NotRevoked => model_clauses::not_revoked(facts),
            Clause::EntraMetadata => model_clauses::entra_metadata(facts),
            Clause::Settled { met, why, .. } => Judgement::stated(*met, *why),
        }
    }
}

impl Version {
    const NAMES: [(&'static str, Version); 5] = [
        ("FIDO_2_0", Version::Fido2_0),
        ("FIDO_2_1_PRE", Version::Fido2_1Pre),
        ("FIDO_2_1", Version::Fido2_1),
        ("FIDO_2_2", Version::Fido2_2),
        ("FIDO_2_3", Version::Fido2_3),
    ];

    /// Reads a version string of getInfo.
    pub fn parse(text: &str) -> Option<Self> {
        Self::NAMES.iter().find_map(|(name, version)| (*name == text).then_some(*version))
    }

    /// Returns the version string.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find_map(|(name, v)| (*v == self).then_some(*name)).unwrap_or_default()
    }
}
