"""fidoctl against keys that a real kernel shows it, through its own HID path.

`bus` is uhid (a HID device as such) or usb (a USB device behind vhci_hcd).
"""
import grp
import json
import os
import subprocess
import time

import pytest

import fidoctl
from plug import KEEPALIVE_CANCEL, wait_for

RULE = "/etc/udev/rules.d/70-tests-vm.rules"
GROUP = "users"


def number(value):
    """Ids may be JSON numbers or hexadecimal text."""
    return value if isinstance(value, int) else int(value, 16)


def listed():
    return fidoctl.run("list", "--json").json("fidoctl.list/1")["keys"]


# --- finding keys


def test_without_a_key(program):
    assert listed() == []
    fidoctl.run("info", "--json").error(3)


def test_list_json(plug, bus):
    key = plug(bus, serial="S-42")
    found, = listed()
    assert found["path"] == key.node
    assert (number(found["vendor_id"]), number(found["product_id"])) == (0x1209, 0xF1D0)
    assert found["serial"] == "S-42"
    assert found["kind"]
    if bus == "usb":    # uhid knows no maker, and what is made of its name is not ours to say
        assert (found["manufacturer"], found["product"]) == ("Test Maker", "Test Key")
    else:
        assert "Test Key" in found["product"]
    assert not key.answers(), "list opens no key"


def test_list_for_people(plug, bus):
    key = plug(bus, serial="S-42")
    text = fidoctl.run("list").ok().stdout
    for part in ("Test Key", "S-42", "1209:f1d0", key.node):
        assert part.lower() in text.lower()


def test_list_forgets_an_unplugged_key(plug, bus):
    key = plug(bus)
    assert len(listed()) == 1
    key.unplug()
    assert listed() == []
    key.plug()
    assert len(listed()) == 1


# --- using one


def test_info(plug, bus):
    plug(bus)
    assert "FIDO_2_" in fidoctl.run("info").ok().stdout
    assert "FIDO_2_" in json.dumps(fidoctl.run("info", "--json").json("fidoctl.info/1"))


def test_pin_set(plug, bus, pin):
    plug(bus)
    fidoctl.run("pin", "set", "--new-pin-file", pin).ok()
    fidoctl.run("pin", "verify", "--pin-file", pin).ok()
    assert fidoctl.run("pin", "set", "--new-pin-file", pin).code != 0, "it has a PIN by now"


def test_enroll(credential):
    record = json.loads(credential.read_text())
    assert record["schema"] == "fidoctl.credential/1"


def test_assert(credential, pin):
    done = fidoctl.run("assert", "--credential", credential, "--pin-file", pin, "--json").ok()
    assert json.loads(done.stdout)["type"] == "public-key"


def test_verify(credential, pin, tmp_path):
    done = fidoctl.run("assert", "--credential", credential, "--pin-file", pin, "--json").ok()
    response = tmp_path / "assertion.json"
    response.write_text(done.stdout)
    fidoctl.run("verify", "assertion", response, "--credential", credential).ok()


def test_greatest_ping(plug, bus):
    key = plug(bus)
    fidoctl.run("ping", "--size", "7609").ok()
    assert len(key.answers()) >= 129, "the message fills 129 reports"


def test_reset(plug, pin, tmp_path):
    key = plug(serial="1234")
    plugged = time.monotonic()
    fidoctl.run("pin", "set", "--new-pin-file", pin).ok()
    record = tmp_path / "credential.json"
    fidoctl.run("enroll", "--rp", "example.com", "--user", "alice", "--save", record,
                "--pin-file", pin).ok()
    # keys take a reset only in the first ten seconds after power-up: let those pass
    time.sleep(max(0, plugged + 11 - time.monotonic()))

    with fidoctl.start("reset", "--device", "serial:1234", "--yes") as reset:
        wait_for(lambda: reset.has_said("plug"), "fidoctl to ask for the key to be unplugged")
        key.replug()
        reset.finish().ok()

    fidoctl.run("pin", "set", "--new-pin-file", pin).ok()      # the old PIN is gone
    fidoctl.run("assert", "--credential", record, "--pin-file", pin, "--json").error(6)


# --- when it is not that simple


def test_two_keys(plug):
    first, second = plug(serial="1111"), plug(serial="2222", product_id=0xF1D1)
    assert {key["serial"]: key["path"] for key in listed()} == {
        "1111": first.node, "2222": second.node}
    fidoctl.run("info", "--device", "serial:2222").ok()
    assert second.answers() and not first.answers()
    fidoctl.run("info", "--device", "serial:3333", "--json").error(3)


def test_two_keys_and_no_choice(plug):
    plug(serial="1111"), plug(serial="2222")
    candidates = fidoctl.run("info", "--json").error(3)["candidates"]
    assert len(candidates) == 2
    assert "1111" in json.dumps(candidates) and "2222" in json.dumps(candidates)


def test_the_key_that_is_touched_is_the_one_meant(plug):
    ignored = plug(serial="1111", touch="never")
    plug(serial="2222", touch="delay=1500")
    chosen = json.loads(fidoctl.run("select", "--device", "touch", "--json").ok().stdout)
    assert chosen["key"]["serial"] == "2222"
    assert ignored.status() == KEEPALIVE_CANCEL, "the other key was told to wait no longer"


@pytest.fixture
def waiting(plug, bus, tmp_path):
    """A key nobody touches, and the enrolment that waits for the touch."""
    key = plug(bus, touch="never")
    record = tmp_path / "credential.json"
    with fidoctl.start("enroll", "--rp", "example.com", "--user", "alice", "--save", record,
                       "--json") as enroll:
        wait_for(key.wants_touch, "the key to ask for a touch")
        yield key, enroll
    assert not record.exists()


def test_unplugged_while_it_waits_for_a_touch(waiting):
    key, enroll = waiting
    key.unplug()
    outcome = enroll.finish(seconds=10)
    outcome.error(1, 3)
    assert "panicked" not in outcome.stderr


def test_interrupted_while_it_waits_for_a_touch(waiting):
    key, enroll = waiting
    enroll.interrupt()
    assert enroll.finish(seconds=10).code == 130
    assert key.status() == KEEPALIVE_CANCEL, "the key was told, and its answer awaited"


def test_an_ordinary_user_is_told_about_udev(plug, bus):
    key = plug(bus)
    keys = fidoctl.run("list", "--json", user=fidoctl.NOBODY).json("fidoctl.list/1")["keys"]
    assert [found["path"] for found in keys] == [key.node]
    error = fidoctl.run("info", "--json", user=fidoctl.NOBODY).error(3)
    assert "udev" in json.dumps(error)


@pytest.fixture
def rule():
    """A udev rule that opens security keys to a group, as distributions' own does to who sits there."""
    os.makedirs(os.path.dirname(RULE), exist_ok=True)
    with open(RULE, "w", encoding="ascii") as file:
        file.write('SUBSYSTEM=="hidraw", ENV{ID_FIDO_TOKEN}=="1", '
                   f'MODE="0660", GROUP="{GROUP}"\n')
    subprocess.run(["udevadm", "control", "--reload"], check=True)
    yield
    os.remove(RULE)
    subprocess.run(["udevadm", "control", "--reload"], check=True)


def test_a_udev_rule_lets_its_group_in(rule, plug, bus):
    plug(bus)
    member = {"user": fidoctl.NOBODY, "groups": [grp.getgrnam(GROUP).gr_gid]}
    fidoctl.run("info", **member).ok()
    fidoctl.run("info", "--json", user=fidoctl.NOBODY).error(3)
