//! Wishes and findings that several commands share.

use fidoctl::client::{Protocol, Requirement, Verification};
use fidoctl::relying_party::{Attestation, AttestationKind};
use fidoctl::webauthn::AttestationObject;

use crate::output::visible;

/// WebAuthn's three wishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Wish {
    /// Or fail
    Required,
    /// If the key can
    Preferred,
    /// Better not
    Discouraged,
}

impl From<Wish> for Requirement {
    fn from(wish: Wish) -> Self {
        match wish {
            Wish::Required => Requirement::Required,
            Wish::Preferred => Requirement::Preferred,
            Wish::Discouraged => Requirement::Discouraged,
        }
    }
}

/// Names a protocol.
pub fn protocol_text(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Ctap2 => "CTAP2",
        Protocol::U2f => "U2F",
    }
}

/// Names the protocol for people, if it is not the one that they expect.
pub fn protocol_pair(protocol: Protocol) -> Option<(&'static str, String)> {
    (protocol != Protocol::Ctap2).then(|| ("protocol", protocol_text(protocol).to_owned()))
}

/// Says how the person was verified.
pub fn verification_text(verification: Verification) -> String {
    match verification {
        Verification::None => "no",
        Verification::Pin => "with the PIN",
        Verification::BuiltIn => "by the key itself",
    }
    .to_owned()
}

/// Says what an attestation proves.
pub fn attestation_text(object: &AttestationObject, attestation: Option<&Attestation>) -> String {
    let format = visible(&object.format);
    match attestation.map(|attestation| attestation.kind) {
        None => format!("{format}, not checked: this format or algorithm is not known here"),
        Some(AttestationKind::None) => "none".to_owned(),
        Some(AttestationKind::SelfAttestation) => {
            format!("{format}, by the credential's own key: verified")
        }
        Some(AttestationKind::Basic) => {
            format!("{format}, by a certificate: verified, not traced to a root")
        }
    }
}
