"""A USB device plugged into vhci_hcd: we speak the device's side of USB/IP on a socket pair and
give the kernel the other end through sysfs, so neither usbipd nor a network is needed.

To everything above it is a full-speed USB key: descriptors, strings, usbhid, sysfs, lsusb.
"""
import socket
import struct

CONTROLLER = "/sys/devices/platform/vhci_hcd.0"
FULL_SPEED, PORT_IS_FREE = 2, 4
CMD_SUBMIT, CMD_UNLINK, RET_SUBMIT, RET_UNLINK = 1, 2, 3, 4
HEADER_SIZE = 48
OUT, IN = 0, 1
STALL, UNLINKED = -32, -104     # -EPIPE, -ECONNRESET
DEVICE, CONFIGURATION, STRING, HID, HID_REPORT = 1, 2, 3, 0x21, 0x22
GET_DESCRIPTOR, GET_STATUS = 6, 0


class UsbDevice:
    def __init__(self, identity, report_descriptor):
        self.descriptors = descriptors(identity, report_descriptor)
        self.received = b""     # of the USB/IP stream
        self.polls = []         # the host's pending reads of the interrupt endpoint
        self.unread = []        # reports waiting for such a read
        self.socket, kernels_end = socket.socketpair()
        self.port = free_port()
        with kernels_end, open(CONTROLLER + "/attach", "w", encoding="ascii") as attach:
            attach.write(f"{self.port} {kernels_end.fileno()} {self.port + 1} {FULL_SPEED}")

    def fileno(self):
        return self.socket.fileno()

    def send(self, report):
        self.unread.append(report)
        self._answer_polls()

    def receive(self):
        """The reports the host has sent: none, one, or a few."""
        chunk = self.socket.recv(1 << 16)
        if not chunk:
            raise ConnectionError("the kernel has detached the device")
        self.received += chunk
        reports = []
        while (request := self._next_request()) is not None:
            reports += self._handle(*request)
        return reports

    def remove(self):
        with open(CONTROLLER + "/detach", "w", encoding="ascii") as detach:
            detach.write(str(self.port))
        self.socket.close()

    def _next_request(self):
        if len(self.received) < HEADER_SIZE:
            return None
        header, data = self.received[:HEADER_SIZE], b""
        command, _, _, direction, _, _, length = struct.unpack_from(">7I", header)
        end = HEADER_SIZE + (length if (command, direction) == (CMD_SUBMIT, OUT) else 0)
        if len(self.received) < end:
            return None
        data, self.received = self.received[HEADER_SIZE:end], self.received[end:]
        return header, data

    def _handle(self, header, data):
        command, number, _, direction, endpoint, victim = struct.unpack_from(">6I", header)
        if command == CMD_UNLINK:
            pending = victim in self.polls
            if pending:
                self.polls.remove(victim)
            self._reply(RET_UNLINK, number, UNLINKED if pending else 0)
        elif endpoint == 0:
            answer = self._control(header[40:48])
            if answer is None:
                self._reply(RET_SUBMIT, number, STALL)
            elif direction == IN:
                self._reply(RET_SUBMIT, number, 0, answer)
            else:
                self._reply(RET_SUBMIT, number, 0, length=len(data))
        elif direction == IN:
            self.polls.append(number)
            self._answer_polls()
        else:
            self._reply(RET_SUBMIT, number, 0, length=len(data))
            return [data]
        return []

    def _control(self, setup):
        kind, request, value, _, length = struct.unpack("<BBHHH", setup)
        if request == GET_DESCRIPTOR and kind & 0x80:
            found = self.descriptors.get((value >> 8, value & 0xFF))
            return found if found is None else found[:length]
        if request == GET_STATUS and kind & 0x80:
            return b"\0\0"
        return None if kind & 0x80 else b""     # SET_CONFIGURATION, SET_IDLE and the like

    def _answer_polls(self):
        while self.polls and self.unread:
            self._reply(RET_SUBMIT, self.polls.pop(0), 0, self.unread.pop(0))

    def _reply(self, command, number, status, data=b"", length=None):
        length = len(data) if length is None else length
        self.socket.sendall(
            struct.pack(">5Ii5I4x", command, number, 0, 0, 0, status, length, 0, 0, 0, 0) + data)


def free_port():
    with open(CONTROLLER + "/status", encoding="ascii") as status:
        for line in status.readlines()[1:]:
            hub, port, state = line.split()[:3]
            if hub == "hs" and int(state) == PORT_IS_FREE:
                return int(port)
    raise OSError("all ports of vhci_hcd are taken")


def descriptors(identity, report_descriptor):
    """(type, index) -> bytes"""
    texts = [identity.manufacturer, identity.product, identity.serial]
    number = [index if text else 0 for index, text in enumerate(texts, 1)]
    hid = struct.pack("<BBHBBBH", 9, HID, 0x0111, 0, 1, HID_REPORT, len(report_descriptor))
    body = (struct.pack("<9B", 9, 4, 0, 0, 2, 3, 0, 0, 0) + hid +   # one HID interface with
            struct.pack("<BBBBHB", 7, 5, 0x81, 3, 64, 5) +          # an interrupt endpoint in
            struct.pack("<BBBBHB", 7, 5, 0x01, 3, 64, 5))           # and one out, every 5 ms
    table = {
        (DEVICE, 0): struct.pack("<BBHBBBBHHHBBBB", 18, DEVICE, 0x0200, 0, 0, 0, 64,
                                 identity.vendor_id, identity.product_id, identity.release,
                                 *number, 1),
        (CONFIGURATION, 0): struct.pack("<BBHBBBBB", 9, CONFIGURATION, 9 + len(body),
                                        1, 1, 0, 0x80, 50) + body,
        (HID, 0): hid,
        (HID_REPORT, 0): report_descriptor,
        (STRING, 0): struct.pack("<BBH", 4, STRING, 0x0409),
    }
    for index, text in enumerate(texts, 1):
        encoded = text.encode("utf-16-le")
        table[(STRING, index)] = bytes([len(encoded) + 2, STRING]) + encoded
    return table
