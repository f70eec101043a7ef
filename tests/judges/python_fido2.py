"""python-fido2 as a client of a served key, and as the relying party of what fidoctl prints."""

import copy
import socket

import ctaphid
from fido2.attestation import Attestation
from fido2.client import DefaultClientDataCollector, Fido2Client, UserInteraction
from fido2.ctap2.extensions import (
    CredProtectExtension,
    HmacSecretExtension,
    ThirdPartyPaymentExtension,
)
from fido2.hid import CtapHidDevice
from fido2.hid.base import CtapHidConnection, HidDescriptor
from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AttestationObject, AuthenticatorData

RP_ID = "example.com"
ORIGIN = "https://example.com"
CHALLENGE = bytes(range(32))


class SocketConnection(CtapHidConnection):
    """Reports over a Unix socket."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20)
        self.socket.connect(str(path))

    def read_packet(self):
        report = ctaphid.read_report(self.socket)
        if report is None:
            raise OSError("the key is gone")
        return report

    def write_packet(self, data):
        self.socket.sendall(data)

    def close(self):
        self.socket.close()


def open_device(key):
    """The key in python-fido2's hands; only one client at a time."""
    size = ctaphid.REPORT
    descriptor = HidDescriptor(str(key.path), 0, 0, size, size, None, None)
    return CtapHidDevice(descriptor, SocketConnection(key.path))


class Person(UserInteraction):
    def __init__(self, pin):
        self.pin, self.touches = pin, 0

    def prompt_up(self):
        self.touches += 1

    def request_pin(self, permissions, rp_id):
        return self.pin


def client(device, pin=None):
    hmac_secret = HmacSecretExtension(allow_hmac_secret=True)
    extensions = [hmac_secret, CredProtectExtension(), ThirdPartyPaymentExtension()]
    collector = DefaultClientDataCollector(ORIGIN)
    return Fido2Client(device, collector, Person(pin), extensions)


def verify_attestation(attestation, client_data_hash):
    verifier = Attestation.for_type(attestation.fmt)()
    verifier.verify(attestation.att_stmt, attestation.auth_data, client_data_hash)


class RelyingParty:
    """A server that demands a genuine attestation and gave out CHALLENGE."""

    def __init__(self, user_verification=None):
        rp = {"id": RP_ID, "name": "Example"}
        self.server = Fido2Server(rp, attestation="direct", verify_attestation=verify_attestation)
        self.state = {
            "challenge": websafe_encode(CHALLENGE),
            "user_verification": user_verification,
        }

    def register(self, registration):
        """The credential of a genuine registration."""
        return self.server.register_complete(self.state, registration).credential_data

    def authenticate(self, credential, assertion):
        return self.server.authenticate_complete(self.state, [credential], assertion)


def with_member(response, member, data):
    """The response with other bytes in one member."""
    changed = copy.deepcopy(response)
    changed["response"][member] = websafe_encode(bytes(data))
    return changed


def flips(data):
    """The data with one bit flipped, in every byte in turn."""
    for position in range(len(data)):
        yield flipped(data, position, bit=position % 8)


def flipped(data, position, bit=0):
    changed = bytearray(data)
    changed[position] ^= 1 << bit
    return bytes(changed)


def member(response, name):
    return websafe_decode(response["response"][name])


def with_authenticator_data(registration, data):
    """The registration with other authenticator data, raw, in its attestation object."""
    attestation = AttestationObject(member(registration, "attestationObject"))
    changed = AttestationObject.create(
        attestation.fmt, AuthenticatorData(data), attestation.att_stmt
    )
    return with_member(registration, "attestationObject", changed)


def with_attestation_signature(registration, signature):
    attestation = AttestationObject(member(registration, "attestationObject"))
    statement = {**attestation.att_stmt, "sig": signature}
    changed = AttestationObject.create(attestation.fmt, attestation.auth_data, statement)
    return with_member(registration, "attestationObject", changed)
