//! Choosing a key: the words, what they pick, and waiting for it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may stop where they stand"
)]

mod scripted_pipe;

use std::time::Duration;

use fidoctl::transport::address::Address;
use fidoctl::transport::discovery::{Bus, KeyDescription};
use fidoctl::transport::matching::{Picked, pick};
use fidoctl::transport::presence::{Replug, Wait, is_present};
use fidoctl::transport::selector::{Selector, SelectorError, VirtualTouch};
use fidoctl::transport::{Interruption, PipeError, TransportError};
use scripted_pipe::{TestClock, TestWatch};

const SECOND: Duration = Duration::from_secs(1);

fn tcp(host: &str, port: u16) -> Selector {
    Selector::At(Address::Tcp { host: host.to_owned(), port })
}

fn udp(host: &str, port: u16, local: Option<u16>) -> Selector {
    Selector::At(Address::Udp { host: host.to_owned(), port, local })
}

fn hid(path: &str) -> Selector {
    Selector::At(Address::Hid(path.to_owned()))
}

fn virtual_key(state: Option<&str>, touch: Option<VirtualTouch>) -> Selector {
    Selector::Virtual { state: state.map(Into::into), touch, finger: None, fault: None, seed: None }
}

fn virtual_finger(touch: Option<VirtualTouch>, finger: &str) -> Selector {
    Selector::Virtual {
        state: Some("k".into()),
        touch,
        finger: Some(finger.to_owned()),
        fault: None,
        seed: None,
    }
}

#[test]
fn selectors_are_read_and_written_back() {
    let aaguid = [0xee, 0x88, 0x28, 0x79, 0x72, 0x1c, 0x49, 0x13]
        .into_iter()
        .chain([0x97, 0x75, 0x3d, 0xfc, 0xce, 0x97, 0x07, 0x2a])
        .collect::<Vec<u8>>();
    let aaguid = Selector::Aaguid(aaguid.try_into().unwrap());
    let delay = VirtualTouch::Delay(Duration::from_millis(250));
    let cases = [
        ("/dev/hidraw3", hid("/dev/hidraw3"), "/dev/hidraw3"),
        ("./key", hid("./key"), "./key"),
        (r"\\?\HID#VID_1050", hid(r"\\?\HID#VID_1050"), r"\\?\HID#VID_1050"),
        ("path:/dev/hidraw3", hid("/dev/hidraw3"), "/dev/hidraw3"),
        ("path:DevSrvsID:4295", hid("DevSrvsID:4295"), "path:DevSrvsID:4295"),
        ("serial:00:12 34", Selector::Serial("00:12 34".into()), "serial:00:12 34"),
        ("aaguid:ee882879-721c-4913-9775-3dfcce97072a", aaguid.clone(), ""),
        (
            "aaguid:EE882879721C491397753DFCCE97072A",
            aaguid,
            "aaguid:ee882879-721c-4913-9775-3dfcce97072a",
        ),
        ("name: YubiKey 5 ", Selector::Name("YubiKey 5".into()), "name:YubiKey 5"),
        (
            "1050:0407",
            Selector::VendorProduct { vendor_id: 0x1050, product_id: 0x0407 },
            "1050:0407",
        ),
        (
            "20A0:42b2",
            Selector::VendorProduct { vendor_id: 0x20a0, product_id: 0x42b2 },
            "20a0:42b2",
        ),
        ("touch", Selector::Touch, ""),
        ("replay:run.jsonl", Selector::Replay("run.jsonl".into()), ""),
        ("virtual", virtual_key(None, None), ""),
        ("virtual:ci.key", virtual_key(Some("ci.key"), None), ""),
        ("virtual?touch=auto", virtual_key(None, Some(VirtualTouch::Auto)), ""),
        ("virtual:k?touch=never", virtual_key(Some("k"), Some(VirtualTouch::Never)), ""),
        ("virtual:k?touch=refuse", virtual_key(Some("k"), Some(VirtualTouch::Refuse)), ""),
        ("virtual:k?touch=delay=250", virtual_key(Some("k"), Some(delay)), ""),
        ("virtual:k?finger=wrong,auto", virtual_finger(None, "wrong,auto"), ""),
        (
            "virtual:k?finger=never&touch=never",
            virtual_finger(Some(VirtualTouch::Never), "never"),
            "virtual:k?touch=never&finger=never",
        ),
        ("virtual:what?", virtual_key(Some("what?"), None), ""),
        ("unix:/run/key.sock", Selector::At(Address::Unix("/run/key.sock".into())), ""),
        ("pty:./key", Selector::At(Address::Pty("./key".into())), ""),
        ("tcp:127.0.0.1:80", tcp("127.0.0.1", 80), ""),
        ("tcp:localhost:65535", tcp("localhost", 65535), ""),
        ("tcp:[::1]:80", tcp("::1", 80), ""),
        ("udp:127.0.0.1:8111", udp("127.0.0.1", 8111, None), ""),
        ("udp:127.0.0.1:8111?local=7112", udp("127.0.0.1", 8111, Some(7112)), ""),
        ("udp:[::1]:8111?local=7112", udp("::1", 8111, Some(7112)), ""),
    ];
    for (text, selector, canonical) in cases {
        assert_eq!(text.parse(), Ok(selector.clone()), "{text}");
        let canonical = if canonical.is_empty() { text } else { canonical };
        assert_eq!(selector.to_string(), canonical);
        assert_eq!(canonical.parse(), Ok(selector));
    }
}

#[test]
fn what_is_no_selector_is_refused_with_the_form_it_should_have() {
    let form = [
        "serial:",
        "name:  ",
        "aaguid:ee88",
        "aaguid:ee882879721c-4913-9775-3dfcce97072a",
        "aaguid:e-e882879721c491397753dfcce97072a",
        "aaguid:zz882879-721c-4913-9775-3dfcce97072a",
        "virtual:",
        "virtualkey",
        "virtual?touch=maybe",
        "virtual?touch=auto&touch=auto",
        "virtual?finger=auto&hand=left",
        "virtual?touch=delay=",
        "virtual?touch=delay=-1",
        "virtual?touch=delay=99999999999",
        "path:",
        "replay:",
        "unix:",
        "pty:",
        "tcp:",
        "tcp:80",
        "tcp::80",
        "tcp:localhost",
        "tcp:localhost:0",
        "tcp:localhost:+80",
        "tcp:localhost:65536",
        "tcp:::1:80",
        "tcp:[::1:80",
        "tcp:::1]:80",
        "udp:localhost:80?local=",
        "udp:localhost:80?local=0",
        "udp:localhost:80?port=1",
    ];
    for text in form {
        let error = text.parse::<Selector>().unwrap_err();
        assert!(matches!(error, SelectorError::Form { .. }), "{text}: {error}");
    }
    for text in ["", "yubikey", "1050:407", "1050:+407", "10500407", "Touch"] {
        let error = text.parse::<Selector>().unwrap_err();
        assert_eq!(error, SelectorError::Unknown { text: text.to_owned() });
    }
}

fn key(path: &str, product: &str, serial: Option<&str>) -> KeyDescription {
    KeyDescription {
        path: path.to_owned(),
        vendor_id: 0x1050,
        product_id: if product.contains('5') { 0x0407 } else { 0x0120 },
        product: Some(product.to_owned()),
        manufacturer: Some("Yubico".to_owned()),
        serial: serial.map(str::to_owned),
        release: 0x0543,
        bus: Bus::Usb,
        accessible: None,
    }
}

#[test]
fn a_selector_picks_none_one_or_several() {
    let keys = [
        key("/dev/hidraw1", "YubiKey 5", Some("123")),
        key("/dev/hidraw2", "YubiKey 5", Some("1234")),
        key("/dev/hidraw3", "Security Key", None),
    ];
    let [one, two, three] = &keys;
    let cases = [
        ("/dev/hidraw2", Picked::One(two)),
        ("/dev/hidraw", Picked::None),
        ("serial:123", Picked::One(one)),
        ("serial:12", Picked::None),
        ("name:security", Picked::One(three)),
        ("name:yubico yubikey", Picked::Several(vec![one, two])),
        ("name:solo", Picked::None),
        ("1050:0407", Picked::Several(vec![one, two])),
        ("1050:0120", Picked::One(three)),
        ("1050:ffff", Picked::None),
        ("touch", Picked::Ask(vec![one, two, three])),
        ("aaguid:00000000000000000000000000000000", Picked::Ask(vec![one, two, three])),
        ("virtual", Picked::None),
        ("unix:/dev/hidraw1", Picked::None),
    ];
    for (text, wanted) in cases {
        assert_eq!(pick(Some(&text.parse().unwrap()), &keys), wanted, "{text}");
    }
}

#[test]
fn without_a_selector_only_a_single_key_is_picked() {
    let keys = [key("/dev/hidraw1", "A", None), key("/dev/hidraw2", "B", None)];
    assert_eq!(pick(None, &[]), Picked::None);
    assert_eq!(pick(None, &keys[..1]), Picked::One(&keys[0]));
    assert_eq!(pick(None, &keys), Picked::Several(vec![&keys[0], &keys[1]]));
}

#[test]
fn an_aaguid_is_asked_for_even_of_a_single_key() {
    let keys = [key("/dev/hidraw1", "A", None)];
    let selector = "aaguid:00000000000000000000000000000000".parse().unwrap();
    assert_eq!(pick(Some(&selector), &keys), Picked::Ask(vec![&keys[0]]));
    assert_eq!(pick(Some(&selector), &[]), Picked::None);
}

#[test]
fn the_same_key_elsewhere_is_known_by_model_and_serial() {
    let before = key("/dev/hidraw1", "A", Some("1"));
    assert!(before.may_be_same_key(&key("/dev/hidraw9", "A", Some("1"))));
    assert!(!before.may_be_same_key(&key("/dev/hidraw1", "A", Some("2"))));
    assert!(!before.may_be_same_key(&key("/dev/hidraw1", "A", None)));
    assert!(!before.may_be_same_key(&key("/dev/hidraw1", "A5", Some("1"))));
}

// Waiting.

fn watch(clock: &TestClock, interrupt: Option<(Duration, Interruption)>) -> TestWatch {
    TestWatch { clock: clock.clone(), heard: Vec::new(), interrupt }
}

#[test]
fn waiting_finds_a_key_within_a_tenth_of_a_second() {
    let clock = TestClock::new();
    let wait = Wait { limit: 60 * SECOND, clock: &clock, watch: &watch(&clock, None) };
    let appears = Duration::from_millis(5050);
    let found = wait.until(&mut || Ok((clock.passed() >= appears).then_some("key"))).unwrap();
    assert_eq!(found, Some("key"));
    assert_eq!(clock.passed(), Duration::from_millis(5100));
}

#[test]
fn waiting_looks_once_even_without_time_and_ends_on_the_limit() {
    let clock = TestClock::new();
    let watch = watch(&clock, None);
    let now = Wait { limit: Duration::ZERO, clock: &clock, watch: &watch };
    assert_eq!(now.until(&mut || Ok(Some(1))).unwrap(), Some(1));
    assert_eq!(now.until(&mut || Ok(None::<()>)).unwrap(), None);
    let later = Wait { limit: Duration::from_millis(250), ..now };
    assert_eq!(later.until(&mut || Ok(None::<()>)).unwrap(), None);
    assert_eq!(clock.passed(), Duration::from_millis(250));
}

#[test]
fn waiting_ends_with_an_interruption_or_an_error() {
    let clock = TestClock::new();
    let interrupted = watch(&clock, Some((SECOND, Interruption::Cancelled)));
    let wait = Wait { limit: 60 * SECOND, clock: &clock, watch: &interrupted };
    let error = wait.until(&mut || Ok(None::<()>)).unwrap_err();
    assert!(matches!(error, TransportError::Interrupted(Interruption::Cancelled)), "{error}");
    let error = wait.until(&mut || Err::<Option<()>, _>(PipeError::Gone)).unwrap_err();
    assert!(matches!(error, TransportError::Pipe(PipeError::Gone)), "{error}");
}

#[test]
fn a_replug_is_a_key_gone_and_then_back() {
    // Gone from second 3, back at second 5.
    let there = |clock: &TestClock, back: u32| {
        let passed = clock.passed();
        (passed < 3 * SECOND || passed >= back * SECOND).then_some("key")
    };
    let limit = 10 * SECOND;

    let clock = TestClock::new();
    let watch = watch(&clock, None);
    let wait = Wait { limit, clock: &clock, watch: &watch };
    let mut gone_at = None;
    let mut gone = || gone_at = Some(clock.passed());
    let replug = wait.replug(&mut || Ok(there(&clock, 5)), &mut gone).unwrap();
    assert_eq!(replug, Replug::Back("key"));
    assert_eq!((gone_at, clock.passed()), (Some(3 * SECOND), 5 * SECOND));

    let clock = TestClock::new();
    let wait = Wait { limit, clock: &clock, watch: &watch };
    let replug = wait.replug(&mut || Ok(there(&clock, 99)), &mut || {}).unwrap();
    assert_eq!(replug, Replug::NotBack);
    let replug = wait.replug(&mut || Ok(Some(())), &mut || panic!("not gone")).unwrap();
    assert_eq!(replug, Replug::StillThere);
}

#[cfg(unix)]
#[test]
fn presence_is_what_can_be_reached() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s");
    let unix = Address::Unix(path.clone());
    assert!(!is_present(&unix, false).unwrap());
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    assert!(is_present(&unix, false).unwrap());
    drop(listener);
    assert!(!is_present(&unix, false).unwrap());

    let tcp = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = tcp.local_addr().unwrap().port();
    let address = Address::Tcp { host: "127.0.0.1".to_owned(), port };
    assert!(is_present(&address, false).unwrap());
    drop(tcp);
    assert!(!is_present(&address, false).unwrap());

    let udp = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = udp.local_addr().unwrap().port();
    let address = Address::Udp { host: "127.0.0.1".to_owned(), port, local: None };
    assert!(is_present(&address, false).unwrap());
    drop(udp);
    assert!(!is_present(&address, false).unwrap());

    assert!(is_present(&Address::Pty(path), false).unwrap());
    assert!(!is_present(&Address::Hid("/dev/hidraw-none".to_owned()), false).unwrap());
}

#[cfg(feature = "hid")]
#[test]
fn listing_opens_nothing_and_a_missing_node_is_not_found() {
    use fidoctl::transport::{discovery, open::open_pipe};
    discovery::list().unwrap();
    let missing = Address::Hid("/dev/hidraw-none".to_owned());
    let error = open_pipe(&missing, false).err().unwrap();
    assert!(matches!(error, PipeError::NotFound { .. }), "{error}");
    let terminal = Address::Hid("/etc/passwd".to_owned());
    let error = open_pipe(&terminal, false).err().unwrap();
    assert!(matches!(error, PipeError::Io { .. } | PipeError::PermissionDenied { .. }), "{error}");
}
