//! Names for people, made to fit a key.
//!
//! Keys may cut them after 64 bytes (CTAP 2.2 §6.1.2), and some cut through a character: then what
//! comes back is no text. So they are cut here, where it can be done right.

use super::Session;
use super::interaction::Notice;
use crate::cbor::LossyText;
use crate::webauthn::{RpEntity, UserEntity};

/// As many bytes of a name as every key stores (WebAuthn L3 §5.4.1).
const LONGEST_NAME: usize = 64;

/// Cuts the names of a new credential where they are too long, and says so.
pub(super) fn fit(session: &mut Session<'_>, rp: &mut RpEntity, user: &mut UserEntity) {
    for name in [&mut rp.name, &mut user.name, &mut user.display_name] {
        fit_one(session, name);
    }
}

/// Cuts a name where it is too long, and says so.
pub(super) fn fit_one(session: &mut Session<'_>, name: &mut Option<LossyText>) {
    let Some(LossyText(name)) = name else { return };
    if name.len() <= LONGEST_NAME {
        return;
    }
    let end = (0..=LONGEST_NAME).rev().find(|end| name.is_char_boundary(*end));
    name.truncate(end.unwrap_or_default());
    session.interaction().notice(&Notice::NameCut { kept: name.clone() });
}
