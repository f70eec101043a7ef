//! Discoverable credentials by relying party, so that listing them all takes linear time.

use std::collections::HashMap;

use super::State;
use crate::webauthn::rp_id_hash;

/// Where each relying party's credentials stand in [`State`].
pub(super) struct CredentialIndex {
    /// In the order of each one's oldest credential; never empty inside.
    relying_parties: Vec<Vec<usize>>,
    by_hash: HashMap<[u8; 32], usize>,
}

impl CredentialIndex {
    pub(super) fn new(state: &State) -> Self {
        let mut relying_parties: Vec<Vec<usize>> = Vec::new();
        let mut by_id: HashMap<&str, usize> = HashMap::new();
        for (position, credential) in state.credentials.iter().enumerate() {
            let number = *by_id.entry(&credential.rp_id).or_insert(relying_parties.len());
            match relying_parties.get_mut(number) {
                Some(positions) => positions.push(position),
                None => relying_parties.push(vec![position]),
            }
        }
        let by_hash = by_id.into_iter().map(|(id, number)| (rp_id_hash(id), number)).collect();
        CredentialIndex { relying_parties, by_hash }
    }

    /// Returns the position of one credential for each relying party.
    pub(super) fn one_of_each(&self) -> Vec<usize> {
        self.relying_parties.iter().filter_map(|positions| positions.first().copied()).collect()
    }

    /// Returns the positions of a relying party's credentials.
    pub(super) fn of(&self, rp_id_hash: &[u8; 32]) -> Option<&[usize]> {
        let number = self.by_hash.get(rp_id_hash)?;
        self.relying_parties.get(*number).map(Vec::as_slice)
    }
}
