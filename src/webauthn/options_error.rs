//! Why options cannot be used.

use super::DomException;

/// What is wrong with creation or request options; `member` is where, as in `publicKey.user.id`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OptionsError {
    /// Not text in UTF-8.
    #[error("this is not text in UTF-8")]
    NotText,
    /// Not JSON.
    #[error("this is not JSON: {0}")]
    NotJson(String),
    /// A member is missing.
    #[error("{member} is missing")]
    Missing {
        /// Where.
        member: String,
    },
    /// A member is of another type or length.
    #[error("{member}: {wanted} is wanted, {came} came")]
    Shape {
        /// Where.
        member: String,
        /// What should be there.
        wanted: &'static str,
        /// What is there.
        came: String,
    },
    /// A binary member is not base64url.
    #[error("{member}: base64url without padding is wanted, {came} came")]
    Encoding {
        /// Where.
        member: String,
        /// What is there.
        came: &'static str,
    },
    /// No algorithm is left, or an extension is used wrongly.
    #[error("{member}: {problem}")]
    NotSupported {
        /// Where.
        member: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// A key of `evalByCredential` names no allowed credential.
    #[error("{member}: {problem}")]
    Syntax {
        /// Where.
        member: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// No credential of the list can be used.
    #[error("{member}: {problem}")]
    NotAllowed {
        /// Where.
        member: String,
        /// What is wrong.
        problem: &'static str,
    },
}

impl OptionsError {
    /// Returns the name that a browser gives the error.
    pub fn dom_exception(&self) -> DomException {
        match self {
            OptionsError::Missing { .. } | OptionsError::Shape { .. } => DomException::Type,
            OptionsError::Encoding { .. } => DomException::Encoding,
            OptionsError::NotSupported { .. } => DomException::NotSupported,
            OptionsError::NotAllowed { .. } => DomException::NotAllowed,
            OptionsError::NotText | OptionsError::NotJson(_) | OptionsError::Syntax { .. } => {
                DomException::Syntax
            }
        }
    }
}
