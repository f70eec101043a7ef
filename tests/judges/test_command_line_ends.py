"""How a run ends: interrupted, with its reader gone, with nothing to say but usage."""

import json
import os
import signal
import subprocess

import pytest

import ctaphid
import fake_key
from fidoctl import DONE, FAILED, FIDOCTL, INTERRUPTED, UNEXPECTED, USAGE

ENROLL = ["enroll", "--rp", "example.com", "--user", "alice"]
SIGNALS = pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM], ids=["INT", "TERM"])


@SIGNALS
@pytest.mark.parametrize(
    "command",
    [[*ENROLL, "--save", "credential.json"], ["select"], ["reset", "--yes", "--no-replug"]],
    ids=["enroll", "select", "reset"],
)
def test_an_interrupted_wait_is_cancelled_on_the_key(observed, key, fidoctl, sent, command):
    key.power_cycle(touch="never")
    before = key.state.read_bytes()
    waiting = fidoctl.start(*command, "--json")
    assert observed.touch_wanted.wait(20)
    error = fidoctl.stop(waiting, sent).expect(INTERRUPTED).error
    assert error["kind"] == "interrupted"
    assert observed.commands()[-1] == ctaphid.CANCEL
    # The key had answered before fidoctl went.
    assert observed.answered_cancel.is_set()
    assert not (fidoctl.directory / "credential.json").exists()
    assert key.state.read_bytes() == before
    fidoctl("info")


@SIGNALS
def test_an_interrupted_wait_for_a_silent_key_ends(fidoctl, tmp_path, sent):
    with fake_key.AlwaysWaiting(tmp_path / "fake.sock") as key:
        fidoctl.device = key.device
        waiting = fidoctl.start(*ENROLL, "--progress", "json")
        for line in waiting.stderr:
            if "touch" in line:
                break
        fidoctl.stop(waiting, sent).expect(INTERRUPTED)


@SIGNALS
def test_a_served_key_ends_with_its_signal_and_leaves_no_socket(serve, sent):
    key = serve("unix")
    key.process.send_signal(sent)
    assert key.process.wait(10) == DONE
    assert not key.path.exists()


def test_a_key_that_was_killed_is_served_again_at_the_same_place(serve, fidoctl):
    for transport in ["unix", "pty"]:
        key = serve(transport)
        key.unplug()
        assert key.path.is_symlink() or key.path.exists()
        key.plug_in()
        fidoctl.device = key.device
        fidoctl("info")
        key.unplug()


@pytest.mark.parametrize(
    "command", [["info"], ["info", "--json"], ["list"], ["man"], ["completions", "bash"], ["--help"]]
)
def test_a_reader_that_has_gone_is_no_failure(key, fidoctl, command):
    reader, writer = os.pipe()
    os.close(reader)
    ended = fidoctl.end(fidoctl.start(*command, stdout=writer))
    os.close(writer)
    assert ended.code == DONE, ended
    assert ended.err == ""


def test_a_full_output_is_a_failure(key, fidoctl):
    with open("/dev/full", "w", encoding="utf-8") as full:
        ended = fidoctl.end(fidoctl.start("info", "--json", stdout=full))
    ended.expect(FAILED)
    assert json.loads(ended.err)["error"]["kind"] == "io"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--no-such-option"],
        ["no-such-command"],
        ["enroll"],
        ["enroll", "--rp", "https://example.com", "--user", "alice"],
        ["enroll", "--rp", "example.com", "--user", "alice", "--uv", "perhaps"],
        ["enroll", "--rp", "example.com", "--user", "alice", "--algorithm", "rot13"],
        ["enroll", "--rp", "example.com", "--user", "alice", "--user-id", "not base64url!"],
        ["enroll", "--rp", "example.com", "--user", "alice", "--challenge", "AAAA=="],
        ["enroll", "--rp", "example.com", "--user", "alice", "--client-data-hash", "00"],
        ["assert"],
        ["assert", "--rp", "example.com", "--hmac-salt", "00"],
        ["assert", "--rp", "example.com", "--hmac-salt2", "00" * 32],
        ["info", "--timeout", "soon"],
        ["info", "--timeout", "-1"],
        ["virtual", "serve", "--unix", "a", "--pty", "b"],
        ["virtual", "serve", "--unix", "a", "--touch", "maybe"],
    ],
    ids=" ".join,
)
def test_what_is_no_command_is_a_usage_error(fidoctl, arguments):
    before = sorted(fidoctl.directory.iterdir())
    error = fidoctl.fails(USAGE, *arguments)
    assert error["kind"] == "usage"
    ended = fidoctl.run(*arguments).expect(USAGE)
    assert ended.out == ""
    assert "error: " in ended.err
    assert sorted(fidoctl.directory.iterdir()) == before


def test_help_and_version_are_results(fidoctl):
    for arguments in [["--help"], ["--version"], ["enroll", "--help"], ["help", "pin", "set"]]:
        ended = fidoctl.run(*arguments).expect(DONE)
        assert ended.out and not ended.err


def test_questions_and_progress_never_reach_stdout(key, fidoctl):
    ended = fidoctl.run("enroll", "--rp", "example.com", "--user", "alice", "--json")
    assert ended.json["type"] == "public-key"
    assert ended.out.count('"type"') == 1
    summary = fidoctl.run("info").expect(DONE)
    assert "\x1b" not in summary.out + summary.err


def test_closed_standard_streams_do_no_harm(key, fidoctl):
    command = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh"]
    process = fidoctl.start("info")
    fidoctl.end(process).expect(DONE)
    closed = subprocess.run([*command, *process.args], env=fidoctl.environment, timeout=30)
    assert closed.returncode in (DONE, FAILED)


def dumps_core(command, directory):
    """Lets a program that runs abort, where core dumps are allowed."""
    unlimited = ["prlimit", "--core=unlimited", "--"]
    process = subprocess.Popen([*unlimited, *command], cwd=directory, stderr=subprocess.PIPE)
    process.stderr.readline()
    process.send_signal(signal.SIGQUIT)
    _, status = os.waitpid(process.pid, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGQUIT
    return os.WCOREDUMP(status)


def test_no_memory_is_left_in_a_core_dump(tmp_path):
    ordinary = ["sh", "-c", "echo >&2; exec sleep 60"]
    if not dumps_core(ordinary, tmp_path):
        pytest.fail("this machine dumps no cores: set /proc/sys/kernel/core_pattern to 'core'")
    assert not dumps_core([FIDOCTL, "virtual", "serve", "--state", "k", "--unix", "s"], tmp_path)


def test_an_id_that_begins_with_a_hyphen_is_no_option(fidoctl):
    """One credential ID in 64 does, in base64url."""
    fidoctl.device = "virtual:ci.key"
    asked = ["--rp", "example.com", "--allow", "-abc", "--challenge", "-abc"]
    error = fidoctl.run("assert", *asked, "--json").expect(UNEXPECTED).error
    assert error["kind"] == "no-credentials"
    who = ["--user", "alice", "--user-id", "-abc", "--exclude", "-abc"]
    assert fidoctl.run("enroll", "--rp", "example.com", *who, "--json").json
