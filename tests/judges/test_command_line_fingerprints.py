"""fidoctl fingerprint, and what fingers do to the other commands."""

import json
import time

import pytest

from fidoctl import DONE, FAILED, INTERRUPTED, NO_CONSENT, PIN, UNEXPECTED, UNSUPPORTED, USAGE


@pytest.fixture(params=[[], ["--ctap=2.1-pre"]], ids=["final", "preview"])
def fidoctl(fidoctl, request):
    """fidoctl with an embedded key that has a sensor; `finger` changes who lays theirs on it."""
    fidoctl("virtual", "new", "--state", "bio.key", "--fingerprint", *request.param)
    fidoctl.is_preview = bool(request.param)
    fidoctl.finger = lambda fingers: setattr(fidoctl, "device", f"virtual:bio.key?finger={fingers}")
    fidoctl.finger("auto")
    return fidoctl


@pytest.fixture
def pin(fidoctl):
    return fidoctl.set_pin("4826")


def names(fidoctl):
    return [one["name"] for one in fidoctl("fingerprint", "list")["fingerprints"]]


def test_without_a_pin_one_is_told_to_set_it(fidoctl):
    for command in [["list"], ["add"], ["remove", "0001", "--yes"]]:
        error = fidoctl.fails(PIN, "fingerprint", *command)
        assert error["kind"] == "pin-not-set"
        assert "fidoctl pin set" in " ".join(error["hints"])


def test_a_key_without_a_sensor_is_told_as_such(fidoctl):
    fidoctl.device = "virtual:other.key"
    for command in [["sensor"], ["list"], ["add"]]:
        error = fidoctl.fails(UNSUPPORTED, "fingerprint", *command)
        assert error["kind"] == "unsupported"


def test_fingers_come_and_go(fidoctl, pin):
    assert fidoctl("fingerprint", "sensor")["enrolled"] is False
    added = fidoctl("fingerprint", "add", "--name", "right thumb", *pin)
    assert added["result"] == "added"
    assert fidoctl("fingerprint", "sensor")["enrolled"] is True
    fidoctl("fingerprint", "add", "--name", "left thumb")
    fidoctl("fingerprint", "rename", "right thumb", "index finger")
    assert names(fidoctl) == ["index finger", "left thumb"]
    fidoctl("fingerprint", "rename", added["fingerprint"]["id"], "")
    assert names(fidoctl) == [None, "left thumb"]
    fidoctl("fingerprint", "remove", "left thumb", "--yes")
    assert names(fidoctl) == [None]
    shown = fidoctl("virtual", "show", "--state", "bio.key")["fingerprint_sensor"]
    assert shown["fingerprints"] == [{"id": added["fingerprint"]["id"], "name": None}]


def test_a_fingerprint_is_meant_by_its_id_its_name_or_the_beginning_of_its_id(fidoctl, pin):
    for name in ["0002", "thumb", "thumb"]:
        fidoctl("fingerprint", "add", "--name", name, *pin)
    for unclear in ["thumb", "00"]:
        error = fidoctl.fails(UNEXPECTED, "fingerprint", "rename", unclear, "x")
        assert error["kind"] == "several-fingerprints"
        assert "0003" in error["message"]
    error = fidoctl.fails(UNEXPECTED, "fingerprint", "rename", "ff", "x")
    assert error["kind"] == "no-fingerprint"
    # An ID goes before a name.
    assert fidoctl("fingerprint", "rename", "0002", "x")["fingerprint"]["id"] == "0002"
    assert names(fidoctl) == ["0002", "x", "thumb"]


def test_removing_wants_consent(fidoctl, pin):
    fidoctl("fingerprint", "add", *pin)
    error = fidoctl.fails(NO_CONSENT, "fingerprint", "remove", "0001")
    assert "--yes" in " ".join(error["hints"])
    assert names(fidoctl) == [None]


def test_every_sample_is_commented_on(fidoctl, pin):
    faults = {
        "too-high": "lower",
        "too-low": "higher",
        "too-left": "right",
        "too-right": "left",
        "too-fast": "longer",
        "too-slow": "faster",
        "poor-quality": "clean",
        "too-skewed": "straight",
        "too-short": "cover",
        "merge-failure": "same finger",
        "exists": "another",
        "no-user-activity": "no finger",
        "no-user-presence-transition": "lift",
    }
    fidoctl.finger(",".join([*faults, "auto"]))
    said = fidoctl.run("fingerprint", "add", *pin).expect(DONE).err.splitlines()
    assert len(said) == len(faults) + 4
    for line, advice in zip(said, faults.values()):
        assert advice in line, line
        assert "(4 more)" in line, line


def test_a_full_sensor_is_told(fidoctl, pin):
    for _ in range(5):
        fidoctl("fingerprint", "add", *pin)
    error = fidoctl.fails(FAILED, "fingerprint", "add", *pin)
    assert error["kind"] == "key-full"
    assert error["status"] == "0x17"


def test_a_name_that_is_too_long_enrols_nothing(fidoctl, pin):
    error = fidoctl.fails(USAGE, "fingerprint", "add", "--name", "x" * 65, *pin)
    assert "64 bytes" in " ".join(error["hints"])
    assert fidoctl("fingerprint", "list", *pin)["fingerprints"] == []


def test_ctrl_c_ends_an_enrolment_and_leaves_nothing(fidoctl, pin):
    fidoctl.finger("auto,never")
    process = fidoctl.start("fingerprint", "add", *pin, "--progress", "json")
    for line in process.stderr:
        if json.loads(line)["event"] == "touch-wanted":
            break
    begun = time.monotonic()
    ended = fidoctl.stop(process)
    assert ended.code == INTERRUPTED, ended
    assert time.monotonic() - begun < 3
    fidoctl.finger("auto")
    assert fidoctl("fingerprint", "list", *pin)["fingerprints"] == []


def test_a_time_limit_ends_an_enrolment(fidoctl, pin):
    fidoctl.finger("auto,never")
    error = fidoctl.fails(NO_CONSENT, "fingerprint", "add", "--timeout", "1", *pin)
    assert error["kind"] == "no-touch"


def test_a_finger_takes_the_place_of_pin_and_touch(fidoctl, pin):
    fidoctl("fingerprint", "add", *pin)
    fidoctl.device += "&touch=never"
    fidoctl.enroll("--uv", "required", "--rk", "required", "--no-input")
    fidoctl("assert", "--credential", "credential.json", "--uv", "required", "--no-input")
    said = fidoctl.run("assert", "--rp", "example.com", "--json", "--no-input").expect(DONE)
    assert said.err == ""


def test_a_wrong_finger_gives_way_to_the_pin_and_says_so(fidoctl, pin):
    fidoctl("fingerprint", "add", *pin)
    fidoctl.finger("wrong")
    enroll = ["enroll", "--rp", "example.com", "--user", "alice", "--uv", "required"]
    said = fidoctl.run(*enroll, *pin).expect(DONE).err
    assert "using the PIN instead" in said
    assert "user verified  with the PIN" in said
    if not fidoctl.is_preview:
        assert "not recognised, 4 tries left" in said


def test_a_blocked_finger_is_told_and_the_pin_unblocks_it(fidoctl, pin):
    fidoctl("fingerprint", "add", *pin)
    fidoctl.finger("wrong")
    enroll = ["enroll", "--rp", "example.com", "--user", "alice", "--uv", "required"]
    for _ in range(2):
        fidoctl.fails(PIN, *enroll, "--no-input")
    assert fidoctl("pin", "status")["pin"]["uv_retries_left"] == 0
    fidoctl.finger("auto")
    said = fidoctl.run(*enroll, *pin).expect(DONE).err
    assert "using the PIN instead" in said
    if not fidoctl.is_preview:
        assert "blocked" in said
    assert fidoctl("pin", "status")["pin"]["uv_retries_left"] == 5


def test_words_that_are_no_finger_are_refused(fidoctl):
    fidoctl.finger("thumb")
    assert "no finger" in fidoctl.fails(USAGE, "info")["message"]


def test_a_reset_erases_the_fingers(fidoctl, pin):
    fidoctl("fingerprint", "add", *pin)
    fidoctl("reset", "--yes")
    assert fidoctl("fingerprint", "sensor")["enrolled"] is False
