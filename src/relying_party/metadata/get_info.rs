//! What a model answers to getInfo, as its vendor says (Metadata Statement 3.0 §5.2).

use super::members::{Members, Shape};

pub(super) const SHAPES: &[(&str, Shape)] = &[
    ("versions", Shape::Texts),
    ("extensions", Shape::Texts),
    ("aaguid", Shape::Text),
    ("options", Shape::TruthMap),
    ("maxMsgSize", Shape::Number),
    ("pinUvAuthProtocols", Shape::Numbers),
    ("maxCredentialCountInList", Shape::Number),
    ("maxCredentialIdLength", Shape::Number),
    ("transports", Shape::Texts),
    ("algorithms", Shape::Objects),
    ("maxSerializedLargeBlobArray", Shape::Number),
    ("forcePINChange", Shape::Truth),
    ("minPINLength", Shape::Number),
    ("firmwareVersion", Shape::Number),
    ("maxCredBlobLength", Shape::Number),
    ("maxRPIDsForSetMinPINLength", Shape::Number),
    ("preferredPlatformUvAttempts", Shape::Number),
    ("uvModality", Shape::Number),
    ("certifications", Shape::Object),
    ("remainingDiscoverableCredentials", Shape::Number),
    ("vendorPrototypeConfigCommands", Shape::Numbers),
    ("attestationFormats", Shape::Texts),
    ("uvCountSinceLastPinEntry", Shape::Number),
    ("longTouchForReset", Shape::Truth),
    ("encIdentifier", Shape::Text),
    ("transportsForReset", Shape::Texts),
    ("pinComplexityPolicy", Shape::Truth),
    ("pinComplexityPolicyURL", Shape::Text),
    ("maxPINLength", Shape::Number),
    ("encCredStoreState", Shape::Text),
    ("authenticatorConfigCommands", Shape::Numbers),
];

/// A model's answer to getInfo: what a key is when it leaves the factory.
#[derive(Clone, Debug, PartialEq)]
pub struct GetInfo(pub(super) Members);

impl GetInfo {
    /// Returns every member, by the names of CTAP.
    pub fn members(&self) -> &Members {
        &self.0
    }

    /// Returns the protocol versions, such as `FIDO_2_1`.
    pub fn versions(&self) -> impl Iterator<Item = &str> {
        self.0.texts("versions")
    }

    /// Returns the extensions.
    pub fn extensions(&self) -> impl Iterator<Item = &str> {
        self.0.texts("extensions")
    }

    /// Returns the transports, such as `usb`.
    pub fn transports(&self) -> impl Iterator<Item = &str> {
        self.0.texts("transports")
    }

    /// Returns the options with their values.
    pub fn options(&self) -> impl Iterator<Item = (&str, bool)> {
        self.0.map("options").filter_map(|(name, value)| Some((name, value.as_bool()?)))
    }

    /// Returns an option; `None` if it is not listed.
    pub fn option(&self, name: &str) -> Option<bool> {
        self.options().find_map(|(listed, value)| (listed == name).then_some(value))
    }

    /// Returns the COSE algorithms of credentials.
    pub fn algorithms(&self) -> impl Iterator<Item = i64> {
        self.0.list("algorithms").iter().filter_map(|algorithm| algorithm.get("alg")?.as_i64())
    }

    /// Returns `minPINLength`.
    pub fn min_pin_length(&self) -> Option<u64> {
        self.0.number("minPINLength")
    }
}
