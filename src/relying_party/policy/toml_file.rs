//! Policies of one's own, in TOML: one member a clause, and a name.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::{Clause, FORMS, Policy, PolicyError};

/// The member that is no clause.
const NAME: &str = "name";

impl Policy {
    /// Reads a policy file; `name` is what the policy is called if the file does not say.
    ///
    /// The clauses are those of [`FORMS`], each once. Members of other names are errors.
    pub fn from_toml(text: &str, name: &str) -> Result<Self, PolicyError> {
        let table = DeTable::parse(text).map_err(|error| PolicyError::Syntax {
            line: error.span().map_or(1, |span| line_of(text, &span)),
            message: error.message().to_owned(),
        })?;
        let mut members: Vec<_> = table.get_ref().iter().collect();
        members.sort_by_key(|(name, _)| name.span().start);
        let mut called = name.to_owned();
        let mut clauses = Vec::new();
        for (name, value) in members {
            if name.get_ref() == NAME {
                called = name_of_policy(text, value)?;
            } else {
                clauses.push(clause(text, name, value)?);
            }
        }
        if clauses.is_empty() {
            return Err(PolicyError::Empty);
        }
        Ok(Policy::new(called, clauses))
    }
}

fn clause(
    text: &str,
    name: &Spanned<DeString<'_>>,
    value: &Spanned<DeValue<'_>>,
) -> Result<Clause, PolicyError> {
    let Some(form) = FORMS.iter().find(|form| form.name == name.get_ref()) else {
        let line = line_of(text, &name.span());
        return Err(PolicyError::UnknownClause { line, name: name.get_ref().to_string() });
    };
    (form.parse)(value.get_ref()).map_err(|wanted| PolicyError::Value {
        line: line_of(text, &value.span()),
        clause: form.name,
        wanted,
    })
}

fn name_of_policy(text: &str, value: &Spanned<DeValue<'_>>) -> Result<String, PolicyError> {
    let name = value.get_ref().as_str().filter(|name| !name.is_empty());
    name.map(str::to_owned).ok_or_else(|| PolicyError::Value {
        line: line_of(text, &value.span()),
        clause: NAME,
        wanted: "a string is wanted".to_owned(),
    })
}

/// Returns the line, counted from 1, on which a span begins.
fn line_of(text: &str, span: &Range<usize>) -> usize {
    text.bytes().take(span.start).filter(|byte| *byte == b'\n').count() + 1
}
