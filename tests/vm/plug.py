#!/usr/bin/python3
"""Plugs a virtual security key into the kernel: the hands of tests/vm, inside hidvm's guest.

The key is any command whose stdin and stdout carry raw 64-byte CTAPHID reports, such as
`fidoctl virtual serve --state FILE --stdio`. Starting it is the key's power-up; unplugging kills
it, as a key gets no goodbye either. By hand:

    tests/vm/hidvm -- sh -c 'tests/vm/plug.py -- fidoctl virtual serve --state /tmp/k --stdio &
        sleep 3; fidoctl list'
"""
import argparse
import dataclasses
import os
import signal
import subprocess
import time

from pump import REPORT, Pump
from uhid import UhidDevice
from usbip import UsbDevice

# CTAP 2.1 §11.2.8.1: usage page F1D0, usage 1; 64 bytes in, 64 bytes out, no report numbers
REPORT_DESCRIPTOR = bytes.fromhex(
    "06d0f1 0901 a101 0920 1500 26ff00 7508 9540 8102 0921 1500 26ff00 7508 9540 9102 c0")
CTAPHID_CBOR, CTAPHID_KEEPALIVE = 0x90, 0xBB
UP_NEEDED = 2
KEEPALIVE_CANCEL = 0x2D
BUSES = {"uhid": UhidDevice, "usb": UsbDevice}


@dataclasses.dataclass
class Identity:
    vendor_id: int = 0x1209
    product_id: int = 0xF1D0
    product: str = "Test Key"
    manufacturer: str = "Test Maker"    # usb only
    serial: str = "0001"
    release: int = 0x0123               # usb only


class Key:
    """A key that can be plugged in, unplugged and plugged in again; a context manager."""

    def __init__(self, command, bus="uhid", identity=None):
        self.command, self.bus, self.identity = command, bus, identity or Identity()
        self.node = self.device = self.process = self.pump = None

    def plug(self):
        """Returns once /dev/hidrawN (then in `node`) is there and udevd, if any, is done with it."""
        before = hidraw_nodes()
        # pylint: disable-next=consider-using-with
        self.device = BUSES[self.bus](self.identity, REPORT_DESCRIPTOR)
        # pylint: disable-next=consider-using-with
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, bufsize=0)
        self.pump = Pump(self.device, self.process)
        new = wait_for(lambda: hidraw_nodes() - before, "a new /dev/hidraw node")
        self.node = new.pop()
        if os.path.exists("/run/udev/control"):
            subprocess.run(["udevadm", "settle", "--timeout=30"], check=True)
        return self

    def unplug(self):
        """Does nothing if the key is not plugged in."""
        if self.pump:
            self.pump.stop()
        # before its process: a host must see the key vanish, not hear silence
        if self.device:
            self.device.remove()
        if self.process:
            self.process.kill()
            self.process.communicate()
        self.pump = self.device = self.process = None
        wait_for(lambda: self.node not in hidraw_nodes(), f"{self.node} to go away")

    def replug(self, pause=1):
        """As a person does it, who is not quicker than `pause` seconds."""
        self.unplug()
        time.sleep(pause)
        self.plug()

    def answers(self):
        """Every report it has sent since it was plugged in."""
        return self.pump.answers()

    def wants_touch(self):
        """Whether the key's latest word is a keepalive that asks for a touch."""
        return self._latest(CTAPHID_KEEPALIVE) == UP_NEEDED

    def status(self):
        """The CTAP2 status, if the key's latest word is the (short) answer to a CBOR command."""
        return self._latest(CTAPHID_CBOR)

    def _latest(self, command):
        report = (self.answers() or [bytes(REPORT)])[-1]
        return report[7] if report[4] == command else None

    __enter__ = plug

    def __exit__(self, *_):
        self.unplug()


def hidraw_nodes():
    return {"/dev/" + name for name in os.listdir("/dev") if name.startswith("hidraw")}


def wait_for(condition, what, seconds=30):
    """Polls until `condition` returns something true, and returns that."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds} s for {what}")
        time.sleep(0.01)
    return value


def main():
    parser = argparse.ArgumentParser(description="Plug a virtual security key into this kernel.")
    parser.add_argument("--bus", choices=BUSES, default="uhid")
    for field in dataclasses.fields(Identity):
        kind = str if field.type is str else lambda text: int(text, 16)
        parser.add_argument("--" + field.name.replace("_", "-"), type=kind, default=field.default)
    parser.add_argument("command", nargs="+", help="serves raw reports on its stdin and stdout")
    arguments = vars(parser.parse_args())
    key = Key(arguments.pop("command"), arguments.pop("bus"), Identity(**arguments))
    stop = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, stop)
    with key:
        print(key.node, flush=True)
        signal.sigwait(stop)


if __name__ == "__main__":
    main()
