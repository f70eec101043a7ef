"""Settings of other people's keys in fidoctl's hands."""

import pytest

PIN = "4711 abc"


@pytest.fixture
def pin(fidoctl):
    file = fidoctl.pin("pin.txt", PIN)
    fidoctl("pin", "set", "--new-pin-file", file)
    return ["--pin-file", file]


def settings(fidoctl):
    return fidoctl("config", "show")["settings"]


def test_always_uv_goes_on_and_off(fidoctl, key, pin):
    assert fidoctl("config", "always-uv", "on", *pin)["result"] == "changed"
    key.replug()
    assert settings(fidoctl)["always_uv"] is True
    assert fidoctl("config", "always-uv", "on")["result"] == "unchanged"
    enroll = ["enroll", "--rp", "example.com", "--user", "alice", "--uv", "discouraged"]
    fidoctl(*enroll, "--save", "alice.json", *pin)
    assert fidoctl("config", "always-uv", "off", *pin)["settings"]["always_uv"] is False


def test_the_least_pin_length_is_set_and_told(fidoctl, pin):
    changed = fidoctl("config", "min-pin-length", "6", "--rp", "example.com", "--yes", *pin)
    assert changed["settings"]["minimum_pin_length"] == 6
    fidoctl.fails(2, "config", "min-pin-length", "5", "--yes", *pin)
    enroll = ["enroll", "--user", "alice", "--client-data-hash", "00" * 32, "--min-pin-length"]
    made = fidoctl(*enroll, "--rp", "example.com", *pin)
    assert made["pin_rules"]["minimum_pin_length"] == 6
    fidoctl.fails(7, *enroll, "--rp", "example.org", *pin)


def test_a_demand_for_a_new_pin_is_met_by_changing_it(fidoctl, pin):
    assert fidoctl("config", "force-pin-change", *pin)["settings"]["pin_change_forced"] is True
    enroll = ["enroll", "--rp", "example.com", "--user", "alice"]
    assert fidoctl.fails(4, *enroll, *pin)["kind"] == "pin-change-forced"
    new = fidoctl.pin("new.txt", "another one")
    fidoctl("pin", "change", *pin, "--new-pin-file", new)
    assert settings(fidoctl)["pin_change_forced"] is False
    fidoctl(*enroll, "--pin-file", new)


def test_settings_are_as_before_after_a_reset(fidoctl, key, pin):
    # What a key may keep is its least PIN length's list, which nobody can read.
    fresh = settings(fidoctl)
    fidoctl("config", "always-uv", "on", *pin)
    fidoctl("config", "min-pin-length", "8", "--yes", *pin)
    key.replug()
    fidoctl("reset", "--yes", "--no-replug")
    assert settings(fidoctl) == fresh


def test_what_a_firmware_lacks_is_told(fidoctl, firmware):
    if firmware.name == "virtual":
        fidoctl("config", "enterprise-attestation", "--yes")
        return
    for command in ["enterprise-attestation", "long-touch-reset", "pin-complexity"]:
        fidoctl.fails(7, "config", command, "--yes")
    enroll = ["enroll", "--rp", "example.com", "--user", "alice"]
    fidoctl.fails(7, *enroll, "--enterprise-attestation", "platform")
    fidoctl.fails(7, *enroll, "--pin-complexity")
