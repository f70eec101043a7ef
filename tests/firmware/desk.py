"""A key, fidoctl looking at it, and judges that look at it with other eyes."""

import contextlib
import hashlib
import shlex
import time

import python_fido2
from bridge import WithoutCtap2
from fido2.ctap2 import ClientPin, Ctap2
from fido2.ctap import CtapError
from fido2.hid import CAPABILITY
from fido2.utils import websafe_encode
from fidoctl import UNSUPPORTED, Fidoctl
from python_fido2 import CHALLENGE, RP_ID

PIN = "4711 abc"
HASH = "5a" * 32


class Desk:
    def __init__(self, key, directory, environment, verifier):
        self.key, self.model, self.verifier = key, key.model, verifier
        self.directory = directory
        self.fidoctl = Fidoctl(directory, environment)
        self.fidoctl.device = key.device
        self.bridge = None

    def has(self, feature):
        return feature in self.model.features

    # ------------------------------------------------------------------------------- by fidoctl

    def set_pin(self):
        """The arguments that give the PIN; none on a key that takes none."""
        return self.fidoctl.set_pin(PIN) if self.has("clientPin") else []

    def enroll(self, *args, user="alice", rp=RP_ID):
        """The registration; its record has the user's name."""
        known = ["--challenge", websafe_encode(CHALLENGE)]
        return self.fidoctl.enroll(*known, *args, user=user, rp=rp, record=f"{user}.json")

    def sign_in(self, *args, user="alice"):
        known = ["--challenge", websafe_encode(CHALLENGE)]
        return self.fidoctl("assert", "--credential", f"{user}.json", *known, *args)

    def record(self, user="alice"):
        return self.fidoctl.record(f"{user}.json")

    def over_u2f(self):
        """fidoctl sees a key that speaks U2F alone from now on."""
        if self.has("ctap2"):
            self.bridge = WithoutCtap2(self.directory / "u2f.sock", self.key.path)
            self.fidoctl.device = f"unix:{self.bridge.path}"
        return self.fidoctl

    def leave(self):
        if self.bridge is not None:
            self.bridge.close()

    def replug(self, touch="auto"):
        self.key.replug(touch)

    def is_unsupported(self, commands):
        """Each command ends as such, on a key as fit for it as it can be, and changes nothing."""
        pin = self.set_pin()
        self.fidoctl.new_pin("new " + PIN)
        self.fidoctl.file("blob.txt", "a blob")
        self.fidoctl.file("keep.txt", "hex:0011\n")
        self.enroll(*pin)
        before = self.key.remembers()
        files = set(self.directory.iterdir())
        for command in commands:
            pinless = command.startswith(("pin set", "fingerprint sensor"))
            error = self.fidoctl.fails(
                UNSUPPORTED, *shlex.split(command), *([] if pinless else pin)
            )
            assert error["kind"] == "unsupported", error
            assert self.key.remembers() == before, command
        assert set(self.directory.iterdir()) == files
        # Whatever it was, the key goes on working.
        self.sign_in("--uv", "discouraged")

    # ------------------------------------------------------------------------- by other judges

    @contextlib.contextmanager
    def device(self):
        """The key in python-fido2's hands."""
        device = python_fido2.open_device(self.key)
        try:
            yield device
        finally:
            device.close()

    @contextlib.contextmanager
    def ctap2(self):
        with self.device() as device:
            yield Ctap2(device)

    def info(self):
        """What python-fido2 reads of the key's information; None if it speaks U2F alone."""
        with self.device() as device:
            return Ctap2(device).info if device.capabilities & CAPABILITY.CBOR else None

    @contextlib.contextmanager
    def authorized(self, permission=0, rp_id=None, pin=PIN):
        """python-fido2's Ctap2, protocol and token for this permission."""
        with self.ctap2() as ctap2:
            client_pin = ClientPin(ctap2)
            token = client_pin.get_pin_token(pin, permission or None, rp_id)
            yield ctap2, client_pin.protocol, token

    def opens_with(self, pin):
        """Whether the key takes this PIN, by python-fido2."""
        with self.ctap2() as ctap2:
            try:
                ClientPin(ctap2).get_pin_token(pin, ClientPin.PERMISSION.GET_ASSERTION, RP_ID)
            except CtapError as error:
                assert error.code == CtapError.ERR.PIN_INVALID
                return False
            return True

    def pin_retries(self):
        with self.ctap2() as ctap2:
            return ClientPin(ctap2).get_pin_retries()

    def registered(self, registration, user_verification=None):
        """The credential that python-fido2's server takes; its attestation is genuine."""
        return python_fido2.RelyingParty(user_verification).register(registration)

    def authenticated(self, credential, assertion, user_verification=None):
        """python-fido2's server takes the assertion."""
        return python_fido2.RelyingParty(user_verification).authenticate(credential, assertion)

    def foreign_assertion(self, *, allow=None, rp_id=RP_ID, **options):
        """An assertion that python-fido2 asks the key for."""
        allow = allow and [{"type": "public-key", "id": allow}]
        with self.ctap2() as ctap2:
            return ctap2.get_assertion(rp_id, bytes(32), allow, **options)

    @staticmethod
    def client_data_hash(response):
        return hashlib.sha256(python_fido2.member(response, "clientDataJSON")).digest()

    def verified(self, kind, response, *args):
        """The other verifier's words on what it found good."""
        code, words = self.verifier(kind, response, *args)
        assert code == 0, words
        return words

    def waits_for_touch(self, *args):
        """Starts a command; returns it when the key waits for a touch."""
        process = self.fidoctl.start(*args, "--json", "--progress", "json")
        deadline = time.monotonic() + 30
        for line in process.stderr:
            if "touch-wanted" in line:
                return process
            assert time.monotonic() < deadline
        raise AssertionError("it never came to a touch")
