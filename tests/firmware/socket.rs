//! 64-byte CTAPHID reports over a Unix stream socket, one client after another.
//! A client that goes away is an unwatched key, not an unplugged one.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

pub type Report = [u8; 64];

pub struct Socket {
    reports: Receiver<Report>,
    client: Arc<Mutex<Option<UnixStream>>>,
}

impl Socket {
    /// Says `ready` on stderr once clients can connect.
    pub fn listen(path: &Path) -> Self {
        // A process that was killed leaves its node behind.
        let _ = fs::remove_file(path);
        let listener = UnixListener::bind(path).expect("cannot listen on the socket");
        eprintln!("ready");

        let (sender, reports) = mpsc::channel();
        let client = Arc::new(Mutex::new(None));
        let current = client.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.expect("accept");
                *current.lock().unwrap() = Some(stream.try_clone().expect("second handle"));
                let mut report = [0; 64];
                while stream.read_exact(&mut report).is_ok() {
                    sender.send(report).expect("the key is gone");
                }
                *current.lock().unwrap() = None;
            }
        });
        Self { reports, client }
    }

    pub fn receive(&self, timeout: Duration) -> Option<Report> {
        self.reports.recv_timeout(timeout).ok()
    }

    /// What nobody is there to read is lost, as on USB.
    pub fn send(&self, report: &Report) {
        if let Some(client) = self.client.lock().unwrap().as_mut() {
            let _ = client.write_all(report);
        }
    }
}
