//! A key on a Unix or TCP socket: 64-byte reports, several clients at once.

use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::event::{PollFd, PollFlags};

use super::bind::bind;
use super::client::Buffers;
use super::device::Device;
use super::error::ServeError;
use super::listener::{Connection, Listener};
use super::place::Place;
use super::ready_wait::wait;
use super::session::while_plugged_in;
use super::switchboard::{ClientId, Delivery, Switchboard};

/// Clients at a time; more are turned away.
const MAX_CLIENTS: usize = 64;

/// Bytes read from a client before others get their turn.
const READ_LENGTH: usize = 4096;

/// Serves on a Unix socket that only this user can open, until `stop` is set. `ready` is called
/// with the selector to use, `unix:PATH`, whenever the key is plugged in.
pub fn serve_unix(
    device: &mut dyn Device,
    path: &Path,
    stop: &AtomicBool,
    ready: &mut dyn FnMut(&str),
) -> Result<(), ServeError> {
    let name = format!("unix:{}", path.display());
    while_plugged_in(device, stop, &mut |device| {
        let (listener, _place) = Place::bind(path)?;
        serve(device, &Listener::Unix(listener), &name, stop, ready)
    })
}

/// Serves on a TCP socket until `stop` is set; port 0 for any that is free. `ready` is called once
/// with the selector to use: `tcp:HOST:PORT`. Whoever reaches the socket can use the key.
pub fn serve_tcp(
    device: &mut dyn Device,
    address: SocketAddr,
    allow_remote: bool,
    stop: &AtomicBool,
    ready: &mut dyn FnMut(&str),
) -> Result<(), ServeError> {
    let mut address = address;
    while_plugged_in(device, stop, &mut |device| {
        let name = format!("tcp:{address}");
        let listener = bind(&name, address, allow_remote, TcpListener::bind)?;
        // A port that was free stays this key's.
        address = listener.local_addr().map_err(ServeError::about(&name))?;
        serve(device, &Listener::Tcp(listener), &format!("tcp:{address}"), stop, ready)
    })
}

struct Client {
    connection: Connection,
    buffers: Buffers,
}

struct Server<'a> {
    switchboard: Switchboard<'a>,
    clients: BTreeMap<ClientId, Client>,
    next_client: ClientId,
}

fn serve(
    device: &mut dyn Device,
    listener: &Listener,
    name: &str,
    stop: &AtomicBool,
    ready: &mut dyn FnMut(&str),
) -> Result<(), ServeError> {
    listener.set_nonblocking().map_err(ServeError::about(name))?;
    let switchboard = Switchboard::new(device);
    let mut server = Server { switchboard, clients: BTreeMap::new(), next_client: 0 };
    ready(name);
    while !stop.load(Ordering::Relaxed) && server.switchboard.is_plugged_in() {
        server.turn(listener).map_err(ServeError::about(name))?;
        server.switchboard.check()?;
    }
    Ok(())
}

impl Server<'_> {
    /// Waits for something to happen and does what follows.
    fn turn(&mut self, listener: &Listener) -> io::Result<()> {
        let mut descriptors = vec![PollFd::new(listener, PollFlags::IN)];
        let mut polled = Vec::new();
        for (id, client) in &self.clients {
            let writing = client.buffers.is_writing();
            let events = if writing { PollFlags::IN | PollFlags::OUT } else { PollFlags::IN };
            descriptors.push(PollFd::new(&client.connection, events));
            polled.push(*id);
        }
        let events = wait(&mut descriptors, self.switchboard.next_poll())?;
        let (listening, events) = match events.split_first() {
            Some((first, rest)) => (*first, rest.to_vec()),
            None => return Ok(()),
        };
        for (id, events) in polled.into_iter().zip(events) {
            if events.intersects(PollFlags::IN | PollFlags::HUP | PollFlags::ERR) {
                self.read(id);
            }
        }
        let deliveries = self.switchboard.poll();
        self.deliver(deliveries);
        self.flush();
        if !listening.is_empty() {
            self.accept(listener);
        }
        Ok(())
    }

    fn accept(&mut self, listener: &Listener) {
        match listener.accept() {
            Ok(connection) if self.clients.len() < MAX_CLIENTS => {
                self.clients
                    .insert(self.next_client, Client { connection, buffers: Buffers::default() });
                self.next_client = self.next_client.wrapping_add(1);
            }
            Ok(_) => log::warn!("a client was turned away: {MAX_CLIENTS} are there already"),
            // The client has gone again, or there are no descriptors left for it.
            Err(error) => log::debug!("no client after all: {error}"),
        }
    }

    fn read(&mut self, id: ClientId) {
        let Some(client) = self.clients.get_mut(&id) else { return };
        let mut bytes = vec![0; READ_LENGTH];
        match client.connection.read(&mut bytes) {
            Ok(0) => self.leave(id),
            Ok(count) => {
                let reports = client.buffers.take(bytes.get(..count).unwrap_or_default());
                for report in reports {
                    let deliveries = self.switchboard.receive(id, &report);
                    self.deliver(deliveries);
                }
            }
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => {}
                _ => self.leave(id),
            },
        }
    }

    fn deliver(&mut self, deliveries: Vec<Delivery>) {
        for (id, report) in deliveries {
            if let Some(client) = self.clients.get_mut(&id)
                && client.buffers.push(&report).is_err()
            {
                log::warn!("a client that does not read was dropped");
                self.leave(id);
            }
        }
    }

    fn flush(&mut self) {
        let mut broken = Vec::new();
        for (id, Client { connection, buffers }) in &mut self.clients {
            if buffers.flush(&mut |bytes| connection.write(bytes)).is_err() {
                broken.push(*id);
            }
        }
        broken.into_iter().for_each(|id| self.leave(id));
    }

    fn leave(&mut self, id: ClientId) {
        self.clients.remove(&id);
        let deliveries = self.switchboard.leave(id);
        for (id, report) in deliveries {
            if let Some(client) = self.clients.get_mut(&id) {
                // One that does not read is found out at the next report.
                let _ = client.buffers.push(&report);
            }
        }
    }
}
