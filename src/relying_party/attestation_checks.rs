//! What an attestation is held against (WebAuthn L3 §7.1 steps 21 to 26).

use super::report::Verdict;
use super::trust::{Certificate, verify_chain};
use super::{
    Attestation, AttestationKind, AttestationProblem, Error, Expectations, Report, Trust,
    authenticator_data,
};
use crate::webauthn::AuthenticatorData;

const UNVERIFIED: &str = "the attestation does not verify";
const WITHDRAWN: &str = "android-safetynet has been withdrawn and is not checked here";

pub(super) fn check(
    outcome: Option<&Result<Attestation, Error>>,
    data: Option<&AuthenticatorData>,
    wanted: &Expectations,
    report: &mut Report,
) {
    report.add("attestation", Verdict::of(outcome, authenticator_data::UNREADABLE, of_statement));
    let attestation = outcome.and_then(|outcome| outcome.as_ref().ok());
    let withdrawn = outcome.is_some_and(|outcome| of_statement(outcome) == NOT_JUDGED);
    let mut add = |name, demanded: bool, left_out, judge: &dyn Fn(&Attestation) -> Verdict| {
        let verdict = match attestation {
            _ if !demanded => Verdict::NotChecked(left_out),
            Some(attestation) => judge(attestation),
            // Nobody has said that the statement is wrong, but it proves nothing either.
            None if withdrawn => Verdict::Failed(Error::NotAttested),
            None => Verdict::NotChecked(UNVERIFIED),
        };
        report.add(name, verdict);
    };
    add("attestation-format", wanted.formats.is_some(), "any format is allowed", &|attestation| {
        let allowed = wanted.formats.iter().flatten().any(|name| *name == attestation.format);
        Verdict::ensure(allowed, Error::AttestationFormat(attestation.format.clone()))
    });
    add("attested", wanted.require_attestation, "attestation is not required", &|attestation| {
        Verdict::ensure(attestation.kind == AttestationKind::Basic, Error::NotAttested)
    });
    add("attestation-chain", wanted.trust.is_some(), "no roots given", &|attestation| {
        wanted.trust.as_ref().map_or(Ok(()), |trust| check_chains(attestation, trust)).into()
    });
    let credential = data.and_then(|data| data.attested_credential.as_ref());
    report.add(
        "aaguid",
        Verdict::of(credential, "there is no attested credential", |credential| {
            Verdict::of(wanted.aaguids.as_ref(), "any model is allowed", |models| {
                Verdict::ensure(models.contains(&credential.aaguid), Error::Aaguid)
            })
        }),
    );
}

const NOT_JUDGED: Verdict = Verdict::NotChecked(WITHDRAWN);

fn of_statement(outcome: &Result<Attestation, Error>) -> Verdict {
    match outcome {
        Err(Error::Attestation { problem: AttestationProblem::Withdrawn, .. }) => NOT_JUDGED,
        other => other.as_ref().map(|_| ()).map_err(Clone::clone).into(),
    }
}

/// Every statement with certificates must lead to a root, and there must be one.
pub(super) fn check_chains(attestation: &Attestation, trust: &Trust) -> Result<(), Error> {
    let roots: Vec<_> = trust.roots.iter().filter_map(|der| Certificate::parse(der)).collect();
    let mut certified = attestation.certified().peekable();
    certified.peek().ok_or(Error::NotAttested)?;
    certified.try_for_each(|statement| {
        let chain: Option<Vec<_>> =
            statement.certificates.iter().map(|der| Certificate::parse(der)).collect();
        let chain = chain.ok_or(Error::ChainUnreadable)?;
        verify_chain(&chain, &roots, trust.at).map(|_| ()).map_err(Error::Chain)
    })
}
