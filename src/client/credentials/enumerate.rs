//! Listings, an item a message: totals are believed as far as they can be, and never needed.

use std::collections::HashSet;

use super::super::Error;
use super::CredentialStore;
use crate::ctap2::credential_management::{SubCommand, SubCommandParams};
use crate::ctap2::{CredentialManagementResponse, Status};

/// More items than any key holds; a listing ends here at the latest.
pub(super) const MOST_ITEMS: usize = 20_000;

/// What to list, and how to read it.
pub(super) struct Plan<'p, T> {
    pub(super) begin: SubCommand,
    pub(super) params: Option<&'p SubCommandParams>,
    pub(super) next: SubCommand,
    pub(super) total: fn(&CredentialManagementResponse) -> Option<u64>,
    /// Takes the item out of an answer; `None` if there is none in it.
    pub(super) item: fn(CredentialManagementResponse) -> Result<Option<T>, &'static str>,
    /// What tells items apart.
    pub(super) identity: fn(&T) -> &[u8],
    /// Ask no more often than the key's total says.
    pub(super) trust_total: bool,
    /// Stop after so many items.
    pub(super) most: usize,
}

/// What came.
pub(super) struct Enumerated<T> {
    pub(super) items: Vec<T>,
    /// The key's total; `None` if it gave none.
    pub(super) claimed: Option<u64>,
}

impl CredentialStore<'_, '_> {
    /// Lists. As many messages as there are items where the total is right.
    pub(super) fn enumerate<T>(&mut self, plan: &Plan<'_, T>) -> Result<Enumerated<T>, Error> {
        let mut items = Vec::new();
        let first = match self.authorized(plan.begin, plan.params) {
            Err(Error::NoCredentials) => return Ok(Enumerated { items, claimed: Some(0) }),
            answer => answer?,
        };
        let claimed = (plan.total)(&first);
        // Old keys say that nothing is there with a total of 0, or with an empty answer.
        match self.item(plan, first)? {
            None if claimed.unwrap_or(0) == 0 => return Ok(Enumerated { items, claimed }),
            None => return Err(self.incomplete("first item")),
            Some(item) => items.push(item),
        }
        let believed = claimed.and_then(|total| usize::try_from(total).ok());
        let believed = believed.filter(|total| plan.trust_total && *total > 0);
        let wanted = believed.unwrap_or(plan.most).min(plan.most);
        let mut seen: HashSet<Vec<u8>> = HashSet::new();
        seen.extend(items.iter().map(|item| (plan.identity)(item).to_vec()));
        while items.len() < wanted {
            let answer = match self.next(plan.next) {
                // How keys say that there is no more.
                Err(Error::NoCredentials | Error::Refused { status: Status::NOT_ALLOWED, .. }) => {
                    break;
                }
                answer => answer?,
            };
            let Some(item) = self.item(plan, answer)? else { break };
            // A key that repeats itself has no more to say.
            if !seen.insert((plan.identity)(&item).to_vec()) {
                break;
            }
            items.push(item);
        }
        Ok(Enumerated { items, claimed })
    }

    fn item<T>(
        &self,
        plan: &Plan<'_, T>,
        answer: CredentialManagementResponse,
    ) -> Result<Option<T>, Error> {
        (plan.item)(answer).map_err(|what| self.incomplete(what))
    }

    fn incomplete(&self, what: &'static str) -> Error {
        Error::Incomplete { command: self.command(), what }
    }
}
