"""What becomes of a touch."""

import signal

from table import scenario

ENROLL = ["enroll", "--rp", "example.com", "--user", "alice"]


@scenario()
def a_touch_may_take_its_time(desk):
    desk.replug(touch="delay=400")
    desk.registered(desk.enroll())


@scenario("ctap2", refused="raw cbor selection")
def a_refused_touch_is_no_consent(desk):
    desk.replug(touch="refuse")
    assert desk.fidoctl.fails(5, *ENROLL)["kind"] == "denied"


@scenario()
def a_touch_that_does_not_come_is_given_up_and_the_key_is_free_again(desk):
    desk.replug(touch="never")
    desk.fidoctl.fails(5, *ENROLL, "--timeout", "1")
    desk.fidoctl("info", "--timeout", "2")


@scenario()
def an_interrupted_command_is_taken_back_on_the_key(desk):
    desk.replug(touch="never")
    process = desk.waits_for_touch(*ENROLL)
    desk.fidoctl.stop(process, signal.SIGINT).expect(130)
    desk.fidoctl("info", "--timeout", "2")
