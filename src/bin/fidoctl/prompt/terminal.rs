//! The controlling terminal: questions go there, never to stdout.

use std::io::{BufRead, BufReader, ErrorKind, IsTerminal, Write};

use fidoctl::client::interaction::Declined;
use zeroize::Zeroizing;

use crate::interrupts::Interrupts;

/// A person at a terminal, if there is one.
pub struct Terminal {
    present: bool,
    interrupts: Interrupts,
}

impl Terminal {
    /// Looks whether a person is there: stdin or stderr is a terminal, and questions are allowed.
    pub fn new(questions_allowed: bool, interrupts: Interrupts) -> Self {
        let attached = std::io::stdin().is_terminal() || std::io::stderr().is_terminal();
        Terminal { present: questions_allowed && attached, interrupts }
    }

    /// Tells whether questions can be asked.
    pub fn is_present(&self) -> bool {
        self.present
    }

    /// Asks for a secret without echo.
    pub fn secret(&self, question: &str) -> Result<Zeroizing<String>, Declined> {
        let restore = echo_restorer().filter(|_| self.present).ok_or(Declined::NoTerminal)?;
        let answer = self
            .interrupts
            .while_asking(restore, || rpassword::prompt_password(format!("{question}: ")));
        answer.map(Zeroizing::new).map_err(|error| match error.kind() {
            // Ctrl-C comes as a character while echo is off, and Ctrl-D as the end.
            ErrorKind::Interrupted | ErrorKind::UnexpectedEof => Declined::Cancelled,
            _ => Declined::NoTerminal,
        })
    }

    /// Asks for a line; `None` if nobody can be asked.
    pub fn line(&self, question: &str) -> Option<String> {
        if !self.present {
            return None;
        }
        let (mut output, input) = open_terminal()?;
        write!(output, "{question} ").ok()?;
        output.flush().ok()?;
        let mut answer = String::new();
        let read =
            self.interrupts.while_asking(|| (), || BufReader::new(input).read_line(&mut answer));
        match read {
            Ok(0) | Err(_) => None,
            Ok(_) => Some(answer.trim().to_owned()),
        }
    }
}

#[cfg(unix)]
fn open_terminal() -> Option<(std::fs::File, std::fs::File)> {
    let terminal = std::fs::File::options().read(true).write(true).open("/dev/tty").ok()?;
    Some((terminal.try_clone().ok()?, terminal))
}

#[cfg(windows)]
fn open_terminal() -> Option<(std::fs::File, std::fs::File)> {
    let output = std::fs::File::options().write(true).open("CONOUT$").ok()?;
    let input = std::fs::File::options().read(true).open("CONIN$").ok()?;
    Some((output, input))
}

/// Remembers the terminal's settings, to be put back if a signal comes while echo is off.
#[cfg(unix)]
fn echo_restorer() -> Option<impl Fn() + Send + 'static> {
    use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
    let terminal = std::fs::File::options().read(true).write(true).open("/dev/tty").ok()?;
    let settings = tcgetattr(&terminal).ok()?;
    Some(move || {
        let _best_effort = tcsetattr(&terminal, OptionalActions::Now, &settings);
        let _best_effort = (&terminal).write_all(b"\n");
    })
}

#[cfg(windows)]
fn echo_restorer() -> Option<impl Fn() + Send + 'static> {
    Some(|| ())
}
