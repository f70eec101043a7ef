"""Keys that misbehave: each speaks CTAPHID on a Unix socket until one point, and then does not. One
behaves, and takes what no virtual key takes."""

import random
import socket
import struct
import threading
import time

import ctaphid
from fido2 import cbor

GET_INFO = 4
CHANNEL = 0x01020304
INFO = {
    1: ["FIDO_2_0", "FIDO_2_1"],
    3: b"misbehaving key!",
    4: {"rk": True, "up": True, "clientPin": False, "makeCredUvNotRqd": True},
    5: 1200,
    6: [2, 1],
    10: [{"alg": -7, "type": "public-key"}],
}


class FakeKey:
    """Answers INIT, PING and getInfo as a key does. Subclasses break one of these promises."""

    def __init__(self, path):
        self.path = path
        self.device = f"unix:{path}"
        self.server = ctaphid.listen(path)
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.ended = threading.Event()
        self.requests = []

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        self.thread.join(5)
        assert not self.thread.is_alive()

    def accept(self):
        while not self.ended.is_set():
            try:
                connection, _ = self.server.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(30)
                try:
                    self.talk(connection)
                except OSError:
                    pass

    def talk(self, connection):
        assembler = ctaphid.Assembler()
        while (report := ctaphid.read_report(connection)) is not None:
            message = assembler.take(report)
            if message is not None:
                self.requests.append(message)
                self.handle(connection, *message)

    def handle(self, connection, channel, command, payload):
        if command == ctaphid.INIT:
            self.init(connection, channel, payload)
        elif command == ctaphid.PING:
            self.send(connection, channel, command, payload)
        elif command == ctaphid.CBOR and payload[0] == GET_INFO:
            self.info(connection, channel)
        elif command == ctaphid.CBOR:
            self.operate(connection, channel, payload)

    def init(self, connection, channel, nonce):
        flags = ctaphid.CAPABILITY_CBOR | ctaphid.CAPABILITY_NO_MSG
        answer = nonce + struct.pack(">IBBBBB", CHANNEL, 2, 1, 0, 0, flags)
        self.send(connection, channel, ctaphid.INIT, answer)

    def info(self, connection, channel):
        self.send(connection, channel, ctaphid.CBOR, b"\0" + cbor.encode(INFO))

    def operate(self, connection, channel, payload):
        """Anything beyond getInfo: not allowed (0x30)."""
        self.send(connection, channel, ctaphid.CBOR, b"\x30")

    @staticmethod
    def send(connection, channel, command, payload):
        for report in ctaphid.reports(channel, command, payload):
            connection.sendall(report)


class Silent(FakeKey):
    """Takes everything and never answers."""

    def handle(self, connection, channel, command, payload):
        pass


class Deaf(FakeKey):
    """Answers until it is asked to do something; from then on not even INIT is answered."""

    def operate(self, connection, channel, payload):
        self.handle = lambda *_: None


class Babbling(FakeKey):
    """Never stops sending random reports."""

    def talk(self, connection):
        noise = random.Random(1)
        while not self.ended.is_set():
            connection.sendall(noise.randbytes(ctaphid.REPORT * 64))


class BabblingOnTheChannel(FakeKey):
    """Opens the channel well, then sends random reports on it for ever."""

    def info(self, connection, channel):
        noise = random.Random(1)
        while not self.ended.is_set():
            connection.sendall(struct.pack(">I", channel) + noise.randbytes(60))


class StrangersAnswers(FakeKey):
    """Answers correctly, but on another's channel."""

    def info(self, connection, channel):
        super().info(connection, channel ^ 1)


class StrangersAnswersFirst(FakeKey):
    """Another client's answer comes before ours."""

    def info(self, connection, channel):
        denied = b"\x27"
        self.send(connection, channel ^ 1, ctaphid.CBOR, denied)
        super().info(connection, channel)


class AlwaysProcessing(FakeKey):
    """Keeps itself alive for ever."""

    status = ctaphid.PROCESSING

    def operate(self, connection, channel, payload):
        while not self.ended.is_set():
            self.send(connection, channel, ctaphid.KEEPALIVE, bytes([self.status]))
            time.sleep(0.05)


class AlwaysWaiting(AlwaysProcessing):
    """Wants a touch for ever, and does not know CANCEL."""

    status = ctaphid.UP_NEEDED


class Answers(FakeKey):
    """Answers getInfo with bytes given to it."""

    def __init__(self, path, answer):
        super().__init__(path)
        self.answer = answer

    def info(self, connection, channel):
        self.send(connection, channel, ctaphid.CBOR, self.answer)


class TakesVendorSettings(Answers):
    """Has settings of its maker's and takes any, unseen."""

    def __init__(self, path):
        options = {"rk": True, "up": True, "clientPin": False, "authnrCfg": True}
        super().__init__(path, b"\0" + cbor.encode({**INFO, 4: options, 0x15: []}))

    def operate(self, connection, channel, payload):
        self.send(connection, channel, ctaphid.CBOR, b"\0")


class EndlessMessage(FakeKey):
    """Announces more than a CTAPHID message can hold, and sends on."""

    def info(self, connection, channel):
        connection.sendall(struct.pack(">IBH", channel, 0x80 | ctaphid.CBOR, 0xFFFF).ljust(64, b"\0"))
        while not self.ended.is_set():
            for sequence in range(128):
                connection.sendall(struct.pack(">IB", channel, sequence).ljust(64, b"\0"))


class WrongSequence(FakeKey):
    """Leaves out a report in the middle of its answer."""

    def info(self, connection, channel):
        answer = list(ctaphid.reports(channel, ctaphid.CBOR, b"\0" + cbor.encode({1: ["x" * 300]})))
        for report in answer[:1] + answer[2:]:
            connection.sendall(report)


class Interfering(FakeKey):
    """Answers INIT with another's nonce first, as a key does that two programs open at once."""

    def init(self, connection, channel, nonce):
        super().init(connection, channel, bytes(8))
        super().init(connection, channel, nonce)


class Busy(FakeKey):
    """Is busy with another channel, for ever."""

    def info(self, connection, channel):
        channel_busy = b"\x06"
        self.send(connection, channel, ctaphid.ERROR, channel_busy)
