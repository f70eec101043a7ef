"""An observer between a client and a served key: passes every report on and remembers messages."""

import select
import socket
import threading

import ctaphid


class Proxy:
    def __init__(self, path, upstream):
        self.path, self.upstream = path, upstream
        self.requests = []  # (command, payload) in the order they came from the client
        self.touch_wanted = threading.Event()
        self.cancelled = threading.Event()
        self.answered_cancel = threading.Event()
        self.server = ctaphid.listen(path)
        self.thread = threading.Thread(target=self.accept, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        self.thread.join()

    def commands(self):
        return [command for command, _ in self.requests]

    def accept(self):
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            with client, socket.socket(socket.AF_UNIX) as key:
                key.connect(str(self.upstream))
                self.carry(client, key)

    def carry(self, client, key):
        from_client, from_key = ctaphid.Assembler(), ctaphid.Assembler()
        while True:
            readable, _, _ = select.select([client, key], [], [])
            try:
                if client in readable:
                    report = ctaphid.read_report(client)
                    if report is None:
                        return
                    self.note_request(from_client.take(report))
                    key.sendall(report)
                if key in readable:
                    report = ctaphid.read_report(key)
                    if report is None:
                        return
                    self.note_answer(from_key.take(report))
                    client.sendall(report)
            except OSError:
                return

    def note_request(self, message):
        if message is not None:
            _, command, payload = message
            self.requests.append((command, payload))
            if command == ctaphid.CANCEL:
                self.cancelled.set()

    def note_answer(self, message):
        if message is not None:
            _, command, payload = message
            if (command, payload) == (ctaphid.KEEPALIVE, bytes([ctaphid.UP_NEEDED])):
                self.touch_wanted.set()
            keepalive_cancel = b"\x2d"
            if self.cancelled.is_set() and (command, payload) == (ctaphid.CBOR, keepalive_cancel):
                self.answered_cancel.set()
