//! What the log says of messages and reports: commands, lengths, status bytes; never payloads,
//! which hold PIN hashes and secrets.

use crate::ctaphid::{Command, Report, ReportKind};

pub(super) const TARGET: &str = "fidoctl::ctaphid";

/// Notes a message on its way to the key.
pub(super) fn sent(command: Command, payload: &[u8]) {
    let length = payload.len();
    match payload.first() {
        Some(byte) if command == Command::CBOR => {
            log::debug!(target: TARGET, "to key: {command}, {length} bytes, CTAP2 command 0x{byte:02x}");
        }
        _ => log::debug!(target: TARGET, "to key: {command}, {length} bytes"),
    }
}

/// Notes an answer.
pub(super) fn received(command: Command, payload: &[u8]) {
    let length = payload.len();
    match payload.first() {
        Some(byte) if command == Command::CBOR => {
            log::debug!(target: TARGET, "from key: {command}, {length} bytes, status 0x{byte:02x}");
        }
        _ => log::debug!(target: TARGET, "from key: {command}, {length} bytes"),
    }
}

/// Notes a report.
pub(super) fn report(direction: &str, report: &Report) {
    if !log::log_enabled!(target: TARGET, log::Level::Trace) {
        return;
    }
    let (channel, kind) = ReportKind::parse(report);
    let channel = u32::from_be_bytes(channel.0);
    match kind {
        ReportKind::Init { command, length, .. } => {
            log::trace!(target: TARGET, "{direction} key: channel {channel:08x}, {command}, announces {length} bytes");
        }
        ReportKind::Continuation { sequence, .. } => {
            log::trace!(target: TARGET, "{direction} key: channel {channel:08x}, packet {sequence}");
        }
    }
}
