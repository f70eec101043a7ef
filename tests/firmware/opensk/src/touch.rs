//! The touch, and the reports that come in while the key waits for it.

use std::rc::Rc;
use std::time::{Duration, Instant};

use opensk::api::connection::{HidConnection, RecvStatus, UsbEndpoint};
use opensk::api::user_presence::{UserPresence, UserPresenceError, UserPresenceWaitResult};
use opensk::ctap::status_code::CtapResult;

use crate::options::Touch;
use crate::socket::{Report, Socket};

pub struct Wire(pub Rc<Socket>);

impl HidConnection for Wire {
    fn send(&mut self, report: &Report, _: UsbEndpoint) -> CtapResult<()> {
        self.0.send(report);
        Ok(())
    }

    fn recv(&mut self, report: &mut Report, timeout_ms: usize) -> CtapResult<RecvStatus> {
        Ok(match self.0.receive(Duration::from_millis(timeout_ms as u64)) {
            Some(received) => {
                *report = received;
                RecvStatus::Received(UsbEndpoint::MainHid)
            }
            None => RecvStatus::Timeout,
        })
    }
}

pub struct Person {
    wire: Wire,
    touch: Touch,
    asked: Instant,
}

impl Person {
    pub fn new(socket: Rc<Socket>, touch: Touch) -> Self {
        Self { wire: Wire(socket), touch, asked: Instant::now() }
    }
}

impl UserPresence for Person {
    fn check_init(&mut self) {
        self.asked = Instant::now();
    }

    fn wait_with_timeout(
        &mut self,
        report: &mut Report,
        timeout_ms: usize,
    ) -> UserPresenceWaitResult {
        if let Touch::Refuse = self.touch {
            return Ok((Err(UserPresenceError::Declined), RecvStatus::Timeout));
        }
        let waited = self.asked.elapsed();
        if self.touch.given(waited) {
            return Ok((Ok(()), RecvStatus::Timeout));
        }
        let remaining =
            self.touch.remaining(waited).map_or(usize::MAX, |left| left.as_millis() as usize);
        let received = self.wire.recv(report, remaining.clamp(1, timeout_ms))?;
        Ok((Err(UserPresenceError::Timeout), received))
    }

    fn check_complete(&mut self) {}
}
