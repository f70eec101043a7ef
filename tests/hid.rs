//! The host's end of CTAPHID against keys that keep the rules, bend them, and break them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may stop where they stand"
)]

mod scripted_pipe;

use std::time::Duration;

use fidoctl::ctaphid::{Capabilities, ChannelId, Command, ErrorCode, Message, Report};
use fidoctl::transport::{Interruption, Keepalive, PipeError, Transport, TransportError};
use scripted_pipe::{Bench, CHANNEL, Event, FOREIGN, init_answer, report, reports};

const OK: [u8; 1] = [0x00];
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

fn answer(payload: &[u8]) -> Vec<Event> {
    reports(CHANNEL, Command::CBOR, payload)
}

fn error(channel: ChannelId, code: ErrorCode) -> Event {
    Event::Report(report(channel, Command::ERROR, &[code.0]))
}

fn keepalive(status: Keepalive) -> Event {
    Event::Report(report(CHANNEL, Command::KEEPALIVE, &[status.to_byte()]))
}

fn long_answer() -> Vec<u8> {
    (0..=255).cycle().take(400).collect()
}

/// Answers the first CBOR message with `events`, once.
fn bench_with(events: Vec<Event>) -> Bench {
    let mut events = Some(events);
    Bench::open(move |message, _| match message.command {
        Command::CBOR => events.take().unwrap_or_default(),
        _ => Vec::new(),
    })
}

// Opening.

#[test]
fn opening_adopts_channel_and_properties() {
    let mut bench = Bench::open(|_, _| answer(&OK));
    let properties = bench.host.properties();
    assert_eq!((properties.protocol_version, properties.device_version), (2, [5, 4, 3]));
    assert_eq!(properties.capabilities, Capabilities::WINK | Capabilities::CBOR);
    assert_eq!(bench.transact(&[0x04]).unwrap(), OK);
    assert_eq!(bench.sent.lock().unwrap()[1].channel, CHANNEL);
}

#[test]
fn nonces_differ() {
    let nonce = |bench: Bench| bench.sent.lock().unwrap()[0].payload.clone();
    assert_ne!(nonce(Bench::open(|_, _| vec![])), nonce(Bench::open(|_, _| vec![])));
}

#[test]
fn opening_skips_what_is_not_the_answer() {
    let other_nonce = |message: &Message| Message { payload: vec![9; 8], ..message.clone() };
    let bench = Bench::open_raw(None, move |message, before| {
        let mut events = vec![
            Event::Report([0xff; 64]),
            Event::Report([0; 64]),
            Event::Report(report(FOREIGN, Command::CBOR, &OK)),
            Event::Report(report(CHANNEL, Command::INIT, &[7; 17])),
            error(FOREIGN, ErrorCode::OTHER),
        ];
        events.extend(init_answer(&other_nonce(message), before + 7));
        events.extend(init_answer(message, before));
        events
    });
    assert_eq!(bench.unwrap().count(Command::INIT), 1);
}

#[test]
fn opening_asks_a_busy_key_again_after_a_tenth_of_a_second() {
    let bench = Bench::open_raw(None, |message, before| match before {
        0..3 => vec![error(ChannelId::BROADCAST, ErrorCode::CHANNEL_BUSY)],
        _ => init_answer(message, before),
    })
    .unwrap();
    assert_eq!(bench.count(Command::INIT), 4);
    assert_eq!(bench.watch.clock.passed(), Duration::from_millis(300));
}

#[test]
fn opening_fails_with_what_the_key_did() {
    type Script = fn(&Message, usize) -> Vec<Event>;
    let cases: [(&str, Script, &str); 8] = [
        ("silence", |_, _| vec![], "did not answer CTAPHID_INIT (0x06) within 3 s"),
        (
            "babble on foreign channels",
            |_, _| vec![Event::ForEver(report(FOREIGN, Command::CBOR, &OK))],
            "did not answer CTAPHID_INIT (0x06) within 3 s",
        ),
        (
            "other nonces for ever",
            |_, _| vec![Event::ForEver(report(ChannelId::BROADCAST, Command::INIT, &[1; 17]))],
            "did not answer CTAPHID_INIT (0x06) within 3 s",
        ),
        (
            "busy for ever",
            |_, _| vec![error(ChannelId::BROADCAST, ErrorCode::CHANNEL_BUSY)],
            "stayed busy with another program",
        ),
        (
            "other errors for ever",
            |_, _| vec![error(ChannelId::BROADCAST, ErrorCode::OTHER)],
            "refused CTAPHID_INIT (0x06) (ERR_OTHER, 0x7f)",
        ),
        (
            "too short an answer",
            |message, _| reports(ChannelId::BROADCAST, Command::INIT, &message.payload),
            "8 bytes, where 17 are due",
        ),
        (
            "the broadcast channel given out",
            |message, _| {
                let payload = [&message.payload[..], &[0xff; 4], &[2, 0, 0, 0, 4]].concat();
                reports(ChannelId::BROADCAST, Command::INIT, &payload)
            },
            "cannot be given out",
        ),
        ("unplugged", |_, _| vec![Event::Gone], "unplugged"),
    ];
    for (name, script, wanted) in cases {
        let error = Bench::open_raw(None, script).err().unwrap().to_string();
        assert!(error.contains(wanted), "{name}: {error}");
    }
}

#[test]
fn opening_can_be_interrupted() {
    let at = Some((SECOND, Interruption::Cancelled));
    let error = Bench::open_raw(at, |_, _| vec![]).err().unwrap();
    assert!(matches!(error, TransportError::Interrupted(Interruption::Cancelled)), "{error}");
}

// Answers.

#[test]
fn long_messages_travel_both_ways() {
    let mut bench = Bench::open(|message, _| {
        reports(CHANNEL, Command::CBOR, &message.payload.iter().rev().copied().collect::<Vec<_>>())
    });
    let longest: Vec<u8> = (0..7609_u32).map(|i| u8::try_from(i % 251).unwrap()).collect();
    let reversed: Vec<u8> = longest.iter().rev().copied().collect();
    assert_eq!(bench.transact(&longest).unwrap(), reversed);
}

#[test]
fn too_long_a_message_is_not_sent() {
    let mut bench = Bench::open(|_, _| answer(&OK));
    let error = bench.transact(&[0; 7610]).unwrap_err();
    assert!(matches!(error, TransportError::TooLong(_)), "{error}");
    assert_eq!(bench.count(Command::CBOR), 0);
}

#[test]
fn ping_returns_the_echo_and_wink_needs_none() {
    let mut bench = Bench::open(|message, _| reports(CHANNEL, message.command, &message.payload));
    assert_eq!(bench.host.ping(&[1, 2, 3], &mut bench.watch).unwrap(), [1, 2, 3]);
    bench.host.wink(&mut bench.watch).unwrap();
    assert_eq!(bench.count(Command::WINK), 1);
}

#[test]
fn recorded_answers_are_understood() {
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("vectors/ctaphid-frames.json")).unwrap();
    let hex = |text: &serde_json::Value| {
        data_encoding::HEXLOWER.decode(text.as_str().unwrap().as_bytes()).unwrap()
    };
    let mut seen = 0;
    for item in vectors["items"].as_array().unwrap() {
        let messages = item["messages"].as_array().unwrap();
        let Some(last) = messages.iter().rfind(|message| message["cmd"] == "10") else { continue };
        let channel: [u8; 4] = hex(&last["cid"]).try_into().unwrap();
        let frames: Vec<Event> = messages
            .iter()
            .flat_map(|message| message["frames"].as_array().unwrap())
            .map(|frame| Event::Report(Report::try_from(hex(frame)).unwrap()))
            .collect();
        let mut bench = Bench::open_raw(None, move |message, _| match message.command {
            Command::INIT => {
                let payload = [&message.payload[..], &channel, &[2, 0, 0, 0, 5]].concat();
                reports(ChannelId::BROADCAST, Command::INIT, &payload)
            }
            _ => frames.clone(),
        })
        .unwrap();
        assert_eq!(bench.transact(&[4]).unwrap(), hex(&last["payload"]), "{}", item["id"]);
        seen += 1;
    }
    assert!(seen >= 4, "{seen}");
}

#[test]
fn reports_of_other_channels_change_nothing() {
    let payload = long_answer();
    let events = reports(CHANNEL, Command::CBOR, &payload)
        .into_iter()
        .flat_map(|own| {
            let mut events = reports(FOREIGN, Command::CBOR, &[0x31; 100]);
            events.push(error(FOREIGN, ErrorCode::INVALID_CHANNEL));
            events.push(error(ChannelId::BROADCAST, ErrorCode::CHANNEL_BUSY));
            events.push(own);
            events
        })
        .collect();
    assert_eq!(bench_with(events).transact(&[4]).unwrap(), payload);
}

#[test]
fn the_rest_of_an_answer_that_nobody_awaited_is_skipped() {
    let mut events = reports(CHANNEL, Command::CBOR, &[7; 100]);
    events.remove(0);
    events.extend(answer(&OK));
    assert_eq!(bench_with(events).transact(&[4]).unwrap(), OK);
}

#[test]
fn broken_answers_are_malformed() {
    let whole = || reports(CHANNEL, Command::CBOR, &long_answer());
    let changed = |change: fn(&mut Vec<Event>)| {
        let mut events = whole();
        change(&mut events);
        events
    };
    let too_long = {
        let mut report = report(CHANNEL, Command::CBOR, &[0; 50]);
        report[5..7].copy_from_slice(&7610_u16.to_be_bytes());
        vec![Event::Report(report)]
    };
    let cases = [
        ("a packet dropped", changed(|events| _ = events.remove(3)), "packet 3 came where 2"),
        ("a packet twice", changed(|events| events.insert(3, events[2].clone())), "packet 1"),
        ("the first packet twice", changed(|events| events.insert(1, events[0].clone())), "amid"),
        ("packets out of order", changed(|events| events.swap(2, 3)), "packet 2 came where 1"),
        (
            "a keepalive amid packets",
            changed(|events| events.insert(2, keepalive(Keepalive::Processing))),
            "amid",
        ),
        ("another command", reports(CHANNEL, Command::PING, &OK), "CTAPHID_PING (0x01) came"),
        ("an answer in U2F", reports(CHANNEL, Command::MSG, &OK), "CTAPHID_MSG (0x03) came"),
        ("more than fits", too_long, "7610 bytes"),
        (
            "an error without a code",
            vec![Event::Report(report(CHANNEL, Command::ERROR, &[]))],
            "without a code",
        ),
    ];
    for (name, events, wanted) in cases {
        let error = bench_with(events).transact(&[4]).unwrap_err();
        assert!(matches!(error, TransportError::Malformed { .. }), "{name}: {error}");
        assert!(error.to_string().contains(wanted), "{name}: {error}");
    }
}

#[test]
fn missing_reports_end_in_no_answer() {
    let cases = [
        ("nothing at all", vec![]),
        ("only the first packet", reports(CHANNEL, Command::CBOR, &[0; 100])[..1].to_vec()),
        ("all but the first packet", reports(CHANNEL, Command::CBOR, &[0; 100])[1..].to_vec()),
        ("babble elsewhere", vec![Event::ForEver(report(FOREIGN, Command::CBOR, &OK))]),
        (
            "endless packets of no message",
            vec![Event::ForEver({
                let mut report = report(CHANNEL, Command::CBOR, &OK);
                report[4] = 0;
                report
            })],
        ),
    ];
    for (name, events) in cases {
        let mut bench = bench_with(events);
        let error = bench.transact(&[4]).unwrap_err();
        let waited = bench.watch.clock.passed();
        assert!(matches!(error, TransportError::NoAnswer { .. }), "{name}: {error}");
        assert!(waited >= 10 * SECOND && waited < 11 * SECOND, "{name}: {waited:?}");
    }
}

#[test]
fn an_empty_answer_is_an_answer() {
    assert_eq!(bench_with(answer(&[])).transact(&[4]).unwrap(), [0; 0]);
}

#[test]
fn padding_is_not_looked_at() {
    let mut padded = report(CHANNEL, Command::CBOR, &OK);
    padded[8..].fill(0xee);
    assert_eq!(bench_with(vec![Event::Report(padded)]).transact(&[4]).unwrap(), OK);
}

// Errors.

#[test]
fn error_codes_are_handed_on() {
    for code in [0x00, 0x01, 0x02, 0x03, 0x04, 0x0A, 0x7F, 0xEE] {
        let mut bench = bench_with(vec![error(CHANNEL, ErrorCode(code))]);
        match bench.transact(&[4]).unwrap_err() {
            TransportError::Refused { command, code: got } => {
                assert_eq!((command, got), (Command::CBOR, ErrorCode(code)));
            }
            other => panic!("{code:#x}: {other}"),
        }
    }
}

#[test]
fn a_busy_key_is_asked_again_every_tenth_of_a_second() {
    let mut bench = Bench::open(|_, before| match before {
        0..5 => vec![error(CHANNEL, ErrorCode::CHANNEL_BUSY)],
        _ => answer(&OK),
    });
    assert_eq!(bench.transact(&[4]).unwrap(), OK);
    assert_eq!(bench.count(Command::CBOR), 6);
    assert_eq!(bench.watch.clock.passed(), Duration::from_millis(500));
}

#[test]
fn a_key_busy_for_ever_is_given_up() {
    let mut bench = Bench::open(|_, _| vec![error(CHANNEL, ErrorCode::CHANNEL_BUSY)]);
    let error = bench.transact(&[4]).unwrap_err();
    assert!(matches!(error, TransportError::Busy { waited } if waited == 10 * SECOND), "{error}");
}

#[test]
fn waiting_for_a_busy_key_can_be_interrupted() {
    let mut bench = Bench::open(|_, _| vec![error(CHANNEL, ErrorCode::CHANNEL_BUSY)]);
    bench.watch.interrupt = Some((SECOND, Interruption::DeadlinePassed));
    let error = bench.transact(&[4]).unwrap_err();
    assert!(matches!(error, TransportError::Interrupted(Interruption::DeadlinePassed)), "{error}");
    assert_eq!(bench.count(Command::CANCEL), 0);
}

#[test]
fn a_forgotten_channel_is_opened_anew_once() {
    let forgets = |message: &Message, _| match message.channel {
        CHANNEL => vec![error(CHANNEL, ErrorCode::INVALID_CHANNEL)],
        channel => reports(channel, Command::CBOR, &OK),
    };
    let mut bench = Bench::open(forgets);
    assert_eq!(bench.transact(&[4]).unwrap(), OK);
    assert_eq!((bench.count(Command::INIT), bench.count(Command::CBOR)), (2, 2));

    let always = |message: &Message, _| vec![error(message.channel, ErrorCode::INVALID_CHANNEL)];
    let mut bench = Bench::open(always);
    let error = bench.transact(&[4]).unwrap_err();
    let wanted = ErrorCode::INVALID_CHANNEL;
    assert!(matches!(error, TransportError::Refused { code, .. } if code == wanted), "{error}");
    assert_eq!(bench.count(Command::CBOR), 2);
}

#[test]
fn a_message_that_the_key_dropped_as_too_slow_is_sent_anew_once() {
    let mut answers = vec![answer(&OK), vec![error(CHANNEL, ErrorCode::MSG_TIMEOUT)]];
    let mut bench = Bench::open(move |_, _| answers.pop().unwrap_or_default());
    assert_eq!(bench.transact(&[4]).unwrap(), OK);
    assert_eq!((bench.count(Command::INIT), bench.count(Command::CBOR)), (2, 2));

    let mut bench = Bench::open(|_, _| vec![error(CHANNEL, ErrorCode::MSG_TIMEOUT)]);
    let error = bench.transact(&[4]).unwrap_err();
    let wanted = ErrorCode::MSG_TIMEOUT;
    assert!(matches!(error, TransportError::Refused { code, .. } if code == wanted), "{error}");
    assert_eq!(bench.count(Command::CBOR), 2);
}

// Keepalives.

#[test]
fn keepalives_are_told_on_change_only() {
    use Keepalive::{Processing, UserPresenceNeeded};
    let statuses = [
        Processing,
        Processing,
        UserPresenceNeeded,
        UserPresenceNeeded,
        UserPresenceNeeded,
        Processing,
    ];
    let mut events: Vec<Event> = statuses.into_iter().map(keepalive).collect();
    events.extend(answer(&OK));
    let mut bench = bench_with(events);
    assert_eq!(bench.transact(&[4]).unwrap(), OK);
    assert_eq!(bench.watch.heard, [Processing, UserPresenceNeeded, Processing]);
}

#[test]
fn keepalives_keep_an_exchange_alive_for_minutes() {
    let mut events: Vec<Event> = (0..120)
        .flat_map(|_| [Event::Wait(SECOND), keepalive(Keepalive::UserPresenceNeeded)])
        .collect();
    events.extend(answer(&OK));
    let mut bench = bench_with(events);
    assert_eq!(bench.transact(&[4]).unwrap(), OK);
    assert_eq!(bench.watch.clock.passed(), 2 * MINUTE);
}

#[test]
fn keepalives_for_ever_end_with_the_deadline() {
    let for_ever = report(CHANNEL, Command::KEEPALIVE, &[2]);
    let mut bench = bench_with(vec![Event::ForEver(for_ever)]);
    bench.watch.interrupt = Some((MINUTE, Interruption::DeadlinePassed));
    let error = bench.transact(&[4]).unwrap_err();
    let waited = bench.watch.clock.passed();
    assert!(matches!(error, TransportError::Interrupted(Interruption::DeadlinePassed)), "{error}");
    assert!(waited >= MINUTE && waited < MINUTE + 3 * SECOND, "{waited:?}");
    assert_eq!(bench.count(Command::CANCEL), 1);
}

// Giving up.

/// A key that waits for a touch and answers CANCEL with `payload`.
fn cancellable(payload: Option<&'static [u8]>) -> Bench {
    let mut bench = Bench::open(move |message, _| match message.command {
        Command::CBOR => vec![keepalive(Keepalive::UserPresenceNeeded)],
        Command::CANCEL => payload.map(answer).unwrap_or_default(),
        _ => vec![],
    });
    bench.watch.interrupt = Some((SECOND, Interruption::Cancelled));
    bench
}

#[test]
fn interruption_cancels_on_the_key_and_awaits_its_answer() {
    let mut bench = cancellable(Some(&[0x2D]));
    let error = bench.transact(&[4]).unwrap_err();
    assert!(matches!(error, TransportError::Interrupted(Interruption::Cancelled)), "{error}");
    assert_eq!(bench.watch.clock.passed(), SECOND);
    let sent = bench.sent.lock().unwrap();
    let last = sent.last().unwrap();
    assert_eq!((last.command, last.channel), (Command::CANCEL, CHANNEL));
}

#[test]
fn an_answer_that_wins_the_race_against_cancel_is_not_lost() {
    for payload in [&[0x00, 0xa0][..], &[0x31][..]] {
        assert_eq!(cancellable(Some(payload)).transact(&[4]).unwrap(), payload);
    }
}

#[test]
fn cancel_unanswered_is_sent_once_and_ends_with_init() {
    let mut bench = cancellable(None);
    let error = bench.transact(&[4]).unwrap_err();
    assert!(matches!(error, TransportError::Interrupted(Interruption::Cancelled)), "{error}");
    assert_eq!(bench.watch.clock.passed(), 3 * SECOND);
    assert_eq!(bench.count(Command::CANCEL), 1);
    let sent = bench.sent.lock().unwrap();
    let last = sent.last().unwrap();
    assert_eq!((last.command, last.channel), (Command::INIT, CHANNEL));
}

#[test]
fn only_cbor_is_cancelled() {
    let mut bench = Bench::open(|_, _| vec![]);
    bench.watch.interrupt = Some((SECOND, Interruption::Cancelled));
    let error = bench.host.ping(&[1], &mut bench.watch).unwrap_err();
    assert!(matches!(error, TransportError::Interrupted(_)), "{error}");
    assert_eq!(bench.count(Command::CANCEL), 0);
}

#[test]
fn an_interruption_before_the_request_sends_nothing() {
    let mut bench = Bench::open(|_, _| answer(&OK));
    bench.watch.interrupt = Some((Duration::ZERO, Interruption::Cancelled));
    assert!(bench.transact(&[4]).is_err());
    assert_eq!(bench.count(Command::CBOR), 0);
}

#[test]
fn the_exchange_after_a_failed_one_gets_its_own_answer() {
    // The first answer comes long after it was given up, just before the second request's own.
    let mut bench = Bench::open(|_, before| match before {
        0 => vec![Event::Wait(11 * SECOND), Event::Report(report(CHANNEL, Command::CBOR, &[1]))],
        _ => answer(&[2]),
    });
    assert!(matches!(bench.transact(&[4]).unwrap_err(), TransportError::NoAnswer { .. }));
    assert_eq!(bench.transact(&[4]).unwrap(), [2]);
}

// Vanishing.

#[test]
fn a_key_that_vanishes_at_any_point_is_gone() {
    let answer = reports(CHANNEL, Command::CBOR, &long_answer());
    for point in 0..answer.len() {
        let mut events = vec![keepalive(Keepalive::Processing)];
        events.extend(answer[..point].iter().cloned());
        events.push(Event::Gone);
        let mut bench = bench_with(events);
        for _ in 0..2 {
            let error = bench.transact(&[4]).unwrap_err();
            assert!(matches!(error, TransportError::Pipe(PipeError::Gone)), "{point}: {error}");
        }
    }
}
