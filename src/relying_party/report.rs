//! The outcome of a verification, check by check.

use super::{Attestation, Error};
use crate::webauthn::AuthenticatorData;

/// Every check of a ceremony, in an order that never changes.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub(super) checks: Vec<Check>,
    pub(super) authenticator_data: Option<AuthenticatorData>,
    pub(super) attestation: Option<Attestation>,
}

/// A check and how it went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// A name for scripts; it never changes.
    pub name: &'static str,
    /// How it went.
    pub verdict: Verdict,
}

/// How a check went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it should be.
    Passed,
    /// Not as it should be.
    Failed(Error),
    /// Not looked at; why.
    NotChecked(&'static str),
}

impl Report {
    /// Returns the checks, in order.
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// Tells whether no check failed. What was not checked is the caller's choice: a verdict
    /// follows from missing expectations, or from another check that did fail.
    pub fn is_genuine(&self) -> bool {
        self.failures().next().is_none()
    }

    /// Returns what failed, in order.
    pub fn failures(&self) -> impl Iterator<Item = &Error> {
        self.checks.iter().filter_map(|check| match &check.verdict {
            Verdict::Failed(error) => Some(error),
            _ => None,
        })
    }

    /// Returns the verdict on the check of this name.
    pub fn verdict(&self, name: &str) -> Option<&Verdict> {
        self.checks.iter().find_map(|check| (check.name == name).then_some(&check.verdict))
    }

    /// Returns the authenticator data, if they could be read; genuine only if the report is.
    pub fn authenticator_data(&self) -> Option<&AuthenticatorData> {
        self.authenticator_data.as_ref()
    }

    /// Returns what the attestation statement proves, if it was verified.
    pub fn attestation(&self) -> Option<&Attestation> {
        self.attestation.as_ref()
    }

    pub(super) fn add(&mut self, name: &'static str, verdict: impl Into<Verdict>) {
        self.checks.push(Check { name, verdict: verdict.into() });
    }
}

impl Verdict {
    /// Judges what is there; what is not there is not checked.
    pub(super) fn of<T, V: Into<Verdict>>(
        subject: Option<T>,
        why_not: &'static str,
        judge: impl FnOnce(T) -> V,
    ) -> Self {
        subject.map_or(Verdict::NotChecked(why_not), |subject| judge(subject).into())
    }

    /// Passed if `holds`, otherwise failed with `error`.
    pub(super) fn ensure(holds: bool, error: Error) -> Self {
        if holds { Verdict::Passed } else { Verdict::Failed(error) }
    }
}

impl From<Result<(), Error>> for Verdict {
    fn from(result: Result<(), Error>) -> Self {
        match result {
            Ok(()) => Verdict::Passed,
            Err(error) => Verdict::Failed(error),
        }
    }
}
