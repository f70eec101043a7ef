"""What fidoctl makes on the virtual key is taken by python-fido2's and @simplewebauthn's servers.

With every algorithm and attestation that the key has, and every extension; neither takes it once
it has been tampered with, and fidoctl's own verifier says the same.
"""

import pytest
from fido2 import cbor
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject

from forge import CHALLENGE, ORIGIN, RP_ID
from python_fido2 import flipped, member, with_member
from relying_parties import Ours, PythonFido2, SimpleWebAuthn

KEYS = {
    "batch": ([], "packed"),
    "self": (["--attestation", "self"], "packed"),
    "none": ([], "none"),
    "u2f": (["--u2f-only"], "fido-u2f"),
}
ALGORITHMS = {"es256": -7, "eddsa": -8}
PIN = "correct horse"
SALT = "5a" * 32

# Name, what enrolling is asked, what asserting is asked; on a key with a PIN.
EXTENSIONS = {
    "cred-protect": (["--cred-protect", "3"], []),
    "hmac-secret": (["--hmac-secret"], ["--hmac-salt", SALT]),
    "hmac-secret-mc": (["--hmac-secret-salt", SALT], ["--hmac-salt", SALT]),
    "prf": (["--prf", "input"], ["--hmac-salt", SALT, "--hmac-salt2", SALT]),
    "cred-blob": (["--cred-blob", "c0ffee", "--rk", "required"], ["--cred-blob"]),
    "large-blob": (["--large-blob", "required"], []),
    "payment": (["--payment"], ["--payment"]),
}


@pytest.fixture(scope="module")
def simple():
    judge = SimpleWebAuthn()
    yield judge
    judge.close()


@pytest.fixture
def judges(fidoctl, simple):
    return [Ours(fidoctl), PythonFido2(), simple]


@pytest.fixture
def device(serve, fidoctl):
    def device(*options):
        key = serve("unix", make=options or None)
        fidoctl.device = key.device

    return device


def case(kind, response, **more):
    common = {"challenge": CHALLENGE, "origin": ORIGIN, "rp_id": RP_ID, "kind": kind}
    return {**common, "response": response, "user_verification": False, **more}


def registration_case(response, algorithm=-7, **more):
    return case("registration", response, algorithms=[algorithm], **{"roots": [], **more})


def assertion_case(response, registration):
    data = AttestationObject(member(registration, "attestationObject")).auth_data
    credential = {
        "id": registration["id"],
        "public_key": websafe_encode(cbor.encode(dict(data.credential_data.public_key))),
        "sign_count": data.counter,
        "backup_eligible": bool(data.flags & 0x08),
        "user_id": response["response"].get("userHandle", "AA"),
    }
    return case("assertion", response, credential=credential)


def assert_taken(judges, made):
    assert {judge.name: judge.judge(made) for judge in judges} == dict.fromkeys(
        [judge.name for judge in judges]
    )


def assert_refused(judges, made):
    for judge in judges:
        assert judge.judge(made) is not None, judge.name


@pytest.mark.parametrize(
    ("kind", "algorithm"),
    # U2F knows one algorithm.
    [(kind, name) for kind in KEYS for name in ALGORITHMS if (kind, name) != ("u2f", "eddsa")],
)
def test_every_attestation_with_every_algorithm(device, fidoctl, judges, kind, algorithm):
    options, format = KEYS[kind]
    device(*options)
    wishes = ["--attestation-format", "none"] if kind == "none" else []
    given = ["--origin", ORIGIN, "--challenge", CHALLENGE]
    registration = fidoctl.enroll("--algorithm", algorithm, *given, *wishes)
    assert AttestationObject(member(registration, "attestationObject")).fmt == format
    made = registration_case(registration, ALGORITHMS[algorithm])
    assert_taken(judges, made)
    assertion = fidoctl("assert", "--credential", "credential.json", *given)
    signed_in = assertion_case(assertion, registration)
    assert_taken(judges, signed_in)

    changed = with_member(
        registration, "clientDataJSON", flipped(member(registration, "clientDataJSON"), 40)
    )
    assert_refused(judges, {**made, "response": changed})
    for name, position in [("signature", -1), ("authenticatorData", 36), ("clientDataJSON", 40)]:
        changed = with_member(assertion, name, flipped(member(assertion, name), position))
        assert_refused(judges, {**signed_in, "response": changed})


def test_batch_attestation_leads_to_the_key_s_own_certificate(device, fidoctl, judges):
    device()
    given = ["--origin", ORIGIN, "--challenge", CHALLENGE]
    registration = fidoctl.enroll("--algorithm", "es256", *given)
    x5c = AttestationObject(member(registration, "attestationObject")).att_stmt["x5c"]
    # Listed as it is, as in metadata; the others want an issuer, or no duplicate.
    ours = judges[0]
    assert ours.judge(registration_case(registration, roots=[x5c[-1]])) is None
    other = fidoctl.enroll("--algorithm", "es256", *given, record="other.json")
    assert ours.judge(registration_case(other, roots=[x5c[-1]])) is None


@pytest.mark.parametrize("name", EXTENSIONS)
def test_every_extension(device, fidoctl, judges, name):
    device()
    pin = fidoctl.set_pin(PIN)
    enrolling, asserting = EXTENSIONS[name]
    given = ["--origin", ORIGIN, "--challenge", CHALLENGE, *pin]
    registration = fidoctl.enroll(*enrolling, *given)
    made = registration_case(registration)
    assert_taken(judges, {**made, "user_verification": True})
    ended = fidoctl("assert", "--credential", "credential.json", *asserting, *given)
    assert_taken(judges, {**assertion_case(ended, registration), "user_verification": True})


def test_min_pin_length_is_told_to_whom_it_may_be(device, fidoctl, judges):
    device()
    pin = fidoctl.set_pin(PIN)
    fidoctl("config", "min-pin-length", "6", "--rp", RP_ID, "--yes", *pin)
    given = ["--origin", ORIGIN, "--challenge", CHALLENGE, *pin]
    registration = fidoctl.enroll("--min-pin-length", *given)
    assert_taken(judges, registration_case(registration))
