"""Fingerprints on the keys of others: OpenSK with a sensor, Nitrokey's application without."""

import pytest


@pytest.fixture
def pin(fidoctl):
    file = fidoctl.pin("pin.txt", "4711 abc")
    fidoctl("pin", "set", "--new-pin-file", file)
    return ["--pin-file", file]


def names(fidoctl, *pin):
    return [one["name"] for one in fidoctl("fingerprint", "list", *pin)["fingerprints"]]


@pytest.mark.parametrize("firmware", ["opensk"], indirect=True)
def test_a_finger_comes_signs_in_and_goes(fidoctl, pin):
    assert fidoctl("fingerprint", "sensor")["samples"] == 3
    assert names(fidoctl, *pin) == []
    added = fidoctl("fingerprint", "add", "--name", "right thumb", *pin)["fingerprint"]
    # This firmware lets no finger open the fingerprints (no uvBioEnroll): the PIN is taken unasked.
    fidoctl("fingerprint", "rename", added["id"], "left thumb", *pin)
    assert names(fidoctl, *pin) == ["left thumb"]
    who = ["--rp", "example.com", "--user", "alice", "--uv", "required", "--rk", "required"]
    fidoctl("enroll", *who, "--save", "alice.json")
    fidoctl("assert", "--credential", "alice.json", "--uv", "required")
    fidoctl("fingerprint", "remove", "left thumb", "--yes", *pin)
    assert names(fidoctl, *pin) == []


@pytest.mark.parametrize("firmware", ["opensk"], indirect=True)
def test_without_a_pin_one_is_told_to_set_it(fidoctl):
    assert fidoctl.fails(4, "fingerprint", "add")["kind"] == "pin-not-set"


@pytest.mark.parametrize("firmware", ["nitrokey"], indirect=True)
def test_a_key_without_a_sensor_is_told_as_such(fidoctl):
    for command in ["sensor", "list", "add"]:
        assert fidoctl.fails(7, "fingerprint", command)["kind"] == "unsupported"
