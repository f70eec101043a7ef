//! The Nitrokey 3 FIDO application behind a Unix socket:
//! `nitrokey --unix PATH [--touch …] [--store FILE]`, which also writes `FILE.external`.
//! Ending the process and starting it again with the same store is a power cycle.

mod application;
mod board;
mod ctaphid;
#[path = "../../options.rs"]
mod options;
mod person;
#[path = "../../socket.rs"]
mod socket;

use std::sync::mpsc;
use std::thread;

use options::Options;
use socket::Socket;

fn main() {
    let options = Options::from_command_line();
    let (up, board_is_up) = mpsc::channel();
    let (request_sender, requests) = mpsc::channel();
    let (response_sender, responses) = mpsc::channel();
    thread::spawn(move || board::run(options.store, options.touch, up, requests, response_sender));

    board_is_up.recv().expect("the board did not start");
    let socket = Socket::listen(&options.unix);
    ctaphid::Device::new(socket, request_sender, responses).run()
}
