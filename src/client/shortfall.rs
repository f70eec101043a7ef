//! Whether a key may do less than it was asked.

/// What becomes of an extension or an attestation that was asked for and did not come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shortfall {
    /// It is an error: nobody gets less than asked for without hearing of it.
    #[default]
    IsAnError,
    /// The answer tells of it, as WebAuthn has it; what must not pass so is still an error.
    IsTold,
}

impl Shortfall {
    /// Lets `missing` pass where it is told.
    pub(super) fn or<T>(self, told: T, missing: super::Error) -> Result<T, super::Error> {
        match self {
            Shortfall::IsAnError => Err(missing),
            Shortfall::IsTold => Ok(told),
        }
    }
}
