//! Keys offered to other programs, reached the way other programs reach them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may stop where they stand"
)]
#![cfg(all(unix, feature = "virtual-key"))]

mod echo_key;

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use echo_key::{Server, UNANSWERED};
use fidoctl::ctaphid::{ChannelId, Command, Message, REPORT_LENGTH, Report, ReportKind};
use fidoctl::serving::{ServeError, serve_pty, serve_stdio, serve_tcp, serve_udp, serve_unix};
use fidoctl::transport::open::open_pipe;
use fidoctl::transport::{
    Address, CtapHidHost, Interruption, Keepalive, PipeError, ReportPipe, Transport, Watch,
};

const LOOPBACK: &str = "127.0.0.1:0";
const ANYWHERE: &str = "0.0.0.0:0";
const PATIENCE: Duration = Duration::from_secs(10);

struct NoWatch;

impl Watch for NoWatch {
    fn keepalive(&mut self, _status: Keepalive) {}

    fn interruption(&self) -> Option<Interruption> {
        None
    }
}

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn unix(path: &Path) -> Result<Server, ServeError> {
    let path = path.to_owned();
    Server::start(move |key, stop, ready| serve_unix(key, &path, stop, ready))
}

fn tcp() -> Server {
    let at = address(LOOPBACK);
    Server::start(move |key, stop, ready| serve_tcp(key, at, false, stop, ready)).unwrap()
}

fn udp() -> Server {
    let at = address(LOOPBACK);
    Server::start(move |key, stop, ready| serve_udp(key, at, false, stop, ready)).unwrap()
}

fn pty(link: Option<PathBuf>) -> Result<Server, ServeError> {
    Server::start(move |key, stop, ready| serve_pty(key, link.as_deref(), stop, ready))
}

fn pipe(server: &Server) -> Box<dyn ReportPipe> {
    open_pipe(&server.selector.parse().unwrap(), false).unwrap()
}

fn host(server: &Server) -> CtapHidHost {
    CtapHidHost::open(pipe(server), &mut NoWatch).unwrap()
}

fn send(pipe: &mut dyn ReportPipe, channel: ChannelId, command: Command, payload: &[u8]) {
    let message = Message { channel, command, payload: payload.to_vec() };
    message.to_reports().unwrap().iter().for_each(|report| pipe.write(report).unwrap());
}

/// Opens a channel by hand.
fn open_channel(pipe: &mut dyn ReportPipe) -> ChannelId {
    send(pipe, ChannelId::BROADCAST, Command::INIT, &[5; 8]);
    let report = pipe.read(PATIENCE).unwrap().unwrap();
    ChannelId(report[15..19].try_into().unwrap())
}

fn eventually(what: &str, condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        std::thread::yield_now();
    }
}

fn at_least(counter: &AtomicUsize, count: usize) -> bool {
    counter.load(Ordering::Relaxed) >= count
}

#[test]
fn messages_of_every_length_travel_over_every_server() {
    let directory = tempfile::tempdir().unwrap();
    let link = directory.path().join("key");
    let servers =
        [unix(&directory.path().join("s")).unwrap(), tcp(), udp(), pty(Some(link)).unwrap()];
    for server in servers {
        let mut host = host(&server);
        for length in [0, 1, 57, 58, 116, 117, 1024, 7609] {
            let data: Vec<u8> = (0..=255).cycle().take(length).collect();
            let echo = host.ping(&data, &mut NoWatch).unwrap();
            assert_eq!(echo, data, "{} {length}", server.selector);
        }
    }
}

#[test]
fn every_server_takes_one_client_after_another() {
    let directory = tempfile::tempdir().unwrap();
    for server in [unix(&directory.path().join("s")).unwrap(), tcp(), udp(), pty(None).unwrap()] {
        for round in 0..5 {
            let echo = host(&server).transact(&[round], &mut NoWatch).unwrap();
            assert_eq!(echo, [round], "{}", server.selector);
        }
    }
}

#[test]
fn answers_go_to_the_client_whose_channel_it_is() {
    for server in [tcp(), udp()] {
        let (mut one, mut two) = (pipe(&server), pipe(&server));
        let (channel_one, channel_two) = (open_channel(one.as_mut()), open_channel(two.as_mut()));
        assert_ne!(channel_one, channel_two);
        // The second client comes in the middle of the first one's message.
        let message =
            Message { channel: channel_one, command: Command::PING, payload: vec![1; 100] };
        let reports = message.to_reports().unwrap();
        one.write(&reports[0]).unwrap();
        send(two.as_mut(), channel_two, Command::PING, &[2]);
        let answer = two.read(PATIENCE).unwrap().unwrap();
        assert_eq!((&answer[..4], answer[7]), (&channel_two.0[..], 2));
        one.write(&reports[1]).unwrap();
        for report in &reports {
            assert_eq!(one.read(PATIENCE).unwrap().as_ref(), Some(report));
        }
        assert_eq!(two.read(Duration::from_millis(20)).unwrap(), None);
    }
}

#[test]
fn a_client_cannot_use_anothers_channel() {
    let server = tcp();
    let (mut one, mut two) = (pipe(&server), pipe(&server));
    let channel = open_channel(one.as_mut());
    let own = open_channel(two.as_mut());
    send(two.as_mut(), channel, Command::PING, &[1]);
    send(two.as_mut(), own, Command::PING, &[2]);
    assert_eq!(two.read(PATIENCE).unwrap().unwrap()[7], 2);
    assert_eq!(one.read(Duration::from_millis(20)).unwrap(), None);
}

#[test]
fn a_channel_never_given_out_is_answered_to_whoever_used_it() {
    let server = tcp();
    let (mut one, mut two) = (pipe(&server), pipe(&server));
    for pipe in [&mut one, &mut two] {
        send(pipe.as_mut(), ChannelId([9; 4]), Command::PING, &[1]);
        let report = pipe.read(PATIENCE).unwrap().unwrap();
        let (channel, kind) = ReportKind::parse(&report);
        assert_eq!(channel, ChannelId([9; 4]));
        assert!(matches!(kind, ReportKind::Init { command: Command::ERROR, .. }), "{kind:?}");
    }
}

#[test]
fn what_a_client_leaves_unfinished_is_aborted() {
    for server in [tcp(), pty(None).unwrap()] {
        let mut pipe = pipe(&server);
        let channel = open_channel(pipe.as_mut());
        send(pipe.as_mut(), channel, Command::CBOR, UNANSWERED);
        eventually("the request arrives", || at_least(&server.unanswered, 1));
        drop(pipe);
        eventually("the request is aborted", || at_least(&server.aborted, 1));
        assert_eq!(host(&server).transact(&[7], &mut NoWatch).unwrap(), [7]);
    }
}

#[test]
fn a_client_gone_amid_a_report_or_sending_junk_hurts_nobody() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s");
    let server = unix(&path).unwrap();
    let mut host = host(&server);
    for junk in [&[0xff; 63][..], &[0; 64], &[0xff; 64], &[0x55; 1000], &[]] {
        let mut stream = UnixStream::connect(&path).unwrap();
        stream.write_all(junk).unwrap();
        drop(stream);
        assert_eq!(host.ping(junk, &mut NoWatch).unwrap(), junk);
    }
}

#[test]
fn a_client_that_does_not_read_is_dropped() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s");
    let server = unix(&path).unwrap();
    let mut deaf = open_pipe(&server.selector.parse().unwrap(), false).unwrap();
    let channel = open_channel(deaf.as_mut());
    let message = Message { channel, command: Command::PING, payload: vec![0; 7609] };
    let reports = message.to_reports().unwrap();
    // Several times what the system and the server keep for it.
    let dropped = (0..500).any(|_| reports.iter().any(|report| deaf.write(report).is_err()));
    assert!(dropped);
    assert_eq!(host(&server).ping(&[1], &mut NoWatch).unwrap(), [1]);
}

#[test]
fn reports_may_come_in_pieces() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s");
    let _server = unix(&path).unwrap();
    let mut stream = UnixStream::connect(&path).unwrap();
    let message =
        Message { channel: ChannelId::BROADCAST, command: Command::INIT, payload: vec![3; 8] };
    for byte in message.to_reports().unwrap().concat() {
        stream.write_all(&[byte]).unwrap();
    }
    let mut answer = [0; REPORT_LENGTH];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(answer[7..15], [3; 8]);
}

#[test]
fn stopping_ends_every_server_and_takes_its_paths_away() {
    let directory = tempfile::tempdir().unwrap();
    let (socket, link) = (directory.path().join("s"), directory.path().join("l"));
    let servers = [unix(&socket).unwrap(), tcp(), udp(), pty(Some(link.clone())).unwrap()];
    assert!(socket.exists() && link.exists());
    for server in servers {
        let _client = pipe(&server);
        server.end().unwrap();
    }
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn a_server_that_ends_is_a_key_gone() {
    let directory = tempfile::tempdir().unwrap();
    for server in [unix(&directory.path().join("s")).unwrap(), tcp(), udp(), pty(None).unwrap()] {
        let selector = server.selector.clone();
        let mut host = host(&server);
        server.end().unwrap();
        let error = host.transact(&[1], &mut NoWatch).unwrap_err();
        assert_eq!(error.to_string(), "the key was unplugged", "{selector}");
        let address: Address = selector.parse().unwrap();
        let error = CtapHidHost::open(
            match open_pipe(&address, false) {
                Ok(pipe) => pipe,
                Err(PipeError::NotFound { .. }) => continue,
                Err(error) => panic!("{selector}: {error}"),
            },
            &mut NoWatch,
        );
        // Nothing listens is only found out by sending.
        assert!(error.err().unwrap().to_string().starts_with("no key at udp:"), "{selector}");
    }
}

// Unix sockets.

#[test]
fn a_socket_is_this_users_alone() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s");
    let server = unix(&path).unwrap();
    assert_eq!(server.selector, format!("unix:{}", path.display()));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_stale_socket_is_replaced_a_live_one_is_not() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s");
    drop(UnixListener::bind(&path).unwrap());
    let server = unix(&path).unwrap();
    let error = unix(&path).err().unwrap();
    assert!(matches!(error, ServeError::InUse { .. }), "{error}");
    assert_eq!(host(&server).ping(&[1], &mut NoWatch).unwrap(), [1]);
}

#[test]
fn nothing_but_a_socket_or_link_is_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("precious");
    fs::write(&path, "content").unwrap();
    for error in [unix(&path).err().unwrap(), pty(Some(path.clone())).err().unwrap()] {
        assert!(matches!(error, ServeError::Exists { .. }), "{error}");
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), "content");
}

#[test]
fn a_path_that_is_no_longer_ours_stays() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s");
    let server = unix(&path).unwrap();
    fs::remove_file(&path).unwrap();
    fs::write(&path, "content").unwrap();
    server.end().unwrap();
    assert!(path.exists());
}

// Other machines.

#[test]
fn other_machines_are_neither_served_nor_reached_unasked() {
    let anywhere = address(ANYWHERE);
    let errors = [
        Server::start(move |key, stop, ready| serve_tcp(key, anywhere, false, stop, ready)),
        Server::start(move |key, stop, ready| serve_udp(key, anywhere, false, stop, ready)),
    ]
    .map(|result| result.err().unwrap());
    assert!(errors.iter().all(|error| matches!(error, ServeError::NotLoopback { .. })));
    for text in ["tcp:192.0.2.1:9", "udp:192.0.2.1:9"] {
        let error = open_pipe(&text.parse().unwrap(), false).err().unwrap();
        assert!(matches!(error, PipeError::NotLoopback { .. }), "{error}");
    }
}

#[test]
fn other_machines_are_served_when_asked() {
    let anywhere = address(ANYWHERE);
    let server =
        Server::start(move |key, stop, ready| serve_tcp(key, anywhere, true, stop, ready)).unwrap();
    assert!(server.selector.starts_with("tcp:0.0.0.0:"), "{}", server.selector);
}

// Datagrams.

#[test]
fn datagrams_of_other_lengths_are_ignored() {
    let server = udp();
    let peer = server.selector.strip_prefix("udp:").unwrap();
    let socket = UdpSocket::bind(LOOPBACK).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let init =
        Message { channel: ChannelId::BROADCAST, command: Command::INIT, payload: vec![1; 8] };
    let report = init.to_reports().unwrap()[0];
    for datagram in [&[][..], &report[..63], &[&report[..], &[0]].concat(), &report] {
        socket.send_to(datagram, peer).unwrap();
    }
    let mut answer = [0; 100];
    assert_eq!(socket.recv(&mut answer).unwrap(), REPORT_LENGTH);
    socket.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    assert!(socket.recv(&mut answer).is_err());
}

#[test]
fn a_udp_pipe_keeps_its_local_port_and_hears_its_peer_alone() {
    let peer = UdpSocket::bind(LOOPBACK).unwrap();
    let stranger = UdpSocket::bind(LOOPBACK).unwrap();
    let local = UdpSocket::bind(LOOPBACK).unwrap().local_addr().unwrap();
    let text = format!("udp:{}?local={}", peer.local_addr().unwrap(), local.port());
    let mut pipe = open_pipe(&text.parse().unwrap(), false).unwrap();
    stranger.send_to(&[1; 64], local).unwrap();
    peer.send_to(&[2; 63], local).unwrap();
    peer.send_to(&[3; 64], local).unwrap();
    assert_eq!(pipe.read(PATIENCE).unwrap(), Some([3; 64]));
    assert_eq!(pipe.read(Duration::from_millis(1)).unwrap(), None);
}

// Pseudo-terminals.

fn open_terminal(server: &Server) -> File {
    let path = server.selector.strip_prefix("pty:").unwrap();
    File::options().read(true).write(true).open(path).unwrap()
}

fn read_report(mut terminal: &File) -> Report {
    let mut report = [0; REPORT_LENGTH];
    terminal.read_exact(&mut report).unwrap();
    report
}

fn init_report(nonce: u8) -> Report {
    let channel = ChannelId::BROADCAST;
    let message = Message { channel, command: Command::INIT, payload: vec![nonce; 8] };
    message.to_reports().unwrap()[0]
}

#[test]
fn a_terminal_carries_every_byte_as_it_is() {
    let server = pty(None).unwrap();
    let mut host = host(&server);
    let every: Vec<u8> = (0..=255).collect();
    assert_eq!(host.ping(&every, &mut NoWatch).unwrap(), every);
}

#[test]
fn a_terminal_takes_reports_with_and_without_number() {
    let server = pty(None).unwrap();
    let terminal = open_terminal(&server);
    for (round, number) in [(1, &[0][..]), (2, &[]), (3, &[0]), (4, &[])] {
        (&terminal).write_all(&[number, &init_report(round)].concat()).unwrap();
        let answer = read_report(&terminal);
        assert_eq!(answer[7], round);
        // The channel begins with a zero byte, as a report number does.
        let channel = ChannelId(answer[15..19].try_into().unwrap());
        let message = Message { channel, command: Command::PING, payload: vec![round; 60] };
        for report in message.to_reports().unwrap() {
            (&terminal).write_all(&[number, &report].concat()).unwrap();
        }
        assert_eq!(read_report(&terminal)[7], round);
        read_report(&terminal);
    }
}

#[test]
fn a_terminal_hands_out_whole_reports_to_a_client_that_reads_late() {
    let server = pty(None).unwrap();
    let mut terminal = open_terminal(&server);
    terminal.write_all(&[&[0], &init_report(1)[..]].concat()).unwrap();
    let answer = read_report(&terminal);
    let channel = ChannelId(answer[15..19].try_into().unwrap());
    let message = Message { channel, command: Command::PING, payload: vec![1; 7609] };
    let reports = message.to_reports().unwrap();
    for report in &reports {
        terminal.write_all(&[&[0], &report[..]].concat()).unwrap();
    }
    // Time for the answer to pile up.
    std::thread::sleep(Duration::from_millis(50));
    for report in reports {
        let mut buffer = [0; REPORT_LENGTH];
        assert_eq!(terminal.read(&mut buffer).unwrap(), REPORT_LENGTH);
        assert_eq!(buffer, report);
    }
}

#[test]
fn a_terminal_forgets_what_its_last_user_left() {
    let server = pty(None).unwrap();
    let terminal = open_terminal(&server);
    (&terminal).write_all(&[&[0], &init_report(1)[..]].concat()).unwrap();
    read_report(&terminal);
    let ping =
        Message { channel: ChannelId([0, 0, 0, 1]), command: Command::PING, payload: vec![1; 100] };
    for report in ping.to_reports().unwrap() {
        (&terminal).write_all(&[&[0], &report[..]].concat()).unwrap();
    }
    // The answer is not read, and a report is left half written.
    (&terminal).write_all(&[0; 30]).unwrap();
    drop(terminal);
    eventually("the closing is seen", || at_least(&server.aborted, 1));
    let terminal = open_terminal(&server);
    (&terminal).write_all(&[&[0], &init_report(2)[..]].concat()).unwrap();
    assert_eq!(read_report(&terminal)[7], 2);
}

#[test]
fn a_terminal_has_one_user_at_a_time() {
    let server = pty(None).unwrap();
    let first = pipe(&server);
    let error = open_pipe(&server.selector.parse().unwrap(), false).err().unwrap();
    assert!(matches!(error, PipeError::InUse { .. }), "{error}");
    drop(first);
    host(&server);
}

#[test]
fn a_link_to_a_terminal_replaces_an_older_one() {
    let directory = tempfile::tempdir().unwrap();
    let link = directory.path().join("key");
    std::os::unix::fs::symlink("/nowhere", &link).unwrap();
    let server = pty(Some(link.clone())).unwrap();
    assert_eq!(server.selector, format!("pty:{}", link.display()));
    assert!(fs::read_link(&link).unwrap().starts_with("/dev"));
    assert_eq!(host(&server).ping(&[1], &mut NoWatch).unwrap(), [1]);
}

// Pipes.

#[test]
fn standard_input_and_output_serve_until_the_end() {
    let (key_input, mut output) = std::io::pipe().unwrap();
    let (mut input, key_output) = std::io::pipe().unwrap();
    let server = Server::start(move |key, stop, ready| {
        serve_stdio(key, key_input.as_fd(), key_output.as_fd(), stop, ready)
    })
    .unwrap();
    let mut answer = [0; REPORT_LENGTH];
    for nonce in 1..4 {
        output.write_all(&init_report(nonce)).unwrap();
        input.read_exact(&mut answer).unwrap();
        assert_eq!(answer[7..15], [nonce; 8]);
    }
    drop(output);
    server.join().unwrap();
}
