//! OpenSK behind a Unix socket: `opensk --unix PATH [--touch …] [--store FILE]`.
//! Ending the process and starting it again with the same store is a power cycle.

mod environment;
mod factory;
#[path = "../../options.rs"]
mod options;
mod sensor;
#[path = "../../socket.rs"]
mod socket;
mod store;
mod touch;

use std::rc::Rc;
use std::time::{Duration, Instant};

use opensk::{Ctap, Transport};

use environment::Environment;
use options::Options;
use socket::Socket;
use store::Store;

fn main() {
    let options = Options::from_command_line();
    let mut store = Store::open(options.store);
    factory::provision(&mut store).expect("fresh store");
    let socket = Rc::new(Socket::listen(&options.unix));
    let mut key = Ctap::new(Environment::new(socket.clone(), store, options.touch));

    // U2F does not wait for a touch: the host asks again until there was one.
    let mut touch_wanted_since: Option<Instant> = None;
    loop {
        if let Some(report) = socket.receive(Duration::from_millis(50)) {
            for reply in key.process_hid_packet(&report, Transport::MainHid) {
                socket.send(&reply);
            }
        }
        if !key.u2f_needs_user_presence() {
            touch_wanted_since = None;
        } else {
            let since = *touch_wanted_since.get_or_insert_with(Instant::now);
            if options.touch.given(since.elapsed()) {
                key.u2f_grant_user_presence();
            }
        }
    }
}
