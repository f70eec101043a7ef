"""Files: written whole or not at all, never over others, and locked while in use."""

import json
import os
import resource

import pytest

from fidoctl import FAILED, NO_KEY, UNEXPECTED, USAGE

ENROLL = ["enroll", "--rp", "example.com", "--user", "alice"]


@pytest.fixture
def state(fidoctl):
    """The state file of an embedded key, with something in it; fidoctl looks at it."""
    path = fidoctl.directory / "embedded" / "virtual.key"
    path.parent.mkdir()
    fidoctl.device = f"virtual:{path}"
    fidoctl.enroll("--rk", "required", record="first.json")
    return path


def refused_and_unchanged(fidoctl, path, *args, code=FAILED, kind="state-file", **options):
    """The command fails for the state file, names it, and leaves it alone, with no file beside."""
    before, beside = path.read_bytes(), sorted(os.listdir(path.parent))
    error = fidoctl.fails(code, *args, **options)
    assert error["kind"] == kind
    assert str(path) in error["message"]
    assert error["hints"]
    assert path.read_bytes() == before
    assert sorted(os.listdir(path.parent)) == beside
    return error


def test_a_state_file_is_for_its_owner_alone(state):
    assert state.stat().st_mode & 0o777 == 0o600


def test_a_key_is_made_on_first_use(fidoctl):
    fidoctl.device = "virtual"
    assert fidoctl.enroll()["type"] == "public-key"
    made = [path for path in (fidoctl.directory / "home").rglob("*") if path.is_file()]
    assert len(made) == 1
    assert made[0].is_relative_to(fidoctl.environment["XDG_STATE_HOME"])
    assert made[0].stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("kept", [0, 1, 100, -2], ids=["empty", "one", "hundred", "almost"])
def test_a_truncated_state_file_is_refused(fidoctl, state, kept):
    whole = state.read_bytes()
    state.write_bytes(whole[:kept])
    refused_and_unchanged(fidoctl, state, *ENROLL)
    state.write_bytes(whole)
    fidoctl("assert", "--rp", "example.com")


@pytest.mark.parametrize("content", ["[]", "{}", "hello", '{"schema": "something else/1"}', "\0" * 99])
def test_a_file_that_is_no_state_file_is_refused(fidoctl, state, content):
    state.write_text(content)
    refused_and_unchanged(fidoctl, state, "info")


def test_a_state_file_from_a_newer_version_is_refused(fidoctl, state):
    content = json.loads(state.read_text())
    content["version"] += 1
    state.write_text(json.dumps(content))
    error = refused_and_unchanged(fidoctl, state, *ENROLL)
    assert "version" in error["message"]


def test_a_state_file_that_may_not_be_written_is_refused(fidoctl, state):
    state.parent.chmod(0o555)
    fidoctl.powerless = True
    error = refused_and_unchanged(fidoctl, state, *ENROLL, code=NO_KEY, kind="no-permission")
    assert any("folder" in hint for hint in error["hints"])
    fidoctl.powerless = False
    state.parent.chmod(0o755)
    fidoctl("assert", "--rp", "example.com")


def test_a_disk_that_is_full_loses_nothing(fidoctl, state):
    # A limit on file sizes stands for the full disk: half the new state can be written.
    limit = state.stat().st_size // 2

    def narrow():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    # With the signal ignored (as Python does) the write itself fails, as on a full disk.
    options = {"preexec_fn": narrow, "restore_signals": False}
    refused_and_unchanged(fidoctl, state, *ENROLL, **options)
    fidoctl("assert", "--rp", "example.com")


def test_a_served_key_on_a_full_disk_refuses_and_lives_on(serve, fidoctl):
    key = serve("unix")
    fidoctl.device = key.device
    fidoctl.enroll("--rk", "required")
    before = key.state.read_bytes()
    limit = len(before) // 2
    resource.prlimit(key.process.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    ended = fidoctl.run(*ENROLL, "--rk", "required", "--json")
    assert ended.code == FAILED, ended
    assert key.state.read_bytes() == before


def test_a_state_file_in_use_is_not_touched(serve, fidoctl):
    key = serve("unix")
    fidoctl.device = f"virtual:{key.state}"
    error = refused_and_unchanged(fidoctl, key.state, *ENROLL, code=NO_KEY, kind="in-use")
    assert "in use" in error["message"]
    key.unplug()
    fidoctl.enroll()


def test_a_key_is_served_once(serve, fidoctl):
    key = serve("unix")
    arguments = ["virtual", "serve", "--state", key.state, "--unix", fidoctl.directory / "second"]
    assert "in use" in fidoctl.fails(NO_KEY, *arguments)["message"]
    fidoctl.device = key.device
    fidoctl("info")


def test_a_socket_that_somebody_serves_is_not_taken_away(serve, fidoctl):
    key = serve("unix")
    arguments = ["virtual", "serve", "--state", "other.state", "--unix", key.path]
    assert fidoctl.fails(NO_KEY, *arguments)["kind"] == "in-use"
    fidoctl.device = key.device
    fidoctl("info")


def test_a_file_in_the_way_of_a_socket_stays(fidoctl):
    precious = fidoctl.directory / fidoctl.file("precious", "data")
    for transport in ["--unix", "--pty"]:
        arguments = ["virtual", "serve", "--state", "some.state", transport, precious]
        error = fidoctl.fails(UNEXPECTED, *arguments)
        assert error["kind"] == "exists"
        assert "precious" in error["message"]
        assert precious.read_text() == "data"


def test_a_saved_record_is_never_written_over_another(key, fidoctl):
    fidoctl.enroll()
    before = (fidoctl.directory / "credential.json").read_bytes()
    state = key.state.read_bytes()
    error = fidoctl.fails(UNEXPECTED, *ENROLL, "--rk", "required", "--save", "credential.json")
    assert error["kind"] == "exists"
    assert any("--force" in hint for hint in error["hints"])
    assert (fidoctl.directory / "credential.json").read_bytes() == before
    # It was noticed before anything was made on the key.
    assert key.state.read_bytes() == state
    fidoctl.enroll("--force")
    assert (fidoctl.directory / "credential.json").read_bytes() != before


def test_a_record_that_cannot_be_saved_is_noticed_before_anything_is_made(key, fidoctl):
    state = key.state.read_bytes()
    save = ["--rk", "required", "--save", "no/such/folder/credential.json"]
    error = fidoctl.fails(FAILED, *ENROLL, *save)
    assert "no/such/folder" in error["message"]
    assert key.state.read_bytes() == state


def test_a_record_that_is_none_is_a_usage_error(key, fidoctl):
    for content in ["", "{}", "[1]", '{"schema": "fidoctl.credential/9"}']:
        file = fidoctl.file("record.json", content)
        error = fidoctl.fails(USAGE, "assert", "--credential", file)
        assert error["kind"] == "bad-file"
        assert "record.json" in error["message"]
    fidoctl.fails(USAGE, "assert", "--credential", "absent.json")


def test_a_new_virtual_key_never_takes_the_place_of_another(fidoctl, state):
    fidoctl.device = None
    before = state.read_bytes()
    error = fidoctl.fails(UNEXPECTED, "virtual", "new", "--state", state)
    assert error["kind"] == "exists"
    assert state.read_bytes() == before


def test_no_temporary_file_is_left(key, fidoctl):
    fidoctl.enroll()
    fidoctl.set_pin("correct horse")
    names = {path.name for path in fidoctl.directory.iterdir()}
    expected = {"home", "key.state", "key.unix", "credential.json", "pin.txt", "new-pin.txt"}
    assert names == expected
