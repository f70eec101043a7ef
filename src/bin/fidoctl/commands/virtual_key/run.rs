use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use fidoctl::authenticator::{Controls, FaultyDevice};
use fidoctl::serving::{self, ControlSocket, ServeError};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::plugged_in::{BehaviourArgs, controlled, of_serve_error, plug_in};
use crate::commands::Outcome;
use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::output::{Page, Report};

/// How often is looked whether a signal came while the command runs.
const PAUSE: Duration = Duration::from_millis(20);

/// Stands for the key's path in the command's arguments.
const PLACE: &[u8] = b"{}";

/// Run a program with a virtual key of its own
///
/// The key is plugged in before the program starts and gone when it has ended; its exit status
/// becomes that of this command. '{}' in the arguments stands for the path that other programs
/// take for a hidraw node, and FIDOCTL_DEVICE names the key to fidoctl itself,
/// FIDOCTL_CONTROL lets the program touch and unplug it.
/// Without --state the key is new, and forgotten at the end.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  fidoctl virtual run -- ssh-keygen -t ed25519-sk -O device={} -f id -N ''"
)]
pub struct Args {
    /// The virtual key's state file, made on first use; a new key for this run if left out
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,

    #[command(flatten)]
    behaviour: BehaviourArgs,

    /// The program and its arguments
    #[arg(required = true, trailing_var_arg = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

struct Ran(ExitStatus);

pub fn run(args: &Args, context: &mut Context) -> Outcome {
    let folder = tempfile::Builder::new()
        .prefix("fidoctl-")
        .tempdir()
        .map_err(|error| Failure::new(Kind::IO, error))?;
    let state = args.state.clone().unwrap_or_else(|| folder.path().join("key"));
    let controls = Controls::default();
    let device = plug_in(&state, &args.behaviour, &controls)?;
    let control = folder.path().join("control");
    let socket = ControlSocket::bind(&control).map_err(of_serve_error)?;
    // A name that stays when the key is unplugged and plugged in again.
    let link = folder.path().join("device");
    let ended = controlled(Some(&socket), &controls, || {
        served(device, &link, |path| {
            let mut child = start(&args.command, path, &control)?;
            wait(&mut child, &context.stop()).map_err(|error| Failure::new(Kind::IO, error))
        })
    })?;
    Ok(Box::new(Ran(ended)))
}

/// Offers the key while `work` is done with the path of its node.
fn served<T>(
    mut device: FaultyDevice,
    link: &Path,
    work: impl FnOnce(&Path) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let stop = AtomicBool::new(false);
    let (tell, told) = mpsc::channel();
    thread::scope(|scope| {
        let server = scope.spawn(|| {
            let mut ready = |selector: &str| {
                // Whoever asked waits until told.
                let _told = tell.send(selector.trim_start_matches("pty:").to_owned());
            };
            let ended = serving::serve_pty(&mut device, Some(link), &stop, &mut ready);
            drop(tell);
            ended
        });
        let done = told.recv().ok().map(|path| work(Path::new(&path)));
        stop.store(true, Ordering::Relaxed);
        let ended: Result<(), ServeError> = server.join().unwrap_or(Ok(()));
        // A key that failed explains why the program did.
        ended.map_err(of_serve_error)?;
        done.unwrap_or_else(|| Err(Failure::message(Kind::INTERNAL, "the key was never ready")))
    })
}

fn start(command: &[OsString], path: &Path, control: &Path) -> Result<Child, Failure> {
    let mut words = command.iter().map(|word| with_path(word, path));
    let program = words.next().unwrap_or_default();
    Command::new(&program)
        .args(words)
        .env("FIDOCTL_DEVICE", format!("pty:{}", path.display()))
        .env("FIDOCTL_CONTROL", control)
        .spawn()
        .map_err(|error| {
            let program = program.to_string_lossy().into_owned();
            Failure::new(Kind::USAGE, anyhow::Error::new(error).context(program))
                .hint("name a program that is there: fidoctl virtual run -- PROGRAM ARGUMENTS")
        })
}

/// Puts the path in each place for it.
fn with_path(word: &OsString, path: &Path) -> OsString {
    let mut rest = word.as_bytes();
    let mut out = Vec::new();
    while let Some((first, tail)) = rest.split_first() {
        match rest.strip_prefix(PLACE) {
            Some(tail) => {
                out.extend_from_slice(path.as_os_str().as_bytes());
                rest = tail;
            }
            None => {
                out.push(*first);
                rest = tail;
            }
        }
    }
    OsString::from_vec(out)
}

/// Waits for the program's end; a signal to us is passed on, once.
fn wait(child: &mut Child, stop: &AtomicBool) -> std::io::Result<ExitStatus> {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let (done, ended) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            while ended.recv_timeout(PAUSE) == Err(RecvTimeoutError::Timeout) {
                if stop.load(Ordering::SeqCst) {
                    // It may have ended by itself, from Ctrl-C above all.
                    let _gone = pid.map(|pid| kill_process(pid, Signal::TERM));
                    return;
                }
            }
        });
        let status = child.wait();
        drop(done);
        status
    })
}

impl Report for Ran {
    fn json(&self) -> Value {
        json!({ "schema": "fidoctl.virtual-run/1", "status": self.exit_status() })
    }

    fn human(&self, _: &mut Page) {}

    // Standard output belongs to the program.
    fn is_silent(&self) -> bool {
        true
    }

    // As shells have it for programs that a signal ended.
    fn exit_status(&self) -> u8 {
        let by_signal = || self.0.signal().map(|signal| signal.saturating_add(128));
        self.0.code().or_else(by_signal).and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_stands_wherever_its_place_is() {
        let path = Path::new("/dev/pts/7");
        for (word, wanted) in [
            ("{}", "/dev/pts/7"),
            ("device={}", "device=/dev/pts/7"),
            ("{}:{}", "/dev/pts/7:/dev/pts/7"),
            ("{", "{"),
            ("{ }", "{ }"),
            ("", ""),
        ] {
            assert_eq!(with_path(&word.into(), path), OsString::from(wanted), "{word}");
        }
    }
}
