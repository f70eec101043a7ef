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
    /// Finds a wish by its name in WebAuthn.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "required" => Some(Requirement::Required),
            "preferred" => Some(Requirement::Preferred),
            "discouraged" => Some(Requirement::Discouraged),
            _ => None,
        }
    }
}
