//! Why a policy cannot be read.

/// What is wrong with a policy file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The file is no TOML.
    #[error("line {line}: {message}")]
    Syntax {
        /// The line, counted from 1.
        line: usize,
        /// What the reader says.
        message: String,
    },
    /// There is no clause of this name.
    #[error("line {line}: there is no clause {name:?}")]
    UnknownClause {
        /// The line, counted from 1.
        line: usize,
        /// The name.
        name: String,
    },
    /// A clause's value is of the wrong form.
    #[error("line {line}: clause {clause}: {wanted}")]
    Value {
        /// The line, counted from 1.
        line: usize,
        /// The clause, or `name`.
        clause: &'static str,
        /// What is wanted.
        wanted: String,
    },
    /// A policy that demands nothing accepts everything.
    #[error("the policy has no clause")]
    Empty,
    /// The file is neither UTF-8 nor UTF-16 with a byte-order mark.
    #[error("the file is neither UTF-8 nor UTF-16 text")]
    Text,
    /// The file is no JSON.
    #[error("not JSON: {0}")]
    Json(String),
    /// A member of Entra's policy is missing or not understood.
    #[error("member {member}: {wanted}")]
    Member {
        /// Where it is, from the root.
        member: String,
        /// What is wanted.
        wanted: &'static str,
    },
}
