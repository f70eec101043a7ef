//! The firmware's CTAP application: one message in, one message out.

use std::sync::mpsc::{Receiver, Sender};

use ctaphid_app::{App, Command};
use fido_authenticator::{Authenticator, Config, FirmwareVersion, LargeBlobsConfig};
use heapless_bytes::Bytes;
use trussed_core::types::Location;

use crate::board::Client;
use crate::options::Touch;
use crate::person::Finger;

/// The longest message CTAPHID can carry.
pub const MAX_MESSAGE: usize = 7609;

pub struct Request {
    pub command: Command,
    pub message: Vec<u8>,
}

/// `None`: the application refused the message as such.
pub type Response = Option<Vec<u8>>;

/// Answers until nobody asks any more.
pub fn run(client: Client, touch: Touch, requests: Receiver<Request>, responses: Sender<Response>) {
    let config = Config {
        large_blobs: Some(LargeBlobsConfig { location: Location::External, max_size: 4096 }),
        firmware_version: Some(FirmwareVersion::new(1)),
        ..Config::new(MAX_MESSAGE)
    };
    let mut authenticator = Authenticator::new(client, Finger(touch), config);
    for Request { command, message } in requests {
        let mut response = Bytes::<MAX_MESSAGE>::new();
        let done = authenticator.call(command, &message, &mut response);
        if responses.send(done.ok().map(|()| response.to_vec())).is_err() {
            return;
        }
    }
}
