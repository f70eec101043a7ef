"""What fidoctl does to a key other clients understand, and the reverse."""

import hashlib
import unicodedata

import pytest
from fido2 import cbor
from fido2.ctap import CtapError
from fido2.ctap2 import ClientPin, Ctap2
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AttestationObject, CollectedClientData

import libfido2
from fidoctl import DONE, NOT_GENUINE, PIN
from libfido2 import RP, Credential, b64, change_pin, lines, set_pin, succeeds, unb64
from python_fido2 import CHALLENGE, ORIGIN, RelyingParty, flipped, member, open_device

SALTS = [bytes(range(32)), bytes(range(32, 64))]
UNICODE_PIN = "Grüße, Ærø 🔑"
NFC, NFD = (unicodedata.normalize(form, UNICODE_PIN) for form in ["NFC", "NFD"])
PINS = pytest.mark.parametrize("pin", ["correct horse", NFC, "x" * 63], ids=["ascii", "nfc", "63"])


@PINS
def test_a_pin_set_by_libfido2_opens_for_fidoctl(terminal_key, fidoctl, pin):
    assert set_pin(terminal_key, pin).returncode == 0
    fidoctl("pin", "verify", *fidoctl.pin(pin))


@PINS
def test_a_pin_set_by_fidoctl_opens_for_libfido2(terminal_key, fidoctl, pin):
    fidoctl.set_pin(pin)
    assert change_pin(terminal_key, pin, "another one").returncode == 0
    fidoctl("pin", "verify", *fidoctl.pin("another one"))


def test_a_pin_changed_by_fidoctl_opens_for_libfido2(terminal_key, fidoctl):
    assert set_pin(terminal_key, "first").returncode == 0
    fidoctl("pin", "change", *fidoctl.pin("first"), *fidoctl.new_pin("second"))
    assert change_pin(terminal_key, "first", "third").returncode == 1
    assert change_pin(terminal_key, "second", "third").returncode == 0


def test_however_a_pin_is_typed_fidoctl_sends_its_composed_form(key, fidoctl):
    assert NFC != NFD
    fidoctl.set_pin(NFD)
    device = open_device(key)
    pin = ClientPin(Ctap2(device))
    assert pin.get_pin_token(NFC)
    with pytest.raises(CtapError):
        pin.get_pin_token(NFD)
    device.close()
    fidoctl("pin", "verify", *fidoctl.pin(NFC))
    fidoctl("pin", "verify", *fidoctl.pin(NFD))


def test_tries_spent_by_one_are_seen_by_the_other(terminal_key, fidoctl):
    set_pin(terminal_key, "correct")
    error = fidoctl.fails(PIN, "pin", "verify", *fidoctl.pin("wrong"))
    assert error["retries_left"] == libfido2.pin_retries(terminal_key) == 7
    assert change_pin(terminal_key, "wrong", "another").returncode == 1
    status = fidoctl("pin", "status")
    assert status["pin"]["retries_left"] == 6


@pytest.mark.parametrize("algorithm", ["es256", "eddsa"])
def test_fido2_cred_finds_a_registration_by_fidoctl_genuine(terminal_key, fidoctl, algorithm):
    registration = fidoctl.enroll("--algorithm", algorithm)
    libfido2.verify_credential(as_made_by_libfido2(registration), algorithm=algorithm)


def as_made_by_libfido2(registration):
    """The lines that fido2-cred -M would have written."""
    client_data_hash = hashlib.sha256(member(registration, "clientDataJSON")).digest()
    attestation = AttestationObject(member(registration, "attestationObject"))
    data = b64(cbor.encode(bytes(attestation.auth_data)))
    identifier = b64(websafe_decode(registration["id"]))
    statement = attestation.att_stmt
    certificate = [b64(statement["x5c"][0])] if "x5c" in statement else []
    head = [b64(client_data_hash), RP, attestation.fmt, data, identifier]
    return [*head, b64(statement["sig"]), *certificate]


@pytest.mark.parametrize("algorithm", ["es256", "eddsa"])
@pytest.mark.parametrize("pin", [None, "correct horse"], ids=["no-pin", "pin"])
def test_fido2_assert_finds_an_assertion_by_fidoctl_genuine(terminal_key, fidoctl, algorithm, pin):
    verified, given = (), []
    if pin is not None:
        given, verified = fidoctl.set_pin(pin), ("-v",)
    credential = Credential(terminal_key, *verified, algorithm=algorithm, pin=pin)
    terminal_key.power_cycle()
    allow = ["--rp", RP, "--allow", websafe_encode(credential.id)]
    assertion = fidoctl("assert", *allow, *given)
    as_got_by_libfido2 = [
        b64(hashlib.sha256(member(assertion, "clientDataJSON")).digest()),
        RP,
        b64(cbor.encode(member(assertion, "authenticatorData"))),
        b64(member(assertion, "signature")),
    ]
    assert credential.verify(as_got_by_libfido2, "-p", *verified).returncode == 0
    as_got_by_libfido2[0] = b64(bytes(32))
    assert credential.verify(as_got_by_libfido2).returncode == 1


@pytest.mark.parametrize("algorithm", ["es256", "eddsa"])
def test_fidoctl_finds_an_assertion_by_libfido2_genuine(terminal_key, fidoctl, algorithm):
    registration = fidoctl.enroll("--algorithm", algorithm)
    client_data = CollectedClientData.create("webauthn.get", CHALLENGE, ORIGIN)
    request = lines(b64(client_data.hash), RP, b64(websafe_decode(registration["id"])))
    out = libfido2.ask(terminal_key, "fido2-assert", "-G", "-p", request=request, pin=None)
    _, _, data, signature = out.splitlines()
    response = {
        "id": registration["id"],
        "rawId": registration["id"],
        "type": "public-key",
        "response": {
            "clientDataJSON": websafe_encode(bytes(client_data)),
            "authenticatorData": websafe_encode(cbor.decode(unb64(data))),
            "signature": websafe_encode(unb64(signature)),
        },
        "clientExtensionResults": {},
    }
    relying_party = RelyingParty()
    relying_party.state["challenge"] = websafe_encode(CHALLENGE)
    attestation = AttestationObject(member(registration, "attestationObject"))
    relying_party.authenticate(attestation.auth_data.credential_data, response)

    def verdict(response):
        file = fidoctl.json_file("assertion.json", response)
        return fidoctl.run("verify", "assertion", file, "--credential", "credential.json").code

    assert verdict(response) == DONE
    response["response"]["signature"] = websafe_encode(flipped(unb64(signature), -1))
    assert verdict(response) == NOT_GENUINE


@pytest.mark.parametrize("pin", [None, "correct horse"], ids=["no-pin", "pin"])
def test_secrets_are_the_same_for_both(terminal_key, fidoctl, pin):
    verified, given = (), []
    if pin is not None:
        given, verified = fidoctl.set_pin(pin), ("-v",)
    credential = Credential(terminal_key, "-h", *verified, pin=pin)
    assertion = credential.get_assertion("-p", *verified, pin=pin, salt=b"".join(SALTS))
    allow = ["--rp", RP, "--allow", websafe_encode(credential.id)]
    both = ["--hmac-salt", SALTS[0].hex(), "--hmac-salt2", SALTS[1].hex()]
    secrets = hmac_secrets(fidoctl("assert", *allow, *both, *given))
    assert b"".join(secrets) == unb64(assertion[4])
    alone = hmac_secrets(fidoctl("assert", *allow, *both[:2], *given))
    assert alone == secrets[:1]


def test_a_credential_by_fidoctl_gives_libfido2_the_same_secrets(terminal_key, fidoctl):
    registration = fidoctl.enroll("--hmac-secret")
    both = ["--hmac-salt", SALTS[0].hex(), "--hmac-salt2", SALTS[1].hex()]
    secrets = hmac_secrets(fidoctl("assert", "--credential", "credential.json", *both))
    identifier = b64(websafe_decode(registration["id"]))
    request = lines(b64(bytes(32)), RP, identifier, b64(b"".join(SALTS)))
    out = libfido2.ask(terminal_key, "fido2-assert", "-G", "-h", request=request, pin=None)
    assert unb64(out.splitlines()[4]) == b"".join(secrets)


def hmac_secrets(assertion):
    outputs = assertion["clientExtensionResults"]["hmacGetSecret"]
    return [websafe_decode(outputs[name]) for name in sorted(outputs)]


def test_protection_by_fidoctl_is_signed_for_libfido2(terminal_key, fidoctl):
    pin = fidoctl.set_pin("correct horse")
    for level in ["1", "2", "3"]:
        record = f"level-{level}.json"
        made = fidoctl.enroll("--cred-protect", level, "--uv", "required", *pin, record=record)
        libfido2.verify_credential(as_made_by_libfido2(made), "-v", "-c", level)


def test_a_key_reset_by_libfido2_is_empty_for_fidoctl(terminal_key, fidoctl):
    fidoctl.set_pin("correct horse")
    terminal_key.power_cycle()
    succeeds("fido2-token", "-R", terminal_key.path)
    fidoctl.fails(PIN, "pin", "verify", *fidoctl.pin("correct horse"))
    fidoctl.set_pin("a fresh start")


def test_a_key_reset_by_fidoctl_is_empty_for_libfido2(terminal_key, fidoctl):
    fidoctl.set_pin("correct horse")
    terminal_key.power_cycle()
    fidoctl("reset", "--yes", "--no-replug")
    assert "noclientPin" in libfido2.info(terminal_key)["options"].split(", ")
    assert set_pin(terminal_key, "a fresh start").returncode == 0


def test_one_state_file_is_one_key_however_it_is_reached(terminal_key, fidoctl):
    credential = Credential(terminal_key, "-r")
    terminal_key.unplug()
    fidoctl.device = f"virtual:{terminal_key.state}"
    assertion = fidoctl("assert", "--rp", RP)
    assert websafe_decode(assertion["id"]) == credential.id
