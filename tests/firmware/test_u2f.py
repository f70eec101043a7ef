"""Other people's firmware in fidoctl's hands as keys that speak only U2F: a bridge in between hides
that they speak CTAP2 too."""

import base64
import json
import select
import socket
import threading

import pytest

REPORT = 64
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
                report = bytearray(source.recv(REPORT, socket.MSG_WAITALL))
                if len(report) < REPORT:
                    return
                if source is key and report[4] == INIT:
                    report[CAPABILITIES] &= ~CBOR
                (client if source is key else key).sendall(report)


@pytest.fixture
def u2f(fidoctl, key, tmp_path):
    """fidoctl, on the bridge."""
    bridge = WithoutCtap2(tmp_path / "u2f.sock", key.socket)
    fidoctl.device = f"unix:{bridge.path}"
    yield fidoctl
    bridge.server.close()


WHO = ["--rp", "example.com", "--user", "alice"]


def test_info_finds_u2f_and_nothing_else(u2f):
    found = u2f("info")
    assert (found["protocol"], found["get_info"]) == ("U2F", None)


def test_a_registration_is_attested_in_u2f_s_way(u2f):
    made = u2f("enroll", *WHO, "--client-data-hash", "5a" * 32)
    assert made["protocol"] == "U2F"
    registration = u2f("enroll", *WHO)
    (u2f.directory / "registration.json").write_text(json.dumps(registration))
    report = u2f("verify", "registration", "registration.json", "--origin", "https://example.com")
    assert (report["genuine"], report["attestation"]) == (True, "basic")
    attestation = registration["response"]["attestationObject"]
    assert b"fido-u2f" in base64.urlsafe_b64decode(attestation + "==")


def test_a_credential_signs_over_both_protocols(u2f, key):
    u2f("enroll", *WHO, "--save", "alice.json")
    sign_in = ["assert", "--credential", "alice.json", "--client-data-hash", "5a" * 32]
    assert u2f(*sign_in)["protocol"] == "U2F"
    u2f.device = f"unix:{key.socket}"
    assert u2f(*sign_in)["protocol"] == "CTAP2"


def test_a_registered_key_is_not_registered_again(u2f):
    u2f("enroll", *WHO, "--save", "alice.json")
    error = u2f.fails(6, "enroll", *WHO, "--exclude-credential", "alice.json")
    assert error["kind"] == "already-registered"


def test_a_credential_is_good_for_its_relying_party_only(u2f):
    u2f("enroll", *WHO, "--client-data-hash", "5a" * 32)
    made = u2f("enroll", *WHO)
    error = u2f.fails(6, "assert", "--rp", "example.org", "--allow", made["id"])
    assert error["kind"] == "no-credentials"


def test_what_u2f_cannot_promise_is_refused(u2f):
    for wish in [["--uv", "required"], ["--rk", "required"], ["--hmac-secret"]]:
        assert u2f.fails(7, "enroll", *WHO, *wish)["kind"] == "unsupported"


def test_one_apdu_is_answered(u2f):
    assert bytes.fromhex(u2f("raw", "apdu", "00030000000000")["answer"]) == b"U2F_V2"
