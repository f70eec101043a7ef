//! Where a ceremony takes place.

use crate::webauthn::{AppIdError, effective_app_id};

/// The website, as the client knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The origin as it is signed.
    pub origin: String,
    /// The RP ID that it uses, which it must be allowed to (see
    /// [`crate::webauthn::effective_rp_id`]).
    pub rp_id: String,
}

impl Site {
    /// Returns the application ID that takes effect here. An app's origin cannot be held against it.
    pub(super) fn app_id(&self, wanted: Option<&str>) -> Result<Option<String>, AppIdError> {
        let effective = |wanted| match self.origin.parse() {
            Ok(origin) => effective_app_id(&origin, wanted),
            Err(_) => Ok(wanted.to_owned()),
        };
        wanted.map(effective).transpose()
    }
}
