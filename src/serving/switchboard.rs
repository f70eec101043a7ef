//! Many clients on one device: answers go to the client whose channel it is.

use std::collections::BTreeMap;
use std::time::Duration;

use super::device::Device;
use super::error::ServeError;
use crate::ctaphid::{
    ChannelId, Command, ErrorCode, InitResponse, Message, NONCE_LENGTH, Report, ReportKind,
};

/// More channels than clients can reasonably use; the oldest numbers are forgotten first.
const MAX_CHANNELS: usize = 1024;

/// More reports than a device has to say at a time.
const MAX_REPORTS: usize = 4096;

/// A client, by a number of the server's choosing.
pub(super) type ClientId = u64;

/// A report on its way to a client.
pub(super) type Delivery = (ClientId, Report);

/// Keeps the clients of one device apart.
pub(super) struct Switchboard<'a> {
    device: &'a mut dyn Device,
    owners: BTreeMap<ChannelId, ClientId>,
}

impl<'a> Switchboard<'a> {
    pub(super) fn new(device: &'a mut dyn Device) -> Self {
        Switchboard { device, owners: BTreeMap::new() }
    }

    /// Hands a client's report to the device and returns what came of it. A report on another
    /// client's channel is dropped, as the client cannot have come by it honestly.
    pub(super) fn receive(&mut self, client: ClientId, report: &Report) -> Vec<Delivery> {
        let (channel, _) = ReportKind::parse(report);
        let shared = [ChannelId::BROADCAST, ChannelId::RESERVED].contains(&channel);
        if !shared {
            if self.owners.get(&channel).is_some_and(|owner| *owner != client) {
                return Vec::new();
            }
            self.give(channel, client);
        }
        self.device.receive(report);
        self.collect(Some(client))
    }

    /// Lets the device work and returns what came of it.
    pub(super) fn poll(&mut self) -> Vec<Delivery> {
        self.device.poll();
        self.collect(None)
    }

    /// Fails if the device has.
    pub(super) fn check(&mut self) -> Result<(), ServeError> {
        self.device.take_fault().map_or(Ok(()), |fault| Err(ServeError::Device(fault)))
    }

    /// Tells whether the key is there.
    pub(super) fn is_plugged_in(&self) -> bool {
        self.device.is_plugged_in()
    }

    /// Tells after what time to poll.
    pub(super) fn next_poll(&self) -> Option<Duration> {
        self.device.next_poll()
    }

    /// Ends what a client left unfinished: INIT on a channel aborts what the channel does, LOCK for
    /// no time gives up a lock.
    pub(super) fn leave(&mut self, client: ClientId) -> Vec<Delivery> {
        let left: Vec<ChannelId> = self
            .owners
            .iter()
            .filter_map(|(channel, owner)| (*owner == client).then_some(*channel))
            .collect();
        self.owners.retain(|_, owner| *owner != client);
        for channel in left {
            for (command, payload) in
                [(Command::INIT, vec![0; NONCE_LENGTH]), (Command::LOCK, vec![0])]
            {
                let message = Message { channel, command, payload };
                for report in message.to_reports().unwrap_or_default() {
                    self.device.receive(&report);
                }
            }
        }
        self.collect(None)
    }

    /// Takes what the device says; `asker` is the client that it may be saying it to.
    fn collect(&mut self, asker: Option<ClientId>) -> Vec<Delivery> {
        let mut deliveries = Vec::new();
        for _ in 0..MAX_REPORTS {
            let Some(report) = self.device.take_report() else { break };
            let (channel, kind) = ReportKind::parse(&report);
            let client = self.owners.get(&channel).copied().or(asker);
            match kind {
                ReportKind::Init { command: Command::INIT, data, .. } => {
                    if let (Some(response), Some(client)) = (InitResponse::parse(data), client) {
                        self.give(response.channel, client);
                    }
                }
                ReportKind::Init { command: Command::ERROR, data, .. }
                    if data.first() == Some(&ErrorCode::INVALID_CHANNEL.0) =>
                {
                    self.owners.remove(&channel);
                }
                _ => {}
            }
            // What nobody is there to hear is lost, as on a real bus.
            deliveries.extend(client.map(|client| (client, report)));
        }
        deliveries
    }

    fn give(&mut self, channel: ChannelId, client: ClientId) {
        self.owners.insert(channel, client);
        if self.owners.len() > MAX_CHANNELS {
            self.owners.pop_first();
        }
    }
}
