"""`reset`."""

from desk import PIN
from table import scenario


@scenario("reset", refused="reset --yes --no-replug")
def a_reset_leaves_neither_pin_nor_credential_nor_setting(desk):
    fresh = desk.fidoctl("config", "show")["settings"]
    pin = desk.set_pin()
    desk.enroll("--rk", "required", *pin)
    if desk.has("alwaysUv"):
        desk.fidoctl("config", "always-uv", "on", *pin)
        desk.fidoctl("config", "min-pin-length", "8", "--yes", *pin)
    desk.replug()
    desk.fidoctl("reset", "--yes", "--no-replug")
    assert desk.info().options["clientPin"] is False
    assert desk.fidoctl("config", "show")["settings"] == fresh
    desk.fidoctl.fails(6, "assert", "--credential", "alice.json")
    desk.set_pin()
    assert desk.opens_with(PIN)


@scenario("reset", refused="reset --yes --no-replug")
def a_reset_wants_consent_and_a_touch(desk):
    pin = desk.set_pin()
    desk.enroll(*pin)
    desk.replug(touch="refuse")
    desk.fidoctl.fails(5, "reset", "--no-replug")
    desk.fidoctl.fails(5, "reset", "--yes", "--no-replug")
    desk.replug()
    desk.sign_in(*pin)
