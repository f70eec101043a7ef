//! Several statements about one credential (WebAuthn L3 §8.9).

use super::statement::{Attestation, AttestationKind, Refusal, Statement};
use crate::cbor::Value;
use crate::relying_party::AttestationProblem;

/// The standard wants at least two; more than these are not looked at.
const PARTS: std::ops::RangeInclusive<usize> = 2..=8;

/// Verifies every part: one that fails makes the whole fail, for nobody has said which would do.
pub(super) fn verify(statement: &Statement<'_>) -> Result<Attestation, Refusal> {
    let parts = statement.members.as_array().filter(|parts| PARTS.contains(&parts.len()));
    let parts = parts.ok_or(AttestationProblem::Parts)?;
    let verified: Result<Vec<_>, Refusal> = parts
        .iter()
        .map(|part| {
            let format = part.get("fmt").and_then(Value::as_text);
            let format = format.ok_or(AttestationProblem::Member("fmt"))?;
            let members = part.get("attStmt").ok_or(AttestationProblem::Member("attStmt"))?;
            Statement { format, members, ..*statement }.verify_single().map_err(|refusal| {
                match refusal {
                    Refusal::Problem(problem) => AttestationProblem::Part {
                        format: format.to_owned(),
                        problem: Box::new(problem),
                    }
                    .into(),
                    unsupported => unsupported,
                }
            })
        })
        .collect();
    let parts = verified?;
    let kind = parts.iter().map(|part| part.kind).max().unwrap_or(AttestationKind::None);
    Ok(Attestation { parts, ..statement.proves(kind, &[]) })
}
