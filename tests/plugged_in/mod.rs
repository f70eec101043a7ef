//! A virtual key behind CTAPHID, in a world that the test moves by hand.
#![allow(dead_code, reason = "each test file uses its part")]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fidoctl::authenticator::{
    Authenticator, CreationOptions, CtapHidDevice, Environment, Finger, Presence, State, StoreError,
};
use fidoctl::ctaphid::{Command, Report, ReportKind};
use fidoctl::pin_uv::{OsRandom, Random};
use fidoctl::transport::{
    CtapHidHost, Interruption, Keepalive, PipeError, ReportPipe, Transport, Watch,
};

/// What the test decides and counts.
pub(crate) struct World {
    pub(crate) now: Duration,
    pub(crate) presence: Presence,
    /// When somebody comes and touches the key, whatever `presence` says.
    pub(crate) touched_from: Option<Duration>,
    /// Fingers laid on the sensor, one after the other; the right one when used up.
    pub(crate) fingers: VecDeque<Finger>,
    /// Messages that went to the key, INIT included.
    pub(crate) messages: usize,
    /// Their CTAPHID commands.
    pub(crate) commands: Vec<Command>,
}

/// A key that stays while transports come and go.
#[derive(Clone)]
pub(crate) struct PluggedKey {
    device: Arc<Mutex<CtapHidDevice>>,
    pub(crate) world: Arc<Mutex<World>>,
}

impl PluggedKey {
    pub(crate) fn new() -> Self {
        Self::with(&CreationOptions::default())
    }

    pub(crate) fn with(options: &CreationOptions) -> Self {
        let world = Arc::new(Mutex::new(World {
            now: Duration::from_secs(1_800_000_000),
            presence: Presence::Given,
            touched_from: None,
            fingers: VecDeque::new(),
            messages: 0,
            commands: Vec::new(),
        }));
        let now = world.lock().unwrap().now;
        let state = State::create(options, &mut OsRandom, now).unwrap();
        let environment = TestEnvironment { world: world.clone(), random: OsRandom };
        let authenticator = Authenticator::new(state, Box::new(environment));
        let device = Arc::new(Mutex::new(CtapHidDevice::new(authenticator)));
        PluggedKey { device, world }
    }

    /// Answers a U2F message with no transport in between.
    pub(crate) fn u2f(&self, apdu: &[u8]) -> Vec<u8> {
        self.device.lock().unwrap().authenticator().u2f(apdu).unwrap()
    }

    /// Opens a channel, as every command does.
    pub(crate) fn open(&self) -> Box<dyn Transport> {
        let pipe = Box::new(Pipe(self.clone()));
        Box::new(CtapHidHost::open(pipe, &mut Unwatched).unwrap())
    }

    /// Returns the way to the key, on which nothing was sent yet.
    pub(crate) fn pipe(&self) -> Box<dyn ReportPipe> {
        Box::new(Pipe(self.clone()))
    }

    pub(crate) fn replug(&self) {
        self.device.lock().unwrap().power_cycle().unwrap();
    }

    pub(crate) fn pass(&self, time: Duration) {
        self.world.lock().unwrap().now += time;
    }

    /// Returns the CTAPHID commands of the messages since the last question.
    pub(crate) fn take_commands(&self) -> Vec<Command> {
        std::mem::take(&mut self.world.lock().unwrap().commands)
    }

    /// Returns the number of messages since the last question.
    pub(crate) fn take_messages(&self) -> usize {
        std::mem::take(&mut self.world.lock().unwrap().messages)
    }
}

struct Pipe(PluggedKey);

impl ReportPipe for Pipe {
    fn write(&mut self, report: &Report) -> Result<(), PipeError> {
        if let (_, ReportKind::Init { command, .. }) = ReportKind::parse(report) {
            let mut world = self.0.world.lock().unwrap();
            world.messages += 1;
            world.commands.push(command);
        }
        self.0.device.lock().unwrap().receive(report);
        Ok(())
    }

    fn read(&mut self, timeout: Duration) -> Result<Option<Report>, PipeError> {
        let mut device = self.0.device.lock().unwrap();
        if let Some(report) = device.take_report() {
            return Ok(Some(report));
        }
        // Nobody waits here: the time is over at once.
        self.0.pass(timeout);
        device.poll();
        Ok(device.take_report())
    }
}

struct TestEnvironment {
    world: Arc<Mutex<World>>,
    random: OsRandom,
}

impl Environment for TestEnvironment {
    fn random(&mut self) -> &mut dyn Random {
        &mut self.random
    }

    fn now(&self) -> Duration {
        self.world.lock().unwrap().now
    }

    fn user_presence(&mut self, _since: Duration) -> Presence {
        let world = self.world.lock().unwrap();
        match world.touched_from {
            Some(from) if world.now >= from => Presence::Given,
            _ => world.presence,
        }
    }

    fn finger(&mut self, _since: Duration) -> Finger {
        self.world.lock().unwrap().fingers.pop_front().unwrap_or(Finger::Right)
    }

    fn save(&mut self, _: &State) -> Result<(), StoreError> {
        Ok(())
    }
}

struct Unwatched;

impl Watch for Unwatched {
    fn keepalive(&mut self, _: Keepalive) {}

    fn interruption(&self) -> Option<Interruption> {
        None
    }
}
