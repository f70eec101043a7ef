//! Transcripts for Wireshark: pcapng with the packets that Linux' usbmon sees.

use std::time::Duration;

use super::model::{Direction, Event, Transcript, What};
use crate::ctaphid::{self, Report};

/// USB packets with usbmon's header of 64 bytes (LINKTYPE_USB_LINUX_MMAPPED).
pub const LINK_TYPE: u16 = 220;

const SECTION_HEADER: u32 = 0x0A0D_0D0A;
const BYTE_ORDER: u32 = 0x1A2B_3C4D;
const INTERFACE_DESCRIPTION: u32 = 1;
const ENHANCED_PACKET: u32 = 6;

const INTERRUPT: u8 = 1;
const IN: u8 = 0x81;
const OUT: u8 = 0x01;
const EINPROGRESS: i32 = -115;

/// Writes a transcript: each message as the reports that it travelled in.
pub fn to_pcapng(transcript: &Transcript) -> Vec<u8> {
    let mut out = Vec::new();
    let mut section = BYTE_ORDER.to_le_bytes().to_vec();
    // Version 1.0; the section's length is not told.
    section.extend([1, 0, 0, 0]);
    section.extend([0xFF; 8]);
    block(&mut out, SECTION_HEADER, &section);
    let mut interface = LINK_TYPE.to_le_bytes().to_vec();
    // Reserved, and no limit of length. Times are in microseconds unless told otherwise.
    interface.extend([0; 6]);
    block(&mut out, INTERFACE_DESCRIPTION, &interface);
    let mut number = 0;
    for event in &transcript.events {
        let time = transcript.header.started.saturating_add(event.time);
        for report in reports(event) {
            number += 1;
            packet(&mut out, time, &usb_packet(number, time, event, &report));
        }
    }
    out
}

fn reports(event: &Event) -> Vec<Report> {
    match &event.what {
        What::Stray(report) => vec![**report],
        What::Message(message) => message.to_reports(),
    }
}

impl super::Message {
    /// Returns the reports that the message travelled in, as far as they came.
    pub fn to_reports(&self) -> Vec<Report> {
        let mut payload = self.payload.clone();
        payload.resize(payload.len() + self.missing, 0);
        let message = ctaphid::Message { channel: self.channel, command: self.command, payload };
        // What is longer than CTAPHID carries is not read in.
        let mut reports = message.to_reports().unwrap_or_default();
        if self.missing > 0 {
            const FIRST: usize = 57;
            const NEXT: usize = 59;
            let came = 1 + self.payload.len().saturating_sub(FIRST).div_ceil(NEXT);
            reports.truncate(came);
        }
        reports
    }
}

/// usbmon's header (`struct usbmon_packet`, 64 bytes) and the report.
fn usb_packet(number: u64, time: Duration, event: &Event, report: &Report) -> Vec<u8> {
    let (kind, endpoint, status) = match event.direction {
        Direction::ToKey => (b'S', OUT, EINPROGRESS),
        Direction::FromKey => (b'C', IN, 0),
    };
    let length = u32::try_from(report.len()).unwrap_or_default().to_le_bytes();
    let device = u8::try_from(event.connection % 127).unwrap_or_default() + 1;
    let mut packet = number.to_le_bytes().to_vec();
    packet.extend([kind, INTERRUPT, endpoint, device]);
    // Bus 1; no setup packet, and data is there.
    packet.extend([1, 0, b'-', 0]);
    packet.extend(time.as_secs().to_le_bytes());
    packet.extend(time.subsec_micros().to_le_bytes());
    packet.extend(status.to_le_bytes());
    packet.extend(length);
    packet.extend(length);
    // Setup, interval, start frame, transfer flags, descriptors: nothing to tell.
    packet.extend([0; 24]);
    packet.extend(report);
    packet
}

fn packet(out: &mut Vec<u8>, time: Duration, data: &[u8]) {
    let time = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    let [t0, t1, t2, t3, t4, t5, t6, t7] = time.to_le_bytes();
    let length = u32::try_from(data.len()).unwrap_or_default().to_le_bytes();
    // The first interface; time, high half first.
    let mut body = vec![0, 0, 0, 0, t4, t5, t6, t7, t0, t1, t2, t3];
    body.extend(length);
    body.extend(length);
    body.extend(data);
    block(out, ENHANCED_PACKET, &body);
}

/// Bodies have a multiple of four bytes: all packets are 128 bytes long.
fn block(out: &mut Vec<u8>, kind: u32, body: &[u8]) {
    let length = u32::try_from(body.len() + 12).unwrap_or_default().to_le_bytes();
    out.extend(kind.to_le_bytes());
    out.extend(length);
    out.extend(body);
    out.extend(length);
}
