//! Recording a run, and repeating a recorded one.

use std::cell::{Cell, RefCell};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use fidoctl::pin_uv::{OsRandom, Random, RandomUnavailable, SeededRandom, random_bytes};
use fidoctl::transcript::{Header, Key, Secrets, Seed, Transcript};
use fidoctl::transport::{Recorder, Replay, ReportPipe, Selector};

use crate::arguments::TraceArgs;
use crate::device::Target;
use crate::failure::{Failure, Kind};
use crate::input::read_file;
use crate::randomness;
use crate::whole_file::WholeFile;

/// What records this run, or repeats one; or neither.
pub struct Tracing {
    recording: Option<Recording>,
    file: Cell<Option<WholeFile>>,
    replay: Option<Replay>,
    secret_random: Option<Shared>,
}

struct Recording {
    recorder: Recorder,
    header: RefCell<Header>,
}

/// One source of randomness for all sessions of a run.
#[derive(Clone)]
struct Shared(Arc<Mutex<SeededRandom>>);

impl Random for Shared {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomUnavailable> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill(out)
    }
}

impl Tracing {
    /// Reads the transcript to be played, and reserves the file for the one to be written.
    pub fn new(args: &TraceArgs, device: Option<&Selector>) -> Result<Self, Failure> {
        let replay = match device {
            Some(Selector::Replay(path)) => Some(Replay::new(read_transcript(path)?)),
            _ => None,
        };
        let played = replay.as_ref().map(|replay| &replay.transcript().header);
        let fresh = || random_bytes(&mut OsRandom).map_err(|e| Failure::new(Kind::INTERNAL, e));
        let file = match &args.file {
            None if args.secrets || args.overwrite => {
                return Err(Failure::message(Kind::USAGE, "no transcript is written")
                    .hint("name the file with --trace FILE"));
            }
            None => None,
            Some(path) if !args.overwrite && path.exists() => {
                let message = format!("{} exists already", path.display());
                return Err(Failure::message(Kind::EXISTS, message)
                    .hint("choose another name, or add --trace-overwrite to replace it"));
            }
            Some(path) => Some(WholeFile::reserve(path, args.overwrite)?),
        };
        let secrets = if args.secrets { Secrets::Included } else { Secrets::LeftOut };
        let random: Option<Seed> = match (played, &file) {
            (Some(header), _) => header.random,
            (None, Some(_)) => Some(fresh()?),
            (None, None) => None,
        };
        let secret_random: Option<Seed> = match (played, secrets) {
            (Some(header), _) => header.secret_random,
            (None, Secrets::Included) => Some(fresh()?),
            (None, Secrets::LeftOut) => None,
        };
        if let Some(seed) = random {
            randomness::seed(seed);
        }
        let recording = file.is_some().then(|| Recording {
            recorder: Recorder::new(secrets),
            header: RefCell::new(Header {
                program: format!("fidoctl {}", env!("CARGO_PKG_VERSION")),
                started: since_1970(),
                secrets,
                key: None,
                random,
                secret_random: secret_random.filter(|_| args.secrets),
            }),
        });
        let shared = |seed| Shared(Arc::new(Mutex::new(SeededRandom::new(seed))));
        let secret_random = secret_random.map(shared);
        Ok(Tracing { recording, file: Cell::new(file), replay, secret_random })
    }

    /// Returns where keys and nonces come from, where that is not the operating system.
    pub fn secret_random(&self) -> Option<Box<dyn Random + Send>> {
        let shared = self.secret_random.clone()?;
        Some(Box::new(shared))
    }

    /// Returns how the key was named that the transcript plays.
    pub fn played_key(&self) -> Option<Key> {
        self.replay.as_ref()?.transcript().header.key.clone()
    }

    /// Opens the key that the transcript plays.
    pub fn play(&self) -> Option<Box<dyn ReportPipe>> {
        self.replay.as_ref().map(Replay::open)
    }

    /// Puts the recorder in front of a key, if this run is recorded.
    pub fn record(&self, target: &Target, pipe: Box<dyn ReportPipe>) -> Box<dyn ReportPipe> {
        let Some(recording) = &self.recording else { return pipe };
        let key = Key { name: target.name(), description: target.json() };
        recording.header.borrow_mut().key.get_or_insert(key);
        recording.recorder.record(pipe)
    }

    /// Writes the transcript, however the command ended. The command's own failure goes before
    /// one of writing.
    pub fn finish<T>(&self, outcome: Result<T, Failure>) -> Result<T, Failure> {
        let (Some(recording), Some(file)) = (&self.recording, self.file.take()) else {
            return outcome;
        };
        let header = recording.header.borrow().clone();
        let transcript = Transcript { header, events: recording.recorder.events() };
        match (outcome, file.commit(transcript.to_json_lines().as_bytes())) {
            (Ok(_), Err(failure)) => Err(failure),
            (Err(failure), Err(unwritten)) => {
                log::warn!("{:#}", unwritten.error);
                Err(failure)
            }
            (outcome, Ok(())) => outcome,
        }
    }
}

/// Reads a transcript.
pub fn read_transcript(path: &std::path::Path) -> Result<Transcript, Failure> {
    let unreadable = |error: anyhow::Error| {
        let error = error.context(format!("{} is no transcript", path.display()));
        Failure::new(Kind::BAD_FILE, error).hint("record one with --trace FILE")
    };
    let text = String::from_utf8(read_file(path)?).map_err(|error| unreadable(error.into()))?;
    Transcript::from_json_lines(&text).map_err(|error| unreadable(error.into()))
}

fn since_1970() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}
