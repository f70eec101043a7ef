//! A key's credentials, opened with a token.

use super::super::interaction::TouchReason;
use super::super::verification::token_without_rp;
use super::super::{Error, Session, Unsupported, token};
use crate::ctap2::credential_management::{SubCommand, SubCommandParams};
use crate::ctap2::{
    Command, CredentialManagementRequest, CredentialManagementResponse, GetInfoResponse,
    Permissions, PreviewCredentialManagementRequest, Status,
};
use crate::pin_uv::PinUvAuthToken;

/// How full a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// Discoverable credentials on the key.
    pub existing: u64,
    /// How many more there is room for, at most.
    pub remaining: u64,
}

/// The discoverable credentials of a key, with a token that lets them be seen and changed.
pub struct CredentialStore<'s, 'a> {
    pub(super) session: &'s mut Session<'a>,
    token: PinUvAuthToken,
    command: Command,
}

impl<'s, 'a> CredentialStore<'s, 'a> {
    /// Gets a token for credential management. With a PIN: tries left, key agreement, token.
    pub fn open(session: &'s mut Session<'a>) -> Result<Self, Error> {
        session.refresh_if_stale()?;
        let command = command(session.info())?;
        let token = token_without_rp(session, Permissions::CREDENTIAL_MANAGEMENT)?;
        Ok(CredentialStore { session, token, command })
    }

    /// Takes a token that is there already. No message.
    pub(in super::super) fn with_token(
        session: &'s mut Session<'a>,
        token: PinUvAuthToken,
    ) -> Result<Self, Error> {
        let command = command(session.info())?;
        Ok(CredentialStore { session, token, command })
    }

    /// Gives the token back, for what else it permits.
    pub(in super::super) fn into_token(self) -> PinUvAuthToken {
        self.token
    }

    /// Asks how full the key is. One message.
    pub fn metadata(&mut self) -> Result<Metadata, Error> {
        let answer = self.authorized(SubCommand::GET_CREDS_METADATA, None)?;
        let missing = |what| Error::Incomplete { command: self.command, what };
        Ok(Metadata {
            existing: answer
                .existing_resident_credentials_count
                .ok_or_else(|| missing("number of credentials"))?,
            remaining: answer
                .max_possible_remaining_resident_credentials_count
                .ok_or_else(|| missing("number of free slots"))?,
        })
    }

    pub(super) fn command(&self) -> Command {
        self.command
    }

    /// Sends a subcommand under the token, and again if the key no longer takes the token.
    pub(super) fn authorized(
        &mut self,
        sub_command: SubCommand,
        params: Option<&SubCommandParams>,
    ) -> Result<CredentialManagementResponse, Error> {
        match self.authorized_once(sub_command, params) {
            Err(Error::Refused { status: Status::PIN_AUTH_INVALID, .. }) if self.renew()? => {
                self.authorized_once(sub_command, params)
            }
            outcome => outcome,
        }
    }

    /// Gets another token in place of one that has grown too old, if nobody need be asked.
    fn renew(&mut self) -> Result<bool, Error> {
        let permissions = Permissions::CREDENTIAL_MANAGEMENT;
        if !self.token.permissions().contains(permissions) {
            return Ok(false);
        }
        let renewed = token::using_proven_pin(self.session, permissions, self.token.rp_id())?;
        Ok(renewed.map(|(token, _)| self.token = token).is_some())
    }

    fn authorized_once(
        &mut self,
        sub_command: SubCommand,
        params: Option<&SubCommandParams>,
    ) -> Result<CredentialManagementResponse, Error> {
        let mut request = CredentialManagementRequest::new(sub_command, params);
        let param = self.token.authenticate(&request.authenticated_bytes());
        request.pin_uv_auth_param = Some(param.into());
        request.pin_uv_auth_protocol = Some(self.token.protocol().id());
        self.send(request)
    }

    /// Sends a subcommand that goes on with a listing: bare, as some keys take no more.
    pub(super) fn next(
        &mut self,
        sub_command: SubCommand,
    ) -> Result<CredentialManagementResponse, Error> {
        self.send(CredentialManagementRequest::new(sub_command, None))
    }

    fn send(
        &mut self,
        request: CredentialManagementRequest,
    ) -> Result<CredentialManagementResponse, Error> {
        // Touch is no part of any of these.
        let reason = TouchReason::VerifyUser;
        if self.command == Command::CREDENTIAL_MANAGEMENT {
            self.session.call(&request, reason)
        } else {
            self.session.call(&PreviewCredentialManagementRequest(request), reason)
        }
    }
}

/// Chooses the final command where the key has it, else the prototype.
pub(super) fn command(info: &GetInfoResponse) -> Result<Command, Error> {
    if info.option_is_true("credMgmt") {
        Ok(Command::CREDENTIAL_MANAGEMENT)
    } else if info.option_is_true("credentialMgmtPreview") {
        Ok(Command::CREDENTIAL_MANAGEMENT_PREVIEW)
    } else {
        Err(Error::Unsupported(Unsupported::Option("credMgmt")))
    }
}
