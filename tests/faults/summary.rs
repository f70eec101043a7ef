//! The matrix in a page.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::Case;
use crate::law::{ALTERED, INCOMPLETE, RIGHT, Verdict};
use crate::operations::Operation;

const HEAD: &str = "\
# Faults

What the client makes of a bad cable: each fault at each frame and each message of what people do most, one at a time.
Written by `cargo test --test faults`, which also checks each case: the client ends within its deadline, it never
panics, no result is wrong, and no PIN try is spent without being told.

How to bring faults about: `fidoctl virtual serve --fault`, `fidoctl virtual run --fault` and
`--device 'virtual:FILE?fault=…'`; the words of the first column, then `@to-key:N` or `@from-key:N` for the Nth frame in
that direction, or `@message:N` for the Nth message and its answer.

* **right result**: the same as without the fault.
* **told incomplete**: a listing that says that something is missing.
* **altered**: bytes of the answer differ that nothing vouches for, such as an account's name in a listing, or the status
  byte that is all of the answer to a change of the PIN. CTAPHID has no checksums; on USB the bus has them.
* Everything else is the client's error.
";

pub(crate) fn summary(cases: &[Case], verdicts: &[Verdict]) -> String {
    let mut out = HEAD.to_owned();
    writeln!(out, "\n{} cases.\n\n## Operations\n", cases.len()).unwrap();
    writeln!(out, "| Operation | Cases | Right result | Told incomplete | Altered | Errors |")
        .unwrap();
    writeln!(out, "| --- | --- | --- | --- | --- | --- |").unwrap();
    for operation in Operation::ALL {
        let of_it = |(case, _): &(&Case, &Verdict)| case.operation == operation;
        let whats: Vec<&str> = cases
            .iter()
            .zip(verdicts)
            .filter(of_it)
            .map(|(_, verdict)| verdict.what.as_str())
            .collect();
        let count = |wanted: &str| whats.iter().filter(|what| **what == wanted).count();
        let (right, incomplete, altered) = (count(RIGHT), count(INCOMPLETE), count(ALTERED));
        let errors = whats.len() - right - incomplete - altered;
        let name = operation.name();
        writeln!(
            out,
            "| {name} | {} | {right} | {incomplete} | {altered} | {errors} |",
            whats.len()
        )
        .unwrap();
    }
    for (title, places) in
        [("Faults of a frame", &["to-key", "from-key"][..]), ("Faults of a message", &["message"])]
    {
        writeln!(out, "\n## {title}\n\n| Fault | Cases | What came of them |\n| --- | --- | --- |")
            .unwrap();
        let mut rows: Vec<(&str, BTreeMap<&str, usize>)> = Vec::new();
        for (case, verdict) in cases.iter().zip(verdicts) {
            if !places.contains(&case.place) {
                continue;
            }
            if !rows.iter().any(|(fault, _)| *fault == case.fault) {
                rows.push((case.fault, BTreeMap::new()));
            }
            for (_, whats) in rows.iter_mut().filter(|(fault, _)| *fault == case.fault) {
                *whats.entry(&verdict.what).or_default() += 1;
            }
        }
        for (fault, whats) in rows {
            let mut whats: Vec<(&str, usize)> = whats.into_iter().collect();
            whats.sort_by_key(|(what, count)| (*what != RIGHT, usize::MAX - count));
            let cases: usize = whats.iter().map(|(_, count)| count).sum();
            let whats: Vec<String> =
                whats.iter().map(|(what, count)| format!("{what} {count}")).collect();
            writeln!(out, "| `{fault}` | {cases} | {} |", whats.join(", ")).unwrap();
        }
    }
    out
}
