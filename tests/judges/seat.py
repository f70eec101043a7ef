"""Runs a program that finds a served key by itself, at /dev/hidraw7, as if it were plugged in.

    umockdev-wrapper /usr/bin/python3 seat.py SOCKET COMMAND...

umockdev gives the program a /sys, a /dev and udev's answers of its own; the reports go to and from
the key behind the Unix socket. Apart from the tests: it needs the system's Python for gi.
"""

import os
import select
import socket
import subprocess
import sys
import tempfile
import threading
import tty

import gi

gi.require_version("UMockdev", "1.0")
from gi.repository import UMockdev  # noqa: E402

NODE = "/dev/hidraw7"
REPORT = 64
NUMBERED = REPORT + 1
VENDOR, PRODUCT = 0x1209, 0xF1D0
# FIDO Alliance usage page, one report of 64 bytes each way (CTAP 2.2 §11.2.8.1).
DESCRIPTOR = bytes.fromhex(
    "06d0f1 0901 a101 0920 1500 26ff00 7508 9540 8102 0921 1500 26ff00 7508 9540 9102 c0"
)
MAX_DESCRIPTOR = 4096
BUS_USB = 3

USB = "/devices/virt/usb1/1-1"
HID = f"{USB}/1-1:1.0/0003:{VENDOR:04X}:{PRODUCT:04X}.0001"
# From the node up to the USB device: libfido2 walks this way for names and numbers.
TREE = f"""\
P: {HID}/hidraw/hidraw7
N: hidraw7
L: device=../../../{os.path.basename(HID)}
E: DEVNAME={NODE}
E: SUBSYSTEM=hidraw
E: MAJOR=240
E: MINOR=7
A: dev=240:7

P: {HID}
E: SUBSYSTEM=hid
E: HID_ID={BUS_USB:04X}:{VENDOR:08X}:{PRODUCT:08X}
E: HID_NAME=fidoctl virtual key
E: HID_UNIQ=
H: report_descriptor={DESCRIPTOR.hex().upper()}

P: {USB}/1-1:1.0
E: SUBSYSTEM=usb
E: DEVTYPE=usb_interface

P: {USB}
E: SUBSYSTEM=usb
E: DEVTYPE=usb_device
A: idVendor={VENDOR:04x}
A: idProduct={PRODUCT:04x}
A: manufacturer=fidoctl
A: product=virtual key
A: bcdDevice=0100
"""


def ioctls():
    """What the node answers when asked for its descriptor and numbers."""
    size = len(DESCRIPTOR).to_bytes(4, "little")
    descriptor = size + DESCRIPTOR.ljust(MAX_DESCRIPTOR, b"\0")
    numbers = (part.to_bytes(width, "little") for part, width in [(BUS_USB, 4), (VENDOR, 2), (PRODUCT, 2)])
    return (
        f"@DEV {NODE}\n"
        f"HIDIOCGRDESCSIZE 0 {size.hex().upper()}\n"
        f"HIDIOCGRDESC 0 {descriptor.hex().upper()}\n"
        f"HIDIOCGRAWINFO 0 {b''.join(numbers).hex().upper()}\n"
    )


def load(testbed, add, text):
    with tempfile.NamedTemporaryFile("w", suffix=".umockdev") as file:
        file.write(text)
        file.flush()
        add(testbed, file.name)


def pump(node, key):
    """Carries reports until the process ends. While nobody has the node open, reading it fails."""
    written = b""
    while True:
        readable, _, _ = select.select([node, key], [], [])
        if node in readable:
            try:
                written += os.read(node, 4096)
            except OSError:
                written = b""
                threading.Event().wait(0.01)
            while len(written) >= NUMBERED:
                key.sendall(written[1:NUMBERED])
                written = written[NUMBERED:]
        if key in readable:
            report = key.recv(REPORT, socket.MSG_WAITALL)
            if not report:
                return
            try:
                os.write(node, report)
            except OSError:
                pass  # nobody is there to hear it


def main(path, *command):
    testbed = UMockdev.Testbed.new()
    load(testbed, UMockdev.Testbed.add_from_file, TREE)
    load(testbed, lambda bed, name: bed.load_ioctl(NODE, name), ioctls())
    node = testbed.get_dev_fd(NODE)
    tty.setraw(node)
    key = socket.socket(socket.AF_UNIX)
    key.connect(path)
    threading.Thread(target=pump, args=(node, key), daemon=True).start()
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
