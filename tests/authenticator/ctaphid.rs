//! The device's side of CTAPHID.

use std::time::Duration;

use fidoctl::authenticator::{CreationOptions, CtapHidDevice, Interfaces, Presence};
use fidoctl::ctap2::{Request, Selection, Status};
use fidoctl::ctaphid::{
    Assembler, Capabilities, ChannelId, Command, ErrorCode, InitResponse, MAX_MESSAGE_LENGTH,
    Message, Report, ReportKind,
};
use fidoctl::u2f::{RegisterRequest, VersionRequest};

use crate::rig::{WorldHandle, new_authenticator};

struct Bus {
    device: CtapHidDevice,
    world: WorldHandle,
}

impl Bus {
    fn new() -> Self {
        Self::with(&CreationOptions::default())
    }

    fn with(options: &CreationOptions) -> Self {
        let world = WorldHandle::new();
        let authenticator = new_authenticator(&world, options);
        Bus { device: CtapHidDevice::new(authenticator), world }
    }

    fn send(&mut self, channel: ChannelId, command: Command, payload: &[u8]) {
        for report in reports(channel, command, payload) {
            self.device.receive(&report);
        }
    }

    /// Fetches one whole message.
    fn fetch(&mut self) -> Option<Message> {
        let first = self.device.take_report()?;
        let (channel, ReportKind::Init { command, length, data }) = ReportKind::parse(&first)
        else {
            panic!("a continuation without a beginning");
        };
        let mut assembler = Assembler::begin(channel, command, length, data).unwrap();
        while !assembler.is_complete() {
            let next = self.device.take_report().unwrap();
            let (from, ReportKind::Continuation { sequence, data }) = ReportKind::parse(&next)
            else {
                panic!("a message inside another");
            };
            assert_eq!(from, channel);
            assembler.add(sequence, data).unwrap();
        }
        Some(assembler.into_message())
    }

    fn open(&mut self) -> ChannelId {
        self.send(ChannelId::BROADCAST, Command::INIT, b"12345678");
        let answer = self.fetch().unwrap();
        assert_eq!((answer.channel, answer.command), (ChannelId::BROADCAST, Command::INIT));
        InitResponse::parse(&answer.payload).unwrap().channel
    }

    fn expect(&mut self, channel: ChannelId, command: Command, payload: &[u8]) {
        let payload = payload.to_vec();
        assert_eq!(self.fetch(), Some(Message { channel, command, payload }));
    }

    fn expect_error(&mut self, channel: ChannelId, code: ErrorCode) {
        self.expect(channel, Command::ERROR, &[code.0]);
    }

    fn pass(&mut self, milliseconds: u64) {
        self.world.pass(Duration::from_millis(milliseconds));
        self.device.poll();
    }

    /// Starts a request that awaits a touch which does not come.
    fn wait_for_touch(&mut self, channel: ChannelId) {
        self.world.get().presence = Presence::Waiting;
        self.send(channel, Command::CBOR, &Selection.to_message());
        self.expect(channel, Command::KEEPALIVE, &[2]);
    }
}

fn reports(channel: ChannelId, command: Command, payload: &[u8]) -> Vec<Report> {
    Message { channel, command, payload: payload.to_vec() }.to_reports().unwrap()
}

const LONG: [u8; 200] = [0x55; 200];

#[test]
fn init_answers_nonce_channel_and_capabilities() {
    let mut bus = Bus::new();
    bus.send(ChannelId::BROADCAST, Command::INIT, b"abcdefgh");
    let answer = InitResponse::parse(&bus.fetch().unwrap().payload).unwrap();
    assert_eq!(&answer.nonce, b"abcdefgh");
    assert_eq!(answer.protocol_version, 2);
    assert_eq!(answer.capabilities, Capabilities::WINK | Capabilities::CBOR);
}

#[test]
fn capabilities_follow_the_protocols_that_are_spoken() {
    for (interfaces, expected) in [
        (Interfaces::Ctap2, Capabilities::CBOR | Capabilities::NMSG),
        (Interfaces::U2f, Capabilities::empty()),
    ] {
        let mut bus = Bus::with(&CreationOptions { interfaces, ..Default::default() });
        bus.send(ChannelId::BROADCAST, Command::INIT, b"abcdefgh");
        let answer = InitResponse::parse(&bus.fetch().unwrap().payload).unwrap();
        assert_eq!(answer.capabilities, expected | Capabilities::WINK);
    }
}

#[test]
fn u2f_is_answered_at_once_where_it_is_spoken() {
    let version = VersionRequest.to_apdu().to_vec();
    for interfaces in [Interfaces::Ctap2AndU2f, Interfaces::U2f] {
        let mut bus = Bus::with(&CreationOptions { interfaces, ..Default::default() });
        let channel = bus.open();
        bus.send(channel, Command::MSG, &version);
        bus.expect(channel, Command::MSG, b"U2F_V2\x90\x00");
        bus.send(channel, Command::MSG, &[]);
        bus.expect_error(channel, ErrorCode::INVALID_LEN);
        bus.world.get().presence = Presence::Waiting;
        bus.send(channel, Command::MSG, &RegisterRequest::TOUCH.to_apdu().to_vec());
        bus.expect(channel, Command::MSG, b"\x69\x85");
    }
}

#[test]
fn protocols_that_are_not_spoken_are_unknown_commands() {
    let send = |interfaces, command, message: &[u8]| {
        let mut bus = Bus::with(&CreationOptions { interfaces, ..Default::default() });
        let channel = bus.open();
        bus.send(channel, command, message);
        bus.expect_error(channel, ErrorCode::INVALID_CMD);
    };
    send(Interfaces::Ctap2, Command::MSG, &VersionRequest.to_apdu().to_vec());
    send(Interfaces::U2f, Command::CBOR, &Selection.to_message());
}

#[test]
fn u2f_waits_its_turn_while_ctap2_awaits_a_touch() {
    let mut bus = Bus::new();
    let channel = bus.open();
    bus.wait_for_touch(channel);
    bus.send(channel, Command::MSG, &VersionRequest.to_apdu().to_vec());
    bus.expect_error(channel, ErrorCode::CHANNEL_BUSY);
}

#[test]
fn every_client_gets_its_own_channel() {
    let mut bus = Bus::new();
    assert_ne!(bus.open(), bus.open());
}

#[test]
fn init_with_a_short_nonce_is_refused() {
    let mut bus = Bus::new();
    bus.send(ChannelId::BROADCAST, Command::INIT, b"1234567");
    bus.expect_error(ChannelId::BROADCAST, ErrorCode::INVALID_LEN);
}

#[test]
fn ping_of_the_greatest_length_comes_back() {
    let mut bus = Bus::new();
    let channel = bus.open();
    let payload: Vec<u8> = (0..=250).cycle().take(MAX_MESSAGE_LENGTH).collect();
    bus.send(channel, Command::PING, &payload);
    bus.expect(channel, Command::PING, &payload);
}

#[test]
fn a_longer_message_than_ctaphid_carries_is_refused() {
    let mut bus = Bus::new();
    let channel = bus.open();
    let mut report = reports(channel, Command::PING, &LONG)[0];
    report[5..7].copy_from_slice(&7610_u16.to_be_bytes());
    bus.device.receive(&report);
    bus.expect_error(channel, ErrorCode::INVALID_LEN);
}

#[test]
fn channels_never_given_out_are_refused() {
    let mut bus = Bus::new();
    bus.open();
    for channel in [ChannelId::RESERVED, ChannelId::BROADCAST, ChannelId([9, 9, 9, 9])] {
        bus.send(channel, Command::PING, b"?");
        bus.expect_error(channel, ErrorCode::INVALID_CHANNEL);
    }
    bus.send(ChannelId([9, 9, 9, 9]), Command::INIT, b"12345678");
    bus.expect_error(ChannelId([9, 9, 9, 9]), ErrorCode::INVALID_CHANNEL);
}

#[test]
fn stray_continuations_are_ignored() {
    let mut bus = Bus::new();
    let channel = bus.open();
    bus.device.receive(&reports(channel, Command::PING, &LONG)[1]);
    assert_eq!(bus.fetch(), None);
}

#[test]
fn a_packet_out_of_sequence_drops_the_message() {
    let mut bus = Bus::new();
    let channel = bus.open();
    let packets = reports(channel, Command::PING, &LONG);
    bus.device.receive(&packets[0]);
    bus.device.receive(&packets[2]);
    bus.expect_error(channel, ErrorCode::INVALID_SEQ);
    packets[1..].iter().for_each(|packet| bus.device.receive(packet));
    assert_eq!(bus.fetch(), None);
}

#[test]
fn foreign_packets_do_not_disturb_a_message_in_assembly() {
    let mut bus = Bus::new();
    let (ours, theirs) = (bus.open(), bus.open());
    let packets = reports(ours, Command::PING, &LONG);
    bus.device.receive(&packets[0]);
    bus.device.receive(&reports(theirs, Command::PING, &LONG)[1]);
    assert_eq!(bus.fetch(), None);
    bus.send(theirs, Command::PING, b"!");
    bus.expect_error(theirs, ErrorCode::CHANNEL_BUSY);
    packets[1..].iter().for_each(|packet| bus.device.receive(packet));
    bus.expect(ours, Command::PING, &LONG);
}

#[test]
fn a_second_message_inside_the_first_drops_both() {
    let mut bus = Bus::new();
    let channel = bus.open();
    bus.device.receive(&reports(channel, Command::PING, &LONG)[0]);
    bus.send(channel, Command::PING, b"!");
    bus.expect_error(channel, ErrorCode::INVALID_SEQ);
    bus.send(channel, Command::PING, b"!");
    bus.expect(channel, Command::PING, b"!");
}

#[test]
fn a_message_that_stalls_for_half_a_second_times_out() {
    let mut bus = Bus::new();
    let channel = bus.open();
    let packets = reports(channel, Command::PING, &LONG);
    bus.device.receive(&packets[0]);
    bus.pass(499);
    bus.device.receive(&packets[1]);
    assert_eq!(bus.device.next_poll(), Some(Duration::from_millis(500)));
    bus.pass(499);
    assert_eq!(bus.fetch(), None);
    bus.pass(1);
    bus.expect_error(channel, ErrorCode::MSG_TIMEOUT);
}

#[test]
fn init_on_its_own_channel_drops_the_message_in_assembly() {
    let mut bus = Bus::new();
    let channel = bus.open();
    let packets = reports(channel, Command::PING, &LONG);
    bus.device.receive(&packets[0]);
    bus.send(channel, Command::INIT, b"12345678");
    let answer = bus.fetch().unwrap();
    assert_eq!(answer.channel, channel);
    assert_eq!(InitResponse::parse(&answer.payload).unwrap().channel, channel);
    packets[1..].iter().for_each(|packet| bus.device.receive(packet));
    assert_eq!(bus.fetch(), None);
}

#[test]
fn keepalives_come_at_once_and_every_hundred_milliseconds() {
    let mut bus = Bus::new();
    let channel = bus.open();
    bus.wait_for_touch(channel);
    bus.pass(99);
    assert_eq!(bus.fetch(), None);
    bus.pass(1);
    bus.expect(channel, Command::KEEPALIVE, &[2]);
    bus.world.get().presence = Presence::Given;
    bus.pass(1);
    bus.expect(channel, Command::CBOR, &[0]);
    assert_eq!(bus.device.next_poll(), None);
}

#[test]
fn a_touch_that_never_comes_ends_after_thirty_seconds() {
    let mut bus = Bus::new();
    let channel = bus.open();
    bus.wait_for_touch(channel);
    bus.pass(29_999);
    bus.expect(channel, Command::KEEPALIVE, &[2]);
    bus.pass(1);
    bus.expect(channel, Command::CBOR, &[Status::USER_ACTION_TIMEOUT.0]);
}

#[test]
fn a_refused_touch_is_denied() {
    let mut bus = Bus::new();
    let channel = bus.open();
    bus.world.get().presence = Presence::Refused;
    bus.send(channel, Command::CBOR, &Selection.to_message());
    bus.expect(channel, Command::CBOR, &[Status::OPERATION_DENIED.0]);
}

#[test]
fn cancel_ends_the_wait_for_a_touch() {
    let mut bus = Bus::new();
    let channel = bus.open();
    bus.wait_for_touch(channel);
    bus.send(channel, Command::CANCEL, &[]);
    bus.expect(channel, Command::CBOR, &[Status::KEEPALIVE_CANCEL.0]);
    bus.pass(100);
    assert_eq!(bus.fetch(), None);
}

#[test]
fn cancel_is_ignored_when_idle_and_on_other_channels() {
    let mut bus = Bus::new();
    let (ours, theirs) = (bus.open(), bus.open());
    bus.send(ours, Command::CANCEL, &[]);
    bus.wait_for_touch(ours);
    bus.send(theirs, Command::CANCEL, &[]);
    assert_eq!(bus.fetch(), None);
    assert!(bus.device.awaits_touch());
}

#[test]
fn others_are_told_busy_while_a_request_waits() {
    let mut bus = Bus::new();
    let (ours, theirs) = (bus.open(), bus.open());
    bus.wait_for_touch(ours);
    bus.send(theirs, Command::PING, b"!");
    bus.expect_error(theirs, ErrorCode::CHANNEL_BUSY);
    bus.send(ours, Command::PING, b"!");
    bus.expect_error(ours, ErrorCode::CHANNEL_BUSY);
    bus.world.get().presence = Presence::Given;
    bus.pass(1);
    bus.expect(ours, Command::CBOR, &[0]);
}

#[test]
fn a_new_client_gets_a_channel_while_a_request_waits() {
    let mut bus = Bus::new();
    let ours = bus.open();
    bus.wait_for_touch(ours);
    assert_ne!(bus.open(), ours);
    assert!(bus.device.awaits_touch());
}

#[test]
fn init_on_its_own_channel_ends_the_wait_without_an_answer() {
    let mut bus = Bus::new();
    let channel = bus.open();
    bus.wait_for_touch(channel);
    bus.send(channel, Command::INIT, b"12345678");
    assert_eq!(bus.fetch().unwrap().command, Command::INIT);
    bus.pass(200);
    assert_eq!(bus.fetch(), None);
}

#[test]
fn a_lock_keeps_others_out_until_it_ends() {
    let mut bus = Bus::new();
    let (ours, theirs) = (bus.open(), bus.open());
    bus.send(ours, Command::LOCK, &[2]);
    bus.expect(ours, Command::LOCK, &[]);
    bus.send(theirs, Command::PING, b"!");
    bus.expect_error(theirs, ErrorCode::CHANNEL_BUSY);
    bus.send(ours, Command::PING, b"!");
    bus.expect(ours, Command::PING, b"!");
    bus.pass(2000);
    bus.send(theirs, Command::PING, b"!");
    bus.expect(theirs, Command::PING, b"!");
}

#[test]
fn a_lock_of_zero_seconds_releases() {
    let mut bus = Bus::new();
    let (ours, theirs) = (bus.open(), bus.open());
    bus.send(ours, Command::LOCK, &[10]);
    bus.send(ours, Command::LOCK, &[0]);
    bus.send(theirs, Command::PING, b"!");
    bus.expect(ours, Command::LOCK, &[]);
    bus.expect(ours, Command::LOCK, &[]);
    bus.expect(theirs, Command::PING, b"!");
}

#[test]
fn locks_of_other_lengths_are_refused() {
    let mut bus = Bus::new();
    let channel = bus.open();
    bus.send(channel, Command::LOCK, &[11]);
    bus.expect_error(channel, ErrorCode::INVALID_PAR);
    bus.send(channel, Command::LOCK, &[]);
    bus.expect_error(channel, ErrorCode::INVALID_LEN);
}

#[test]
fn wink_is_answered_and_counted() {
    let mut bus = Bus::new();
    let channel = bus.open();
    bus.send(channel, Command::WINK, &[]);
    bus.expect(channel, Command::WINK, &[]);
    assert_eq!((bus.device.take_winks(), bus.device.take_winks()), (1, 0));
}

#[test]
fn commands_that_are_not_there_are_refused() {
    let mut bus = Bus::new();
    let channel = bus.open();
    for command in [Command(0x3D), Command(0x3C), Command(0x40), Command::KEEPALIVE] {
        bus.send(channel, command, b"");
        bus.expect_error(channel, ErrorCode::INVALID_CMD);
    }
}

#[test]
fn an_empty_cbor_message_is_refused() {
    let mut bus = Bus::new();
    let channel = bus.open();
    bus.send(channel, Command::CBOR, b"");
    bus.expect_error(channel, ErrorCode::INVALID_LEN);
}

#[test]
fn a_client_that_goes_leaves_nothing_behind() {
    let mut bus = Bus::new();
    let (ours, theirs) = (bus.open(), bus.open());
    bus.send(ours, Command::LOCK, &[10]);
    bus.expect(ours, Command::LOCK, &[]);
    bus.wait_for_touch(ours);
    bus.device.disconnect();
    assert_eq!(bus.fetch(), None);
    bus.send(theirs, Command::PING, b"!");
    bus.expect(theirs, Command::PING, b"!");
}

#[test]
fn a_client_that_fetches_nothing_is_not_listened_to() {
    let mut bus = Bus::new();
    let channel = bus.open();
    for _ in 0..100_000 {
        bus.send(channel, Command::PING, b"!");
    }
    let waiting = std::iter::from_fn(|| bus.device.take_report()).count();
    assert!(waiting < 2000, "{waiting}");
}

#[test]
fn a_power_cycle_forgets_the_channels() {
    let mut bus = Bus::new();
    let channel = bus.open();
    bus.device.power_cycle().unwrap();
    bus.send(channel, Command::PING, b"!");
    bus.expect_error(channel, ErrorCode::INVALID_CHANNEL);
}
