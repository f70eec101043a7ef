"""Secrets and payments: fidoctl and other clients agree about the same key."""

import pytest
from fido2.ctap2 import Ctap2
from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode

from fidoctl import UNSUPPORTED
from libfido2 import RP, Credential, unb64
from python_fido2 import CHALLENGE, RP_ID, RelyingParty, client, open_device, verify_attestation

PIN = "correct horse"
SALTS = [bytes(range(32)), bytes(range(32, 64))]
INPUTS = [b"disk", b"\x00\xffbackup"]
USER = {"id": b"alice-1", "name": "alice", "displayName": "Alice"}
MODES = pytest.mark.parametrize("verified", [True, False], ids=["verified", "touched"])
BOTH_SALTS = ["--salt", SALTS[0].hex(), "--salt2", SALTS[1].hex()]
BOTH_INPUTS = ["--prf", "disk", "--prf2", "hex:" + INPUTS[1].hex()]


def raw(fidoctl, *args):
    """What a program gets that asks for the bytes."""
    ended = fidoctl.run("secret", *args, "--output", "base64")
    assert ended.code == 0, ended
    return [unb64(line) for line in ended.out.splitlines()]


class Foreign:
    """python-fido2 on the key; it lets go of the key after each question."""

    def __init__(self, key, pin):
        self.key, self.pin = key, pin
        rp = {"id": RP_ID, "name": "Example"}
        self.server = Fido2Server(rp, attestation="direct", verify_attestation=verify_attestation)

    def register(self, extensions, verified=True):
        request, state = self.server.register_begin(
            USER, user_verification=wish(verified), extensions=extensions
        )
        device = open_device(self.key)
        try:
            made = client(device, self.pin).make_credential(request.public_key)
        finally:
            device.close()
        return made, self.server.register_complete(state, made)

    def authenticate(self, credential, extensions, verified=True):
        request, state = self.server.authenticate_begin(
            [credential], user_verification=wish(verified), extensions=extensions
        )
        device = open_device(self.key)
        try:
            answer = client(device, self.pin).get_assertion(request.public_key).get_response(0)
        finally:
            device.close()
        self.server.authenticate_complete(state, [credential], answer)
        return answer

    def secrets(self, credential, extension, inputs, verified=True):
        answer = self.authenticate(credential, {extension: inputs}, verified)
        results = answer.client_extension_results[extension]
        results = results.get("results", results)
        return [websafe_decode(results[name]) for name in results if results[name]]


def wish(verified):
    return "required" if verified else "discouraged"


def credential_of(registration):
    return RelyingParty().register(registration)


@pytest.fixture
def foreign(key):
    return Foreign(key, PIN)


@MODES
def test_salts_give_python_fido2_the_same_secrets(key, fidoctl, foreign, verified):
    pin = fidoctl.set_pin(PIN)
    made, data = foreign.register({"hmacCreateSecret": True})
    credential = data.credential_data
    allow = ["--rp", RP_ID, "--allow", websafe_encode(credential.credential_id)]
    uv = ["--uv", wish(verified)]
    ours = raw(fidoctl, *allow, *BOTH_SALTS, *uv, *pin)
    inputs = {"salt1": SALTS[0], "salt2": SALTS[1]}
    assert foreign.secrets(credential, "hmacGetSecret", inputs, verified) == ours
    other = raw(fidoctl, *allow, *BOTH_SALTS, "--uv", wish(not verified), *pin)
    assert not set(other) & set(ours)


def test_prf_inputs_give_python_fido2_the_same_secrets(key, fidoctl, foreign, tmp_path):
    pin = fidoctl.set_pin(PIN)
    made, data = foreign.register({"prf": {}})
    credential = data.credential_data
    allow = ["--rp", RP_ID, "--allow", websafe_encode(credential.credential_id)]
    ours = raw(fidoctl, *allow, *BOTH_INPUTS, *pin)
    inputs = {"eval": {"first": INPUTS[0], "second": INPUTS[1]}}
    assert foreign.secrets(credential, "prf", inputs) == ours
    (tmp_path / "input").write_bytes(INPUTS[1])
    assert raw(fidoctl, *allow, "--prf", "@input", *pin) == ours[1:]


def test_secrets_at_creation_by_fidoctl_are_python_fido2_s_later(key, fidoctl, foreign):
    pin = fidoctl.set_pin(PIN)
    made = fidoctl("enroll", "--rp", RP_ID, "--user", "alice", "--challenge",
                   websafe_encode(CHALLENGE), *BOTH_INPUTS, *pin)
    results = made["clientExtensionResults"]["prf"]
    assert results["enabled"] is True
    at_creation = [websafe_decode(results["results"][name]) for name in ["first", "second"]]
    credential = credential_of(made)
    inputs = {"eval": {"first": INPUTS[0], "second": INPUTS[1]}}
    assert foreign.secrets(credential, "prf", inputs) == at_creation


def test_secrets_at_creation_by_python_fido2_are_fidoctl_s_later(key, fidoctl, foreign):
    pin = fidoctl.set_pin(PIN)
    inputs = {"eval": {"first": INPUTS[0], "second": INPUTS[1]}}
    made, data = foreign.register({"prf": inputs})
    results = made.client_extension_results["prf"]["results"]
    at_creation = [websafe_decode(results[name]) for name in ["first", "second"]]
    allow = ["--rp", RP_ID, "--allow", websafe_encode(data.credential_data.credential_id)]
    assert raw(fidoctl, *allow, *BOTH_INPUTS, *pin) == at_creation


@MODES
def test_salts_at_creation_give_the_same_secrets_later(key, fidoctl, foreign, verified):
    pin = fidoctl.set_pin(PIN)
    salts = ["--hmac-secret-salt", SALTS[0].hex(), "--hmac-secret-salt2", SALTS[1].hex()]
    uv = ["--uv", wish(verified)]
    made = fidoctl.enroll(*salts, *uv, *pin)
    results = made["clientExtensionResults"]
    assert results["hmacCreateSecret"] is True
    outputs = results["hmacGetSecret"]
    at_creation = [websafe_decode(outputs[name]) for name in ["output1", "output2"]]
    assert raw(fidoctl, "--credential", "credential.json", *BOTH_SALTS, *uv, *pin) == at_creation


@MODES
def test_libfido2_derives_the_same_secrets(terminal_key, fidoctl, verified):
    pin = fidoctl.set_pin(PIN)
    flags = ("-v",) if verified else ()
    credential = Credential(terminal_key, "-h", "-v", pin=PIN)
    theirs = credential.get_assertion(
        "-p", *flags, pin=PIN if verified else None, salt=b"".join(SALTS)
    )
    allow = ["--rp", RP, "--allow", websafe_encode(credential.id)]
    ours = raw(fidoctl, *allow, *BOTH_SALTS, "--uv", wish(verified), *pin)
    assert b"".join(ours) == unb64(theirs[4])


@pytest.mark.parametrize("asked", [True, False], ids=["payment", "other"])
def test_python_fido2_and_fidoctl_tell_payment_credentials_alike(key, fidoctl, foreign, asked):
    pin = fidoctl.set_pin(PIN)
    payment = {"payment": {"isPayment": True}}
    made, data = foreign.register(payment if asked else {})
    assert ((data.extensions or {}).get("thirdPartyPayment") is True) == asked
    allow = ["--rp", RP_ID, "--allow", websafe_encode(data.credential_data.credential_id)]
    told = fidoctl("assert", *allow, "--payment", "--client-data-hash", "00" * 32, *pin)
    assert told["extension_results"]["thirdPartyPayment"] is asked
    made = fidoctl("enroll", "--rp", RP_ID, "--user", "bob", *["--payment"] * asked,
                   "--challenge", websafe_encode(CHALLENGE), *pin)
    answer = foreign.authenticate(credential_of(made), payment)
    assert answer.response.authenticator_data.extensions == {"thirdPartyPayment": asked}


@pytest.mark.parametrize("version", ["2.0", "2.1-pre", "2.1", "2.2", "2.3"])
def test_other_clients_live_with_every_version(serve, fidoctl, version, tmp_path):
    fidoctl("virtual", "new", "--state", "key.state", "--ctap", version)
    key = serve("unix")
    fidoctl.device = key.device
    pin = fidoctl.set_pin(PIN)
    foreign = Foreign(key, PIN)
    made, data = foreign.register({"hmacCreateSecret": True})
    theirs = foreign.secrets(data.credential_data, "hmacGetSecret", {"salt1": SALTS[0]})
    allow = ["--rp", RP_ID, "--allow", websafe_encode(data.credential_data.credential_id)]
    assert raw(fidoctl, *allow, "--salt", SALTS[0].hex(), *pin) == theirs
    device = open_device(key)
    info = Ctap2(device).info
    device.close()
    assert ("FIDO_2_3" in info.versions) == (version == "2.3")
    if version in ["2.0", "2.1-pre", "2.1"]:
        salt = ["--hmac-secret-salt", SALTS[0].hex()]
        who = ["--rp", RP_ID, "--user", "bob"]
        error = fidoctl.fails(UNSUPPORTED, "enroll", *who, *salt, *pin)
        assert "fidoctl secret" in error["hints"][0]
        fidoctl.fails(UNSUPPORTED, "enroll", *who, "--payment", *pin)


@pytest.mark.parametrize("version", ["2.0", "2.1-pre", "2.1", "2.2", "2.3"])
def test_libfido2_lives_with_every_version(serve, fidoctl, version):
    fidoctl("virtual", "new", "--state", "key.state", "--ctap", version)
    key = serve("pty")
    fidoctl.device = key.device
    pin = fidoctl.set_pin(PIN)
    # Keys older than tokens with permissions verify with the PIN unasked; -v means a fingerprint.
    verified = version not in ["2.0", "2.1-pre"]
    flags = ("-v",) * verified
    credential = Credential(key, "-h", "-r", *flags, pin=PIN)
    theirs = credential.get_assertion("-p", *flags, pin=PIN if verified else None, salt=SALTS[0])
    assert credential.verify(theirs, "-p", "-h", *flags).returncode == 0
    allow = ["--rp", RP, "--allow", websafe_encode(credential.id), "--uv", wish(verified)]
    assert raw(fidoctl, *allow, "--salt", SALTS[0].hex(), *pin) == [unb64(theirs[-1])]
