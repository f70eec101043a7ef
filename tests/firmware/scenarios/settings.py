"""`config`: each setting, as others see it."""

from desk import PIN, RP_ID
from table import scenario

ENROLL = ["enroll", "--rp", RP_ID, "--user", "bob"]


@scenario("alwaysUv", refused=["config always-uv on", "config always-uv off"])
def always_uv_goes_on_and_off(desk):
    pin = desk.set_pin()
    assert desk.fidoctl("config", "always-uv", "on", *pin)["result"] == "changed"
    desk.replug()
    assert desk.info().options["alwaysUv"] is True
    assert desk.fidoctl("config", "always-uv", "on")["result"] == "unchanged"
    # What was to be without the PIN is not: it is asked for, and given.
    desk.enroll("--uv", "discouraged", *pin)
    desk.fidoctl("config", "always-uv", "off", *pin)
    assert desk.info().options["alwaysUv"] is False


@scenario("setMinPINLength", refused="config min-pin-length 6 --yes")
def the_least_pin_length_only_grows(desk):
    pin = desk.set_pin()
    desk.fidoctl("config", "min-pin-length", "6", "--yes", *pin)
    assert desk.info().min_pin_length == 6
    desk.fidoctl.fails(2, "config", "min-pin-length", "5", "--yes", *pin)
    short = desk.fidoctl.new_pin("12345")
    assert desk.fidoctl.fails(4, "pin", "change", *pin, *short)["kind"] == "pin-unfit"
    assert desk.opens_with(PIN)
    assert desk.fidoctl("config", "show")["settings"]["minimum_pin_length"] == 6


@scenario("setMinPINLength", refused="config force-pin-change")
def a_demand_for_a_new_pin_is_met_by_changing_it(desk):
    pin = desk.set_pin()
    desk.fidoctl("config", "force-pin-change", *pin)
    assert desk.info().force_pin_change is True
    assert desk.fidoctl.fails(4, *ENROLL, *pin)["kind"] == "pin-change-forced"
    desk.fidoctl("pin", "change", *pin, *desk.fidoctl.new_pin("another one"))
    assert desk.info().force_pin_change is False
    assert desk.opens_with("another one")


@scenario("longTouchForReset", refused="config long-touch-reset --yes")
def a_reset_comes_to_want_a_long_touch(desk):
    pin = desk.set_pin()
    desk.fidoctl("config", "long-touch-reset", "--yes", *pin)
    assert desk.info().long_touch_for_reset is True
    desk.replug(touch="short")
    desk.fidoctl.fails(5, "reset", "--yes", "--no-replug", "--timeout", "1")
    assert desk.opens_with(PIN)


@scenario("stricterPins", refused="config pin-complexity --yes")
def pins_that_are_easy_to_guess_come_to_be_refused(desk):
    pin = desk.set_pin()
    desk.fidoctl("config", "pin-complexity", "--yes", *pin)
    assert desk.info().pin_complexity_policy is True
    simple = desk.fidoctl.new_pin("aaaaaaaa")
    # The PIN of before may not have kept the rules: the key may want another first.
    error = desk.fidoctl.fails(4, "pin", "change", *pin, *simple)
    assert error["kind"] == "pin-unfit"
    desk.fidoctl("pin", "change", *pin, *desk.fidoctl.new_pin("7p-q2x!v"))
    assert desk.opens_with("7p-q2x!v")


@scenario("vendorPrototypeConfigCommands", refused="config vendor a1011b0123456789abcdef --yes")
def a_maker_s_setting_is_sent(desk):
    raise AssertionError("no key here lists any: what is to be seen is the refusal")


@scenario()
def settings_are_shown_of_every_key(desk):
    settings = desk.fidoctl("config", "show")["settings"]
    info = desk.info()
    options = info.options if info else {}
    assert settings["always_uv"] == options.get("alwaysUv")
    assert settings["enterprise_attestation"] == options.get("ep")
