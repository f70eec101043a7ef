//! What every command needs: the flags, the person, the key.

use std::time::{Duration, Instant};

use fidoctl::cbor::Strictness;
use fidoctl::client::{Limits, Session};
use fidoctl::transport::{Interruption, Keepalive, Selector, Transport, Watch};
use serde_json::json;

use crate::arguments::{Global, NewPinArgs};
use crate::device::{self, Target};
use crate::failure::{Failure, Kind};
use crate::hints;
use crate::interrupts::Interrupts;
use crate::prompt::{PinSources, Progress, ProgressForm, Prompter, Terminal};
use crate::tracing::Tracing;

/// How long an operation may take if nobody says so.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(300);

/// Flags turned into what they mean.
pub struct Context {
    /// What was typed.
    pub global: Global,
    interrupts: Interrupts,
    deadline: Option<Instant>,
    tracing: Tracing,
}

impl Context {
    /// Reads the flags; opens nothing.
    pub fn new(global: Global) -> Result<Self, Failure> {
        let level = match global.verbose {
            0 => log::LevelFilter::Warn,
            1 => log::LevelFilter::Debug,
            _ => log::LevelFilter::Trace,
        };
        env_logger::Builder::new().filter_level(level).format_target(false).init();
        let interrupts =
            Interrupts::install().map_err(|error| Failure::new(Kind::INTERNAL, error))?;
        let tracing = Tracing::new(&global.trace, global.device.as_ref())?;
        let mut context = Context { global, interrupts, deadline: None, tracing };
        context.deadline = Instant::now().checked_add(context.timeout());
        if let Some(Selector::Replay(path)) = &context.global.device {
            let text = format!("note: {} plays the key; no key is asked", path.display());
            context.progress().event("replaying", json!({}), &text);
        }
        Ok(context)
    }

    /// Returns what records this run, or repeats one.
    pub fn tracing(&self) -> &Tracing {
        &self.tracing
    }

    /// Returns how long an operation may take.
    pub fn timeout(&self) -> Duration {
        self.global.timeout.unwrap_or(DEFAULT_TIMEOUT)
    }

    /// Gives the operation so much time from now on, unless the flags say how much it gets.
    pub fn allow(&mut self, time: Duration) {
        if self.global.timeout.is_none() {
            self.deadline = Instant::now().checked_add(time);
        }
    }

    /// Returns the person at the terminal, if questions are allowed.
    pub fn terminal(&self) -> Terminal {
        Terminal::new(!self.global.no_input, self.interrupts.clone())
    }

    /// Returns what shows progress.
    pub fn progress(&self) -> Progress {
        let quiet = self.global.quiet && self.global.progress == ProgressForm::Text;
        Progress::new(if quiet { ProgressForm::None } else { self.global.progress })
    }

    /// Returns what answers the library's questions.
    pub fn prompter(&self, new_pin: &NewPinArgs) -> Result<Prompter, Failure> {
        let sources = PinSources::new(&self.global.pin, new_pin)?;
        Ok(Prompter::new(sources, self.terminal(), self.progress()))
    }

    /// Returns what bounds exchanges with the key.
    pub fn limits(&self, risk_last_pin_tries: bool) -> Limits {
        Limits {
            deadline: self.deadline,
            cancel: self.interrupts.cancel(),
            strictness: if self.global.lenient_cbor {
                Strictness::Tolerant
            } else {
                Strictness::Canonical
            },
            risk_last_pin_tries,
        }
    }

    /// Returns the flag that a signal sets, for servers to stop on.
    #[cfg(feature = "virtual-key")]
    pub fn stop(&self) -> std::sync::Arc<std::sync::atomic::AtomicBool> {
        self.interrupts.cancel()
    }

    /// Returns when something must be over that begins now and gets so much time, unless the flags
    /// say how much it gets.
    pub fn deadline_for(&self, time: Duration) -> Option<Instant> {
        Instant::now().checked_add(self.global.timeout.unwrap_or(time))
    }

    /// Tells whether a signal has come.
    pub fn is_cancelled(&self) -> bool {
        self.interrupts.cancel().load(std::sync::atomic::Ordering::SeqCst)
    }

    /// Waits a little; ends early with a failure on a signal or at the deadline.
    pub fn pause(&self, duration: Duration) -> Result<(), Failure> {
        if self.is_cancelled() {
            return Err(Failure::message(Kind::INTERRUPTED, "interrupted"));
        }
        if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Err(Failure::message(Kind::TIMEOUT, "the time allowed by --timeout is over"));
        }
        std::thread::sleep(duration);
        Ok(())
    }

    /// Opens the key that the flags mean.
    pub fn open(&self) -> Result<(Target, Box<dyn Transport>), Failure> {
        device::open(self)
    }

    /// Opens the key and asks what it can do, then runs `work` on it.
    pub fn with_session<T>(
        &self,
        prompter: &mut Prompter,
        risk_last_pin_tries: bool,
        work: impl FnOnce(&mut Session<'_>, &Target) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let (target, transport) = self.open()?;
        if target.chosen_by_touch() {
            prompter.key_is_unnamed();
        }
        self.with_transport(transport, prompter, risk_last_pin_tries, |session| {
            work(session, &target)
        })
    }

    /// Asks an open key what it can do, then runs `work` on it.
    pub fn with_transport<T>(
        &self,
        transport: Box<dyn Transport>,
        prompter: &mut Prompter,
        risk_last_pin_tries: bool,
        work: impl FnOnce(&mut Session<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let limits = self.limits(risk_last_pin_tries);
        let outcome =
            Session::open(transport, prompter, limits).map_err(Failure::from).and_then(|session| {
                let mut session = match self.tracing.secret_random() {
                    Some(random) => session.with_random(random),
                    None => session,
                };
                work(&mut session)
            });
        outcome.map_err(|failure| match prompter.take_source_failure() {
            Some(cause) => cause,
            None if failure.kind == Kind::TIMEOUT && prompter.touch_was_wanted() => {
                Failure { kind: Kind::NO_TOUCH, ..failure }
            }
            None => failure,
        })
    }
}

/// Follows exchanges that concern no session, such as INIT and PING.
pub struct QuietWatch(pub Limits);

impl Watch for QuietWatch {
    fn keepalive(&mut self, _: Keepalive) {}

    fn interruption(&self) -> Option<Interruption> {
        self.0.interruption()
    }
}

impl From<fidoctl::transport::TransportError> for Failure {
    fn from(error: fidoctl::transport::TransportError) -> Self {
        hints::of_transport_error(error)
    }
}

impl From<fidoctl::transport::PipeError> for Failure {
    fn from(error: fidoctl::transport::PipeError) -> Self {
        hints::of_pipe_error(error)
    }
}

/// Says that a question could not be asked.
pub fn needs(what: &str, option: &str) -> Failure {
    Failure::message(Kind::NO_CONSENT, format!("{what}, and there is nobody to ask"))
        .hint(format!("add {option} to say so beforehand"))
}
