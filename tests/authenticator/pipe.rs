//! The embedded key behind its report pipe.

use std::time::Duration;

use fidoctl::authenticator::Touch;
use fidoctl::ctap2::{Request, Selection};
use fidoctl::ctaphid::{ChannelId, Command, Message, Report, ReportKind};
use fidoctl::transport::virtual_key::VirtualKeyPipe;
use fidoctl::transport::{PipeError, ReportPipe};

/// Opens a channel, asks for a touch, and returns the commands of the reports that come.
fn ask(pipe: &mut VirtualKeyPipe, wait: Duration) -> Vec<Command> {
    let send = |pipe: &mut VirtualKeyPipe, channel, command, payload| {
        for report in (Message { channel, command, payload }).to_reports().unwrap() {
            pipe.write(&report).unwrap();
        }
    };
    send(pipe, ChannelId::BROADCAST, Command::INIT, b"12345678".to_vec());
    let answer: Report = pipe.read(wait).unwrap().unwrap();
    let channel = ChannelId(answer[15..19].try_into().unwrap());
    send(pipe, channel, Command::CBOR, Selection.to_message());
    let mut commands = Vec::new();
    while let Some(report) = pipe.read(wait).unwrap() {
        match ReportKind::parse(&report) {
            (from, ReportKind::Init { command, .. }) if from == channel => commands.push(command),
            other => panic!("{other:?}"),
        }
        if commands.last() == Some(&Command::CBOR) {
            break;
        }
    }
    commands
}

#[test]
fn a_key_is_made_on_first_use_and_answers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state/key.json");
    let mut pipe = VirtualKeyPipe::open(&path, Touch::Auto).unwrap();
    assert_eq!(ask(&mut pipe, Duration::from_secs(1)), [Command::CBOR]);
    assert!(path.is_file());
}

#[test]
fn a_delayed_touch_shows_keepalives_first() {
    let folder = tempfile::tempdir().unwrap();
    let touch = Touch::After(Duration::from_millis(1));
    let mut pipe = VirtualKeyPipe::open(&folder.path().join("key"), touch).unwrap();
    let commands = ask(&mut pipe, Duration::from_secs(1));
    assert_eq!(commands, [Command::KEEPALIVE, Command::CBOR]);
}

#[test]
fn a_touch_that_does_not_come_lets_read_return_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let mut pipe = VirtualKeyPipe::open(&folder.path().join("key"), Touch::Never).unwrap();
    assert_eq!(ask(&mut pipe, Duration::from_millis(5)), [Command::KEEPALIVE]);
}

#[test]
fn a_key_in_use_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let _holder = VirtualKeyPipe::open(&path, Touch::Auto).unwrap();
    assert!(matches!(VirtualKeyPipe::open(&path, Touch::Auto), Err(PipeError::InUse { .. })));
}

#[test]
fn a_damaged_key_says_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    std::fs::write(&path, "{").unwrap();
    let Err(PipeError::VirtualKey(problem)) = VirtualKeyPipe::open(&path, Touch::Auto) else {
        panic!("opened");
    };
    assert!(problem.contains("not a whole virtual key"), "{problem}");
}
