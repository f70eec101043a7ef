//! WebAuthn's three wishes (WebAuthn L3 §5.4.6, §5.8.6).

/// How much user verification, or a discoverable credential, is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// Or fail.
    Required,
    /// If the key can.
    Preferred,
    /// Better not.
    Discouraged,
}

impl Requirement {
    /// Returns the name in WebAuthn.
    pub fn name(self) -> &'static str {
        match self {
            Requirement::Required => "required",
            Requirement::Preferred => "preferred",
            Requirement::Discouraged => "discouraged",
        }
    }

    /// Finds a wish by its name in WebAuthn.
    pub fn from_name(name: &str) -> Option<Self> {
        [Requirement::Required, Requirement::Preferred, Requirement::Discouraged]
            .into_iter()
            .find(|wish| wish.name() == name)
    }
}
