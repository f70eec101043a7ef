"""Settings from the command line: what is, what will be, and what is not done without consent."""

import pytest

from fidoctl import NO_CONSENT, PIN, UNSUPPORTED, USAGE

PIN_TEXT = "4837"


@pytest.fixture
def pin(fidoctl, key):
    return fidoctl.set_pin(PIN_TEXT)


def settings(fidoctl):
    return fidoctl("config", "show")["settings"]


def test_a_setting_is_changed_once(fidoctl, key, pin):
    changed = fidoctl("config", "always-uv", "on", *pin)
    assert changed["result"] == "changed"
    assert (changed["before"]["always_uv"], changed["settings"]["always_uv"]) == (False, True)
    # The second time needs no PIN: nothing but reading is done.
    again = fidoctl("config", "always-uv", "on")
    assert again["result"] == "unchanged"


@pytest.mark.parametrize(
    "command", ["enterprise-attestation", "long-touch-reset", "pin-complexity", "min-pin-length 6"]
)
def test_what_only_a_reset_takes_back_wants_consent(fidoctl, key, pin, command):
    before = settings(fidoctl)
    error = fidoctl.fails(NO_CONSENT, "config", *command.split(), *pin)
    assert any("--yes" in hint for hint in error["hints"])
    assert settings(fidoctl) == before
    assert fidoctl("config", *command.split(), "--yes", *pin)["result"] == "changed"
    assert fidoctl("config", *command.split())["result"] == "unchanged"


def test_what_a_key_cannot_be_is_told_before_consent_is_asked(fidoctl, serve):
    fidoctl("virtual", "new", "--state", "key.state", "--no-enterprise-attestation")
    fidoctl.device = serve("unix").device
    fidoctl.fails(UNSUPPORTED, "config", "enterprise-attestation")
    fidoctl.fails(USAGE, "config", "min-pin-length", "3")
    fidoctl.fails(USAGE, "config", "min-pin-length", "64")


def test_rp_ids_alone_want_no_consent(fidoctl, key):
    assert fidoctl("config", "min-pin-length", "--rp", "example.com")["result"] == "changed"
    told = ["--client-data-hash", "00" * 32, "--min-pin-length", "--pin-complexity"]
    made = fidoctl("enroll", "--rp", "example.com", "--user", "alice", *told)
    assert made["pin_rules"] == {"minimum_pin_length": 4, "pin_complexity_policy": False}
    fidoctl.fails(UNSUPPORTED, "enroll", "--rp", "example.org", "--user", "alice", *told)


def test_a_demand_for_a_new_pin_leads_to_pin_change(fidoctl, key, pin):
    changed = fidoctl("config", "force-pin-change", *pin)
    assert changed["settings"]["pin_change_forced"] is True
    assert fidoctl("pin")["change_forced"] is True
    enroll = ["enroll", "--rp", "example.com", "--user", "alice", *pin]
    error = fidoctl.fails(PIN, *enroll)
    assert error["kind"] == "pin-change-forced"
    assert any("pin change" in hint for hint in error["hints"])
    same = fidoctl.fails(PIN, "pin", "change", *pin, *fidoctl.new_pin(PIN_TEXT))
    assert same["kind"] == "pin-unfit"
    fidoctl("pin", "change", *pin, *fidoctl.new_pin("8374"))
    fidoctl("enroll", "--rp", "example.com", "--user", "alice", *fidoctl.pin("8374"))


def test_a_pin_against_the_rules_is_told_with_their_address(fidoctl, serve):
    url = "https://example.com/pins"
    options = ["--pin-complexity", "--pin-complexity-url", url, "--max-pin-length", "8"]
    fidoctl("virtual", "new", "--state", "key.state", *options)
    fidoctl.device = serve("unix").device
    error = fidoctl.fails(PIN, "pin", "set", *fidoctl.new_pin("1234"))
    assert error["status_name"] == "CTAP2_ERR_PIN_POLICY_VIOLATION"
    assert any(url in hint for hint in error["hints"])
    fidoctl.fails(PIN, "pin", "set", *fidoctl.new_pin("123456789"))
    fidoctl("pin", "set", *fidoctl.new_pin("1243"))


def test_an_enterprise_attestation_is_all_or_nothing(fidoctl, key):
    enroll = ["enroll", "--rp", "example.com", "--user", "alice", "--client-data-hash", "00" * 32]
    platform = [*enroll, "--enterprise-attestation", "platform"]
    error = fidoctl.fails(UNSUPPORTED, *platform)
    assert any("enterprise-attestation" in hint for hint in error["hints"])
    fidoctl("config", "enterprise-attestation", "--yes")
    assert fidoctl(*platform)["enterprise_attestation"] is True
    assert fidoctl(*enroll)["enterprise_attestation"] is False
    fidoctl.fails(UNSUPPORTED, *enroll, "--enterprise-attestation", "vendor")


def test_an_attestation_format_is_met_or_an_error(fidoctl, key):
    enroll = ["enroll", "--rp", "example.com", "--user", "alice"]
    for wanted in ["packed", "none"]:
        ended = fidoctl.run(*enroll, "--attestation-format", wanted, "--save", f"{wanted}.json")
        said = dict(line.split(maxsplit=1) for line in ended.out.splitlines()[1:])
        assert said["attestation"].startswith(wanted)
    fidoctl.fails(UNSUPPORTED, *enroll, "--attestation-format", "tpm")


def test_a_reset_wants_the_long_touch_that_was_asked_for(fidoctl, serve):
    fidoctl("virtual", "new", "--state", "key.state", "--long-touch-reset")
    fidoctl.device = "virtual:key.state?touch=short"
    ended = fidoctl.run("reset", "--yes", "--timeout", "2").expect(NO_CONSENT)
    assert "five seconds" in ended.err
    fidoctl.device = "virtual:key.state"
    fidoctl("reset", "--yes")


def test_a_reset_over_another_transport_only_is_not_tried(fidoctl):
    fidoctl("virtual", "new", "--state", "key.state", "--reset-transport", "nfc")
    fidoctl.device = "virtual:key.state"
    error = fidoctl.fails(UNSUPPORTED, "reset", "--yes")
    assert "nfc" in error["message"]


def test_a_reset_goes_back_to_what_the_factory_set(fidoctl):
    options = ["--min-pin-length", "5", "--always-uv", "--reset-window", "5"]
    fidoctl("virtual", "new", "--state", "key.state", *options)
    fidoctl.device = "virtual:key.state"
    before = settings(fidoctl)
    fidoctl("config", "always-uv", "off")
    fidoctl("config", "min-pin-length", "9", "--yes")
    fidoctl("config", "pin-complexity", "--yes")
    fidoctl("reset", "--yes")
    assert settings(fidoctl) == before
