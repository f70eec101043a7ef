"""libfido2's fido2-token finds a key in what fidoctl serves: information, PINs, reset."""

import time

import pytest

from libfido2 import change_pin, fails, info, pin_retries, set_pin, succeeds

# fido2-token names statuses as libfido2 does.
PIN_INVALID, PIN_AUTH_BLOCKED, NOT_ALLOWED = (
    "FIDO_ERR_PIN_INVALID",
    "FIDO_ERR_PIN_AUTH_BLOCKED",
    "FIDO_ERR_NOT_ALLOWED",
)
RESET_WINDOW = 10


@pytest.fixture
def key(serve):
    return serve("pty")


def test_info_is_understood(key):
    said = info(key)
    assert said["proto"] == "0x02"
    assert "cbor" in said["caps"]
    assert "FIDO_2_1" in said["version strings"]
    assert {"hmac-secret", "credProtect"} <= set(said["extension strings"].split(", "))
    assert "es256 (public-key)" in said["algorithms"]
    assert "eddsa (public-key)" in said["algorithms"]
    assert {"rk", "up", "noclientPin"} <= set(said["options"].split(", "))
    assert set(said["pin protocols"].split(", ")) == {"1", "2"}


def test_a_pin_that_is_set_stays_set_after_a_power_cycle(key):
    assert set_pin(key, "1234 zwölf").returncode == 0
    assert "clientPin" in info(key)["options"].split(", ")
    key.power_cycle()
    assert "clientPin" in info(key)["options"].split(", ")


def test_a_pin_is_set_once_only(key):
    assert set_pin(key, "123456").returncode == 0
    assert set_pin(key, "654321").returncode == 1
    assert change_pin(key, "123456", "abcdef").returncode == 0


def test_the_changed_pin_is_the_only_one_that_counts(key):
    set_pin(key, "123456")
    assert change_pin(key, "123456", "abcdef").returncode == 0
    refused = change_pin(key, "123456", "ghijkl")
    assert refused.returncode == 1
    assert change_pin(key, "abcdef", "mnopqr").returncode == 0


def test_a_wrong_pin_is_refused_and_costs_a_try(key):
    set_pin(key, "123456")
    before = pin_retries(key)
    refused = change_pin(key, "654321", "abcdef")
    assert refused.returncode == 1
    assert PIN_INVALID in refused.stderr
    assert pin_retries(key) == before - 1
    assert change_pin(key, "123456", "abcdef").returncode == 0
    assert pin_retries(key) == before


def test_three_wrong_pins_block_the_key_until_its_power_cycle(key):
    set_pin(key, "123456")
    before = pin_retries(key)
    for expected in [PIN_INVALID, PIN_INVALID, PIN_AUTH_BLOCKED]:
        assert expected in change_pin(key, "654321", "abcdef").stderr
    # Not even the right PIN is looked at now, and trying costs nothing.
    assert PIN_AUTH_BLOCKED in change_pin(key, "123456", "abcdef").stderr
    assert pin_retries(key) == before - 3
    key.power_cycle()
    assert change_pin(key, "123456", "abcdef").returncode == 0
    assert pin_retries(key) == before


def test_reset_inside_the_window_erases_the_pin(key):
    set_pin(key, "123456")
    key.power_cycle()
    succeeds("fido2-token", "-R", key.path)
    assert "noclientPin" in info(key)["options"].split(", ")


def test_reset_outside_the_window_is_refused_and_erases_nothing(key):
    set_pin(key, "123456")
    key.power_cycle()
    time.sleep(RESET_WINDOW + 1)
    assert NOT_ALLOWED in fails("fido2-token", "-R", key.path)
    assert change_pin(key, "123456", "abcdef").returncode == 0


def test_a_refused_touch_resets_nothing(serve):
    key = serve("pty", touch="refuse")
    set_pin(key, "123456")
    key.power_cycle(touch="refuse")
    fails("fido2-token", "-R", key.path)
    assert change_pin(key, "123456", "abcdef").returncode == 0
