"""PINs on the command line: what goes wrong is named, costs what it must, and loses nothing."""

import json
import os

import pytest

from fidoctl import DONE, PIN, USAGE

GOOD = "correct horse"
TOO_SHORT = "123"
# 4 code points are enough, however many bytes; 63 bytes are, however few code points.
TOO_LONG = "ö" * 32
assert len(TOO_LONG.encode()) == 64


@pytest.fixture
def unchanged(key):
    """Asserts at the end that the key's state file is what it was at the beginning."""
    before = key.state.read_bytes()
    yield
    assert key.state.read_bytes() == before


def refused(fidoctl, kind, *args, words=(), hint=None):
    """The command fails for its PIN, says all these words, and gives a hint that holds this."""
    error = fidoctl.fails(PIN, *args)
    assert error["kind"] == kind
    for word in words:
        assert word in error["message"].lower(), error
    if hint is not None:
        assert any(hint in line for line in error["hints"]), error
    return error


def test_no_pin_is_set(key, fidoctl, unchanged):
    current = fidoctl.pin(GOOD)
    change = ["pin", "change", *current, *fidoctl.new_pin("another")]
    for command in [["pin", "verify", *current], change]:
        refused(fidoctl, "pin-not-set", *command, words=["no pin is set"], hint="fidoctl pin set")


def test_a_pin_is_set_already(key, fidoctl):
    fidoctl.set_pin(GOOD)
    before = key.state.read_bytes()
    arguments = ["pin", "set", *fidoctl.new_pin("another")]
    refused(
        fidoctl, "pin-already-set", *arguments, words=["already"], hint="fidoctl pin change"
    )
    assert key.state.read_bytes() == before
    fidoctl("pin", "verify", *fidoctl.pin(GOOD))


@pytest.mark.parametrize(
    "new, words",
    [
        (TOO_SHORT, ["3 characters", "at least 4"]),
        ("äöü", ["3 characters", "at least 4"]),
        (TOO_LONG, ["64 bytes", "63"]),
        ("", ["at least 4"]),
        ("nul\0nul", ["nul"]),
    ],
    ids=["short", "short-in-characters", "long", "empty", "nul"],
)
def test_an_unfit_new_pin_never_reaches_the_key(key, fidoctl, unchanged, new, words):
    arguments = ["pin", "set", *fidoctl.new_pin(new)]
    error = refused(fidoctl, "pin-unfit", *arguments, words=words, hint="choose another PIN")
    assert new == "" or new not in json.dumps(error, ensure_ascii=False)


@pytest.mark.parametrize("new", [TOO_SHORT, TOO_LONG], ids=["short", "long"])
def test_a_change_to_an_unfit_pin_costs_no_try(key, fidoctl, new):
    fidoctl.set_pin(GOOD)
    before = key.state.read_bytes()
    arguments = ["pin", "change", *fidoctl.pin(GOOD), *fidoctl.new_pin(new)]
    refused(fidoctl, "pin-unfit", *arguments)
    assert key.state.read_bytes() == before


@pytest.mark.parametrize("fitting", ["1234", "äöüß", "x" * 63, "🔑🔑🔑🔑", " trailing blank "])
def test_a_pin_that_just_fits_is_taken(key, fidoctl, fitting):
    fidoctl.set_pin(fitting)
    fidoctl("pin", "verify", *fidoctl.pin(fitting))


def test_a_wrong_pin_tells_the_tries_left(key, fidoctl):
    fidoctl.set_pin(GOOD)
    wrong = fidoctl.pin("wrong")
    error = refused(
        fidoctl, "pin-invalid", "pin", "verify", *wrong, words=["wrong"], hint="7 tries left"
    )
    assert error["status"] == "0x31"
    assert error["status_name"] == "CTAP2_ERR_PIN_INVALID"
    assert error["retries_left"] == 7
    said = fidoctl.says(PIN, "pin", "verify", *wrong)
    assert "the pin is wrong" in said
    assert "ctap2_err_pin_invalid" in said
    assert "0x31" in said
    assert "6 tries left" in said


def test_the_third_wrong_pin_demands_a_power_cycle(key, fidoctl):
    fidoctl.set_pin(GOOD)
    wrong = fidoctl.pin("wrong", "wrong.txt")
    for _ in range(2):
        refused(fidoctl, "pin-invalid", "pin", "verify", *wrong)
    error = refused(
        fidoctl, "pin-auth-blocked", "pin", "verify", *wrong, words=["unplug"], hint="plug it in"
    )
    assert error["status"] == "0x34"
    assert error["retries_left"] == 5
    refused(fidoctl, "pin-auth-blocked", "pin", "verify", *fidoctl.pin(GOOD))
    assert fidoctl("pin", "status")["pin"]["retries_left"] == 5
    key.power_cycle()
    fidoctl("pin", "verify", *fidoctl.pin(GOOD))
    assert fidoctl("pin", "status")["pin"]["retries_left"] == 8


def test_the_last_try_is_spent_only_on_demand_and_then_the_key_is_blocked(key, fidoctl):
    fidoctl.set_pin(GOOD)
    wrong = fidoctl.pin("wrong", "wrong.txt")
    for _ in range(2):
        for _ in range(3):
            fidoctl.fails(PIN, "pin", "verify", *wrong)
        key.power_cycle()
    assert refused(fidoctl, "pin-invalid", "pin", "verify", *wrong)["retries_left"] == 1
    # A PIN that nobody types is not risked now, right or wrong; and saying so costs nothing.
    for pin in [wrong, fidoctl.pin(GOOD)]:
        arguments = ["pin", "verify", *pin]
        error = refused(fidoctl, "too-few-retries", *arguments, hint="--risk-last-tries")
        assert error["retries_left"] == 1
    arguments = ["pin", "verify", "--risk-last-tries", *wrong]
    error = refused(fidoctl, "pin-blocked", *arguments, words=["blocked"], hint="fidoctl reset")
    assert error["status"] == "0x32"
    key.power_cycle()
    refused(fidoctl, "pin-blocked", "pin", "verify", *fidoctl.pin(GOOD))
    key.power_cycle()
    fidoctl("reset", "--yes", "--no-replug")
    fidoctl.set_pin("a fresh start")


def test_a_wrong_pin_makes_no_credential_and_no_assertion(key, fidoctl):
    fidoctl.set_pin(GOOD)
    wrong = fidoctl.pin("wrong", "wrong.txt")
    arguments = ["--rp", "example.com", "--user", "alice", "--save", "credential.json"]
    refused(fidoctl, "pin-invalid", "enroll", *arguments, *wrong)
    assert not (fidoctl.directory / "credential.json").exists()
    fidoctl.enroll(*fidoctl.pin(GOOD))
    refused(fidoctl, "pin-invalid", "assert", "--credential", "credential.json", *wrong)


def test_without_terminal_and_source_the_option_is_named_and_no_try_spent(key, fidoctl):
    fidoctl.set_pin(GOOD)
    before = key.state.read_bytes()
    arguments = [
        ["pin", "verify"],
        ["pin", "change", *fidoctl.new_pin("another")],
        ["enroll", "--rp", "example.com", "--user", "alice", "--uv", "required"],
    ]
    for command in arguments:
        refused(fidoctl, "pin-needed", *command, hint="--pin-file")
    refused(fidoctl, "pin-needed", "pin", "change", *fidoctl.pin(GOOD), hint="--new-pin-file")
    assert key.state.read_bytes() == before


def test_without_terminal_and_source_no_pin_is_set(key, fidoctl, unchanged):
    refused(fidoctl, "pin-needed", "pin", "set", hint="--new-pin-file")


def test_every_source_gives_the_pin(key, fidoctl):
    fidoctl.environment["OLD"] = GOOD
    fidoctl.environment["NEW"] = "second"
    program = fidoctl.directory / "askpass"
    program.write_text("#!/bin/sh\necho third\n")
    program.chmod(0o755)

    fidoctl("pin", "set", "--pin-stdin", stdin=f"{GOOD}\n")
    fidoctl("pin", "verify", "--pin-stdin", stdin=f"{GOOD}\n")
    fidoctl("pin", "verify", "--pin-stdin", stdin=GOOD)
    fidoctl("pin", "verify", *fidoctl.pin(GOOD))
    fidoctl("pin", "verify", "--pin-env", "OLD")
    fidoctl("pin", "change", "--pin-env", "OLD", "--new-pin-env", "NEW")
    with open_pipe("second\n") as old, open_pipe("third\n") as new:
        sources = ["--pin-fd", old, "--new-pin-fd", new]
        fidoctl("pin", "change", *sources, pass_fds=(old, new))
    fidoctl("pin", "verify", "--pin-program", program)
    fidoctl("pin", "change", "--pin-stdin", stdin="third\nfourth\n")
    fidoctl("pin", "change", "--pin-file", fidoctl.file("p", "fourth"), "--new-pin-program", program)
    fidoctl("pin", "verify", "--pin-program", program)


class open_pipe:
    """The reading end of a pipe that holds this text."""

    def __init__(self, text):
        self.text = text

    def __enter__(self):
        self.reader, writer = os.pipe()
        os.write(writer, self.text.encode())
        os.close(writer)
        return self.reader

    def __exit__(self, *_):
        os.close(self.reader)


@pytest.mark.parametrize(
    "source, code",
    [
        (["--pin-file", "absent.txt"], USAGE),
        (["--pin-env", "FIDOCTL_TEST_ABSENT"], USAGE),
        (["--pin-fd", "77"], USAGE),
        (["--pin-program", "/absent/program"], USAGE),
        (["--pin-program", "false"], PIN),
        (["--pin-file", "absent.txt", "--pin-stdin"], USAGE),
    ],
    ids=["file", "variable", "descriptor", "program", "cancelled", "two-sources"],
)
def test_a_source_that_gives_no_pin_costs_no_try(key, fidoctl, source, code):
    fidoctl.set_pin(GOOD)
    before = key.state.read_bytes()
    fidoctl.fails(code, "pin", "verify", *source)
    assert key.state.read_bytes() == before


def test_a_second_line_that_is_missing_changes_nothing(key, fidoctl):
    fidoctl.set_pin(GOOD)
    before = key.state.read_bytes()
    fidoctl.fails(PIN, "pin", "change", "--pin-stdin", stdin=f"{GOOD}\n")
    fidoctl.fails(PIN, "pin", "change", "--pin-stdin", stdin="")
    assert key.state.read_bytes() == before


def test_a_pin_on_the_command_line_is_no_option(key, fidoctl):
    for attempt in [["--pin", GOOD], [f"--pin={GOOD}"]]:
        fidoctl.says(USAGE, "pin", "verify", *attempt)


def test_no_pin_is_ever_printed(key, fidoctl):
    secret, wrong = "hunter2-secret", "hunter3-wrong"
    ended = [fidoctl.run("-vv", "pin", "set", *fidoctl.new_pin(secret))]
    ended.append(fidoctl.run("-vv", "pin", "verify", *fidoctl.pin(secret)))
    ended.append(fidoctl.run("-vv", "pin", "verify", *fidoctl.pin(wrong)))
    ended.append(fidoctl.run("-vv", "pin", "verify", "--json", *fidoctl.pin(wrong)))
    assert [run.code for run in ended] == [DONE, DONE, PIN, PIN]
    for run in ended:
        for text in [secret, wrong, secret.encode().hex(), wrong.encode().hex()]:
            assert text not in run.out + run.err
