//! Everything that is stored, in one run.

use zeroize::Zeroizing;

use super::super::Error;
use super::enumerate::{MOST_ITEMS, Plan};
use super::{CredentialStore, Metadata};
use crate::cbor::{ByteVec, LossyText};
use crate::cose::CoseKey;
use crate::ctap2::credential_management::{SubCommand, SubCommandParams};
use crate::ctap2::{CredentialManagementResponse, Status};
use crate::webauthn::rp_id_hash;

/// What is on the key.
#[derive(Clone, Debug)]
pub struct Listing {
    /// How full the key says it is; `None` where it was not asked or does not say.
    pub metadata: Option<Metadata>,
    /// In the key's order.
    pub relying_parties: Vec<RelyingParty>,
    /// Totals of the key that are missing or wrong.
    pub discrepancies: Vec<Discrepancy>,
}

/// A relying party with its credentials.
#[derive(Clone, Debug)]
pub struct RelyingParty {
    /// The RP ID as the key remembers it, perhaps cut; untrusted text.
    pub id: Option<String>,
    /// A name for people; untrusted text.
    pub name: Option<String>,
    /// SHA-256 of the whole RP ID: what a relying party is known by.
    pub id_hash: [u8; 32],
    /// Its credentials, in the key's order.
    pub credentials: Vec<StoredCredential>,
}

/// A discoverable credential. Text in it is untrusted.
#[derive(Clone)]
pub struct StoredCredential {
    /// The credential ID.
    pub id: Vec<u8>,
    /// The user handle.
    pub user_id: Vec<u8>,
    /// The account's name.
    pub user_name: Option<String>,
    /// The person's name.
    pub user_display_name: Option<String>,
    /// The public key.
    pub public_key: Option<CoseKey>,
    /// The protection level's number.
    pub cred_protect: Option<u64>,
    /// The key of its large blob; a secret.
    pub large_blob_key: Option<Zeroizing<Vec<u8>>>,
    /// Whether third parties may use it for payments.
    pub third_party_payment: Option<bool>,
}

/// A total that is not what was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Discrepancy {
    /// What was counted.
    pub counted: Counted,
    /// What the key says; `None` if nothing.
    pub claimed: Option<u64>,
    /// What it listed.
    pub found: u64,
}

/// What a total is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Every credential on the key.
    Credentials,
    /// The relying parties.
    RelyingParties,
    /// The credentials of the relying party with this hash of its ID.
    CredentialsOf([u8; 32]),
}

impl RelyingParty {
    /// Tells whether the RP ID is all there: keys may keep only a part of it.
    pub fn id_is_whole(&self) -> bool {
        self.id.as_deref().is_some_and(|id| rp_id_hash(id) == self.id_hash)
    }
}

impl Listing {
    /// Goes through all credentials.
    pub fn credentials(&self) -> impl Iterator<Item = (&RelyingParty, &StoredCredential)> {
        self.relying_parties.iter().flat_map(|rp| rp.credentials.iter().map(move |c| (rp, c)))
    }

    fn note(&mut self, counted: Counted, claimed: Option<u64>, found: usize) {
        let found = u64::try_from(found).unwrap_or(u64::MAX);
        if claimed != Some(found) {
            self.discrepancies.push(Discrepancy { counted, claimed, found });
        }
    }
}

impl CredentialStore<'_, '_> {
    /// Lists everything: the key's metadata, one message for each relying party, and one for
    /// each credential and relying party.
    ///
    /// Where a key lists less than it says it holds, everything is asked for once more, and
    /// beyond the totals.
    pub fn list(&mut self) -> Result<Listing, Error> {
        let metadata = match self.metadata() {
            Ok(metadata) => Some(metadata),
            Err(error @ Error::Refused { status: Status::PIN_AUTH_INVALID, .. }) => {
                return Err(error);
            }
            // The listing itself does not depend on it.
            Err(Error::Refused { .. } | Error::Incomplete { .. }) => None,
            Err(error) => return Err(error),
        };
        let existing = metadata.map(|metadata| metadata.existing);
        let found =
            |listing: &Listing| u64::try_from(listing.credentials().count()).unwrap_or(u64::MAX);
        let mut listing = self.list_relying_parties(true)?;
        if existing.is_some_and(|existing| existing > found(&listing)) {
            let again = self.list_relying_parties(false)?;
            if found(&again) > found(&listing) {
                listing = again;
            }
        }
        listing.metadata = metadata;
        if existing.is_some() {
            let found = listing.credentials().count();
            listing.note(Counted::Credentials, existing, found);
        }
        Ok(listing)
    }

    /// Lists the credentials of one relying party, known by its ID: one message for each.
    pub fn list_of(&mut self, rp_id: &str) -> Result<Listing, Error> {
        let mut listing =
            Listing { metadata: None, relying_parties: Vec::new(), discrepancies: Vec::new() };
        let rp = RelyingParty {
            id: Some(rp_id.to_owned()),
            name: None,
            id_hash: rp_id_hash(rp_id),
            credentials: Vec::new(),
        };
        self.list_credentials(&mut listing, rp, true, MOST_ITEMS)?;
        listing.relying_parties.retain(|rp| !rp.credentials.is_empty());
        Ok(listing)
    }

    fn list_relying_parties(&mut self, trust_total: bool) -> Result<Listing, Error> {
        let listed = self.enumerate(&Plan {
            begin: SubCommand::ENUMERATE_RPS_BEGIN,
            params: None,
            next: SubCommand::ENUMERATE_RPS_GET_NEXT_RP,
            total: |answer| answer.total_rps,
            item: relying_party,
            identity: |rp: &RelyingParty| &rp.id_hash,
            trust_total,
            most: MOST_ITEMS,
        })?;
        let mut listing =
            Listing { metadata: None, relying_parties: Vec::new(), discrepancies: Vec::new() };
        listing.note(Counted::RelyingParties, listed.claimed, listed.items.len());
        let mut room = MOST_ITEMS;
        for rp in listed.items {
            let found = self.list_credentials(&mut listing, rp, trust_total, room)?;
            room = room.saturating_sub(found);
            if room == 0 {
                break;
            }
        }
        Ok(listing)
    }

    fn list_credentials(
        &mut self,
        listing: &mut Listing,
        mut rp: RelyingParty,
        trust_total: bool,
        most: usize,
    ) -> Result<usize, Error> {
        let params = SubCommandParams {
            rp_id_hash: Some(rp.id_hash.to_vec().into()),
            ..SubCommandParams::default()
        };
        let listed = self.enumerate(&Plan {
            begin: SubCommand::ENUMERATE_CREDENTIALS_BEGIN,
            params: Some(&params),
            next: SubCommand::ENUMERATE_CREDENTIALS_GET_NEXT_CREDENTIAL,
            total: |answer| answer.total_credentials,
            item: credential,
            identity: |credential: &StoredCredential| &credential.id,
            trust_total,
            most,
        })?;
        let found = listed.items.len();
        listing.note(Counted::CredentialsOf(rp.id_hash), listed.claimed, found);
        rp.credentials = listed.items;
        listing.relying_parties.push(rp);
        Ok(found)
    }
}

fn text(text: LossyText) -> String {
    text.0
}

fn relying_party(
    answer: CredentialManagementResponse,
) -> Result<Option<RelyingParty>, &'static str> {
    let (id, name) = match answer.rp {
        None if answer.rp_id_hash.is_none() => return Ok(None),
        None => (None, None),
        Some(rp) => (rp.id.map(text), rp.name.map(text)),
    };
    let id_hash = match &answer.rp_id_hash {
        Some(hash) => hash.as_slice().try_into().map_err(|_| "RP ID hash of 32 bytes")?,
        None => id.as_deref().map(rp_id_hash).ok_or("RP ID hash")?,
    };
    Ok(Some(RelyingParty { id, name, id_hash, credentials: Vec::new() }))
}

fn credential(
    answer: CredentialManagementResponse,
) -> Result<Option<StoredCredential>, &'static str> {
    let Some(descriptor) = answer.credential_id else {
        return if answer.user.is_none() { Ok(None) } else { Err("credential ID") };
    };
    let user = answer.user.ok_or("user")?;
    Ok(Some(StoredCredential {
        id: descriptor.id.to_vec(),
        user_id: user.id.to_vec(),
        user_name: user.name.map(text),
        user_display_name: user.display_name.map(text),
        public_key: answer.public_key,
        cred_protect: answer.cred_protect,
        large_blob_key: answer.large_blob_key.map(|key| Zeroizing::new(ByteVec::into(key))),
        third_party_payment: answer.third_party_payment,
    }))
}

impl std::fmt::Debug for StoredCredential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredCredential")
            .field("id", &self.id)
            .field("user_id", &self.user_id)
            .field("user_name", &self.user_name)
            .field("user_display_name", &self.user_display_name)
            .field("public_key", &self.public_key)
            .field("cred_protect", &self.cred_protect)
            .field("has_large_blob_key", &self.large_blob_key.is_some())
            .field("third_party_payment", &self.third_party_payment)
            .finish()
    }
}
