"""Keys and results in the forms of other programs: fidoctl writes, others read, and the other way
round, so that a script can change one half at a time."""

import base64
import hashlib
import json
import os
import subprocess

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from fido2 import cbor
from fido2.cose import CoseKey
from fido2.utils import websafe_decode
from jwt import PyJWK

import libfido2
from fidoctl import NOT_GENUINE, USAGE
from libfido2 import RP, USER_ID, Credential, b64, fails, lines, succeeds, unb64
from test_json_schemas import validate

ALGORITHMS = ["es256", "eddsa"]
KEY_FORMS = ["pem", "jwk", "cose", "cose-hex", "cose-base64"]
each_algorithm = pytest.mark.parametrize("algorithm", ALGORITHMS)


@pytest.fixture
def virtual(fidoctl):
    fidoctl.device = "virtual:formats.key"
    return fidoctl


def text(fidoctl, *args, **options):
    """What a command prints that is not JSON."""
    return fidoctl.run(*args, **options).expect(0).out


def raw(fidoctl, *args):
    """What a command prints that is not even text."""
    ended = fidoctl.run(*args, text=False).expect(0)
    return ended.out


def challenge():
    return hashlib.sha256(os.urandom(16)).digest()


def public_key(fidoctl, form):
    """The record's public key, as a foreign library reads it; hashable for comparison."""
    export = ["export", "--credential", "credential.json", "--format", form]
    if form == "pem":
        key = load_pem_public_key(text(fidoctl, *export).encode())
    elif form == "jwk":
        key = PyJWK.from_json(text(fidoctl, *export)).key
    else:
        bytes_of = {
            "cose": lambda: raw(fidoctl, *export),
            "cose-hex": lambda: bytes.fromhex(text(fidoctl, *export)),
            "cose-base64": lambda: base64.b64decode(text(fidoctl, *export).strip(), validate=True),
        }
        key = CoseKey.parse(cbor.decode(bytes_of[form]()))
    return key


def verify(key, message, signature):
    if isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, message, ec.ECDSA(SHA256()))
    elif isinstance(key, ed25519.Ed25519PublicKey):
        key.verify(signature, message)
    else:
        key.verify(message, signature)


@each_algorithm
@pytest.mark.parametrize("form", KEY_FORMS)
def test_an_exported_key_verifies_the_credential_s_assertions(virtual, form, algorithm):
    virtual.enroll("--algorithm", algorithm)
    response = virtual("assert", "--credential", "credential.json")["response"]
    client_data = websafe_decode(response["clientDataJSON"])
    message = websafe_decode(response["authenticatorData"]) + hashlib.sha256(client_data).digest()
    signature = websafe_decode(response["signature"])
    key = public_key(virtual, form)
    verify(key, message, signature)
    with pytest.raises(InvalidSignature):
        verify(key, message + b"\0", signature)


@each_algorithm
def test_a_jwk_says_what_it_is_for_and_whose_it_is(virtual, algorithm):
    registration = virtual.enroll("--algorithm", algorithm)
    jwk = virtual("export", "--credential", "credential.json", "--format", "jwk")
    assert jwk["kid"] == registration["id"]
    assert jwk["alg"] == {"es256": "ES256", "eddsa": "EdDSA"}[algorithm]
    assert (jwk["kty"], jwk["crv"]) == {"es256": ("EC", "P-256"), "eddsa": ("OKP", "Ed25519")}[algorithm]


@each_algorithm
def test_openssl_reads_the_pem(virtual, algorithm):
    virtual.enroll("--algorithm", algorithm)
    pem = text(virtual, "export", "--credential", "credential.json")
    read = subprocess.run(["openssl", "pkey", "-pubin"], input=pem, capture_output=True, text=True)
    assert read.returncode == 0 and read.stdout == pem


@pytest.mark.parametrize("form", [*KEY_FORMS, "libfido2"])
def test_enroll_prints_what_export_does(virtual, form):
    enroll = ["enroll", "--rp", RP, "--user", "alice", "--save", "credential.json"]
    printed = raw(virtual, *enroll, "--format", form)
    exported = raw(virtual, "export", "--credential", "credential.json", "--format", form)
    assert printed == exported and printed


def test_webauthn_s_own_form_is_what_json_prints(virtual):
    command = ["--rp", RP, "--challenge", "A" * 22, "--format", "webauthn"]
    registration = json.loads(text(virtual, "enroll", "--user", "alice", "--rk", "required", *command))
    assertion = json.loads(text(virtual, "assert", *command))
    validate("registration", registration)
    validate("authentication", assertion)
    assert assertion["id"] == registration["id"]
    hashed = ["--rp", RP, "--client-data-hash", "00" * 32, "--format", "webauthn"]
    assert "client data" in virtual.says(USAGE, "assert", *hashed)


# libfido2's lines


@each_algorithm
@pytest.mark.parametrize("made", [["--attestation", "batch"], ["--attestation", "self"]])
def test_fido2_cred_verifies_our_registration(virtual, algorithm, made):
    virtual("virtual", "new", "--state", "formats.key", *made)
    command = ["enroll", "--rp", RP, "--user", "alice", "--algorithm", algorithm]
    printed = text(virtual, *command, "--format", "libfido2", "--save", "credential.json")
    identifier, pem = succeeds("fido2-cred", "-V", algorithm, stdin=printed).split("\n", 1)
    record = json.loads((virtual.directory / "credential.json").read_text())
    assert unb64(identifier) == websafe_decode(record["credential_id"])
    assert pem == text(virtual, "export", "--credential", "credential.json")
    tampered = printed.splitlines()
    tampered[0] = b64(challenge())
    fails("fido2-cred", "-V", algorithm, stdin=lines(*tampered))


def test_fido2_cred_verifies_a_registration_over_u2f(virtual):
    virtual("virtual", "new", "--state", "formats.key", "--u2f-only")
    printed = text(virtual, "enroll", "--rp", RP, "--user", "alice", "--format", "libfido2")
    assert printed.splitlines()[2] == "fido-u2f"
    succeeds("fido2-cred", "-V", stdin=printed)


def test_enroll_takes_the_lines_that_fido2_cred_takes(virtual):
    client_data_hash = challenge()
    request = lines(b64(client_data_hash), RP, "alice", b64(USER_ID))
    command = ["enroll", "--from-libfido2", "-", "--rk", "required", "--save", "credential.json"]
    printed = text(virtual, *command, "--format", "libfido2", stdin=request)
    assert printed.splitlines()[:2] == [b64(client_data_hash), RP]
    succeeds("fido2-cred", "-V", stdin=printed)
    record = json.loads((virtual.directory / "credential.json").read_text())
    assert websafe_decode(record["user"]["id"]) == USER_ID
    assert record["user"]["name"] == "alice"
    assert record["rp_id"] == RP
    # The record does not hold the hash.
    export = ["export", "--credential", "credential.json", "--format", "libfido2"]
    again = text(virtual, *export, "--client-data-hash", client_data_hash.hex())
    assert again == printed
    assert "--client-data-hash" in virtual.says(USAGE, *export)


@each_algorithm
def test_fido2_assert_verifies_our_assertion(virtual, algorithm):
    virtual.enroll("--algorithm", algorithm)
    pem = virtual.file("key.pem", text(virtual, "export", "--credential", "credential.json"))
    path = virtual.directory / pem
    printed = text(virtual, "assert", "--credential", "credential.json", "--format", "libfido2")
    assert len(printed.splitlines()) == 4
    succeeds("fido2-assert", "-V", "-p", path, algorithm, stdin=printed)
    tampered = [b64(challenge()), *printed.splitlines()[1:]]
    fails("fido2-assert", "-V", path, algorithm, stdin=lines(*tampered))


@pytest.mark.parametrize("salt", [None, bytes(32), bytes(64)], ids=["none", "one", "two"])
def test_assert_takes_the_lines_that_fido2_assert_takes(terminal_key, fidoctl, salt):
    credential = Credential(terminal_key, "-h")
    theirs = credential.get_assertion(salt=salt)
    request = [b64(challenge()), RP, b64(credential.id), *([b64(salt)] if salt else [])]
    command = ["assert", "--from-libfido2", "-", "--format", "libfido2"]
    ours = text(fidoctl, *command, stdin=lines(*request)).splitlines()
    assert ours[:2] == request[:2]
    assert credential.verify(ours, "-p", *(["-h"] if salt else [])).returncode == 0
    # The same secrets, in the same place.
    assert ours[4:] == theirs[4:]


def test_discoverable_credentials_name_their_account(terminal_key, fidoctl):
    credential = Credential(terminal_key, "-r", "-h")
    request = lines(b64(challenge()), RP)
    command = ["assert", "--from-libfido2", "-", "--format", "libfido2"]
    ours = text(fidoctl, *command, stdin=request).splitlines()
    assert unb64(ours[4]) == USER_ID
    assert credential.verify(ours).returncode == 0
    # An empty line in the place of the credential ID, where fido2-assert is told -r and -h.
    with_salt = lines(b64(challenge()), RP, "", b64(bytes(32)))
    ours = text(fidoctl, *command, stdin=with_salt).splitlines()
    assert ours[4:] == credential.get_assertion(salt=bytes(32))[4:]


def test_scripts_change_one_half_at_a_time(terminal_key, fidoctl):
    """Made by us, used by fido2-assert."""
    enroll = ["enroll", "--rp", RP, "--user", "alice", "--format", "libfido2"]
    made = text(fidoctl, *enroll, "--save", "credential.json").splitlines()
    identifier = made[4]
    pem = fidoctl.file("key.pem", text(fidoctl, "export", "--credential", "credential.json"))
    request = fidoctl.file("request", lines(b64(challenge()), RP, identifier))
    at = fidoctl.directory
    theirs = succeeds("fido2-assert", "-G", "-i", at / request, terminal_key.path)
    succeeds("fido2-assert", "-V", at / pem, stdin=theirs)
    verify = ["verify", "assertion", "-", "--format", "libfido2", "--credential", "credential.json"]
    assert fidoctl(*verify, stdin=theirs)["genuine"]


@each_algorithm
@pytest.mark.parametrize("made", [["--attestation", "batch"], ["--attestation", "self"]])
def test_we_verify_what_libfido2_s_tools_made(serve, fidoctl, algorithm, made):
    key = serve("pty", make=made)
    credential = Credential(key, algorithm=algorithm)
    registration = ["verify", "registration", "-", "--format", "libfido2"]
    verdict = fidoctl(*registration, stdin=lines(*credential.made))
    assert verdict["genuine"]
    assert verdict["attestation"] == ("basic" if "batch" in made else "self")
    assertion = credential.get_assertion()
    key_file = ["--public-key", credential.public_key]
    check = ["verify", "assertion", "-", "--format", "libfido2", *key_file]
    assert fidoctl(*check, stdin=lines(*assertion))["genuine"]
    for number in [0, 2, 3]:
        tampered = bytearray(unb64(assertion[number]))
        tampered[-1] ^= 1
        changed = [*assertion[:number], b64(tampered), *assertion[number + 1 :]]
        assert fidoctl.fails(NOT_GENUINE, *check, stdin=lines(*changed))
    for number in [0, 3, 5]:
        tampered = bytearray(unb64(credential.made[number]))
        tampered[-1] ^= 1
        changed = [*credential.made[:number], b64(tampered), *credential.made[number + 1 :]]
        assert fidoctl.fails(NOT_GENUINE, *registration, stdin=lines(*changed))
    other = fidoctl(*check[:5], *key_file, "--rp", RP, stdin=lines(*assertion))
    assert other["genuine"]
    assert fidoctl.fails(NOT_GENUINE, *check, "--rp", "other.example", stdin=lines(*assertion))


@pytest.mark.parametrize("form", KEY_FORMS)
def test_assertions_are_verified_with_a_key_in_any_form(virtual, form):
    virtual.enroll()
    printed = raw(virtual, "export", "--credential", "credential.json", "--format", form)
    key = virtual.file("key", printed)
    virtual.json_file("assertion.json", virtual("assert", "--credential", "credential.json"))
    check = ["verify", "assertion", "assertion.json", "--public-key", key]
    assert virtual(*check, "--origin", "https://example.com")["genuine"]


# What is wrong


@pytest.mark.parametrize("form", ["pem", "cose", "cose-hex", "cose-base64", "libfido2"])
def test_what_is_no_json_is_not_printed_as_json(virtual, form):
    virtual.enroll()
    for command in [["enroll", "--rp", RP, "--user", "alice"], ["export", "--credential", "credential.json"]]:
        assert virtual.fails(USAGE, *command, "--format", form)["kind"] == "usage"


@pytest.mark.parametrize(
    "request_lines, named",
    [
        ([], "line 1"),
        (["AAAA", RP], "line 1"),
        ([b64(bytes(32))], "line 2"),
        ([b64(bytes(32)), RP, "no base64!"], "line 3"),
        ([b64(bytes(32)), RP, b64(b"id"), b64(bytes(31))], "line 4"),
        ([b64(bytes(32)), RP, b64(b"id"), b64(bytes(65))], "line 4"),
        ([b64(bytes(32)), RP, b64(b"id"), b64(bytes(32)), "more"], "line 5"),
    ],
)
def test_lines_that_are_wrong_are_named(virtual, request_lines, named):
    said = virtual.says(USAGE, "assert", "--from-libfido2", "-", stdin=lines(*request_lines))
    assert named in said


def test_a_public_key_that_is_none_is_refused(virtual):
    virtual.file("assertion", lines(b64(bytes(32)), RP, b64(cbor.encode(bytes(37))), b64(b"sig")))
    for content in ["", "nonsense", "{}", "-----BEGIN PUBLIC KEY-----\n", b"\xa0"]:
        key = virtual.file("key", content)
        check = ["verify", "assertion", "assertion", "--format", "libfido2", "--public-key", key]
        assert virtual.fails(USAGE, *check)["kind"] == "bad-file"
