//! What a server needs of a key.

use std::error::Error;
use std::time::Duration;

use crate::authenticator::{CtapHidDevice, FaultyDevice};
use crate::ctaphid::Report;

/// A key at the level of reports.
pub trait Device {
    /// Takes a report from a host.
    fn receive(&mut self, report: &Report);

    /// Gives the key time to work.
    fn poll(&mut self);

    /// Returns the next report to a host.
    fn take_report(&mut self) -> Option<Report>;

    /// Tells after what time the key wants to be polled, if it has something to do.
    fn next_poll(&self) -> Option<Duration>;

    /// Tells whether the key is there; where it is not, nothing is offered.
    fn is_plugged_in(&self) -> bool {
        true
    }

    /// Returns what makes the key useless from now on, such as a state that cannot be stored.
    fn take_fault(&mut self) -> Option<Box<dyn Error + Send + Sync>> {
        None
    }
}

impl Device for CtapHidDevice {
    fn receive(&mut self, report: &Report) {
        CtapHidDevice::receive(self, report);
    }

    fn poll(&mut self) {
        CtapHidDevice::poll(self);
    }

    fn take_report(&mut self) -> Option<Report> {
        CtapHidDevice::take_report(self)
    }

    fn next_poll(&self) -> Option<Duration> {
        CtapHidDevice::next_poll(self)
    }

    fn take_fault(&mut self) -> Option<Box<dyn Error + Send + Sync>> {
        Some(self.authenticator().take_store_error()?.into())
    }
}

impl Device for FaultyDevice {
    fn receive(&mut self, report: &Report) {
        FaultyDevice::receive(self, report);
    }

    fn poll(&mut self) {
        FaultyDevice::poll(self);
    }

    fn take_report(&mut self) -> Option<Report> {
        FaultyDevice::take_report(self)
    }

    fn next_poll(&self) -> Option<Duration> {
        FaultyDevice::next_poll(self)
    }

    fn is_plugged_in(&self) -> bool {
        FaultyDevice::is_plugged_in(self)
    }

    fn take_fault(&mut self) -> Option<Box<dyn Error + Send + Sync>> {
        Some(self.authenticator().take_store_error()?.into())
    }
}
