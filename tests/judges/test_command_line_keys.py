"""Keys that are not there, not theirs, broken, or hostile: named, bounded in time, survived."""

import time

import pytest

import ctaphid
import fake_key
from fidoctl import DONE, FAILED, NO_CONSENT, NO_KEY, UNEXPECTED, USAGE

TIMEOUT = 2
# What an operation may take beyond its --timeout: a CANCEL that nobody answers, and a slow machine.
GRACE = 6
ENROLL = ["enroll", "--rp", "example.com", "--user", "alice"]


@pytest.fixture
def fake(tmp_path, fidoctl):
    """Plugs in a key of this kind; fidoctl looks at it."""
    running = []

    def plug_in(kind, *args):
        key = kind(tmp_path / "fake.sock", *args).__enter__()
        running.append(key)
        fidoctl.device = key.device
        return key

    yield plug_in
    for key in running:
        key.__exit__()


def bounded(fidoctl, *args):
    """Runs with --timeout; returns what came, if it came in time."""
    start = time.monotonic()
    ended = fidoctl.run(*args, "--timeout", str(TIMEOUT), "--json")
    assert time.monotonic() - start < TIMEOUT + GRACE, ended
    return ended


def test_list_finds_no_key_here_and_says_so(fidoctl):
    listed = fidoctl("list")
    assert listed["schema"] == "fidoctl.list/1"
    assert isinstance(listed["keys"], list)


@pytest.mark.parametrize(
    "selector",
    ["serial:no-such-serial", "name:no such name", "dead:beef", "/dev/no-such-node", "path:/dev/no"],
)
def test_no_key_matches(fidoctl, selector):
    fidoctl.device = selector
    error = fidoctl.fails(NO_KEY, "info")
    assert error["kind"] == "no-key"
    assert any("fidoctl list" in hint for hint in error["hints"])


@pytest.mark.parametrize("transport", ["unix", "pty"])
def test_nobody_listens_there(fidoctl, tmp_path, transport):
    fidoctl.device = f"{transport}:{tmp_path}/absent"
    error = fidoctl.fails(NO_KEY, "info")
    assert "absent" in error["message"]


@pytest.mark.parametrize(
    "selector", ["", "nonsense", "unix:", "serial:", "tcp:nowhere", "tcp:127.0.0.1:99999", "aaguid:1"]
)
def test_a_selector_that_is_none_is_a_usage_error(fidoctl, selector):
    error = fidoctl.fails(USAGE, "--device", selector, "info")
    assert "--device" in error["message"]


def test_another_host_is_not_reached_unless_insisted_on(fidoctl):
    error = fidoctl.fails(USAGE, "--device", "tcp:192.0.2.1:9", "info", "--timeout", "1")
    assert "--allow-remote" in " ".join([error["message"], *error["hints"]])


def test_the_environment_names_the_key_and_the_option_overrules_it(key, fidoctl):
    fidoctl.environment["FIDOCTL_DEVICE"] = key.device
    fidoctl.device = None
    fidoctl("info")
    fidoctl.environment["FIDOCTL_DEVICE"] = "unix:/absent"
    fidoctl.fails(NO_KEY, "info")
    fidoctl.device = key.device
    fidoctl("info")


def test_a_key_unplugged_while_it_waits_for_a_touch_is_gone(serve, observed, key, fidoctl):
    key.power_cycle(touch="never")
    waiting = fidoctl.start(*ENROLL, "--save", "credential.json", "--json")
    assert observed.touch_wanted.wait(20)
    key.unplug()
    error = fidoctl.end(waiting, seconds=10).expect(FAILED).error
    assert error["kind"] == "key-gone"
    assert any("plug" in hint for hint in error["hints"])
    assert not (fidoctl.directory / "credential.json").exists()


def test_a_pty_key_unplugged_while_it_waits_is_gone(serve, fidoctl):
    key = serve("pty", touch="never")
    fidoctl.device = key.device
    waiting = fidoctl.start(*ENROLL, "--progress", "json")
    for line in waiting.stderr:
        if "touch" in line:
            break
    key.unplug()
    said = fidoctl.end(waiting, seconds=10).expect(FAILED).err
    assert "error: " in said


def test_a_touch_refused_is_no_consent(serve, fidoctl):
    fidoctl.device = serve("unix", touch="refuse").device
    error = fidoctl.fails(NO_CONSENT, *ENROLL)
    assert error["kind"] == "denied"
    assert error["status_name"] == "CTAP2_ERR_OPERATION_DENIED"


def test_a_touch_that_takes_its_time_is_waited_for(serve, fidoctl):
    fidoctl.device = serve("unix", touch="delay=700").device
    fidoctl.enroll()


def test_no_touch_in_the_time_allowed_is_no_consent_and_the_key_is_told(observed, key, fidoctl):
    key.power_cycle(touch="never")
    error = bounded(fidoctl, *ENROLL).expect(NO_CONSENT).error
    assert error["kind"] == "no-touch"
    assert any("touch" in hint for hint in error["hints"])
    assert observed.answered_cancel.wait(5)
    # The key is free again.
    fidoctl("info")


@pytest.mark.parametrize("kind", [fake_key.Silent, fake_key.Babbling])
def test_a_key_that_never_opens_its_channel_is_given_up(fake, fidoctl, kind):
    fake(kind)
    error = bounded(fidoctl, "info").expect(FAILED).error
    assert error["kind"] == "timeout"
    assert error["hints"]


def test_a_silent_key_is_given_up_before_five_minutes_are_over(fake, fidoctl):
    fake(fake_key.Silent)
    start = time.monotonic()
    error = fidoctl.fails(FAILED, "info")
    assert time.monotonic() - start < 15
    assert error["kind"] == "key-silent"
    assert error["hints"]


@pytest.mark.parametrize(
    "kind, named",
    [
        (fake_key.BabblingOnTheChannel, "malformed-answer"),
        (fake_key.StrangersAnswers, "timeout"),
        (fake_key.EndlessMessage, "malformed-answer"),
        (fake_key.WrongSequence, "malformed-answer"),
        (fake_key.Busy, "timeout"),
    ],
)
def test_a_key_that_breaks_the_framing_is_given_up(fake, fidoctl, kind, named):
    fake(kind)
    assert bounded(fidoctl, "info").expect(FAILED).error["kind"] == named


@pytest.mark.parametrize("kind", [fake_key.StrangersAnswersFirst, fake_key.Interfering])
def test_what_is_meant_for_others_is_passed_over(fake, fidoctl, kind):
    fake(kind)
    assert "FIDO_2_1" in str(bounded(fidoctl, "info").expect(DONE).json)


def test_a_key_that_processes_for_ever_is_given_up_and_told(fake, fidoctl):
    key = fake(fake_key.AlwaysProcessing)
    error = bounded(fidoctl, *ENROLL).expect(FAILED).error
    assert error["kind"] == "timeout"
    assert any("--timeout" in hint for hint in error["hints"])
    assert key.requests


def test_a_key_that_wants_a_touch_for_ever_is_given_up(fake, fidoctl):
    fake(fake_key.AlwaysWaiting)
    assert bounded(fidoctl, *ENROLL).expect(NO_CONSENT).error["kind"] == "no-touch"


def test_a_key_that_falls_silent_at_work_is_given_up(fake, fidoctl):
    fake(fake_key.Deaf)
    assert bounded(fidoctl, *ENROLL).expect(FAILED).error["kind"] == "timeout"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\0",
        b"\0\xa0",
        b"\0\xff",
        b"\0\x80",
        b"\0" + b"\x81" * 2000,
        b"\0\xa1\x01\x9b" + b"\xff" * 8,
        b"\0\xbf\x01\x81\x68FIDO_2_0\xff",
        b"\0\xa2\x03\x50" + bytes(16) + b"\x01\x81\x68FIDO_2_0",
        b"\0\xa2\x01\x81\x68FIDO_2_0\x03\x43abc",
    ],
    ids=[
        *["empty", "no-cbor", "empty-map", "break", "array", "deep", "huge"],
        *["indefinite", "unsorted", "short-aaguid"],
    ],
)
def test_information_that_is_none_is_malformed(fake, fidoctl, answer):
    fake(fake_key.Answers, answer)
    error = bounded(fidoctl, "info").expect(FAILED).error
    assert error["kind"] == "malformed-answer"


def test_a_status_nobody_knows_is_shown_as_it_is(fake, fidoctl):
    fake(fake_key.Answers, b"\xf7")
    error = bounded(fidoctl, "info").expect(FAILED).error
    assert error["kind"] == "refused"
    assert error["status"] == "0xf7"


def test_names_from_a_key_do_not_reach_the_terminal_raw(fake, fidoctl):
    evil = "\x1b]0;evil\x07\x1b[31mFIDO\u202e"
    info = {**fake_key.INFO, 1: ["FIDO_2_0", evil]}
    fake(fake_key.Answers, b"\0" + fake_key.cbor.encode(info))
    ended = fidoctl.run("info")
    for character in "\x1b\x07\u202e":
        assert character not in ended.out + ended.err


def test_a_credential_that_is_not_there_is_not_as_expected(key, fidoctl):
    absent = ["--rp", "example.com", "--allow", "AAAAAAAAAAAAAAAAAAAAAA"]
    error = fidoctl.fails(UNEXPECTED, "assert", *absent)
    assert error["kind"] == "no-credentials"
    assert error["status"] == "0x2e"
    fidoctl.fails(UNEXPECTED, "assert", "--rp", "example.com")


def test_a_credential_on_the_exclude_list_is_not_made_again(key, fidoctl):
    made = fidoctl.enroll()
    again = [*ENROLL, "--exclude", made["id"], "--save", "again.json"]
    error = fidoctl.fails(UNEXPECTED, *again)
    assert error["kind"] == "already-registered"
    assert not (fidoctl.directory / "again.json").exists()


def test_reset_needs_consent(key, fidoctl):
    pin = fidoctl.set_pin("correct horse")
    key.power_cycle()
    before = key.state.read_bytes()
    error = fidoctl.fails(NO_CONSENT, "reset", "--no-replug")
    assert any("--yes" in hint for hint in error["hints"])
    assert key.state.read_bytes() == before
    fidoctl("pin", "verify", *pin)


def test_a_key_is_used_by_one_at_a_time(serve, fidoctl):
    """The lock is on the node: the second waits or says who is first, and harms nobody."""
    key = serve("pty", touch="delay=1500")
    fidoctl.device = key.device
    first = fidoctl.start(*ENROLL, "--json")
    time.sleep(0.5)
    second = fidoctl.run("info", "--json")
    assert second.code in (DONE, NO_KEY), second
    assert fidoctl.end(first).json["type"] == "public-key"


@pytest.mark.parametrize("size", [0, 1, 57, 58, 1024, 7609])
def test_ping_comes_back_whole(observed, fidoctl, size):
    fidoctl("ping", "--size", size)
    pings = [payload for command, payload in observed.requests if command == ctaphid.PING]
    assert pings
    assert {len(payload) for payload in pings} == {size}


def test_ping_that_fits_no_message_is_a_usage_error(key, fidoctl):
    fidoctl.fails(USAGE, "ping", "--size", "7610")
