//! The listings of authenticatorCredentialManagement, an item a message (CTAP 2.2 §6.8.3, §6.8.4).

use std::time::Duration;
use std::vec::IntoIter;

use super::Authenticator;
use super::credential_index::CredentialIndex;
use super::dispatch::Outcome;
use super::limits::NEXT_ITEM_TIMEOUT;
use super::state::DiscoverableCredential;
use super::version_line::Feature;
use crate::cbor::{ByteVec, LossyText};
use crate::ctap2::credential_management::StoredRpEntity;
use crate::ctap2::{CredentialManagementResponse, Status};
use crate::ctaphid::ChannelId;
use crate::webauthn::{CredentialDescriptor, UserEntity, rp_id_hash};

/// What is being listed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Listed {
    RelyingParties,
    Credentials,
}

/// What is still to be asked for. Any other command ends it, so that positions stay good.
pub(super) struct Enumeration {
    channel: ChannelId,
    listed: Listed,
    rest: IntoIter<usize>,
    last: Duration,
}

impl Authenticator {
    /// Begins with the relying parties.
    pub(super) fn enumerate_rps(&mut self, channel: ChannelId) -> Result<Outcome, Status> {
        let positions = self.credential_index().one_of_each();
        let total = positions.len();
        let mut response = self.first(channel, Listed::RelyingParties, positions)?;
        response.total_rps = Some(count(total));
        Ok(Outcome::results(&response))
    }

    /// Begins with the credentials of a relying party.
    pub(super) fn enumerate_credentials(
        &mut self,
        channel: ChannelId,
        rp_id_hash: &[u8; 32],
    ) -> Result<Outcome, Status> {
        let positions = self.credential_index().of(rp_id_hash).unwrap_or_default().to_vec();
        let total = positions.len();
        let mut response = self.first(channel, Listed::Credentials, positions)?;
        response.total_credentials = Some(count(total));
        Ok(Outcome::results(&response))
    }

    fn first(
        &mut self,
        channel: ChannelId,
        listed: Listed,
        positions: Vec<usize>,
    ) -> Result<CredentialManagementResponse, Status> {
        let mut rest = positions.into_iter();
        let first = rest.next().ok_or(Status::NO_CREDENTIALS)?;
        let response = self.item(listed, first)?;
        self.enumeration = Some(Enumeration { channel, listed, rest, last: self.now() });
        Ok(response)
    }

    /// Goes on with the listing that this channel began last.
    pub(super) fn enumerate_next(
        &mut self,
        channel: ChannelId,
        listed: Listed,
    ) -> Result<Outcome, Status> {
        let now = self.now();
        // Another client's question does not end the listing, it only gets nothing.
        if self.enumeration.as_ref().is_some_and(|enumeration| enumeration.channel != channel) {
            return Err(Status::NOT_ALLOWED);
        }
        let mut enumeration = self.enumeration.take().ok_or(Status::NOT_ALLOWED)?;
        let waited = now.checked_sub(enumeration.last);
        if enumeration.listed != listed || waited.is_none_or(|waited| waited > NEXT_ITEM_TIMEOUT) {
            return Err(Status::NOT_ALLOWED);
        }
        let position = enumeration.rest.next().ok_or(Status::NOT_ALLOWED)?;
        let response = self.item(listed, position)?;
        enumeration.last = now;
        self.enumeration = Some(enumeration);
        Ok(Outcome::results(&response))
    }

    fn item(
        &self,
        listed: Listed,
        position: usize,
    ) -> Result<CredentialManagementResponse, Status> {
        let credential = self.state.credentials.get(position).ok_or(Status::OTHER)?;
        Ok(match listed {
            Listed::RelyingParties => relying_party(credential),
            Listed::Credentials => CredentialManagementResponse {
                third_party_payment: self
                    .state
                    .line()
                    .has(Feature::ThirdPartyPayment)
                    .then_some(credential.third_party_payment),
                ..account(credential)
            },
        })
    }

    fn credential_index(&mut self) -> &CredentialIndex {
        self.credential_index.get_or_insert_with(|| CredentialIndex::new(&self.state))
    }
}

fn count(items: usize) -> u64 {
    u64::try_from(items).unwrap_or(u64::MAX)
}

fn relying_party(credential: &DiscoverableCredential) -> CredentialManagementResponse {
    CredentialManagementResponse {
        rp: Some(StoredRpEntity {
            id: Some(LossyText(credential.rp_id.clone())),
            name: credential.rp_name.clone().map(LossyText),
        }),
        rp_id_hash: Some(rp_id_hash(&credential.rp_id).to_vec().into()),
        ..Default::default()
    }
}

fn account(credential: &DiscoverableCredential) -> CredentialManagementResponse {
    CredentialManagementResponse {
        user: Some(UserEntity {
            id: ByteVec::from(credential.user_id.0.clone()),
            name: credential.user_name.clone().map(LossyText),
            display_name: credential.user_display_name.clone().map(LossyText),
        }),
        credential_id: Some(CredentialDescriptor::new(credential.id.0.clone())),
        public_key: Some(credential.public_key()),
        cred_protect: Some(credential.cred_protect.level()),
        large_blob_key: credential.blobs.large_blob_key(),
        ..Default::default()
    }
}
