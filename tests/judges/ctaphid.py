"""CTAPHID as bytes (CTAP 2.2 §11.2), for the keys and observers made here."""

import socket
import struct

REPORT = 64
BROADCAST = 0xFFFFFFFF
PING, MSG, INIT, WINK, CBOR, CANCEL, KEEPALIVE, ERROR = 1, 3, 6, 8, 0x10, 0x11, 0x3B, 0x3F
PROCESSING, UP_NEEDED = 1, 2
CAPABILITY_CBOR, CAPABILITY_NO_MSG = 4, 8


def read_report(connection):
    """The next report, or None at the end."""
    report = b""
    while len(report) < REPORT:
        try:
            piece = connection.recv(REPORT - len(report))
        except OSError:
            return None
        if not piece:
            return None
        report += piece
    return report


def reports(channel, command, payload):
    head = struct.pack(">IBH", channel, 0x80 | command, len(payload))
    yield (head + payload[:57]).ljust(REPORT, b"\0")
    rest = payload[57:]
    for sequence, start in enumerate(range(0, len(rest), 59)):
        part = rest[start : start + 59]
        yield (struct.pack(">IB", channel, sequence) + part).ljust(REPORT, b"\0")


class Assembler:
    """Puts the messages of one direction together; knows one unfinished message per channel."""

    def __init__(self):
        self.unfinished = {}

    def take(self, report):
        """The message (channel, command, payload) that this report completes, or None."""
        channel, kind = struct.unpack_from(">IB", report)
        if kind & 0x80:
            (length,) = struct.unpack_from(">H", report, 5)
            self.unfinished[channel] = (kind & 0x7F, length, report[7:])
        elif channel in self.unfinished:
            command, length, payload = self.unfinished[channel]
            self.unfinished[channel] = (command, length, payload + report[5:])
        else:
            return None
        command, length, payload = self.unfinished[channel]
        if len(payload) < length:
            return None
        del self.unfinished[channel]
        return channel, command, payload[:length]


def listen(path):
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen()
    return server
