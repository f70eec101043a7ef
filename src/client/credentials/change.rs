//! Deleting and renaming.

use super::super::{Error, Unsupported, names};
use super::store::command;
use super::{CredentialStore, StoredCredential};
use crate::cbor::LossyText;
use crate::ctap2::credential_management::{SubCommand, SubCommandParams};
use crate::ctap2::{Command, GetInfoResponse, Status};
use crate::webauthn::{CredentialDescriptor, UserEntity};

/// Refuses keys that cannot change names, as the prototype of the command cannot. No message.
pub fn check_can_rename(info: &GetInfoResponse) -> Result<(), Error> {
    match command(info)? {
        Command::CREDENTIAL_MANAGEMENT => Ok(()),
        _ => Err(Error::Unsupported(Unsupported::Renaming)),
    }
}

impl CredentialStore<'_, '_> {
    /// Deletes a credential for good. One message.
    pub fn delete(&mut self, credential_id: &[u8]) -> Result<(), Error> {
        // Even where the answer got lost, the credential may be gone.
        self.session.mark_info_stale();
        let params = SubCommandParams {
            credential_id: Some(CredentialDescriptor::new(credential_id)),
            ..SubCommandParams::default()
        };
        self.authorized(SubCommand::DELETE_CREDENTIAL, Some(&params)).map(drop)
    }

    /// Gives a credential the names that `credential` holds; a missing or empty one is taken away.
    /// One message.
    pub fn rename(&mut self, credential: &StoredCredential) -> Result<(), Error> {
        check_can_rename(self.session.info())?;
        self.session.mark_info_stale();
        let text =
            |text: &Option<String>| text.clone().filter(|text| !text.is_empty()).map(LossyText);
        let mut user = UserEntity {
            id: credential.user_id.clone().into(),
            name: text(&credential.user_name),
            display_name: text(&credential.user_display_name),
        };
        names::fit_one(self.session, &mut user.name);
        names::fit_one(self.session, &mut user.display_name);
        let params = SubCommandParams {
            credential_id: Some(CredentialDescriptor::new(credential.id.clone())),
            user: Some(user),
            ..SubCommandParams::default()
        };
        match self.authorized(SubCommand::UPDATE_USER_INFORMATION, Some(&params)) {
            Err(Error::Refused { status: Status::INVALID_SUBCOMMAND, .. }) => {
                Err(Error::Unsupported(Unsupported::Renaming))
            }
            answer => answer.map(drop),
        }
    }
}
