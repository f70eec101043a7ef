"""What the tests have in hand: keys to plug in, and files for fidoctl."""
import os

import pytest

import fidoctl
from plug import Identity, Key


@pytest.fixture(scope="session", autouse=True)
def program():
    """Fails everything outside the guest or without a program, so that nothing passes unjudged."""
    if not os.path.exists("/run/hidvm-command"):
        pytest.fail("these tests run in a virtual machine: start them with tests/vm/run")
    return fidoctl.install(os.environ["FIDOCTL"])


@pytest.fixture
def plug(program, tmp_path):
    """Plugs in a new key; all are unplugged after the test."""
    keys = []

    def plug_one(bus="uhid", touch="auto", **identity):
        state = tmp_path / f"key-{len(keys)}"
        key = Key([program, "virtual", "serve", "--state", str(state), "--stdio",
                   "--touch", touch], bus, Identity(**identity))
        keys.append(key)
        return key.plug()

    yield plug_one
    for key in keys:
        key.unplug()


@pytest.fixture(params=["uhid", "usb"])
def bus(request):
    return request.param


@pytest.fixture
def pin(tmp_path):
    """A file that holds a PIN."""
    file = tmp_path / "pin"
    file.write_text("274953\n", encoding="ascii")
    return file


@pytest.fixture
def credential(plug, bus, pin, tmp_path):
    """The record of a credential on a key with a PIN, which is plugged in."""
    plug(bus)
    fidoctl.run("pin", "set", "--new-pin-file", pin).ok()
    record = tmp_path / "credential.json"
    fidoctl.run("enroll", "--rp", "example.com", "--user", "alice", "--save", record,
                "--pin-file", pin).ok()
    return record
