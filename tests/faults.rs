//! Each fault at each frame and each message of what people do most: the client ends in time, with
//! the right result or an error that says what happened.
//!
//! The summary is `docs/faults.md`; where it differs, the test leaves the new one in `target/tmp`.

#![cfg(test)]
#![cfg(feature = "virtual-key")]

mod scripted_key;

#[path = "faults/law.rs"]
mod law;
#[path = "faults/operations.rs"]
mod operations;
#[path = "faults/rig.rs"]
mod rig;
#[path = "faults/summary.rs"]
mod summary;

use std::fs;
use std::path::Path;
use std::thread;

use law::{Verdict, judge};
use operations::{Keys, Operation};
use summary::summary;

/// Faults of a frame. Bytes 0 to 3 are the channel, 4 the command or the number, 5 and 6 a length.
const FRAME_FAULTS: [&str; 17] = [
    "drop",
    "delay=300",
    "delay=20000",
    "duplicate",
    "reorder",
    "truncate=0",
    "truncate=7",
    "truncate=40",
    "corrupt=3",
    "corrupt=4",
    "corrupt=5",
    "corrupt=6",
    "corrupt=7",
    "corrupt=8",
    "corrupt=40",
    "channel",
    "sequence",
];

/// Faults of a message. Byte 0 of its answer is the status.
const MESSAGE_FAULTS: [&str; 37] = [
    "drop",
    "delay=300",
    "delay=20000",
    "duplicate",
    "truncate=0",
    "truncate=1",
    "truncate=2",
    "truncate=60",
    "corrupt=0",
    "corrupt=1",
    "corrupt=2",
    "corrupt=3",
    "corrupt=10",
    "corrupt=60",
    "channel",
    "busy",
    "busy=5",
    "busy=always",
    "error=0x01",
    "error=0x02",
    "error=0x04",
    "error=0x05",
    "error=0x0b",
    "error=0x7f",
    "keepalive",
    "keepalive=touch",
    "status=0x00",
    "status=0x01",
    "status=0x2d",
    "status=0x2e",
    "status=0x31",
    "status=0x33",
    "status=0x34",
    "status=0x36",
    "status=0xf2",
    "garbage",
    "garbage=a101ff",
];

pub(crate) struct Case {
    pub(crate) operation: Operation,
    pub(crate) fault: &'static str,
    pub(crate) place: &'static str,
    pub(crate) number: usize,
}

impl Case {
    pub(crate) fn script(&self) -> String {
        format!("{}@{}:{}", self.fault, self.place, self.number)
    }
}

/// Generates every case from what passes where nothing goes wrong.
fn cases(keys: &Keys) -> Vec<Case> {
    let mut cases = Vec::new();
    for operation in Operation::ALL {
        let traffic = keys.attempt(operation, &Default::default()).run.traffic;
        let mut add = |faults: &[&'static str], place, count| {
            for number in 1..=count {
                let case = |fault: &&'static str| Case { operation, fault, place, number };
                cases.extend(faults.iter().map(case));
            }
        };
        for (place, count) in [("to-key", traffic.to_key), ("from-key", traffic.from_key)] {
            add(&FRAME_FAULTS, place, count);
            add(&["vanish"], place, count);
        }
        add(&MESSAGE_FAULTS, "message", traffic.messages);
        add(&["vanish"], "message", traffic.messages);
    }
    cases
}

fn judge_all(keys: &Keys, cases: &[Case]) -> Vec<Verdict> {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let share = cases.len().div_ceil(workers).max(1);
    thread::scope(|scope| {
        let judge_share = |cases| {
            move || -> Vec<Verdict> {
                let cases: &[Case] = cases;
                cases.iter().map(|case| judge(keys, case)).collect()
            }
        };
        let shares: Vec<_> =
            cases.chunks(share).map(|cases| scope.spawn(judge_share(cases))).collect();
        shares.into_iter().flat_map(|share| share.join().unwrap()).collect()
    })
}

#[test]
fn every_fault_ends_in_time_with_the_truth() {
    let keys = Keys::new();
    let cases = cases(&keys);
    assert!(cases.len() > 2000, "{} cases", cases.len());
    let verdicts = judge_all(&keys, &cases);
    let broken: Vec<String> = cases
        .iter()
        .zip(&verdicts)
        .filter_map(|(case, verdict)| {
            let problem = verdict.problem.as_ref()?;
            Some(format!("{:?} {}: {problem}", case.operation, case.script()))
        })
        .collect();
    assert!(broken.is_empty(), "{} of {}:\n{}", broken.len(), cases.len(), broken.join("\n"));
    let written = summary(&cases, &verdicts);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let documented = fs::read_to_string(root.join("docs/faults.md")).unwrap_or_default();
    let fresh = Path::new(env!("CARGO_TARGET_TMPDIR")).join("faults.md");
    fs::write(&fresh, &written).unwrap();
    assert!(documented == written, "docs/faults.md is not what {} is", fresh.display());
}
