"""A HID device made with /dev/uhid: the kernel's HID stack with no USB below it.

sysfs knows its bus, ids, name and uniq (serial), but no manufacturer and no release number.

uhid does not make the host wait as a USB bus would: it holds 32 output reports and drops what
comes on top. Whoever reads `receive` has to be quick (see plug.py).
"""
import os
import struct

# linux/uhid.h: packed, native byte order
DESTROY, OUTPUT, GET_REPORT, GET_REPORT_REPLY, CREATE2, INPUT2, SET_REPORT, SET_REPORT_REPLY = (
    1, 6, 9, 10, 11, 12, 13, 14)
EVENT_SIZE = 4380
OUTPUT_DATA = struct.Struct("=4096sHB")
BUS_USB = 3
EIO = 5


class UhidDevice:
    def __init__(self, identity, report_descriptor):
        self.fd = os.open("/dev/uhid", os.O_RDWR | os.O_CLOEXEC)
        os.write(self.fd, struct.pack(
            "=I128s64s64sHHIIII4096s", CREATE2, identity.product.encode(), b"tests/vm",
            identity.serial.encode(), len(report_descriptor), BUS_USB, identity.vendor_id,
            identity.product_id, 0, 0, report_descriptor))

    def fileno(self):
        return self.fd

    def receive(self):
        """The reports the host has sent: none or one."""
        event = os.read(self.fd, EVENT_SIZE)
        kind, = struct.unpack_from("=I", event)
        if kind == OUTPUT:
            data, size, _ = OUTPUT_DATA.unpack_from(event, 4)
            # hidraw passes the report number on, which is 0 for a device that has none
            return [data[1:size] if size == 65 else data[:size]]
        if kind in (GET_REPORT, SET_REPORT):
            request, = struct.unpack_from("=I", event, 4)
            if kind == GET_REPORT:
                os.write(self.fd, struct.pack("=IIHH", GET_REPORT_REPLY, request, EIO, 0))
            else:
                os.write(self.fd, struct.pack("=IIH", SET_REPORT_REPLY, request, EIO))
        return []   # START, STOP, OPEN, CLOSE

    def send(self, report):
        os.write(self.fd, struct.pack("=IH", INPUT2, len(report)) + report)

    def remove(self):
        os.write(self.fd, struct.pack("=I", DESTROY))
        os.close(self.fd)
