//! authenticatorCredentialManagement (CTAP 2.2 §6.8): who may do what, and changes.

use super::Authenticator;
use super::dispatch::{Outcome, protocol};
use super::enumeration::Listed;
use super::state::State;
use super::version_line::Feature;
use crate::cbor::{self, LossyText, Strictness};
use crate::ctap2::credential_management::{SubCommand, SubCommandParams};
use crate::ctap2::{
    CredentialManagementRequest, CredentialManagementResponse, Permissions, Status,
};
use crate::ctaphid::ChannelId;
use crate::webauthn::{CredentialDescriptor, UserEntity, rp_id_hash};

/// What an authorised request may be about.
enum Scope {
    All,
    /// The token is bound to this RP ID.
    RelyingParty(String),
}

impl Scope {
    /// Refuses what is about all relying parties.
    fn must_be_all(&self) -> Result<(), Status> {
        match self {
            Scope::All => Ok(()),
            Scope::RelyingParty(_) => Err(Status::PIN_AUTH_INVALID),
        }
    }

    /// Refuses what is about a relying party that is none of the token's.
    fn must_include(&self, includes: impl FnOnce(&str) -> bool) -> Result<(), Status> {
        match self {
            Scope::RelyingParty(bound) if !includes(bound) => Err(Status::PIN_AUTH_INVALID),
            _ => Ok(()),
        }
    }
}

impl Authenticator {
    pub(super) fn credential_management(
        &mut self,
        channel: ChannelId,
        request: &CredentialManagementRequest,
    ) -> Result<Outcome, Status> {
        match request.sub_command {
            SubCommand::ENUMERATE_RPS_GET_NEXT_RP => {
                return self.enumerate_next(channel, Listed::RelyingParties);
            }
            SubCommand::ENUMERATE_CREDENTIALS_GET_NEXT_CREDENTIAL => {
                return self.enumerate_next(channel, Listed::Credentials);
            }
            _ => self.enumeration = None,
        }
        match request.sub_command {
            SubCommand::GET_CREDS_METADATA => {
                self.authorize_reading(request)?.must_be_all()?;
                Ok(self.creds_metadata())
            }
            SubCommand::ENUMERATE_RPS_BEGIN => {
                self.authorize_reading(request)?.must_be_all()?;
                self.enumerate_rps(channel)
            }
            SubCommand::ENUMERATE_CREDENTIALS_BEGIN => {
                auth_given(request)?;
                let wanted = params(request)?.rp_id_hash.ok_or(Status::MISSING_PARAMETER)?;
                let wanted: [u8; 32] =
                    wanted.as_slice().try_into().map_err(|_| Status::INVALID_PARAMETER)?;
                let scope = self.authorize_reading(request)?;
                // The standard's later text wants an unbound token, platforms rely on the earlier.
                scope.must_include(|bound| rp_id_hash(bound) == wanted)?;
                self.enumerate_credentials(channel, &wanted)
            }
            SubCommand::DELETE_CREDENTIAL => self.delete_credential(request),
            SubCommand::UPDATE_USER_INFORMATION
                if self.state.line().has(Feature::CredentialManagement) =>
            {
                self.update_user_information(request)
            }
            _ => Err(Status::INVALID_SUBCOMMAND),
        }
    }

    fn creds_metadata(&self) -> Outcome {
        let count = |n: usize| Some(u64::try_from(n).unwrap_or(u64::MAX));
        Outcome::results(&CredentialManagementResponse {
            existing_resident_credentials_count: count(self.state.credentials.len()),
            max_possible_remaining_resident_credentials_count: count(self.state.free_slots()),
            ..Default::default()
        })
    }

    fn delete_credential(
        &mut self,
        request: &CredentialManagementRequest,
    ) -> Result<Outcome, Status> {
        auth_given(request)?;
        let wanted = params(request)?.credential_id.ok_or(Status::MISSING_PARAMETER)?;
        let scope = self.authorize(request)?;
        let position = self.addressed(&wanted, &scope)?;
        self.change_credentials(|next| {
            next.credentials.remove(position);
        })
    }

    fn update_user_information(
        &mut self,
        request: &CredentialManagementRequest,
    ) -> Result<Outcome, Status> {
        auth_given(request)?;
        let params = params(request)?;
        let wanted = params.credential_id.ok_or(Status::MISSING_PARAMETER)?;
        let UserEntity { id, name, display_name } = params.user.ok_or(Status::MISSING_PARAMETER)?;
        let scope = self.authorize(request)?;
        let position = self.addressed(&wanted, &scope)?;
        let stored = self.state.credentials.get(position).ok_or(Status::OTHER)?;
        if stored.user_id.0 != id.as_slice() {
            return Err(Status::INVALID_PARAMETER);
        }
        // An empty name takes the name away, as a missing one does.
        let text = |text: Option<LossyText>| text.map(|text| text.0).filter(|t| !t.is_empty());
        self.change_credentials(|next| {
            if let Some(credential) = next.credentials.get_mut(position) {
                credential.user_name = text(name);
                credential.user_display_name = text(display_name);
            }
        })
    }

    /// Finds the credential that a change is about.
    fn addressed(&self, wanted: &CredentialDescriptor, scope: &Scope) -> Result<usize, Status> {
        let credentials = &self.state.credentials;
        let position = credentials.iter().position(|c| c.id.0 == wanted.id.as_slice());
        let position = position.ok_or(Status::NO_CREDENTIALS)?;
        let credential = credentials.get(position).ok_or(Status::OTHER)?;
        scope.must_include(|bound| bound == credential.rp_id)?;
        Ok(position)
    }

    fn change_credentials(&mut self, change: impl FnOnce(&mut State)) -> Result<Outcome, Status> {
        let mut next = self.state.clone();
        change(&mut next);
        next.persistent.credentials_changed(self.environment.random())?;
        self.commit(next)?;
        Ok(Outcome::nothing())
    }

    /// Authorises what changes nothing: the persistent token will do.
    fn authorize_reading(
        &mut self,
        request: &CredentialManagementRequest,
    ) -> Result<Scope, Status> {
        let param = auth_given(request)?;
        let protocol = protocol(request.pin_uv_auth_protocol)?;
        if self.state.persistent.verify(protocol, &request.authenticated_bytes(), param) {
            return Ok(Scope::All);
        }
        self.authorize(request)
    }

    fn authorize(&mut self, request: &CredentialManagementRequest) -> Result<Scope, Status> {
        let param = auth_given(request)?;
        let protocol = protocol(request.pin_uv_auth_protocol)?;
        let token = self.token.as_mut().ok_or(Status::PIN_AUTH_INVALID)?;
        if !token.verify(protocol, &request.authenticated_bytes(), param)
            || !token.has(Permissions::CREDENTIAL_MANAGEMENT)
        {
            return Err(Status::PIN_AUTH_INVALID);
        }
        Ok(token.rp_id().map_or(Scope::All, |bound| Scope::RelyingParty(bound.to_owned())))
    }
}

/// Refuses a request that nothing authorises, before anything else is looked at.
fn auth_given(request: &CredentialManagementRequest) -> Result<&[u8], Status> {
    request.pin_uv_auth_param.as_ref().map(|param| param.as_slice()).ok_or(Status::PUAT_REQUIRED)
}

fn params(request: &CredentialManagementRequest) -> Result<SubCommandParams, Status> {
    let encoded = request.sub_command_params.as_ref();
    let params = encoded.map(|params| params.decode(Strictness::Canonical)).transpose();
    match params {
        Ok(params) => Ok(params.unwrap_or_default()),
        Err(cbor::Error::Missing(_)) => Err(Status::MISSING_PARAMETER),
        Err(_) => Err(Status::CBOR_UNEXPECTED_TYPE),
    }
}
