"""libfido2's fido2-token sets what can be set on a key that fidoctl serves."""

import pytest

from libfido2 import change_pin, fails, info, lines, set_pin, succeeds

PIN = "483 726"


@pytest.fixture
def key(serve):
    key = serve("pty")
    assert set_pin(key, PIN).returncode == 0
    return key


def options(key):
    return set(info(key)["options"].split(", "))


def configure(key, *args, pin=PIN):
    """With its questions answered."""
    return succeeds("fido2-token", *args, key.path, stdin=lines(pin))


def test_settings_are_shown(key):
    assert {"authnrCfg", "setMinPINLength", "noalwaysUv", "noep"} <= options(key)
    said = info(key)
    assert said["minpinlen"] == "4"
    assert said["pin change required"] == "false"


def test_always_uv_goes_on_and_off(key):
    configure(key, "-S", "-u")
    assert "alwaysUv" in options(key)
    key.power_cycle()
    assert {"alwaysUv", "nomakeCredUvNotRqd"} <= options(key)
    configure(key, "-D", "-u")
    assert {"noalwaysUv", "makeCredUvNotRqd"} <= options(key)


def test_the_least_pin_length_grows_and_does_not_shrink(key):
    configure(key, "-S", "-l", "6")
    assert info(key)["minpinlen"] == "6"
    refused = fails("fido2-token", "-S", "-l", "5", key.path, stdin=lines(PIN))
    assert "FIDO_ERR_PIN_POLICY_VIOLATION" in refused
    assert change_pin(key, PIN, "12 45").returncode == 1
    assert change_pin(key, PIN, "12 456").returncode == 0


def test_a_pin_that_has_become_too_short_must_be_changed(key):
    configure(key, "-S", "-l", "8")
    assert info(key)["pin change required"] == "true"
    assert change_pin(key, PIN, "483 726 9").returncode == 0
    assert info(key)["pin change required"] == "false"


def test_a_forced_change_wants_another_pin(key):
    configure(key, "-S", "-f")
    assert info(key)["pin change required"] == "true"
    assert change_pin(key, PIN, PIN).returncode == 1
    assert change_pin(key, PIN, "another").returncode == 0
    assert info(key)["pin change required"] == "false"


def test_enterprise_attestation_is_enabled_until_a_reset(key):
    configure(key, "-S", "-a")
    assert "ep" in options(key)
    configure(key, "-S", "-a")
    key.power_cycle()
    succeeds("fido2-token", "-R", key.path)
    assert "noep" in options(key)


def test_relying_parties_that_may_know_the_rules_are_set(key, fidoctl, tmp_path):
    configure(key, "-S", "-m", "example.com,example.org")
    fidoctl.device = key.device
    pin = fidoctl.pin(PIN)
    fidoctl("enroll", "--rp", "example.org", "--user", "alice", "--min-pin-length", *pin)
    refused = ["enroll", "--rp", "example.net", "--user", "alice", "--min-pin-length", *pin]
    fidoctl.fails(7, *refused)


def test_a_wrong_pin_changes_no_setting(key):
    fails("fido2-token", "-S", "-u", key.path, stdin=lines("wrong"))
    assert "noalwaysUv" in options(key)


def test_what_fidoctl_sets_libfido2_sees(key, fidoctl):
    fidoctl.device = key.device
    pin = fidoctl.pin(PIN)
    fidoctl("config", "always-uv", "on", *pin)
    fidoctl("config", "enterprise-attestation", "--yes", *pin)
    fidoctl("config", "min-pin-length", "6", "--yes", *pin)
    fidoctl("config", "force-pin-change", *pin)
    assert {"alwaysUv", "ep"} <= options(key)
    said = info(key)
    assert (said["minpinlen"], said["pin change required"]) == ("6", "true")
