//! A virtual key at the end of a cable that may be bad, or pulled.

use std::time::Duration;

use super::FaultScript;
use super::injector::Injector;
use super::line::Unplugged;
use crate::authenticator::{Authenticator, Controls, CtapHidDevice, StoreError};
use crate::ctaphid::Report;

/// More frames than a key has to say at a time.
const MOST_FRAMES: usize = 4096;

/// [`CtapHidDevice`] with a cable.
pub struct FaultyDevice {
    device: CtapHidDevice,
    cable: Injector,
    plugged_in: bool,
    controls: Controls,
}

impl FaultyDevice {
    /// Connects a key; a script without faults is a good cable.
    pub fn new(device: CtapHidDevice, faults: FaultScript) -> Self {
        let cable = Injector::new(faults);
        FaultyDevice { device, cable, plugged_in: true, controls: Controls::default() }
    }

    /// Takes orders to unplug and plug in.
    pub fn with_controls(mut self, controls: Controls) -> Self {
        self.controls = controls;
        self
    }

    /// Takes a report from a client.
    pub fn receive(&mut self, report: &Report) {
        if !self.plugged_in {
            return;
        }
        if self.cable.is_harmless() {
            return self.device.receive(report);
        }
        let sent = self.cable.host_sends(report, self.now());
        self.go_on(sent);
        self.poll();
    }

    /// Lets time pass.
    pub fn poll(&mut self) {
        match self.controls.take_plug() {
            Some(true) => {
                if let Err(error) = self.plug_in() {
                    log::error!("the key stays unplugged: {error}");
                }
            }
            Some(false) => self.unplug(),
            None => {}
        }
        self.device.poll();
        if self.cable.is_harmless() || !self.plugged_in {
            return;
        }
        let now = self.now();
        while let Some(report) = self.cable.reach_key(now) {
            self.device.receive(&report);
        }
        self.collect();
        let told = self.cable.poll(now);
        self.go_on(told);
    }

    /// Returns the next report for the clients.
    pub fn take_report(&mut self) -> Option<Report> {
        if self.cable.is_harmless() {
            return self.device.take_report();
        }
        self.collect();
        self.cable.reach_host(self.now())
    }

    /// Tells how long from now [`Self::poll`] has something to do; `None` if never.
    pub fn next_poll(&self) -> Option<Duration> {
        let cable = self.cable.next_event().map(|due| due.saturating_sub(self.now()));
        cable.into_iter().chain(self.device.next_poll()).min()
    }

    /// Tells whether the key is there for its clients.
    pub fn is_plugged_in(&self) -> bool {
        self.plugged_in
    }

    /// Pulls the key out: what its clients have left is over.
    pub fn unplug(&mut self) {
        self.plugged_in = false;
        self.device.disconnect();
        self.cable.clear();
    }

    /// Plugs the key in, pulled out first if it is there: a power cycle.
    pub fn plug_in(&mut self) -> Result<(), StoreError> {
        self.unplug();
        self.device.power_cycle()?;
        self.plugged_in = true;
        Ok(())
    }

    /// Returns the authenticator behind.
    pub fn authenticator(&mut self) -> &mut Authenticator {
        self.device.authenticator()
    }

    /// Carries what the key says as far as the cable reaches.
    fn collect(&mut self) {
        let now = self.now();
        for _ in 0..MOST_FRAMES {
            let Some(report) = self.device.take_report() else { break };
            let sent = self.cable.key_sends(&report, now);
            self.go_on(sent);
        }
    }

    fn go_on(&mut self, sent: Result<(), Unplugged>) {
        if let Err(Unplugged) = sent {
            self.unplug();
        }
    }

    fn now(&self) -> Duration {
        self.device.now()
    }
}
