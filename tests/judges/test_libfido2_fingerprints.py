"""libfido2's tools on a key with a fingerprint sensor; these tools know the prototype command only."""

import base64
import re

import pytest

from libfido2 import Credential, fails, info, lines, run, set_pin, succeeds

PIN = "123456"
SENSOR = ["--fingerprint"]
SAMPLES = 4


@pytest.fixture(params=[SENSOR, [*SENSOR, "--ctap=2.1-pre"]], ids=["final", "preview"])
def key(serve, request):
    key = serve("pty", make=request.param)
    assert set_pin(key, PIN).returncode == 0
    return key


def options(key):
    return set(info(key)["options"].split(", "))


def enrol(key):
    """What fido2-token says while a finger is enrolled, and the fingerprint's ID."""
    ended = run("fido2-token", "-S", "-e", key.path, stdin=lines(PIN))
    assert ended.returncode == 0, f"{ended.stdout}\n{ended.stderr}"
    return ended.stdout + ended.stderr


def enrolled(key):
    """IDs and names by fido2-token -L -e."""
    out = succeeds("fido2-token", "-L", "-e", key.path, stdin=lines(PIN))
    found = [line.split(": ", 1)[1].split(" ", 1) for line in out.splitlines()]
    return {base64.b64decode(id): name for id, name in found}


def encoded(id):
    return base64.b64encode(id).decode()


def test_the_sensor_is_told_of(key):
    said = info(key)
    assert said["sensor type"] == "1 (touch)"
    assert said["max samples"] == str(SAMPLES)
    assert "nouv" in options(key)


def test_a_finger_is_enrolled_sample_by_sample(key):
    said = enrol(key)
    left = [int(number) for number in re.findall(r"\((\d+) samples? left\)", said)]
    assert left == [3, 2, 1]
    assert "uv" in options(key)
    assert len(enrolled(key)) == 1


def test_samples_of_no_use_are_understood(key):
    faults = {
        "too-high": "Sample too high",
        "too-low": "Sample too low",
        "too-left": "Sample too left",
        "too-right": "Sample too right",
        "too-fast": "Sample too fast",
        "too-slow": "Sample too slow",
        "poor-quality": "Poor quality sample",
        "too-skewed": "Sample too skewed",
        "too-short": "Sample too short",
        "merge-failure": "Sample merge failure",
        "exists": "Sample exists",
    }
    # The first sample is good, so that there are further ones.
    key.power_cycle(finger=",".join(["auto", *faults, "auto"]))
    said = enrol(key)
    for sentence in faults.values():
        assert sentence in said, said


def test_fingers_are_renamed_and_removed(key):
    enrol(key)
    enrol(key)
    first, second = enrolled(key)
    name = ["-i", encoded(second), "-n", "ringförmiger Daumen"]
    succeeds("fido2-token", "-S", "-e", *name, key.path, stdin=lines(PIN))
    assert enrolled(key)[second] == "ringförmiger Daumen"
    succeeds("fido2-token", "-D", "-e", "-i", encoded(first), key.path, stdin=lines(PIN))
    assert list(enrolled(key)) == [second]
    succeeds("fido2-token", "-D", "-e", "-i", encoded(second), key.path, stdin=lines(PIN))
    assert "nouv" in options(key)


def test_a_fingerprint_that_is_not_there_is_not_removed(key):
    enrol(key)
    unknown = ["-D", "-e", "-i", encoded(b"\x99\x99")]
    assert "INVALID_OPTION" in fails("fido2-token", *unknown, key.path, stdin=lines(PIN))


def test_fingers_outlive_a_power_cycle(key):
    enrol(key)
    before = enrolled(key)
    key.power_cycle()
    assert enrolled(key) == before


def test_a_reset_erases_the_fingers(key):
    enrol(key)
    key.power_cycle()
    succeeds("fido2-token", "-R", key.path)
    assert {"nouv", "noclientPin"} <= options(key)


def test_what_fidoctl_enrols_libfido2_lists_and_the_reverse(serve, fidoctl):
    key = serve("pty", make=SENSOR)
    fidoctl.device = key.device
    pin = fidoctl.set_pin(PIN)
    added = fidoctl("fingerprint", "add", "--name", "right thumb", *pin)["fingerprint"]
    assert enrolled(key) == {bytes.fromhex(added["id"]): "right thumb"}
    enrol(key)
    listed = fidoctl("fingerprint", "list")["fingerprints"]
    assert [one["name"] for one in listed] == ["right thumb", None]


def test_a_credential_is_made_by_finger(key):
    """And an assertion after it; nobody is there to give a PIN."""
    enrol(key)
    credential = Credential(key, "-v")
    assertion = credential.get_assertion("-t", "uv=true")
    assert credential.verify(assertion, "-v").returncode == 0
