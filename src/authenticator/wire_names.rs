//! Commands and statuses by the standard's names, in files that people edit.

use serde::{Deserialize, Serialize};

use crate::ctap2::{Command, Status};

/// A command, written as its name: `authenticatorReset`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct CommandName(pub Command);

/// A status, written as its name: `CTAP2_ERR_NOT_ALLOWED`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct StatusName(pub Status);

impl From<CommandName> for String {
    fn from(CommandName(command): CommandName) -> Self {
        command.name().to_owned()
    }
}

impl TryFrom<String> for CommandName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let found = (0..=u8::MAX).map(Command).find(|command| command.name() == name);
        // Whole ranges share a name.
        let found = found.filter(|_| name.starts_with("authenticator"));
        found.map(CommandName).ok_or_else(|| format!("no command is called {name:?}"))
    }
}

impl From<StatusName> for String {
    fn from(StatusName(status): StatusName) -> Self {
        status.name().to_owned()
    }
}

impl TryFrom<String> for StatusName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let found = (0..=u8::MAX).map(Status).find(|status| status.name() == name);
        let found = found.filter(|_| name.starts_with("CTAP"));
        found.map(StatusName).ok_or_else(|| format!("no status is called {name:?}"))
    }
}
