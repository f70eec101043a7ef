//! Where a ceremony takes place.

/// The website, as the client knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The origin as it is signed.
    pub origin: String,
    /// The RP ID that it uses, which it must be allowed to (see
    /// [`crate::webauthn::effective_rp_id`]).
    pub rp_id: String,
}
