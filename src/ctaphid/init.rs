//! CTAPHID_INIT's answer (CTAP 2.2 §11.2.9.1.3).

use super::ChannelId;

/// Length of the nonce in bytes.
pub const NONCE_LENGTH: usize = 8;

bitflags::bitflags! {
    /// What a key can do besides PING and INIT.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Capabilities: u8 {
        /// CTAPHID_WINK is there.
        const WINK = 0x01;
        /// CTAPHID_CBOR is there.
        const CBOR = 0x04;
        /// CTAPHID_MSG is *not* there.
        const NMSG = 0x08;
        /// Other bits are kept as they came.
        const _ = !0;
    }
}

/// The 17 bytes that answer INIT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InitResponse {
    /// The nonce of the request.
    pub nonce: [u8; NONCE_LENGTH],
    /// The channel to use from now on.
    pub channel: ChannelId,
    /// CTAPHID version, 2.
    pub protocol_version: u8,
    /// Device version: major, minor, build.
    pub device_version: [u8; 3],
    /// Capabilities.
    pub capabilities: Capabilities,
}

impl InitResponse {
    /// Reads the answer; longer ones are taken, as newer versions may add to it.
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let (nonce, rest) = payload.split_first_chunk()?;
        let (channel, rest) = rest.split_first_chunk()?;
        let ([protocol_version, major, minor, build, capabilities], _) =
            rest.split_first_chunk()?;
        Some(InitResponse {
            nonce: *nonce,
            channel: ChannelId(*channel),
            protocol_version: *protocol_version,
            device_version: [*major, *minor, *build],
            capabilities: Capabilities::from_bits_retain(*capabilities),
        })
    }

    /// Writes the answer.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut out = self.nonce.to_vec();
        out.extend(self.channel.0);
        out.push(self.protocol_version);
        out.extend(self.device_version);
        out.push(self.capabilities.bits());
        out
    }
}
