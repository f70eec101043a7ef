//! A model as its vendor describes it (Metadata Statement 3.0 §4).

use super::get_info::GetInfo;
use super::members::{Members, Shape};

pub(super) const SHAPES: &[(&str, Shape)] = &[
    ("legalHeader", Shape::Text),
    ("aaid", Shape::Text),
    ("aaguid", Shape::Text),
    ("attestationCertificateKeyIdentifiers", Shape::Texts),
    ("friendlyNames", Shape::TextMap),
    ("description", Shape::Text),
    ("alternativeDescriptions", Shape::TextMap),
    ("authenticatorVersion", Shape::Number),
    ("protocolFamily", Shape::Text),
    ("schema", Shape::Number),
    ("upv", Shape::Objects),
    ("authenticationAlgorithms", Shape::Texts),
    ("publicKeyAlgAndEncodings", Shape::Texts),
    ("attestationTypes", Shape::Texts),
    ("userVerificationDetails", Shape::ObjectLists),
    ("keyProtection", Shape::Texts),
    ("isKeyRestricted", Shape::Truth),
    ("isFreshUserVerificationRequired", Shape::Truth),
    ("matcherProtection", Shape::Texts),
    ("cryptoStrength", Shape::Number),
    ("attachmentHint", Shape::Texts),
    ("tcDisplay", Shape::Texts),
    ("tcDisplayContentType", Shape::Text),
    ("tcDisplayPNGCharacteristics", Shape::Objects),
    ("attestationRootCertificates", Shape::Texts),
    ("icon", Shape::Text),
    ("iconDark", Shape::Text),
    ("providerLogoLight", Shape::Text),
    ("providerLogoDark", Shape::Text),
    ("supportedExtensions", Shape::Objects),
    ("authenticatorGetInfo", Shape::Object),
    ("multiDeviceCredentialSupport", Shape::Text),
];

/// What the vendor of a model says of it. All text is the vendor's.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statement {
    pub(super) members: Members,
    pub(super) get_info: Option<GetInfo>,
}

impl Statement {
    /// Returns every member, by the names of the standard, but for `authenticatorGetInfo`.
    pub fn members(&self) -> &Members {
        &self.members
    }

    /// Returns what the model answers to getInfo; CTAP2 models only.
    pub fn get_info(&self) -> Option<&GetInfo> {
        self.get_info.as_ref()
    }

    /// Returns the description in English: maker and model.
    pub fn description(&self) -> Option<&str> {
        self.members.text("description")
    }

    /// Returns the names for people, with their languages (`en-US`).
    pub fn friendly_names(&self) -> impl Iterator<Item = (&str, &str)> {
        self.members.map("friendlyNames").filter_map(|(name, value)| Some((name, value.as_str()?)))
    }

    /// Returns `fido2`, `u2f` or `uaf`.
    pub fn protocol_family(&self) -> Option<&str> {
        self.members.text("protocolFamily")
    }

    /// Returns the earliest firmware version that the statement is about.
    pub fn authenticator_version(&self) -> Option<u64> {
        self.members.number("authenticatorVersion")
    }

    /// Returns the types of attestation, such as `basic_full`.
    pub fn attestation_types(&self) -> impl Iterator<Item = &str> {
        self.members.texts("attestationTypes")
    }

    /// Returns the algorithms of credentials, by the registry's names.
    pub fn authentication_algorithms(&self) -> impl Iterator<Item = &str> {
        self.members.texts("authenticationAlgorithms")
    }

    /// Returns where keys are kept, such as `secure_element`.
    pub fn key_protection(&self) -> impl Iterator<Item = &str> {
        self.members.texts("keyProtection")
    }

    /// Returns how the model is reached, such as `wired`.
    pub fn attachment_hints(&self) -> impl Iterator<Item = &str> {
        self.members.texts("attachmentHint")
    }

    /// Returns whether credentials leave the device: `unsupported`, `explicit` or `implicit`.
    pub fn multi_device_credential_support(&self) -> Option<&str> {
        self.members.text("multiDeviceCredentialSupport")
    }
}
