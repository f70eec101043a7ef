//! The control socket: a line says what the person, the plug or the clock of a served key is to do,
//! and is answered once it is done.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::error::ServeError;
use super::place::Place;
use crate::authenticator::{Control, Controls, Ticket};

/// How often is looked what is done.
const PAUSE: Duration = Duration::from_millis(5);

/// How long a program may take to say what it wants.
const SPEAKING: Duration = Duration::from_secs(1);

/// How long an order waits for its occasion.
const PATIENCE: Duration = Duration::from_secs(30);

/// The longest line in bytes.
const MAX_LINE: u64 = 1024;

/// Programs that wait at a time; more are turned away.
const MAX_WAITING: usize = 64;

const DONE: &str = "done";
const NO_OCCASION: &str = "no occasion";

/// Why an order was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum ControlFailure {
    /// No key is controlled there.
    #[error("no virtual key is controlled at {path}: {source}")]
    Unreachable {
        /// The socket.
        path: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The order waited in vain.
    #[error("the key did not want that within {} s", PATIENCE.as_secs())]
    NoOccasion,
    /// The order was not understood, or not taken; what came back.
    #[error("the key did not take the order: {0:?}")]
    NotTaken(String),
}

/// A socket that only this user can open, removed on drop.
pub struct ControlSocket {
    listener: UnixListener,
    _place: Place,
}

impl ControlSocket {
    /// Binds the socket.
    pub fn bind(path: &Path) -> Result<Self, ServeError> {
        let (listener, place) = Place::bind(path)?;
        let name = path.display().to_string();
        listener.set_nonblocking(true).map_err(ServeError::about(&name))?;
        Ok(ControlSocket { listener, _place: place })
    }

    /// Takes orders until `stop` is set.
    pub fn serve(&self, controls: &Controls, stop: &AtomicBool) {
        let mut waiting: Vec<(UnixStream, Ticket, Instant)> = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            match self.listener.accept() {
                Ok((stream, _)) if waiting.len() < MAX_WAITING => {
                    waiting.extend(hear(stream, controls));
                }
                // Turned away, or nobody there.
                Ok(_) | Err(_) => thread::sleep(PAUSE),
            }
            waiting.retain_mut(|(stream, ticket, since)| {
                let in_vain = since.elapsed() >= PATIENCE;
                if controls.waits(*ticket) && !in_vain {
                    return true;
                }
                controls.withdraw(*ticket);
                answer(stream, if in_vain { NO_OCCASION } else { DONE });
                false
            });
        }
    }
}

/// Hears what a program wants, and gives the order.
fn hear(mut stream: UnixStream, controls: &Controls) -> Option<(UnixStream, Ticket, Instant)> {
    stream.set_nonblocking(false).ok()?;
    stream.set_read_timeout(Some(SPEAKING)).ok()?;
    stream.set_write_timeout(Some(SPEAKING)).ok()?;
    let mut line = String::new();
    BufReader::new((&stream).take(MAX_LINE)).read_line(&mut line).ok()?;
    match line.trim_end().parse::<Control>() {
        Err(error) => {
            answer(&mut stream, &error.to_string());
            None
        }
        Ok(control) => match controls.give(control) {
            Some(ticket) => Some((stream, ticket, Instant::now())),
            None => {
                answer(&mut stream, "too many orders wait");
                None
            }
        },
    }
}

fn answer(stream: &mut UnixStream, text: &str) {
    if let Err(error) = writeln!(stream, "{text}") {
        log::debug!("whoever gave an order has gone: {error}");
    }
}

/// Gives a served key an order and waits until it is carried out.
pub fn control(path: &Path, control: &Control) -> Result<(), ControlFailure> {
    let unreachable =
        |source| ControlFailure::Unreachable { path: path.display().to_string(), source };
    let mut stream = UnixStream::connect(path).map_err(unreachable)?;
    stream.set_read_timeout(Some(PATIENCE + 2 * SPEAKING)).map_err(unreachable)?;
    writeln!(stream, "{control}").map_err(unreachable)?;
    let mut line = String::new();
    BufReader::new(stream.take(MAX_LINE)).read_line(&mut line).map_err(unreachable)?;
    match line.trim_end() {
        DONE => Ok(()),
        NO_OCCASION => Err(ControlFailure::NoOccasion),
        other => Err(ControlFailure::NotTaken(other.to_owned())),
    }
}
