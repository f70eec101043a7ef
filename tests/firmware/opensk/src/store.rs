//! What the key remembers: numbered values, in a file of `number hex` lines if one is given.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use opensk::api::persist::{Persist, PersistIter};
use opensk::ctap::status_code::CtapResult;

pub struct Store {
    values: BTreeMap<usize, Vec<u8>>,
    file: Option<PathBuf>,
}

impl Store {
    pub fn open(file: Option<PathBuf>) -> Self {
        let text = match &file {
            Some(path) if path.exists() => fs::read_to_string(path).expect("cannot read the store"),
            _ => String::new(),
        };
        let values = text.lines().map(|line| parse(line).expect("damaged store")).collect();
        Self { values, file }
    }

    /// Whole or not at all: tests end this process without warning.
    fn save(&self) {
        let Some(path) = &self.file else { return };
        let mut text = String::new();
        for (number, value) in &self.values {
            write!(text, "{number} ").unwrap();
            value.iter().for_each(|byte| write!(text, "{byte:02x}").unwrap());
            text.push('\n');
        }
        let new = path.with_extension("new");
        fs::write(&new, text)
            .and_then(|()| fs::rename(&new, path))
            .expect("cannot write the store");
    }
}

fn parse(line: &str) -> Option<(usize, Vec<u8>)> {
    let (number, hex) = line.split_once(' ')?;
    let value =
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok());
    Some((number.parse().ok()?, value.collect::<Option<_>>()?))
}

impl Persist for Store {
    fn find(&self, number: usize) -> CtapResult<Option<Vec<u8>>> {
        Ok(self.values.get(&number).cloned())
    }

    fn insert(&mut self, number: usize, value: &[u8]) -> CtapResult<()> {
        self.values.insert(number, value.to_vec());
        self.save();
        Ok(())
    }

    fn remove(&mut self, number: usize) -> CtapResult<()> {
        self.values.remove(&number);
        self.save();
        Ok(())
    }

    fn iter(&self) -> CtapResult<PersistIter<'_>> {
        Ok(Box::new(self.values.keys().copied().map(Ok)))
    }
}
