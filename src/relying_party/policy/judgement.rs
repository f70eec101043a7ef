//! What a clause comes to.

/// Whether a clause is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is.
    Met,
    /// It is not.
    NotMet,
    /// There is no telling; what is missing.
    CannotTell(Missing),
}

/// What would have to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Missing {
    /// The model's metadata.
    Metadata,
    /// A registration.
    Registration,
    /// The key itself.
    Key,
    /// Something that the key, the registration or the metadata could tell but do not.
    Statement,
}

/// What a verdict rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Basis {
    /// On what the key, the registration or the policy itself says.
    Stated,
    /// On what the metadata say of the model.
    Metadata,
    /// On what usually follows from what is known.
    Inferred,
}

/// An outcome, why, and what it rests on.
#[derive(Clone, Debug)]
pub(super) struct Judgement {
    pub(super) outcome: Outcome,
    pub(super) why: String,
    pub(super) basis: Basis,
}

impl Judgement {
    pub(super) fn stated(met: bool, why: impl Into<String>) -> Self {
        Judgement { outcome: Outcome::of(met), why: why.into(), basis: Basis::Stated }
    }

    pub(super) fn inferred(met: bool, why: impl Into<String>) -> Self {
        Judgement { basis: Basis::Inferred, ..Judgement::stated(met, why) }
    }

    pub(super) fn cannot_tell(missing: Missing, why: impl Into<String>) -> Self {
        Judgement { outcome: Outcome::CannotTell(missing), why: why.into(), basis: Basis::Stated }
    }

    /// The same, resting on something else.
    pub(super) fn on(self, basis: Basis) -> Self {
        Judgement { basis, ..self }
    }
}

impl Outcome {
    fn of(met: bool) -> Self {
        if met { Outcome::Met } else { Outcome::NotMet }
    }
}
