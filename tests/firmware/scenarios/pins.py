"""`pin`: set, change, verify, and what goes wrong with it."""

from desk import PIN
from table import scenario

SET, CHANGE, VERIFY = "pin set --new-pin-file new-pin.txt", (
    "pin change --new-pin-file new-pin.txt"
), "pin verify"


@scenario("clientPin", refused=[SET, CHANGE, VERIFY])
def a_pin_that_is_set_opens_the_key_for_others_too(desk):
    assert desk.fidoctl("pin")["pin"]["set"] is False
    desk.set_pin()
    assert desk.opens_with(PIN)
    assert not desk.opens_with("0000")
    assert desk.fidoctl("pin", "status")["pin"]["set"] is True
    again = desk.fidoctl.fails(4, "pin", "set", *desk.fidoctl.new_pin("another"))
    assert again["kind"] == "pin-already-set"


@scenario("clientPin", refused=VERIFY)
def a_wrong_pin_costs_one_try_and_the_right_one_gives_it_back(desk):
    pin = desk.set_pin()
    wrong = desk.fidoctl.pin("0000", "wrong.txt")
    tries, _ = desk.pin_retries()
    for _ in range(2):
        error = desk.fidoctl.fails(4, "pin", "verify", *wrong)
        assert error["status_name"] == "CTAP2_ERR_PIN_INVALID"
        assert error["retries_left"] == tries - 1 == desk.pin_retries()[0]
        desk.fidoctl("pin", "verify", *pin)
        assert desk.pin_retries()[0] == tries


@scenario("clientPin", refused=VERIFY)
def the_third_wrong_pin_demands_a_power_cycle_and_no_more(desk):
    pin = desk.set_pin()
    wrong = desk.fidoctl.pin("0000", "wrong.txt")
    tries, _ = desk.pin_retries()
    kinds = [desk.fidoctl.fails(4, "pin", "verify", *wrong)["kind"] for _ in range(3)]
    assert kinds == ["pin-invalid", "pin-invalid", "pin-auth-blocked"]
    # The right one is not looked at now, and costs nothing.
    assert desk.fidoctl.fails(4, "pin", "verify", *pin)["kind"] == "pin-auth-blocked"
    assert desk.pin_retries()[0] == tries - 3
    desk.replug()
    desk.fidoctl("pin", "verify", *pin)
    assert desk.pin_retries()[0] == tries


@scenario("clientPin", refused=CHANGE)
def a_changed_pin_is_the_only_one_that_opens_the_key(desk):
    pin = desk.set_pin()
    new = desk.fidoctl.new_pin("Grüße 🔑")
    desk.fidoctl("pin", "change", *pin, *new)
    desk.replug()
    assert not desk.opens_with(PIN)
    assert desk.opens_with("Grüße 🔑")


@scenario("clientPin", refused=CHANGE)
def a_pin_is_changed_only_by_who_knows_it(desk):
    desk.set_pin()
    wrong = desk.fidoctl.pin("0000", "wrong.txt")
    desk.fidoctl.fails(4, "pin", "change", *wrong, *desk.fidoctl.new_pin("1111"))
    assert desk.opens_with(PIN)


@scenario("clientPin", refused=CHANGE)
def a_pin_that_is_too_short_never_reaches_the_key(desk):
    pin = desk.set_pin()
    before = desk.key.remembers()
    error = desk.fidoctl.fails(4, "pin", "change", *pin, *desk.fidoctl.new_pin("123"))
    assert error["kind"] == "pin-unfit"
    assert desk.key.remembers() == before
