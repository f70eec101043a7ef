//! Wishes that several commands share.

use fidoctl::client::{Requirement, Verification};

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

/// Says how the person was verified.
pub fn verification_text(verification: Verification) -> String {
    match verification {
        Verification::None => "no",
        Verification::Pin => "with the PIN",
        Verification::BuiltIn => "by the key itself",
    }
    .to_owned()
}
