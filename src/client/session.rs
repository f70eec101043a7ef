//! An open key: one getInfo, one interaction, one deadline.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use super::Error;
use super::interaction::{TouchReason, UserInteraction};
use crate::cbor::Strictness;
use crate::ctap2::{GetInfoResponse, Permissions, Request};
use crate::pin_uv::PinUvAuthToken;
use crate::transport::{Properties, Transport};

/// What bounds a session.
#[derive(Clone, Debug)]
pub struct Limits {
    /// When everything must be over.
    pub deadline: Option<Instant>,
    /// Set by a signal handler to give up.
    pub cancel: Arc<AtomicBool>,
    /// How canonical the key's answers must be.
    pub strictness: Strictness,
    /// Spend a PIN that nobody types even when few tries are left.
    pub risk_last_pin_tries: bool,
}

/// A key that has said what it can do.
pub struct Session<'a> {
    transport: Box<dyn Transport>,
    info: GetInfoResponse,
    encoded_info: Vec<u8>,
    interaction: &'a mut dyn UserInteraction,
    limits: Limits,
}

impl<'a> Session<'a> {
    /// Asks the key what it can do.
    pub fn open(
        transport: Box<dyn Transport>,
        interaction: &'a mut dyn UserInteraction,
        limits: Limits,
    ) -> Result<Self, Error> {
        unimplemented!()
    }

    /// Returns what the key can do.
    pub fn info(&self) -> &GetInfoResponse {
        &self.info
    }

    /// Returns getInfo's answer as it came, without the status byte.
    pub fn encoded_info(&self) -> &[u8] {
        &self.encoded_info
    }

    /// Returns what the key said of itself on opening.
    pub fn properties(&self) -> Properties {
        self.transport.properties()
    }

    /// Sends one request and returns its answer.
    pub fn call<R: Request>(
        &mut self,
        request: &R,
        reason: TouchReason,
    ) -> Result<R::Response, Error> {
        unimplemented!()
    }
}
