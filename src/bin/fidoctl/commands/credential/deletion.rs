//! Deleting credentials one by one, with consent, and telling how far it went.

use fidoctl::client::credentials::CredentialStore;
use fidoctl::webauthn::Base64Url;
use serde_json::{Value, json};

use super::shown::{Shown, table};
use crate::context::{Context, needs};
use crate::device::Target;
use crate::failure::{Failure, Kind};
use crate::output::Page;

/// Refuses at once where consent will be wanted, and nobody can give it.
pub fn check_consent(context: &Context, yes: bool) -> Result<(), Failure> {
    if yes || context.terminal().is_present() {
        return Ok(());
    }
    Err(needs("deleting credentials wants consent", "--yes"))
}

/// Asks for consent to deleting these.
pub fn ask_consent(context: &Context, target: &Target, chosen: &[Shown]) -> Result<(), Failure> {
    let mut page = Page::default();
    table(&mut page, chosen);
    let question = format!(
        "{}This deletes {} from {} for good: signing in with {} ends.\nType 'delete' to go on:",
        anstream::adapter::strip_str(&page.into_text()),
        if chosen.len() == 1 { "it" } else { "these" },
        target.name(),
        if chosen.len() == 1 { "it" } else { "them" },
    );
    match context.terminal().line(&question) {
        None => Err(needs("deleting credentials wants consent", "--yes")),
        Some(answer) if answer == "delete" => Ok(()),
        Some(_) => Err(Failure::message(Kind::NO_CONSENT, "nothing was deleted")),
    }
}

/// What was deleted, and what stopped it.
pub struct Deletion {
    deleted: Vec<Shown>,
    left: Vec<Shown>,
    stopped_by: Option<Failure>,
}

impl Deletion {
    /// Deletes nothing.
    pub fn none() -> Self {
        Deletion { deleted: Vec::new(), left: Vec::new(), stopped_by: None }
    }

    /// Deletes in order, up to the first failure; that is the outcome if nothing was deleted.
    pub fn run(store: &mut CredentialStore<'_, '_>, chosen: Vec<Shown>) -> Result<Self, Failure> {
        let mut deletion = Deletion::none();
        for shown in chosen {
            if deletion.stopped_by.is_none() {
                match store.delete(&shown.credential.id) {
                    Ok(()) => {
                        deletion.deleted.push(shown);
                        continue;
                    }
                    Err(error) if deletion.deleted.is_empty() => return Err(error.into()),
                    Err(error) => deletion.stopped_by = Some(error.into()),
                }
            }
            deletion.left.push(shown);
        }
        Ok(deletion)
    }

    /// Returns what stopped it half-way.
    pub fn failure(&self) -> Option<Failure> {
        let cause = self.stopped_by.as_ref()?;
        let (deleted, all) = (self.deleted.len(), self.deleted.len() + self.left.len());
        let message =
            format!("only {deleted} of {all} credentials were deleted: {:#}", cause.error);
        let mut failure = Failure::message(Kind::PARTLY_DONE, message);
        failure.hints.clone_from(&cause.hints);
        failure.status = cause.status;
        Some(failure.hint("run it again to delete the rest"))
    }

    /// Adds the members that tell of it.
    pub fn add_to(&self, members: &mut Value) {
        if let Some(members) = members.as_object_mut() {
            let deleted = self.deleted.iter().map(Shown::json).collect();
            members.insert("deleted".to_owned(), deleted);
            let id = |shown: &Shown| json!(Base64Url(shown.credential.id.clone()));
            members.insert("left".to_owned(), self.left.iter().map(id).collect());
        }
    }

    pub fn human(&self, page: &mut Page) {
        for shown in &self.deleted {
            page.good(&format!("deleted {} at {}", shown.user(), shown.rp()));
        }
        for shown in &self.left {
            page.bad(&format!("not deleted: {} at {}", shown.user(), shown.rp()));
        }
    }
}
