//! Lines of standard input as somebody writes them, one at a time, with an ear for signals.

use std::io::{BufRead, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use crate::context::Context;
use crate::failure::{Failure, Kind};

/// The longest line in bytes.
const LONGEST: u64 = 1 << 20;

/// How often it is looked whether to give up.
const TICK: Duration = Duration::from_millis(50);

/// A line without its end.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// What stands in it.
    Content(Vec<u8>),
    /// More than [`LONGEST`] bytes, which nobody keeps.
    TooLong,
}

/// Reads ahead by a line, in a thread of its own: reading cannot be interrupted.
pub struct InputLines(Receiver<std::io::Result<Line>>);

impl InputLines {
    /// Begins to read.
    pub fn of_stdin() -> Self {
        let (sender, receiver) = sync_channel(1);
        std::thread::spawn(move || {
            let mut input = std::io::stdin().lock();
            while let Some(line) = read_line(&mut input, LONGEST).transpose() {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        InputLines(receiver)
    }

    /// Returns the next line that is not empty, or `None` at the end.
    pub fn next(&self, context: &Context) -> Result<Option<Line>, Failure> {
        loop {
            if context.is_cancelled() {
                return Err(Failure::message(Kind::INTERRUPTED, "interrupted"));
            }
            match self.0.recv_timeout(TICK) {
                Ok(Ok(Line::Content(content))) if content.trim_ascii().is_empty() => {}
                Ok(Ok(line)) => return Ok(Some(line)),
                Ok(Err(error)) => {
                    let error = anyhow::Error::new(error).context("cannot read standard input");
                    return Err(Failure::new(Kind::IO, error));
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
            }
        }
    }
}

fn read_line(input: &mut impl BufRead, longest: u64) -> std::io::Result<Option<Line>> {
    let mut content = Vec::new();
    let length = input.take(longest.saturating_add(1)).read_until(b'\n', &mut content)?;
    match content.pop() {
        None => Ok(None),
        Some(b'\n') => Ok(Some(Line::Content(content))),
        Some(last) if u64::try_from(length).is_ok_and(|length| length <= longest) => {
            content.push(last);
            Ok(Some(Line::Content(content)))
        }
        Some(_) => input.skip_until(b'\n').map(|_| Some(Line::TooLong)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_bounded_and_the_next_one_is_whole() {
        let mut input = &b"12345678\n123456789\n\n12345678901234567890\nabc"[..];
        let mut lines = Vec::new();
        while let Some(line) = read_line(&mut input, 8).unwrap() {
            lines.push(line);
        }
        let content = |text: &str| Line::Content(text.as_bytes().to_vec());
        let expected =
            [content("12345678"), Line::TooLong, content(""), Line::TooLong, content("abc")];
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_line_too_long_by_its_end_only_is_none() {
        assert_eq!(read_line(&mut &b"123456789"[..], 8).unwrap(), Some(Line::TooLong));
        assert_eq!(read_line(&mut &b""[..], 8).unwrap(), None);
    }
}
