//! A virtual key on a cable, on a clock that only waiting moves.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use fidoctl::authenticator::{
    Authenticator, CtapHidDevice, Environment, FaultScript, FaultyDevice, Presence, SeededRandom,
    State, StoreError,
};
use fidoctl::client::{Error, Limits, Session};
use fidoctl::ctaphid::{Command, Report, ReportKind};
use fidoctl::pin_uv::Random;
use fidoctl::transport::{
    Clock, CtapHidHost, Interruption, Keepalive, PipeError, ReportPipe, Timing, Watch,
};

use crate::scripted_key::{ScriptedPerson, limits};

/// When everything must be over.
const DEADLINE: Duration = Duration::from_secs(60);

/// How long it may take to end what is under way then.
const GRACE: Duration = Duration::from_secs(5);

/// When the tests take place, since the Unix epoch.
pub(crate) const START: Duration = Duration::from_secs(1_800_000_000);

/// What passed the cable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traffic {
    pub(crate) to_key: usize,
    pub(crate) from_key: usize,
    pub(crate) messages: usize,
}

/// What came of a run.
pub(crate) struct Run<T> {
    /// `None` if it panicked.
    pub(crate) outcome: Option<Result<T, Error>>,
    pub(crate) heard: Vec<String>,
    /// The key afterwards.
    pub(crate) state: State,
    pub(crate) traffic: Traffic,
    pub(crate) in_time: bool,
}

struct World {
    now: Duration,
    cancel: Arc<AtomicBool>,
    traffic: Traffic,
}

impl World {
    fn pass(&mut self, time: Duration) {
        self.now += time;
        if self.now >= START + DEADLINE {
            self.cancel.store(true, Ordering::SeqCst);
        }
    }
}

/// Runs an operation on a key in this state, with these faults on the way.
pub(crate) fn run<T>(
    state: &State,
    faults: &FaultScript,
    mut person: ScriptedPerson,
    operation: impl FnOnce(&mut Session<'_>) -> Result<T, Error>,
) -> Run<T> {
    let limits = limits();
    let cancel = Arc::clone(&limits.cancel);
    let world = Arc::new(Mutex::new(World { now: START, cancel, traffic: Traffic::default() }));
    let random = SeededRandom::at(1, state);
    let environment = TestEnvironment { world: Arc::clone(&world), random };
    let authenticator = Authenticator::new(state.clone(), Box::new(environment));
    let device = FaultyDevice::new(CtapHidDevice::new(authenticator), faults.clone());
    let device = Arc::new(Mutex::new(device));
    let pipe = Pipe { device: Arc::clone(&device), world: Arc::clone(&world) };
    let clock = WorldClock { base: Instant::now(), world: Arc::clone(&world) };
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let mut watch = Until(limits.clone());
        let timing = Timing::default();
        let host = CtapHidHost::open_with(Box::new(pipe), &mut watch, timing, Box::new(clock))?;
        operation(&mut Session::open(Box::new(host), &mut person, limits)?)
    }));
    let state = device.lock().unwrap().authenticator().state().clone();
    let world = world.lock().unwrap();
    Run {
        outcome: outcome.ok(),
        heard: person.heard,
        state,
        traffic: world.traffic,
        in_time: world.now <= START + DEADLINE + GRACE,
    }
}

struct Pipe {
    device: Arc<Mutex<FaultyDevice>>,
    world: Arc<Mutex<World>>,
}

impl ReportPipe for Pipe {
    fn write(&mut self, report: &Report) -> Result<(), PipeError> {
        {
            let traffic = &mut self.world.lock().unwrap().traffic;
            traffic.to_key += 1;
            let (_, kind) = ReportKind::parse(report);
            let begins =
                matches!(kind, ReportKind::Init { command, .. } if command != Command::CANCEL);
            traffic.messages += usize::from(begins);
        }
        let mut device = self.device.lock().unwrap();
        device.receive(report);
        if device.is_plugged_in() { Ok(()) } else { Err(PipeError::Gone) }
    }

    fn read(&mut self, timeout: Duration) -> Result<Option<Report>, PipeError> {
        let mut device = self.device.lock().unwrap();
        let mut left = timeout;
        loop {
            if let Some(report) = device.take_report() {
                self.world.lock().unwrap().traffic.from_key += 1;
                return Ok(Some(report));
            }
            if !device.is_plugged_in() {
                return Err(PipeError::Gone);
            }
            if left.is_zero() {
                return Ok(None);
            }
            let due = device.next_poll().unwrap_or(left);
            let step = due.max(Duration::from_millis(1)).min(left);
            self.world.lock().unwrap().pass(step);
            left -= step;
            device.poll();
        }
    }
}

struct WorldClock {
    base: Instant,
    world: Arc<Mutex<World>>,
}

impl Clock for WorldClock {
    fn now(&self) -> Instant {
        self.base + (self.world.lock().unwrap().now - START)
    }

    fn sleep(&self, duration: Duration) {
        self.world.lock().unwrap().pass(duration);
    }
}

struct TestEnvironment {
    world: Arc<Mutex<World>>,
    random: SeededRandom,
}

impl Environment for TestEnvironment {
    fn random(&mut self) -> &mut dyn Random {
        &mut self.random
    }

    fn now(&self) -> Duration {
        self.world.lock().unwrap().now
    }

    fn user_presence(&mut self, _: Duration) -> Presence {
        Presence::Given
    }

    fn save(&mut self, _: &State) -> Result<(), StoreError> {
        Ok(())
    }
}

struct Until(Limits);

impl Watch for Until {
    fn keepalive(&mut self, _: Keepalive) {}

    fn interruption(&self) -> Option<Interruption> {
        self.0.interruption()
    }
}
