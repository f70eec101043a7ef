//! Exit codes: part of the contract with scripts, listed in `docs/exit-codes.md`.

use std::process::ExitCode;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Everything asked for was done.
    Done,
    /// The key refused, or something failed that no other code names.
    Failed,
    /// The command line or a file given cannot be used.
    Usage,
    /// No key, no single key, or no permission to open it.
    NoKey,
    /// PIN or user verification.
    Verification,
    /// No touch, or no consent.
    NoConsent,
    /// Not as expected: no such credential, already registered, or rules broken.
    NotAsExpected,
    /// This key cannot do it.
    NotSupported,
    /// Not genuine: signature, attestation, challenge, origin.
    NotGenuine,
    /// Of several things to do, some were done and some were not.
    PartlyDone,
    /// A fault of fidoctl itself.
    Internal,
    /// Ctrl-C or SIGTERM.
    Interrupted,
}

impl Exit {
    /// Returns the number.
    pub fn number(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::NoKey => 3,
            Exit::Verification => 4,
            Exit::NoConsent => 5,
            Exit::NotAsExpected => 6,
            Exit::NotSupported => 7,
            Exit::NotGenuine => 8,
            Exit::PartlyDone => 9,
            Exit::Internal => 70,
            Exit::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.number())
    }
}
