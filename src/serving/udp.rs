//! A key on a UDP socket: each report a datagram, answered to whoever sent.

use std::collections::VecDeque;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::event::{PollFd, PollFlags};

use super::bind::bind;
use super::device::Device;
use super::error::ServeError;
use super::ready_wait::wait;
use super::session::while_plugged_in;
use super::switchboard::{ClientId, Delivery, Switchboard};
use crate::ctaphid::REPORT_LENGTH;

/// Senders remembered; the one first heard is forgotten for a new one.
const MAX_CLIENTS: usize = 64;

/// Datagrams taken before the device gets its turn.
const BATCH: usize = 256;

/// Serves until `stop` is set; port 0 for any that is free. `ready` is called with the
/// selector to use, `udp:HOST:PORT`, whenever the key is plugged in. Whoever reaches the socket can
/// use the key.
pub fn serve_udp(
    device: &mut dyn Device,
    address: SocketAddr,
    allow_remote: bool,
    stop: &AtomicBool,
    ready: &mut dyn FnMut(&str),
) -> Result<(), ServeError> {
    let mut address = address;
    while_plugged_in(device, stop, &mut |device| {
        let name = format!("udp:{address}");
        let socket = bind(&name, address, allow_remote, UdpSocket::bind)?;
        // A port that was free stays this key's.
        address = socket.local_addr().map_err(ServeError::about(&name))?;
        socket.set_nonblocking(true).map_err(ServeError::about(&name))?;
        let switchboard = Switchboard::new(device);
        let mut server = Server { socket, switchboard, senders: VecDeque::new(), next_client: 0 };
        ready(&format!("udp:{address}"));
        while !stop.load(Ordering::Relaxed) && server.switchboard.is_plugged_in() {
            server.turn().map_err(ServeError::about(&name))?;
            server.switchboard.check()?;
        }
        Ok(())
    })
}

struct Server<'a> {
    socket: UdpSocket,
    switchboard: Switchboard<'a>,
    senders: VecDeque<(SocketAddr, ClientId)>,
    next_client: ClientId,
}

impl Server<'_> {
    fn turn(&mut self) -> io::Result<()> {
        let mut descriptors = [PollFd::new(&self.socket, PollFlags::IN)];
        wait(&mut descriptors, self.switchboard.next_poll())?;
        for _ in 0..BATCH {
            // One byte more than a report, to tell a longer datagram.
            let mut datagram = [0; REPORT_LENGTH + 1];
            match self.socket.recv_from(&mut datagram) {
                Ok((REPORT_LENGTH, sender)) => {
                    let client = self.client(sender);
                    if let Some(report) = datagram.first_chunk() {
                        let deliveries = self.switchboard.receive(client, report);
                        self.send(deliveries);
                    }
                }
                Ok(_) => {}
                // An earlier answer found nobody.
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                Err(error) => match error.kind() {
                    io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => break,
                    _ => return Err(error),
                },
            }
        }
        let deliveries = self.switchboard.poll();
        self.send(deliveries);
        Ok(())
    }

    /// Returns the sender's number, a new one for a new sender.
    fn client(&mut self, sender: SocketAddr) -> ClientId {
        if let Some((_, client)) = self.senders.iter().find(|(known, _)| *known == sender) {
            return *client;
        }
        if self.senders.len() >= MAX_CLIENTS
            && let Some((_, client)) = self.senders.pop_front()
        {
            let deliveries = self.switchboard.leave(client);
            self.send(deliveries);
        }
        let client = self.next_client;
        self.next_client = self.next_client.wrapping_add(1);
        self.senders.push_back((sender, client));
        client
    }

    /// Sends what can be sent; a datagram that cannot is lost, as datagrams are.
    fn send(&self, deliveries: Vec<Delivery>) {
        for (client, report) in deliveries {
            if let Some((sender, _)) = self.senders.iter().find(|(_, known)| *known == client)
                && let Err(error) = self.socket.send_to(&report, sender)
            {
                log::debug!("an answer was lost: {error}");
            }
        }
    }
}
