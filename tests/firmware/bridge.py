"""Hides that a key speaks CTAP2."""

import select
import socket
import threading

import ctaphid

INIT = 0x86
CAPABILITIES, CBOR = 23, 0x04  # where in the answer to INIT, and which bit


class WithoutCtap2:
    """Passes every report on, but for one bit."""

    def __init__(self, path, upstream):
        self.path, self.upstream = path, upstream
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(str(path))
        self.server.listen()
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        self.server.close()

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
        while True:
            for source in select.select([client, key], [], [])[0]:
                report = bytearray(source.recv(ctaphid.REPORT, socket.MSG_WAITALL))
                if len(report) < ctaphid.REPORT:
                    return
                if source is key and report[4] == INIT:
                    report[CAPABILITIES] &= ~CBOR
                (client if source is key else key).sendall(report)
