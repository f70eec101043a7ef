//! PINs given beforehand: one line of stdin, a file, a descriptor, a variable, a program.

use std::collections::VecDeque;
use std::io::Read;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::pin_program;
use crate::arguments::{NewPinArgs, PinArgs};
use crate::failure::{Failure, Kind};

/// No PIN source is longer than this; what is longer is a mistake, such as a wrong file.
const LIMIT: u64 = 4096;

/// Where a PIN comes from.
#[derive(Clone, Debug)]
enum Source {
    File(PathBuf),
    Descriptor(i32),
    Variable(String),
    Program(String),
}

/// The sources named on the command line, and the lines of stdin.
pub struct PinSources {
    current: Option<Source>,
    new: Option<Source>,
    stdin: Option<VecDeque<Zeroizing<String>>>,
}

impl PinSources {
    /// Takes what the command line names; stdin is read now, once.
    pub fn new(current: &PinArgs, new: &NewPinArgs) -> Result<Self, Failure> {
        let stdin = if current.pin_stdin {
            Some(lines(&read_limited(std::io::stdin().lock(), "standard input")?))
        } else {
            None
        };
        Ok(PinSources {
            current: source(
                &current.pin_file,
                current.pin_fd,
                &current.pin_env,
                &current.pin_program,
            ),
            new: source(&new.new_pin_file, new.new_pin_fd, &new.new_pin_env, &new.new_pin_program),
            stdin,
        })
    }

    /// Tells whether the current PIN is given beforehand.
    pub fn has_current(&self) -> bool {
        self.current.is_some() || self.stdin.is_some()
    }

    /// Tells whether a program asks a person, so that a wrong PIN may be asked again.
    pub fn asks_a_person(&self) -> bool {
        matches!(self.current, Some(Source::Program(_)))
    }

    /// Returns the current PIN's text.
    pub fn current(&mut self, question: &str) -> Option<Result<Zeroizing<String>, Failure>> {
        self.take(self.current.clone(), question, "PIN")
    }

    /// Returns the new PIN's text.
    pub fn fresh(&mut self, question: &str) -> Option<Result<Zeroizing<String>, Failure>> {
        self.take(self.new.clone(), question, "new PIN")
    }

    fn take(
        &mut self,
        source: Option<Source>,
        question: &str,
        what: &str,
    ) -> Option<Result<Zeroizing<String>, Failure>> {
        match source {
            Some(source) => Some(read_source(&source, question)),
            None => self.stdin.as_mut().map(|lines| {
                lines.pop_front().ok_or_else(|| {
                    Failure::message(
                        Kind::PIN_NEEDED,
                        format!("standard input ended before the {what}"),
                    )
                    .hint("give one PIN a line: the current one first, then the new one")
                })
            }),
        }
    }
}

fn source(
    file: &Option<PathBuf>,
    descriptor: Option<i32>,
    variable: &Option<String>,
    program: &Option<String>,
) -> Option<Source> {
    let file = file.clone().map(Source::File);
    let descriptor = descriptor.map(Source::Descriptor);
    let variable = variable.clone().map(Source::Variable);
    let program = program.clone().map(Source::Program);
    file.or(descriptor).or(variable).or(program)
}

fn read_source(source: &Source, question: &str) -> Result<Zeroizing<String>, Failure> {
    let text = match source {
        Source::File(path) => read_file(path)?,
        // Opening /dev/fd gives a file of our own, so that no descriptor is closed twice.
        Source::Descriptor(number) => read_file(Path::new(&format!("/dev/fd/{number}")))?,
        Source::Variable(name) => Zeroizing::new(std::env::var(name).map_err(|_| {
            Failure::message(
                Kind::USAGE,
                format!("the environment variable {name} is not set, or is not text"),
            )
        })?),
        Source::Program(program) => pin_program::ask(program, question)?,
    };
    Ok(lines(&text).pop_front().unwrap_or_default())
}

fn read_file(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let name = path.display().to_string();
    let file = std::fs::File::open(path).map_err(|error| unreadable(&name, error))?;
    read_limited(file, &name)
}

fn read_limited(source: impl Read, name: &str) -> Result<Zeroizing<String>, Failure> {
    let limit = usize::try_from(LIMIT).unwrap_or(usize::MAX);
    // Room for everything at once: a buffer that moves leaves copies behind.
    let mut text = Zeroizing::new(String::with_capacity(limit + 1));
    source.take(LIMIT + 1).read_to_string(&mut text).map_err(|error| unreadable(name, error))?;
    if text.len() > limit {
        return Err(Failure::message(
            Kind::USAGE,
            format!("{name} holds more than {LIMIT} bytes, which is no PIN"),
        ));
    }
    Ok(text)
}

fn unreadable(name: &str, error: std::io::Error) -> Failure {
    Failure::new(
        Kind::USAGE,
        anyhow::Error::new(error).context(format!("cannot read the PIN from {name}")),
    )
}

/// One PIN a line; the newline is not part of it.
fn lines(text: &str) -> VecDeque<Zeroizing<String>> {
    text.lines().map(|line| Zeroizing::new(line.to_owned())).collect()
}
